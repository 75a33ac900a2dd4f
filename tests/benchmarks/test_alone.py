"""One training on its own puts what it made where the user said, and overwrites nothing else."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.alone import train_alone
from detectors.fitting import Progress
from errors import BadInputError

QUIET = Console(quiet=True)


@dataclass(frozen=True)
class Writing:
    """Writes its source's text into a folder, or fails where there is none."""

    name: str = "writing"
    epochs: int = 1
    threads: int = 1

    def run(self, source: str, folder: Path, progress: Progress) -> None:
        if not source:
            raise ValueError("nothing to write")
        (folder / "made").mkdir()
        (folder / "made" / "marker.json").write_text(source)


def test_what_was_made_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    for text in ("first", "second"):
        train_alone(Writing(), text, "made", "marker.json", tmp_path / "out", "it", QUIET)
        assert (tmp_path / "out" / "marker.json").read_text() == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.log"]


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("four years")
    with pytest.raises(BadInputError, match="holds something else than trained models"):
        train_alone(Writing(), "text", "made", "marker.json", tmp_path, "it", QUIET)
    assert (tmp_path / "thesis.txt").read_text() == "four years"


def test_a_training_that_fails_leaves_its_log_alone(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="training it failed"):
        train_alone(Writing(), "", "made", "marker.json", tmp_path / "out", "it", QUIET)
    assert [path.name for path in tmp_path.iterdir()] == ["out.log"]
    assert "nothing to write" in (tmp_path / "out.log").read_text()
