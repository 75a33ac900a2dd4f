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


def test_a_goal_is_measured_once_and_never_none_of_them() -> None:
    done = run("--only", "voc", "--only", "voc", "--scale", 0.001, "--rounds", 1, "--json")
    assert [item["name"] for item in json.loads(done.stdout)["outcomes"]] == ["voc"]
    refused = run("--only", "voc", "--without", "voc", columns=200)
    assert refused.exit_code == 2
    assert "every goal is left out" in " ".join(refused.stderr.split())


def test_bootstrap_goes_to_the_file_and_to_the_terminal(tmp_path: Path) -> None:
    out = tmp_path / "speed.json"
    done = run("--only", "bootstrap", "--scale", 0.001, "--rounds", 2, "--out", out, "--json")
    assert done.exit_code == 0
    assert out.read_text() == done.stdout
    (found,) = json.loads(done.stdout)["outcomes"]
    assert (found["name"], found["goal"], found["rounds"]) == ("bootstrap", "≥ 100 ×", 2)
    assert found["ratio"] > 0 and found["met"] is (found["ratio"] >= 100)
    assert json.loads(done.stdout)["last_load"] >= 0


def test_a_run_that_gets_busy_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.speed.report.load", lambda: 1000.0)
    done = run("--only", "voc", "--scale", 0.001, "--rounds", 1)
    assert "the machine got busy (load 1000.0 at the end)" in " ".join(done.stderr.split())


def test_an_interrupt_leaves_what_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupts(setting: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("benchmarks.speed.bootstrap.measure", interrupts)
    out = tmp_path / "speed.json"
    out.write_text("an earlier run")
    first = run("--only", "bootstrap", "--out", out)
    assert first.exit_code == 1 and out.read_text() == "an earlier run"
    done = run("--only", "voc", "--only", "bootstrap", "--rounds", 1, "--scale", 0.001, "--out", out)
    assert done.exit_code == 1
    assert "reading 10 VOC files" in done.stdout
    assert "interrupted: these are the goals measured until then" in " ".join(done.stderr.split())
    assert [item["name"] for item in json.loads(out.read_text())["outcomes"]] == ["voc"]


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
    for place in (tmp_path / "nowhere" / "speed.json", tmp_path, "."):
        done = run("--only", "voc", "--out", place, columns=200)
        assert isinstance(done.exception, BadInputError)
        assert "cannot be written" in str(done.exception)
    assert not list(tmp_path.iterdir())
