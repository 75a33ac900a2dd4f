"""How severe: which discs are measured, on which picture, and where a herniation lies in the patient."""

from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenery_studies import corners
from seeing_models import KnowingLandmarks

from annotation.labels import DIAGNOSES
from axial.chain import Candidate
from axial.findings import Finding, Herniation
from axial.interspaces import Interspace
from axial.measures import IntervalWidths
from axial.pictures import StudyPicture
from axial.result import SliceResult
from axial.severity import measured_herniations, measured_spaces
from imaging.coordinates import Pixel
from imaging.geometry import SliceGeometry
from landmarks.runtime import LandmarkModel

WIDTHS = IntervalWidths(slip=1.0, height=2.0, extent=3.0)
AXIAL = SliceGeometry((-50, -50, 0), (1, 0, 0), (0, 1, 0), (1, 1), 100, 100)
MIRRORED = SliceGeometry((50, -50, 0), (-1, 0, 0), (0, 1, 0), (1, 1), 100, 100)
"""Seen from the head: the patient's left is at the picture's left."""
UPSIDE_DOWN = SliceGeometry((-50, 50, 0), (1, 0, 0), (0, -1, 0), (1, 1), 100, 100)
BOX = (30.0, 30.0, 70.0, 60.0)


def finding(place: str = "L4-L5", verdict: str | None = "herniation", level: str | None = "L4-L5") -> Finding:
    return Finding(level, place, verdict, {}, (), False, 0.9)


def shown(picture: str, herniation: float = 0.8, level: str | None = "L4-L5", **changes: Any) -> SliceResult:
    shares = dict(zip(DIAGNOSES, (0.0, 1 - herniation, herniation), strict=True))
    attributes = {"edges": BOX, "verdict": "herniation", "probabilities": shares, **changes}
    return SliceResult(picture, "", level, **attributes)


def herniations(
    slices: list[SliceResult], found: Finding, geometry: SliceGeometry = AXIAL, summit: Pixel = (0.0, 20.0)
) -> Finding:
    """Measured by a model that sees the foot below the guide and the summit so many pixels from it."""
    pictures = [StudyPicture(item.picture, np.zeros((100, 100), np.uint16), geometry) for item in slices]

    def points(guide: Pixel) -> tuple[Pixel, ...]:
        return (guide[0] + summit[0], guide[1] + 15.0), (guide[0] + summit[0], guide[1] + summit[1])

    model = cast(LandmarkModel, KnowingLandmarks(points))
    (measured,) = measured_herniations(model, pictures, slices, [found], WIDTHS)
    return measured


def herniation(**given: Any) -> Herniation:
    measured = herniations([shown("axial 1")], finding(), **given).herniation
    assert measured is not None
    return measured


def test_the_extent_is_measured_on_the_slice_that_shows_it_best() -> None:
    slices = [
        shown("axial 1", 0.6),
        shown("axial 2", 0.9),
        shown("axial 3", 0.99, "L5-S1"),
        shown("axial 4", 0.7),
    ]
    measured = herniations(slices, finding()).herniation
    assert measured is not None
    assert (measured.picture, measured.foot, measured.summit) == ("axial 2", (50.0, 60.0), (50.0, 65.0))
    assert measured.extent.value == 5.0
    # Three of the deviations of two points of 0.5 mm.
    assert measured.extent.high == pytest.approx(5 + 3 * 0.5 * 2**0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("across", "side", "zone"),
    [
        (0.0, "midline", "central"),
        (2.4, "midline", "central"),
        (2.6, "left", "central"),
        (-4.9, "right", "central"),
        (5.1, "left", "subarticular"),
        (-10.9, "right", "subarticular"),
        (11.1, "left", "foraminal"),
        (-20.0, "right", "foraminal"),
    ],
)
def test_worked_sides_and_zones(across: float, side: str, zone: str) -> None:
    measured = herniation(summit=(across, 20.0))
    assert (measured.side, measured.zone) == (side, zone)


@given(across=st.floats(-20, 20), down=st.floats(10, 25))
def test_the_side_is_the_patient_s_however_the_picture_lies(across: float, down: float) -> None:
    upright, upside_down = (
        herniation(geometry=geometry, summit=(across, down)) for geometry in (AXIAL, UPSIDE_DOWN)
    )
    mirrored = herniation(geometry=MIRRORED, summit=(-across, down))
    assert upright.side == mirrored.side == upside_down.side
    assert upright.zone == mirrored.zone == upside_down.zone


def test_zones_are_counted_in_mm() -> None:
    fine = SliceGeometry((-25, -25, 0), (1, 0, 0), (0, 1, 0), (0.5, 0.5), 100, 100)
    measured = herniation(geometry=fine, summit=(8.0, 20.0))
    assert (measured.side, measured.zone, measured.extent.value) == ("left", "central", 2.5)


@pytest.mark.parametrize("verdict", ["normal", "bulge", None])
def test_what_is_no_herniation_is_not_measured(verdict: str | None) -> None:
    found = finding(verdict=verdict)
    assert herniations([shown("axial 1")], found) == found


@pytest.mark.parametrize(
    ("slices", "found"),
    [
        ([], finding()),
        ([shown("axial 1", level="L5-S1")], finding()),
        ([shown("axial 1", edges=None, verdict=None)], finding()),
        ([shown("axial 1", level=None)], finding("disc 2 from below", level=None)),
    ],
)
def test_a_herniation_that_no_axial_slice_shows_says_so(slices: list[SliceResult], found: Finding) -> None:
    measured = herniations(slices, found)
    assert measured.herniation is None
    assert measured.remarks == ("the herniation's extent was not measured: no axial slice shows it",)


SAGITTAL = StudyPicture(
    "middle",
    np.zeros((300, 200), np.uint16),
    SliceGeometry((0, 0, 0), (0, 1, 0), (0, 0, -1), (1, 1), 300, 200),
)


def body(x: float, y: float, cut: bool = False) -> Candidate:
    """A body's box of BODY's size about a pixel."""
    return Candidate((x - 15, y - 12, x + 15, y + 12), (0.0, x, -y), 0.9, cut=cut)


def spaces(cut: int | None = None) -> list[Interspace]:
    """Two spaces between three bodies, 33 mm above each other; each lies 5 mm before the one below."""
    bodies = [body(100 - 5 * step, 200 - 33 * step, step == cut) for step in range(3)]
    return [
        Interspace(level, level, bodies[step + 1], bodies[step], 0.9)
        for step, level in enumerate(("L5-S1", "L4-L5"))
    ]


def measured(cut: int | None = None) -> list[Finding]:
    found = [finding("L5-S1", level="L5-S1"), finding()]
    model = cast(LandmarkModel, KnowingLandmarks(corners))
    return measured_spaces(model, SAGITTAL, spaces(cut), found, WIDTHS)


def test_every_space_is_measured_between_its_own_corners() -> None:
    for item, lower in zip(measured(), (200.0, 167.0), strict=True):
        assert item.slip is not None and item.height is not None and item.endplates is not None
        assert (item.slip.distance.value, item.slip.grade, item.height.value) == (5.0, 1, 9.0)
        assert item.slip.share.value == pytest.approx(100 * 5 / 30, abs=1e-3)
        assert item.height.high - item.height.value == pytest.approx(2 * 0.5, abs=1e-3)
        assert item.endplates.posterior_below[1] == lower - 12
        assert item.remarks == ()


@pytest.mark.parametrize(("cut", "left"), [(0, [False, True]), (1, [False, False]), (2, [True, False])])
def test_next_to_a_cut_vertebra_nothing_is_measured_and_it_says_so(cut: int, left: list[bool]) -> None:
    found = measured(cut)
    assert [item.slip is not None for item in found] == left
    assert [item.height is not None for item in found] == left
    for item in found:
        said = ("slip and height were not measured: the picture's edge cuts a vertebra",)
        assert item.remarks == (() if item.slip else said)
    # What is measured is measured at its own disc.
    assert [item.endplates for item in found if item.slip] == [
        item.endplates for item, inside in zip(measured(), left, strict=True) if inside
    ]


def test_no_spaces_are_no_findings() -> None:
    model = cast(LandmarkModel, KnowingLandmarks(corners))
    assert measured_spaces(model, SAGITTAL, [], [], WIDTHS) == []
