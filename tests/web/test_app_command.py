"""``discern app``: what it prints and makes before the server runs, and where it cannot begin."""

import re
import socket
from pathlib import Path

import pytest
from free_port import free_port
from typer.testing import CliRunner

from axial.models import CLASSIFIER, PHANTOM_MODELS
from commands import app as command
from errors import BadInputError
from reading.demo_study import READER, TITLE
from reading.jobs.open_reading import MODELS_VARIABLE
from reading.jobs.study_jobs import demo_job
from reading.open.fractures import FRACTURE_MODEL_VARIABLE
from reading.people.invitations import invited
from reading.study.studies import studies
from web import service as services
from web.service import DATA_VARIABLE, DATABASE_VARIABLE, service


@pytest.fixture(autouse=True)
def _no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_run", lambda address, port: None)
    for name in (DATA_VARIABLE, DATABASE_VARIABLE, MODELS_VARIABLE, FRACTURE_MODEL_VARIABLE):
        monkeypatch.setenv(name, "")


def printed(data: Path, *arguments: str) -> tuple[str, list[str]]:
    """What is said, and the tokens of its links."""
    services.service.cache_clear()
    done = CliRunner().invoke(
        command.app, ["--data", str(data), "--port", str(free_port()), *arguments], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    return done.output, re.findall(r"http://127\.0\.0\.1:\d+/invitation/(\S+)", done.output)


def test_the_first_start_invites_the_coordinator_and_a_demo_reader_and_no_later_one_does(
    tmp_path: Path,
) -> None:
    said, tokens = printed(tmp_path / "data")
    assert "demo study on phantoms is being made" in said
    assert [invited(service().store, token).name for token in tokens] == ["coordinator", READER]
    assert [study.title for study in studies(service().store)] == [TITLE] and demo_job(service().store)
    said, tokens = printed(tmp_path / "data")
    assert tokens == [] and "demo" not in said
    assert len(studies(service().store)) == 1


def test_models_that_are_none_are_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no models here"):
        printed(tmp_path / "data", "--models", str(tmp_path))


def test_another_model_than_one_of_fractures_is_refused_at_the_start(tmp_path: Path) -> None:
    for folder, said in ((tmp_path, "no classifier here"), (PHANTOM_MODELS / CLASSIFIER, "no classifier of")):
        with pytest.raises(BadInputError, match=said):
            printed(tmp_path / "data", "--fracture-model", str(folder))
        assert not (tmp_path / "data").exists()


def test_a_taken_port_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInputError, match=f"^127.0.0.1:{port}: cannot be listened at"):
            printed(tmp_path / "data", "--port", str(port))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("database", "said"),
    [("mysql://host/name", "not a database's URL"), ("postgresql://127.0.0.1:1/none", "cannot be")],
)
def test_a_database_that_cannot_be_used_is_refused(tmp_path: Path, database: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        printed(tmp_path, "--database", database)


def test_a_hospital_begins_without_the_demo(tmp_path: Path) -> None:
    said, tokens = printed(tmp_path / "data", "--without-demo")
    assert "demo" not in said and [invited(service().store, token).name for token in tokens] == [
        "coordinator"
    ]
    assert studies(service().store) == [] and demo_job(service().store) is None
    printed(tmp_path / "data")
    assert studies(service().store) == []
