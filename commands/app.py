"""The subcommand that runs the app: reader studies in the browser."""

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from commands.console import console
from errors import BadInputError

app = typer.Typer()
_EVERYWHERE = ("0.0.0.0", "::")


@app.command(name="app")
def serve(
    data: Annotated[
        Path, typer.Option(help="The server's folder: the cases, and the database where none is named.")
    ] = Path("discern-data"),
    database: Annotated[
        str, typer.Option(help="Another database, as postgresql://USER@HOST/NAME; SQLite where not given.")
    ] = "",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    address: Annotated[
        str, typer.Option(help="Where it can be reached; from this computer alone where not given.")
    ] = "127.0.0.1",
) -> None:
    """Run the app: reader studies in the browser, from the first case to the exported readings.

    Example: `discern app --data discern-data`
    """
    from reading.people.invitations import first_invitation, link
    from web.routes.cases import largest_upload
    from web.service import DATA_VARIABLE, DATABASE_VARIABLE, service

    _check_free(address, port)
    largest_upload()
    os.environ[DATA_VARIABLE], os.environ[DATABASE_VARIABLE] = str(data), database
    invitation = first_invitation(service().store)
    here = f"http://{_shown(address)}:{port}"
    console.print(f"Discern is at {here}; Ctrl-C ends it.", soft_wrap=True, highlight=False)
    if invitation:
        console.print(
            f"Begin here, as the coordinator (the link works once, for 7 days):\n{link(here, invitation)}",
            soft_wrap=True,
            highlight=False,
        )
    _run(address, port)


def _run(address: str, port: int) -> None:
    from web.style import STREAMLIT_SETTINGS, use_settings

    settings = {**STREAMLIT_SETTINGS, "server.address": address, "server.port": port}
    # Twice, because Streamlit warns of what only ``run`` changes.
    use_settings(settings)
    from app import app as discern_app

    try:
        discern_app.run(config=settings)
    except KeyboardInterrupt:
        # The way to end it.
        return


def _shown(address: str) -> str:
    """As a browser takes it; where it is every address of this computer, by the computer's name."""
    if address in _EVERYWHERE:
        return socket.gethostname()
    return f"[{address}]" if ":" in address else address


def _check_free(address: str, port: int) -> None:
    """Raises BadInputError where nothing can listen there."""
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError as error:
        said = error.strerror or "it is no address of this computer"
        raise BadInputError(
            f"{address}:{port}", f"cannot be listened at ({said}); choose another --port or --address"
        ) from None
