"""Speed goals at toy size: the two sides agree, and what is said of them is right. Nothing is timed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.precision import coco_ap
from benchmarks.scoring import match
from benchmarks.speed import predict, runtimes
from benchmarks.speed.average_precision import reference_ap
from benchmarks.speed.goal import (
    NotMeasurableError,
    Outcome,
    Setting,
    Target,
    below,
    largest_difference,
    outcome,
    seconds_of,
)
from benchmarks.speed.goals import GOALS, measure
from benchmarks.speed.memory import peak_of
from benchmarks.speed.predict import make_case, ultralytics_predict
from benchmarks.speed.scene import CLASSES, scored_scene
from detectors.runtime import load
from imaging.pictures import pictures_in, read_picture


def figures(ours: list[float], other: list[float], target: Target) -> Outcome:
    return outcome("name", "what", "against", np.array(ours), np.array(other), target)


def test_the_ratio_is_the_median_of_the_rounds_not_of_the_sides() -> None:
    found = figures([1, 2, 4], [6, 4, 20], Target("speed-up", 5))
    assert (found.ours, found.other) == (2, 6)
    assert (found.ratio, found.lowest, found.highest, found.rounds) == (5, 2, 6, 3)
    assert found.met and found.goal == "≥ 5 ×"


@pytest.mark.parametrize(
    ("kind", "aim", "ratio", "met"),
    [
        ("speed-up", 2.1, 2, False),
        ("speed-up", 2, 2, True),
        ("cost", 0.5, 0.5, True),
        ("cost", 0.4, 0.5, False),
    ],
)
def test_a_speed_up_is_met_from_below_and_a_cost_from_above(
    kind: str, aim: float, ratio: float, met: bool
) -> None:
    found = figures([1.0], [2.0], Target(kind, aim))  # type: ignore[arg-type]
    assert (found.ratio, found.met) == (ratio, met)


def test_sides_take_turns_after_a_round_that_is_not_counted() -> None:
    order: list[str] = []
    seconds = seconds_of([lambda: order.append("a"), lambda: order.append("b")], rounds=3)
    assert "".join(order) == "ab" + "ab" + "ba" + "ab"
    assert seconds.shape == (2, 3) and (seconds >= 0).all()


def test_counts_are_scaled_down_to_a_least(tmp_path: Path) -> None:
    setting = Setting(tmp_path, scale=0.01)
    assert (setting.count(5000), setting.count(50, least=4)) == (50, 4)


def test_figures_that_are_missing_on_one_side_or_altogether_are_no_agreement() -> None:
    assert largest_difference(np.array([np.nan, 1, 2]), np.array([np.nan, 1, 1.5])) == 0.5
    for ours, other in (([np.nan, 1], [1, 1]), ([1, 1], [np.nan, 1]), ([np.nan], [np.nan])):
        with pytest.raises(ValueError, match="one side has a number where the other has none"):
            largest_difference(np.array(ours), np.array(other))


def test_average_precision_is_pycocotools() -> None:
    truths, found = scored_scene(12)
    aps = coco_ap(match(truths, found, CLASSES))
    assert aps == pytest.approx(reference_ap(truths, found)(), abs=1e-12)
    assert (aps > 0.05).all() and (aps < 0.95).all()


def test_the_same_weights_give_the_same_boxes_in_both_programs(tmp_path: Path) -> None:
    case = make_case(tmp_path, 2, "yolov5n", 160)
    detector = load(case.model)
    theirs = ultralytics_predict(case, 1, "yolov5n", 160)()
    for path, other in zip(pictures_in(case.pictures), theirs, strict=True):
        ours = detector.predict(read_picture(path), case.threshold * 1.00001)
        assert len(ours) > 3
        assert ours.scores == pytest.approx(other.scores[: len(ours)], abs=1e-5)
        overlapping = np.abs(ours.boxes[:, None] - other.boxes[None]).max(axis=2).min(axis=1)
        assert overlapping.max() < 0.5


def test_predict_has_two_ratios_of_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict, "DETECTOR", "yolov5n")
    monkeypatch.setattr(predict, "SIDE", 160)
    beside, bare = predict.measure(Setting(tmp_path, rounds=1, scale=0.03))
    assert (beside.name, bare.name) == ("predict", "predict-overhead")
    assert beside.ours == bare.ours and beside.unit == "ms a picture"


def test_predict_in_bf16_is_set_beside_the_same_or_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "DETECTOR", "yolov5n")
    monkeypatch.setattr(predict, "SIDE", 64)
    try:
        (found,) = predict.measure_bf16(Setting(tmp_path, rounds=1, scale=0.03))
    except NotMeasurableError as error:
        assert str(error).startswith("this processor has no bf16")
    else:
        assert (found.name, found.goal) == ("predict-bf16", "≥ 2.8 ×")


def test_networks_in_other_runtimes_stand_beside_onnx_runtime_without_a_goal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtimes, "DETECTORS", ("yolov5n",))
    monkeypatch.setattr(runtimes, "SIDE", 64)
    monkeypatch.setattr(runtimes, "RUNTIMES", ("openvino",))
    monkeypatch.setattr(runtimes, "_SECONDS", 0.01)
    (found,) = runtimes.measure(Setting(tmp_path, rounds=1))
    assert (found.name, found.goal, found.met) == ("yolov5n: openvino", "", None)
    assert found.against.startswith("ONNX Runtime") and found.ratio == found.other / found.ours


def test_the_peak_of_a_process_is_its_own_and_not_its_parents() -> None:
    held = np.ones(60_000_000, np.uint8)
    code = "import time; held = bytearray(30_000_000); held = None; time.sleep(0.3)"
    with subprocess.Popen([sys.executable, "-S", "-c", code]) as process:
        assert 30 < peak_of(process) < 60 < held.nbytes


@pytest.mark.parametrize("name", ["average-precision", "bootstrap", "voc", "export"])
def test_a_goal_is_measured_at_toy_size(name: str, tmp_path: Path) -> None:
    ((measured, found),) = measure([name], Setting(tmp_path, rounds=2, scale=0.001))
    assert measured == name
    assert isinstance(found, list)
    for item in found:
        assert item.name.startswith(name)
        assert item.ours > 0 and item.other > 0 and item.rounds == 2
        assert item.lowest <= item.ratio <= item.highest
    assert not list(tmp_path.iterdir()), "files of a goal are removed"


@pytest.mark.parametrize("users", [None, "7"])
def test_a_goal_has_all_cores_and_other_programs_what_the_user_gave_them(
    users: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if users:
        monkeypatch.setenv("OMP_NUM_THREADS", users)
    seen: list[str | None] = []

    def looks(setting: Setting) -> list[Outcome]:
        seen.append(os.environ.get("OMP_NUM_THREADS"))
        os.environ["OMP_NUM_THREADS"] = "1"  # as ultralytics does
        return []

    monkeypatch.setattr("benchmarks.speed.voc.measure", looks)
    monkeypatch.setattr("benchmarks.speed.memory.measure", looks)
    setting = Setting(tmp_path)
    assert dict(measure(["voc", "memory"], setting)) == {"voc": [], "memory": []}
    assert seen == [str(setting.threads), users]
    assert os.environ.get("OMP_NUM_THREADS") == users


def test_a_goal_whose_other_side_is_not_installed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.speed.goals.find_spec", lambda name: None)
    assert importlib.util.find_spec("pycocotools")
    ((_, found),) = measure(["average-precision"], Setting(tmp_path))
    assert isinstance(found, NotMeasurableError)
    assert str(found) == "pycocotools is not installed; it comes with the test packages"


def test_unknown_goals_are_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no goal 'teleport'; choose of average-precision, "):
        measure([*GOALS, "teleport"], Setting(tmp_path))


def test_without_a_browser_the_viewer_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "chromium"))
    ((_, found),) = measure(["viewer"], Setting(tmp_path))
    assert isinstance(found, NotMeasurableError)
    assert str(found).startswith(f"there is no browser at {tmp_path / 'chromium'}; install chromium")


def test_a_goal_that_fails_leaves_the_others_to_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(setting: Setting) -> list[Outcome]:
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr("benchmarks.speed.bootstrap.measure", fails)
    said: list[str] = []
    found = dict(measure(["bootstrap", "voc"], Setting(tmp_path, rounds=1, scale=0.001, tell=said.append)))
    assert isinstance(found["bootstrap"], ZeroDivisionError)
    assert isinstance(found["voc"], list)
    assert said == ["bootstrap: preparing", "voc: preparing", "voc: warming up", "voc: round 1 of 1"]


def test_a_limit_is_a_goal_of_its_own() -> None:
    found = below("step", "a step", np.array([8.0, 4.0]), 16, "a frame", "ms")
    assert (found.ours, found.other, found.ratio, found.met) == (6, 16, 0.375, True)
    assert (found.goal, found.against) == ("≤ 1 ×", "the limit: a frame")
