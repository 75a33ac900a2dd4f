"""Stage 3: the disc on an axial picture."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import pytest
from scenery_studies import CENTRES, axial_slices
from seeing_models import Card

from axial.discs import find_disc
from axial.pictures import StudyPicture
from detectors.detections import Detections
from detectors.runtime import Detector

SLICE = axial_slices()[10]
PICTURE = StudyPicture("axial", SLICE.pixels, SLICE.geometry)
MIDDLE = tuple((np.add(CENTRES["L4"], CENTRES["L5"]) / 2).tolist())
THERE, ELSEWHERE = (21.0, 22.0, 51.0, 42.0), (0.0, 0.0, 10.0, 8.0)


@dataclass(frozen=True)
class Saying:
    """Says the same of every picture."""

    card: Card
    boxes: tuple[tuple[float, ...], ...]
    scores: tuple[float, ...]
    labels: tuple[int, ...]

    def predict(self, pixels: object, score_threshold: float) -> Detections:
        return Detections(
            np.array(self.boxes, np.float32).reshape(-1, 4),
            np.array(self.scores, np.float32),
            np.array(self.labels, np.int64),
        ).above(score_threshold)


def saying(*boxes: tuple[float, ...], scores: tuple[float, ...] = (0.9, 0.6), **card: object) -> Detector:
    told = Card(("vertebra", "disc"), **card)  # type: ignore[arg-type]
    return cast(Detector, Saying(told, boxes, scores[: len(boxes)], (1,) * len(boxes)))


def test_the_best_box_is_taken_where_nothing_is_known() -> None:
    region = find_disc(saying(ELSEWHERE, THERE), PICTURE)
    assert region is not None
    assert region.edges == ELSEWHERE
    assert region.score == pytest.approx(0.9)


def test_a_better_box_far_from_the_spine_is_passed_over() -> None:
    region = find_disc(saying(ELSEWHERE, THERE), PICTURE, MIDDLE)
    assert region is not None
    assert region.edges == THERE


def test_no_box_by_the_spine_is_no_disc() -> None:
    assert find_disc(saying(ELSEWHERE), PICTURE, MIDDLE) is None
    assert find_disc(saying(), PICTURE) is None


@pytest.mark.parametrize(("threshold", "sees"), [(0.5, True), (0.7, False)])
def test_the_model_s_own_threshold_counts(threshold: float, sees: bool) -> None:
    detector = saying(THERE, scores=(0.6,), thresholds={"disc": threshold})
    assert (find_disc(detector, PICTURE) is not None) is sees


def test_without_an_operating_threshold_a_weak_box_is_none() -> None:
    assert find_disc(saying(THERE, scores=(0.2,)), PICTURE) is None
    assert find_disc(saying(THERE, scores=(0.3,)), PICTURE) is not None


def test_another_class_is_no_disc() -> None:
    vertebra = Saying(Card(("vertebra", "disc")), (THERE,), (0.9,), (0,))
    assert find_disc(cast(Detector, vertebra), PICTURE) is None


def test_a_box_beside_the_picture_is_passed_over() -> None:
    region = find_disc(saying((0.0, 5.0, 0.0, 9.0), THERE), PICTURE)
    assert region is not None
    assert region.edges == THERE
