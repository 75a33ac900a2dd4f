"""``discern speed``: its table, its JSON, and what it refuses. Nothing is timed."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from commands.speed import app
from errors import BadInputError


def run(*arguments: object, columns: int = 80) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)], env={"COLUMNS": str(columns), "NO_COLOR": "1"})


def test_the_table_names_goal_machine_and_scale_within_eighty_columns(tmp_path: Path) -> None:
    done = run("--only", "voc", "--rounds", 1, "--scale", 0.001, "--out", tmp_path / "speed.json")
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    said = " ".join(done.stdout.split())
    assert "≤ 2 ×" in said
    assert "reading 10 VOC files of 12 boxes; other: a bare expat parse" in said
    assert "load at the start" in said and said.endswith("scale 0.001.")
    assert [item["name"] for item in json.loads((tmp_path / "speed.json").read_text())["outcomes"]] == ["voc"]


def test_the_json_holds_the_machine_and_every_figure() -> None:
    done = run("--only", "voc", "--rounds", 2, "--scale", 0.001, "--json")
    said = json.loads(done.stdout)
    assert said["machine"]["cores"] >= 1 and said["machine"]["processor"]
    (found,) = said["outcomes"]
    assert found["rounds"] == 2 and found["ratio"] > 0 and said["not_measured"] == {}


def test_a_goal_that_is_none_is_refused_in_a_sentence() -> None:
    done = run("--only", "teleport", columns=200)
    assert done.exit_code == 2
    assert "no goal 'teleport'; choose of average-precision" in " ".join(done.stderr.split())
    assert run("--without", "teleport", columns=200).exit_code == 2


def test_goals_are_left_out_by_name() -> None:
    done = run("--only", "bootstrap", "--only", "voc", "--without", "bootstrap", "--scale", 0.001, "--json")
    assert [item["name"] for item in json.loads(done.stdout)["outcomes"]] == ["voc"]


def test_what_fails_is_told_and_the_table_of_the_others_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(setting: object) -> None:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr("benchmarks.speed.bootstrap.measure", fails)
    out = tmp_path / "speed.json"
    done = run("--only", "bootstrap", "--only", "voc", "--rounds", 1, "--scale", 0.001, "--out", out)
    assert done.exit_code == 1
    assert "bootstrap failed (ZeroDivisionError: nothing to divide by)" in " ".join(done.stderr.split())
    assert "reading 10 VOC files" in done.stdout
    said = json.loads(out.read_text())
    assert len(said["outcomes"]) == 1 and "test_speed_command.py" in said["failed"]["bootstrap"]


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    done = run("--only", "voc", "--out", tmp_path / "nowhere" / "speed.json", columns=200)
    assert isinstance(done.exception, BadInputError)
    assert "cannot be written" in str(done.exception)
