"""The level of an axial slice from the vertebral centres."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axial.levels import level_of_slice
from imaging.geometry import SliceGeometry

CENTRES = {"S1": (0.0, 8.0, 0.0), "L5": (0.0, 0.0, 34.0), "L4": (0.0, -2.0, 70.0), "L3": (0.0, 0.0, 106.0)}


def axial(height: float, tilt: float = 0.0, thickness: float = 4.0) -> SliceGeometry:
    """An axial slice through (0, 0, height), leaning by ``tilt`` degrees."""
    cos, sin = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
    down = (0.0, cos, -sin)
    corner = (-90.0, -90.0 * cos, height + 90.0 * sin)
    return SliceGeometry(corner, (1.0, 0.0, 0.0), down, (0.6, 0.6), 300, 300, thickness)


@pytest.mark.parametrize(("height", "level"), [(17.0, "L5-S1"), (52.0, "L4-L5"), (88.0, "L3-L4")])
def test_a_slice_half_way_between_two_centres_is_in_their_disc(height: float, level: str) -> None:
    found = level_of_slice(axial(height), {**CENTRES, "S1": (0.0, 0.0, 0.0)})
    assert found.level == level
    assert found.offset == pytest.approx(0.0, abs=1.0)


@given(height=st.floats(35.0, 69.0), tilt=st.floats(-20, 20))
def test_a_slice_between_two_centres_is_in_their_disc_or_in_no_disc(height: float, tilt: float) -> None:
    found = level_of_slice(axial(height, tilt), CENTRES)
    assert found.level in ("L4-L5", None)
    assert found.level or "not through a disc" in found.reason


@pytest.mark.parametrize(("height", "said"), [(36.0, "through L5"), (68.0, "through L4")])
def test_a_slice_through_a_vertebra_says_so(height: float, said: str) -> None:
    found = level_of_slice(axial(height), CENTRES)
    assert found.level is None
    assert found.reason.startswith(said)


@pytest.mark.parametrize(("height", "said"), [(-20.0, "below"), (130.0, "above")])
def test_a_slice_beyond_the_vertebrae_says_so(height: float, said: str) -> None:
    found = level_of_slice(axial(height), CENTRES)
    assert found.level is None
    assert found.reason.startswith(said)


def test_which_way_the_picture_is_turned_is_nothing() -> None:
    upright = axial(52.0)
    turned = SliceGeometry(
        upright.position, upright.down, upright.across, upright.spacing, upright.columns, upright.rows, 4.0
    )
    assert level_of_slice(turned, CENTRES) == level_of_slice(upright, CENTRES)


def test_no_level_beside_a_vertebra_that_was_not_found() -> None:
    found = level_of_slice(axial(52.0), {**CENTRES, "L4": None})
    assert found.level is None
    assert found.reason == "between L5 and L3, and L4 was not found"


@pytest.mark.parametrize("centres", [{}, {"S1": (0.0, 0.0, 0.0)}, {"S1": (0.0, 0.0, 0.0), "L5": None}])
def test_no_level_from_fewer_than_two_vertebrae(
    centres: dict[str, tuple[float, float, float] | None],
) -> None:
    assert level_of_slice(axial(10.0), centres).level is None
