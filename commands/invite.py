"""Subcommand that lets somebody into the app."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from commands.console import console
from errors import BadInputError

app = typer.Typer()


@app.command()
def invite(
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[
        Literal["reader", "expert", "coordinator"] | None,
        typer.Option(help="Of a new account; one that is there keeps its own."),
    ] = None,
    data: Annotated[
        Path, typer.Option(help="The app's folder.", envvar="DISCERN_DATA", file_okay=False)
    ] = Path("discern-data"),
    database: Annotated[
        str, typer.Option(help="Its database, where it is not in the folder.", envvar="DISCERN_DATABASE")
    ] = "",
    address: Annotated[str, typer.Option(help="Where the app is reached.")] = "http://localhost:8501",
) -> None:
    """Print a link by which somebody chooses a password: once, within 7 days. For a new account, or for one
    whose password is lost.

    Example: `discern invite anna.schmidt --role reader --address https://reading.example.org`
    """
    from reading.people.accounts import account_named, create_account
    from reading.people.invitations import invite as new_invitation
    from reading.people.invitations import link
    from web.service import open_service

    store = open_service(data, database).store
    try:
        account = account_named(store, name)
        if account is None:
            if role is None:
                raise ValueError("there is no such account; give --role to make it")
            account = create_account(store, name, role)
        elif role not in (None, account.role):
            raise ValueError(f"this account has the role {account.role}; leave --role out")
        token = new_invitation(store, account.id)
    except ValueError as problem:
        raise BadInputError(name, str(problem)) from None
    console.print(link(address, token), soft_wrap=True, highlight=False)
