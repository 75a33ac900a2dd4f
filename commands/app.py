"""The subcommand that runs the app: reader studies in the browser."""

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.console import console
from errors import BadInputError

if TYPE_CHECKING:
    from reading.store.database import Store

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
    models: Annotated[
        Path | None,
        typer.Option(
            help="The AI of open readings, from `discern train-axial`; the demo models where not given."
        ),
    ] = None,
    fracture_model: Annotated[
        Path | None,
        typer.Option(
            help="Open readings also judge a marked vertebra by it; a folder of `discern train-fracture`."
        ),
    ] = None,
    without_demo: Annotated[
        bool, typer.Option("--without-demo", help="Begin a new folder without the demo study.")
    ] = False,
) -> None:
    """Run the app: reader studies in the browser, from the first case to the results. A new folder begins
    with a demo study on phantoms.

    Example: `discern app --data discern-data`
    """
    from reading.jobs.open_reading import MODELS_VARIABLE
    from reading.open.fractures import FRACTURE_MODEL_VARIABLE, check_fracture_model
    from reading.people.invitations import first_invitation
    from reading.study.models import models_digest
    from web.routes.cases import largest_upload
    from web.service import DATA_VARIABLE, DATABASE_VARIABLE, service

    _check_free(address, port)
    largest_upload()
    os.environ[DATA_VARIABLE], os.environ[DATABASE_VARIABLE] = str(data), database
    if models is not None:
        models_digest(models)
        os.environ[MODELS_VARIABLE] = str(models.resolve())
    if fracture_model is not None:
        os.environ[FRACTURE_MODEL_VARIABLE] = str(fracture_model.resolve())
    check_fracture_model()
    store, here = service().store, f"http://{_shown(address)}:{port}"
    invitation = first_invitation(store)
    _say(f"Discern is at {here}; Ctrl-C ends it.")
    if invitation:
        _say_link("Begin here, as the coordinator", here, invitation)
        if not without_demo:
            _begin_demo(store, here)
    _run(address, port)


def _begin_demo(store: "Store", here: str) -> None:
    from reading.demo_study import begin_demo_study
    from reading.people.accounts import account_named
    from reading.people.invitations import FIRST_COORDINATOR, invite

    coordinator = account_named(store, FIRST_COORDINATOR)
    if coordinator is not None:
        reader = begin_demo_study(store, coordinator)
        _say("A demo study on phantoms is being made; its cases and the AI's results take about a minute.")
        _say_link(
            f"Read in it as the {reader.name}, in a private window of the browser",
            here,
            invite(store, reader.id),
        )


def _say_link(what: str, here: str, token: str) -> None:
    from reading.people.invitations import link

    _say(f"{what} (the link works once, for 7 days):\n{link(here, token)}")


def _say(sentence: str) -> None:
    console.print(sentence, soft_wrap=True, highlight=False)


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
