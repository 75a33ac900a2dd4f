from pathlib import Path

import pytest
from reading_app import PASSWORD
from typer.testing import CliRunner

from commands.invite import app
from errors import BadInputError
from reading.people.accounts import accounts
from reading.people.invitations import InvitationEnded, accept, invited
from reading.store.database import Store
from web.service import open_service


def invite(data: Path, *arguments: str) -> str:
    """The token of the link that is printed."""
    done = CliRunner().invoke(app, [*arguments, "--data", str(data)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    address, token = done.output.strip().rsplit("/", 1)
    assert address == "http://localhost:8501/invitation"
    return token


def store(data: Path) -> Store:
    return open_service(data).store


def test_a_new_account_is_made_and_its_link_printed(tmp_path: Path) -> None:
    token = invite(tmp_path, "anna", "--role", "expert")
    account = accept(store(tmp_path), token, PASSWORD)
    assert (account.name, account.role) == ("anna", "expert")


def test_an_account_that_is_there_gets_a_new_link(tmp_path: Path) -> None:
    first, second = invite(tmp_path, "anna", "--role", "reader"), invite(tmp_path, "Anna")
    with pytest.raises(InvitationEnded):
        invited(store(tmp_path), first)
    assert invited(store(tmp_path), second).name == "anna"
    assert len(accounts(store(tmp_path))) == 1


def test_the_link_has_the_address_of_the_server(tmp_path: Path) -> None:
    arguments = ["anna", "--role", "reader", "--data", str(tmp_path), "--address", "https://reads.test/"]
    assert CliRunner().invoke(app, arguments).output.startswith("https://reads.test/invitation/")


def test_what_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="give --role"):
        invite(tmp_path, "anna")
    invite(tmp_path, "anna", "--role", "reader")
    with pytest.raises(BadInputError, match="has the role reader"):
        invite(tmp_path, "anna", "--role", "coordinator")
    with pytest.raises(BadInputError, match="a name has"):
        invite(tmp_path, "<anna>", "--role", "reader")
