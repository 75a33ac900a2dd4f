"""The quick forms of the published systems, each from its one command, on phantoms that it makes itself; the
lumbar one is the demo (test_main_road.py)."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.results import read_results
from cli import app

pytestmark = pytest.mark.acceptance


def _run(protocol: str, out: Path) -> str:
    """What the command prints."""
    arguments = ["benchmark", protocol, "--quick", "--out", str(out), "--jobs", "2"]
    outcome = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def _json(out: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return read


def test_cervical_lesions_are_found(tmp_path: Path) -> None:
    said = _run("cervical", tmp_path)
    assert "88.6" in said and "72.3" in said
    found = {item.detector: item.map50.estimate for item in read_results(tmp_path / "results.json").detectors}
    assert max(found.values()) >= 0.80, found
    assert found["fasterrcnn-r50"] >= 0.50, found


def test_fractures_are_told_apart(tmp_path: Path) -> None:
    said = _run("fracture", tmp_path)
    assert "92.0" in said
    model = _json(tmp_path)["model"]
    assert model["balanced_accuracy"]["value"]["estimate"] >= 0.80, model
    assert model["auc"]["low"] < model["auc"]["estimate"] < model["auc"]["high"]


def test_the_axial_path_runs_from_its_own_phantoms(tmp_path: Path) -> None:
    said = _run("axial", tmp_path)
    assert "92.7" in said
    figures = {item["name"]: item["value"]["share"] for item in _json(tmp_path)["figures"]}
    assert figures["Disc region, AP50"] >= 0.8, figures
