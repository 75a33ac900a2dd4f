"""The points of a phantom on its pictures, against the object."""

from dataclasses import dataclass, replace
from functools import cache
from typing import cast

import numpy as np
import pytest
from phantom_patients import BULGING, HEALTHY, HERNIATED, patient_with

from annotation.marks import ENDPLATES, HERNIATIONS, MarkedPlace
from data.phantom.anatomy import Phantom
from data.phantom.boxes import SliceReader
from data.phantom.disease import DiscDisease
from data.phantom.landmarks import landmarks
from data.phantom.marks import marked_places
from data.phantom.sampling import sample_slice
from data.phantom.truth import SliceTruth, StudyTruth
from imaging.geometry import SliceGeometry
from imaging.study import SeriesKind

SPACING = (1.1, 0.9)
SLIPPED = replace(HEALTHY, slip=7.0)


@dataclass(frozen=True)
class Seen:
    """A slice of a phantom, with the truth of both."""

    study: StudyTruth
    shown: SliceTruth

    def places(self, picture: SliceGeometry | None = None) -> list[MarkedPlace]:
        return marked_places("p.png", self.study, self.shown, picture or self.shown.geometry)


def seen(disease: DiscDisease, geometry: SliceGeometry, kind: SeriesKind) -> Seen:
    phantom = Phantom(patient_with(disease))
    measured = landmarks(phantom)
    reader = SliceReader(phantom, measured, geometry, sample_slice(phantom, geometry, []))
    shown = SliceTruth("", "", kind, geometry, reader.vertebrae, reader.discs)
    return Seen(cast(StudyTruth, measured), shown)  # of a study's truth its landmarks alone are asked


@cache
def sagittal(disease: DiscDisease = SLIPPED, offset: float = 0.0, top: float = 200.0) -> Seen:
    geometry = SliceGeometry((offset, -70, top), (0, 1, 0), (0, 0, -1), SPACING, 230, 150, 1.0)
    return seen(disease, geometry, SeriesKind.SAGITTAL_T2)


@cache
def axial(disease: DiscDisease = HERNIATED, above: float = 0.0) -> Seen:
    """Along L4-L5, so many mm above its centre."""
    disc = landmarks(Phantom(patient_with(disease))).discs[1]
    normal = np.array(disc.normal)
    down = np.array([0.0, normal[2], -normal[1]]) / np.linalg.norm(normal[1:])
    x, y, z = (np.array(disc.centre) + above * normal - 60 * np.array([1, 0, 0]) - 50 * down).tolist()
    geometry = SliceGeometry(
        (x, y, z), (1, 0, 0), (0.0, float(down[1]), float(down[2])), SPACING, 110, 134, 4
    )
    return seen(disease, geometry, SeriesKind.AXIAL_T2)


def test_endplates_are_marked_at_the_object_s_corners() -> None:
    case = sagittal()
    vertebrae = {item.name: item for item in case.study.vertebrae}
    places = {place.level: place for place in case.places()}
    assert {"L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2"} <= set(places)
    for level, place in places.items():
        above, below = (vertebrae[name] for name in level.split("-"))
        expected = (
            above.anterior_inferior,
            above.posterior_inferior,
            below.anterior_superior,
            below.posterior_superior,
        )
        marked = case.shown.geometry.to_patient(place.points)
        assert marked == pytest.approx(np.array(expected), abs=1e-6)
        assert (len(place.guides), len(place.points)) == (len(ENDPLATES.guides), len(ENDPLATES.points))
        assert place.image == "p.png"


def test_the_guides_are_the_middles_of_the_two_bodies_the_upper_one_first() -> None:
    case = sagittal()
    boxes = {body.name: body.edges for body in case.shown.vertebrae}
    for place in case.places():
        for name, (x, y) in zip(place.level.split("-"), place.guides, strict=True):
            left, top, right, bottom = boxes[name]
            assert (x, y) == pytest.approx(((left + right) / 2, (top + bottom) / 2))
        assert place.guides[0][1] < place.guides[1][1]


def test_beside_the_middle_nothing_is_marked() -> None:
    assert sagittal(offset=2.0).places()
    assert sagittal(offset=3.0).places() == []


def test_next_to_a_body_that_the_picture_s_edge_cuts_nothing_is_marked() -> None:
    whole = {place.level for place in sagittal().places()}
    third = next(item for item in sagittal().study.vertebrae if item.name == "L3")
    cut = {place.level for place in sagittal(top=third.centre[2]).places()}
    assert cut == {"L5-S1", "L4-L5"} < whole


def test_in_a_picture_of_another_size_the_points_mark_the_same_places() -> None:
    case = sagittal()
    picture = case.shown.geometry.resized(300, 460, (2.0, 2.0), (0.0, 0.0))
    for place, larger in zip(case.places(), case.places(picture), strict=True):
        assert np.array(larger.points) == pytest.approx(2 * np.array(place.points))
        assert np.array(larger.guides) == pytest.approx(2 * np.array(place.guides))


def test_a_herniation_is_marked_from_its_foot_to_its_summit() -> None:
    case = axial()
    (place,) = case.places()
    disc = case.study.discs[1]
    assert (place.level, len(place.points)) == ("L4-L5", len(HERNIATIONS.points))
    foot, summit = case.shown.geometry.to_patient(place.points)
    assert foot == pytest.approx(disc.foot, abs=1e-6)
    assert summit == pytest.approx(disc.summit, abs=1e-6)
    (edges,) = (item.edges for item in case.shown.discs if item.level == "L4-L5")
    ((x, y),) = place.guides
    assert (x, y) == pytest.approx(((edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2))
    # Behind the disc's middle, its patient's left at the picture's right.
    assert x < place.points[1][0] < edges[2]
    assert y < place.points[0][1] < place.points[1][1]
    assert place.points[1][1] == pytest.approx(edges[3], abs=1.5)


@pytest.mark.parametrize("disease", [HEALTHY, BULGING])
def test_what_is_no_herniation_is_not_marked(disease: DiscDisease) -> None:
    assert axial(disease).places() == []


def test_away_from_the_disc_s_middle_a_herniation_is_not_marked() -> None:
    assert axial(above=3.0).places()
    assert axial(above=5.0).places() == []
