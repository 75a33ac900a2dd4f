"""What the boxes on sagittal pictures say of each disc."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from annotation.labels import DIAGNOSES, SLIP
from axial.chain import Candidate
from axial.interspaces import Interspace
from axial.pictures import StudyPicture
from axial.sagittal import SagittalDisc, knows_diagnoses, sagittal_discs, scores_at
from detectors.detections import Detections
from detectors.runtime import Detector
from imaging.geometry import SliceGeometry

CLASSES = ("vertebra", *DIAGNOSES, SLIP)
GEOMETRY = SliceGeometry((0, 0, 0), (0, 1, 0), (0, 0, -1), (2.0, 0.5), 100, 200)
"""Pixels 0.5 mm wide and 2 mm high."""
HALF = np.array((8.0, 2.0))
"""Half of a box, pixels."""
Found = tuple[str, float, float, float]
"""A class, its score, and y and z of its box's middle in mm."""


def space(place: str, z: float) -> Interspace:
    """Between two vertebrae 30 mm apart, its middle at this height; y is 50."""
    box = (0.0, 0.0, 1.0, 1.0)
    above, below = (Candidate(box, (0.0, 50.0, z + side * 15), 0.9) for side in (1, -1))
    return Interspace(place, place, above, below, 0.9)


SPACES = (space("L5-S1", -120.0), space("L4-L5", -90.0))


def detections(*found: Found) -> Detections:
    middles = GEOMETRY.to_pixels([(0.0, y, z) for _, _, y, z in found])
    return Detections(
        np.column_stack([middles - HALF, middles + HALF]).astype(np.float32).reshape(-1, 4),
        np.array([score for _, score, _, _ in found], np.float32),
        np.array([CLASSES.index(name) for name, *_ in found], np.int64),
    )


def scores(*found: Found) -> list[list[float]]:
    return scores_at(SPACES, detections(*found), CLASSES, GEOMETRY).round(3).tolist()


def test_a_box_belongs_to_the_nearest_space() -> None:
    assert scores(("bulge", 0.8, 52, -118), ("herniation", 0.6, 45, -93)) == [[0, 0.8, 0, 0], [0, 0, 0.6, 0]]


def test_of_several_boxes_at_a_space_the_best_of_each_class_counts() -> None:
    assert scores(("bulge", 0.8, 50, -120), ("bulge", 0.3, 49, -121), ("normal", 0.2, 50, -119)) == [
        [0.2, 0.8, 0, 0],
        [0, 0, 0, 0],
    ]


def test_a_slip_is_told_beside_the_state() -> None:
    assert scores((SLIP, 0.9, 50, -90), ("herniation", 0.7, 50, -90))[1] == [0, 0, 0.7, 0.9]


@pytest.mark.parametrize(("away", "counts"), [(0.0, True), (11.5, True), (12.5, False), (-12.5, False)])
def test_a_box_far_from_the_middle_between_two_vertebrae_is_no_disc_of_theirs(
    away: float, counts: bool
) -> None:
    """Two fifths of 30 mm: in mm, though the pixels are no squares."""
    in_front = scores(("bulge", 0.8, 50 + away, -120))
    below = scores(("bulge", 0.8, 50, -120 - abs(away)))
    assert in_front == below == [[0, 0.8 * counts, 0, 0], [0, 0, 0, 0]]


def test_other_classes_say_nothing() -> None:
    assert scores(("vertebra", 0.9, 50, -120)) == [[0] * 4] * 2


def test_nothing_found_is_nothing_said() -> None:
    assert scores() == [[0] * 4] * 2
    assert scores_at([], detections(("bulge", 0.8, 50, -120)), CLASSES, GEOMETRY).shape == (0, 4)


@dataclass(frozen=True)
class Card:
    classes: tuple[str, ...] = CLASSES


@dataclass(frozen=True)
class Scripted:
    """A detector whose answer is known for each picture, by the gray of its first pixel."""

    found: tuple[Detections, ...]
    card: Card = Card()

    def predict(self, pixels: NDArray[np.uint16], score_threshold: float) -> Detections:
        return self.found[int(pixels[0, 0])].above(score_threshold)


def said(*found: Detections) -> list[SagittalDisc]:
    pictures = [
        StudyPicture(f"sagittal {number}", np.full((100, 200), number, np.uint16), GEOMETRY)
        for number in range(len(found))
    ]
    return sagittal_discs(cast(Detector, Scripted(found)), pictures, SPACES)


def test_a_disc_knows_the_pictures_that_show_it() -> None:
    lowest, second = said(
        detections(("bulge", 0.6, 50, -120), ("normal", 0.2, 50, -120)),
        detections(("normal", 0.05, 50, -120), ("herniation", 0.4, 50, -90)),
        detections(("normal", 0.9, 50, -120)),
    )
    assert lowest.pictures == ["sagittal 0", "sagittal 2"]
    assert np.array(lowest.probabilities) == pytest.approx(np.array([(0.25, 0.75, 0), (1, 0, 0)]))
    assert second.pictures == ["sagittal 1"]
    assert lowest.slip == second.slip == 0


def test_of_a_slip_the_best_score_of_all_pictures_counts_though_no_state_was_seen() -> None:
    lowest, _ = said(detections((SLIP, 0.3, 50, -120)), detections((SLIP, 0.7, 50, -120)))
    assert lowest.slip == pytest.approx(0.7)
    assert lowest.pictures == []


def test_no_pictures_and_no_spaces_are_nothing() -> None:
    assert [disc.pictures for disc in said()] == [[], []]
    assert sagittal_discs(cast(Detector, Scripted(())), [], []) == []


def test_a_model_must_know_every_state_and_the_slip() -> None:
    assert knows_diagnoses(CLASSES)
    for missing in (*DIAGNOSES, SLIP):
        assert not knows_diagnoses([name for name in CLASSES if name != missing])
