"""Likely label errors: where annotation and detectors contradict each other, and how it is ranked."""

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import SmallBenchmark, discern
from hypothesis import given
from hypothesis import strategies as st

from annotation.boxes import Box
from annotation.labels import named_label_set
from annotation.views import View, named_view
from annotation.voc import read_voc
from benchmarks.label_errors import LabelError, ranked_errors
from benchmarks.trial import read_predictions, write_predictions
from data.cohort import CohortImage
from detectors.detections import Detections

LABELS = named_label_set("lumbar")
DIAGNOSIS, ANATOMY = named_view("diagnosis", LABELS), named_view("anatomy", LABELS)
DISC, NEXT_DISC, SLIP = (20, 20, 60, 36), (20, 70, 60, 86), (15, 50, 65, 110)

Found = tuple[str, tuple[float, float, float, float], float]


def image(*boxes: Box, annotated: Sequence[str] = LABELS.classes) -> CohortImage:
    return CohortImage("a.png", Path("a.png"), "p", boxes, frozenset(annotated), 100, 120)


def run(*found: Found, view: View = DIAGNOSIS) -> Detections:
    return Detections(
        np.array([edges for _, edges, _ in found], np.float32).reshape(-1, 4),
        np.array([score for _, _, score in found], np.float32),
        np.array([view.names.index(label) for label, _, _ in found], np.int64),
    )


def errors(annotated: CohortImage, *runs: Detections, view: View = DIAGNOSIS) -> list[LabelError]:
    return ranked_errors([annotated], view, [{annotated.name: found} for found in runs])


def said(error: LabelError) -> tuple[str, str, str]:
    return error.given, error.suggested, error.kind


def test_a_disc_detected_as_another_class_is_likely_wrong() -> None:
    (error,) = errors(image(Box("normal", *DISC)), run(("herniation", DISC, 0.9), ("normal", DISC, 0.2)))
    assert said(error) == ("normal", "herniation", "other class")
    assert error.edges == DISC
    assert error.score == pytest.approx(0.7)


def test_a_disc_detected_as_annotated_is_likely_right() -> None:
    (error,) = errors(image(Box("normal", *DISC)), run(("herniation", DISC, 0.1), ("normal", DISC, 0.8)))
    assert error.score == pytest.approx(-0.7)


def test_the_annotator_s_own_label_is_given_where_the_view_merges_it() -> None:
    (error,) = errors(image(Box("disc", *DISC), Box("bulge", *DISC)), run(("normal", DISC, 0.9)))
    assert said(error) == ("bulge", "normal", "other class")
    (error,) = errors(image(Box("bulge", *DISC)), run(("disc", DISC, 0.9), view=ANATOMY), view=ANATOMY)
    assert error.given == "bulge"


def test_a_confident_detection_where_nothing_is_drawn_is_a_missing_box() -> None:
    found = run(("normal", DISC, 0.9), ("normal", NEXT_DISC, 0.9), ("herniation", NEXT_DISC, 0.3))
    worst, other = errors(image(Box("normal", *DISC)), found)
    assert said(worst) == ("", "normal", "not drawn")
    assert worst.edges == NEXT_DISC
    assert worst.score == pytest.approx(0.8)
    assert other.score < 0


def test_a_box_that_nobody_detects_is_the_likelier_wrong_the_fewer_are_overlooked() -> None:
    def score(overlooked: int) -> float:
        images = [replace(image(Box("normal", *DISC)), name=f"{number}.png") for number in range(50)]
        found = {item.name: run(("normal", DISC, 1.0)) for item in images}
        found |= {f"{number}.png": run(("normal", NEXT_DISC, 0.01)) for number in range(overlooked)}
        worst = ranked_errors(images, DIAGNOSIS, [found])[:overlooked]
        assert {said(error) for error in worst} == {("normal", "", "not detected")}
        return worst[0].score

    assert 1 > score(1) > score(5) > score(20) > 0


def test_a_slip_around_a_disc_is_judged_apart_from_the_disc() -> None:
    found = run(("normal", NEXT_DISC, 0.9), ("spondylolisthesis", SLIP, 0.9))
    both = errors(image(Box("normal", *NEXT_DISC), Box("spondylolisthesis", *SLIP)), found)
    assert [error.score < 0 for error in both] == [True, True]
    missing, _ = errors(image(Box("normal", *NEXT_DISC)), found)
    assert said(missing) == ("", "spondylolisthesis", "not drawn")


def test_runs_are_averaged() -> None:
    sure, unsure = run(("herniation", DISC, 0.9)), run(("normal", DISC, 0.8), ("herniation", DISC, 0.3))
    (error,) = errors(image(Box("normal", *DISC)), sure, unsure)
    assert error.score == pytest.approx(0.6 - 0.4)


def test_what_was_not_annotated_in_an_image_is_no_error_there() -> None:
    without_slips = image(Box("normal", *DISC), annotated=("normal", "bulge", "herniation"))
    found = run(("normal", DISC, 0.9), ("spondylolisthesis", SLIP, 0.9))
    assert [error.given for error in errors(without_slips, found)] == ["normal"]
    assert errors(image(annotated=("normal",)), found) == []


scores = st.floats(0.06, 1)


@given(scores, scores, scores)
def test_the_score_falls_with_belief_in_the_annotated_class(
    normal: float, herniation: float, more: float
) -> None:
    def score(normal: float, herniation: float) -> float:
        found = run(("normal", DISC, normal), ("herniation", DISC, herniation))
        (error,) = errors(image(Box("normal", *DISC)), found)
        return error.score

    assert -1 <= score(normal, herniation) <= 1
    assert score(max(normal, more), herniation) <= score(normal, herniation) + 1e-6


def test_an_image_without_boxes_or_detections_has_no_errors() -> None:
    assert errors(image(), run(), run()) == []


@pytest.fixture
def doubtful(small_benchmark: SmallBenchmark, tmp_path: Path) -> tuple[Path, str]:
    """The small benchmark as if its detector found every annotated box but the first of one image, and the
    name of that image."""
    folder = Path(shutil.copytree(small_benchmark.out, tmp_path / "doubtful"))
    for path in folder.glob("trials/*/predictions.npz"):
        found = {name: _all_of(small_benchmark.data, name) for name in read_predictions(path)}
        if "p3-0.png" in found:
            whole = found["p3-0.png"]
            found["p3-0.png"] = Detections(whole.boxes[1:], whole.scores[1:], whole.labels[1:])
        write_predictions(path, list(found), list(found.values()))
    return folder, "p3-0.png"


def _all_of(cohort: Path, name: str) -> Detections:
    boxes = read_voc(cohort / "annotations" / f"{Path(name).stem}.xml").boxes
    return run(*((box.label, box.edges, 0.9) for box in boxes), view=ANATOMY)


def test_the_command_writes_a_queue_and_a_gallery(doubtful: tuple[Path, str], tmp_path: Path) -> None:
    folder, name = doubtful
    queue, gallery = tmp_path / "queue.csv", tmp_path / "queue.html"
    done = discern("noise", folder, "--out", queue, "--gallery", gallery, "--limit", 5, "--json")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(queue.read_text().splitlines()))
    assert (rows[0]["image"], rows[0]["kind"]) == (name, "not detected")
    assert len(rows) == 5
    assert float(rows[0]["score"]) > 0 > float(rows[1]["score"])
    assert json.loads(done.stdout)[0]["image"] == name
    assert "detectors: nothing" in gallery.read_text()
    assert name in discern("noise", folder, "--out", queue).stdout


def test_an_unfinished_benchmark_is_refused(doubtful: tuple[Path, str], tmp_path: Path) -> None:
    folder, _ = doubtful
    shutil.rmtree(folder / "trials" / "yolov5n-fold1-seed0")
    done = discern("noise", folder, "--out", tmp_path / "queue.csv")
    assert done.returncode == 1
    assert "yolov5n-fold1-seed0 is missing; finish the benchmark first" in " ".join(done.stderr.split())
    assert not (tmp_path / "queue.csv").exists()
