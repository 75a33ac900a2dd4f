"""What many studies take, by arithmetic from what one was measured to cost."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import batch.scale
from batch.scale import ScaleCosts, StudyCost, TrialCost
from commands.scale import app


def test_many_studies_by_arithmetic() -> None:
    """Two cores that finish a study every 1.8 s need one core for 3.6 s: a thousandth of an hour."""
    sizes = {
        "DICOM": 9_000_000,
        "through the object store": 7_000_000,
        ".json": 20_000,
        ".pdf": 480_000,
        "note": 50_000,
    }
    costs = ScaleCosts((StudyCost("here", 9, 9, 400), StudyCost("Ray, two actors", 1.8, 9, 400)), (), sizes)
    assert costs.of_many(100_000) == {
        "studies": 100_000,
        "core hours": 100.0,
        "hours on 16 cores": 6.2,
        "hours on 64 cores": 1.6,
        "hours on 256 cores": 0.4,
        "GB written": 60.0,
        "GB written, results alone": 2.0,
    }


def test_the_command_prints_a_table_of_eighty_columns_and_writes_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, trial = StudyCost("Ray, --actors 2 --threads 1", 1.8, 9.04, 400.4), TrialCost("local", 2.5)
    sizes = {"through the object store": 7_000_000, ".json": 20_000, "note": 50_000}
    costs = ScaleCosts((study,), (trial,), sizes)
    monkeypatch.setattr(batch.scale, "measure_scale", lambda folder, studies: costs)
    out = tmp_path / "scale.json"
    done = CliRunner().invoke(app, ["--out", str(out)], env={"COLUMNS": "80", "NO_COLOR": "1"})
    assert done.exit_code == 0, done.output
    assert max(map(len, done.stdout.splitlines())) <= 80
    for said in ("Ray, --actors 2 --threads 1", "1.80 s", "9.0 s", "400 MB", "2.50 s", "100 core hours"):
        assert said in " ".join(done.stdout.split())
    assert json.loads(out.read_text())["by arithmetic"]["core hours"] == 100
