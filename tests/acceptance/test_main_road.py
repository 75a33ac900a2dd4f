"""The slow checks behind docs/results.md: `make acceptance`, hours on two processor cores."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.results import BenchmarkResults, read_results
from cli import app

pytestmark = pytest.mark.acceptance


def _run(*arguments: object) -> None:
    outcome = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output


def _ap50(results: BenchmarkResults, detector: str, name: str, note: str = "") -> float:
    row = next(item for item in results.detectors if (item.detector, item.note) == (detector, note))
    return next(item.ap50.estimate for item in row.classes if item.name == name)


def test_every_detector_of_the_demo_reaches_80_percent_out_of_fold(tmp_path: Path) -> None:
    _run("demo", "--out", tmp_path)

    results = read_results(tmp_path / "benchmark" / "results.json")
    trained = {item.detector: item.map50.estimate for item in results.detectors if not item.note}
    untouched = {item.detector for item in results.detectors if item.note == "start weights untouched"}
    assert set(trained) == untouched == {"yolov3-tiny", "yolov5n", "ppyolov2-r18"}
    assert min(trained.values()) >= 0.80, trained


def test_yolov5n_finds_real_discs(shared: Path, tmp_path: Path) -> None:
    _run("benchmark", "sample-anatomy", "--data", shared / "spider-sample", "--out", tmp_path, "--jobs", 2)

    assert _ap50(read_results(tmp_path / "results.json"), "yolov5n", "disc") >= 0.88


def test_the_phantom_helps_where_real_patients_are_few(shared: Path, tmp_path: Path) -> None:
    arguments = ("benchmark", "few-patients", "--data", shared / "spider-sample", "--jobs", 2)
    _run(*arguments, "--out", tmp_path / "phantom")
    _run(*arguments, "--out", tmp_path / "scratch", "--from-scratch")

    fine_tuned = read_results(tmp_path / "phantom" / "results.json")
    scratch = read_results(tmp_path / "scratch" / "results.json")
    assert _ap50(fine_tuned, "yolov5n", "disc") > _ap50(scratch, "yolov5n", "disc")
