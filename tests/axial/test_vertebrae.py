"""Stage 1: bodies from a detector's boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenery_studies import CENTRES, sagittal_slices
from seeing_models import seeing_models

from axial.chain import number_vertebrae
from axial.pictures import StudyPicture
from axial.vertebrae import bodies, find_vertebrae, names_vertebrae
from detectors.detections import Detections
from imaging.geometry import SliceGeometry

CLASSES = ("vertebra", "S1", "T12", "transitional", "disc")
PUBLISHED = ("L1", "L2", "L3", "L4", "L5", "S1")
GEOMETRY = SliceGeometry((0, -70, 190), (0, 1, 0), (0, 0, -1), (1, 1), 300, 140, 4)
BODY = (50.0, 100.0, 80.0, 124.0)


def found(*items: tuple[str, float, tuple[float, ...]], classes: tuple[str, ...] = CLASSES) -> Detections:
    """Boxes by name and score, the best first."""
    ordered = sorted(items, key=lambda item: -item[1])
    return Detections(
        np.array([edges for _, _, edges in ordered], np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in ordered], np.float32),
        np.array([classes.index(name) for name, _, _ in ordered], np.int64),
    )


def moved(edges: tuple[float, ...], columns: float, rows: float) -> tuple[float, ...]:
    left, top, right, bottom = edges
    return (left + columns, top + rows, right + columns, bottom + rows)


def test_several_classes_on_one_box_are_one_body() -> None:
    (body,) = bodies(found(("vertebra", 0.9, BODY), ("T12", 0.7, BODY)), CLASSES, GEOMETRY)
    assert body.edges == BODY
    assert body.score == pytest.approx(0.9)
    assert body.names == pytest.approx({"S1": 0.0, "T12": 0.7, "transitional": 0.0})


def test_its_centre_is_in_patient_millimetres() -> None:
    (body,) = bodies(found(("vertebra", 0.9, BODY)), CLASSES, GEOMETRY)
    assert body.centre == pytest.approx((0.0, -70.5 + 65.0, 190.5 - 112.0))


@given(columns=st.floats(-4, 4), rows=st.floats(-4, 4), score=st.floats(0.02, 0.89))
def test_a_doubled_box_is_one_body_with_its_best_scores(columns: float, rows: float, score: float) -> None:
    twice = found(("vertebra", 0.9, BODY), ("vertebra", score, moved(BODY, columns, rows)))
    (body,) = bodies(twice, CLASSES, GEOMETRY)
    assert body.edges == BODY
    assert body.score == pytest.approx(0.9)


def test_neighbours_stay_apart_and_discs_are_no_bodies() -> None:
    items = [("vertebra", 0.9, moved(BODY, 0, 34.0 * step)) for step in range(3)]
    between = ("disc", 0.95, (50.0, 124.0, 80.0, 134.0))
    assert len(bodies(found(*items, between), CLASSES, GEOMETRY)) == 3


def test_s1_alone_is_no_vertebra_above_the_sacrum() -> None:
    (body,) = bodies(found(("S1", 0.8, BODY), ("transitional", 0.6, BODY)), CLASSES, GEOMETRY)
    assert body.score == 0.0
    assert body.names["S1"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("edges", "cut"),
    [
        (BODY, False),
        (moved(BODY, 0, -99.0), True),
        (moved(BODY, 0, -90.0), False),
        (moved(BODY, 0, 175.5), True),
        (moved(BODY, -49.0, 0), True),
        (moved(BODY, 59.0, 0), True),
    ],
)
def test_a_body_at_the_edge_is_cut(edges: tuple[float, ...], cut: bool) -> None:
    (body,) = bodies(found(("vertebra", 0.9, edges)), CLASSES, GEOMETRY, edge=1.5)
    assert body.cut is cut


@pytest.mark.parametrize("beside", [(0.0, 100.0, 0.0, 124.0), (50.0, 300.0, 80.0, 300.0)])
def test_a_box_beside_the_picture_is_no_body(beside: tuple[float, ...]) -> None:
    """A detector sees the black bars beside a picture, too; clipping leaves no area of a box in them."""
    both = found(("vertebra", 0.95, beside), ("vertebra", 0.9, BODY))
    assert [body.edges for body in bodies(both, CLASSES, GEOMETRY)] == [BODY]


def test_nothing_found_is_no_body() -> None:
    assert bodies(Detections.none(), CLASSES, GEOMETRY) == []


def test_the_six_classes_as_published_name_bodies() -> None:
    names = ("S1", "L5", "L4", "L3", "L2", "L1")
    items = [(name, 0.8, moved(BODY, 0, 100 - 34.0 * step)) for step, name in enumerate(names)]
    confused = ("L4", 0.3, moved(BODY, 0, 100 - 34.0))
    candidates = bodies(found(*items, confused, classes=PUBLISHED), PUBLISHED, GEOMETRY)
    assert len(candidates) == 6
    fifth = next(body for body in candidates if body.names["L5"] > 0.5)
    assert fifth.names["L4"] == pytest.approx(0.3)
    assert fifth.score == pytest.approx(0.8)
    numbering = number_vertebrae(candidates)
    assert [item.name for item in numbering.vertebrae] == list(names)


def test_every_body_of_a_picture_is_found() -> None:
    middle = sagittal_slices()[1]
    picture = StudyPicture("middle", middle.pixels, middle.geometry)
    candidates = find_vertebrae(seeing_models().vertebrae, picture)
    heights = sorted(body.centre[2] for body in candidates)
    assert heights == pytest.approx([z for _, _, z in CENTRES.values()], abs=0.5)
    assert not any(body.cut for body in candidates)


@pytest.mark.parametrize(("classes", "can"), [(CLASSES, True), (PUBLISHED, True), (("vertebra",), False)])
def test_only_a_model_that_knows_s1_can_number(classes: tuple[str, ...], can: bool) -> None:
    assert names_vertebrae(classes) is can
