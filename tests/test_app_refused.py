"""``discern app`` where it cannot begin: one sentence. More of it is in tests/web/test_app_command.py."""

from pathlib import Path

from command import discern
from free_port import free_port


def test_a_data_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = discern("app", "--data", tmp_path / "file" / "data", "--port", free_port())
    assert done.returncode == 1, done.stderr
    assert str(tmp_path / "file") in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
