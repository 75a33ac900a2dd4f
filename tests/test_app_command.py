"""``discern app`` where it cannot begin: one sentence. What it does otherwise is in tests/web/end_to_end."""

import socket
from pathlib import Path

import pytest
from command import discern


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = discern("app", "--data", tmp_path / "data", "--port", port)
    assert _sentence(done.returncode, done.stderr).startswith(f"error: 127.0.0.1:{port}: ")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("database", "said"),
    [("mysql://host/name", "not a database's URL"), ("postgresql://127.0.0.1:1/none", "cannot be")],
)
def test_a_database_that_cannot_be_used_is_one_sentence(tmp_path: Path, database: str, said: str) -> None:
    done = discern("app", "--data", tmp_path, "--database", database, "--port", _free_port())
    assert said in _sentence(done.returncode, done.stderr)


def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = discern("app", "--data", tmp_path / "file" / "data", "--port", _free_port())
    assert str(tmp_path / "file") in _sentence(done.returncode, done.stderr)


def _sentence(code: int, said: str) -> str:
    assert code == 1, said
    assert len(said.splitlines()) == 1, said
    return said


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
