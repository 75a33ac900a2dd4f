"""The six pictures of a lesion: which slices, and on whose pixels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from fracture_studies import EDGES, PLACES, SIDE, t2_slices
from hypothesis import given
from hypothesis import strategies as st
from mr_files import sagittal

from fracture.registration import CHANNELS, LESION, registered, six_slices
from imaging.geometry import SliceGeometry


@dataclass(frozen=True)
class Shown:
    """A picture with its place."""

    name: str
    geometry: SliceGeometry


def series(name: str, places: Sequence[float] = PLACES) -> list[Shown]:
    return [Shown(f"{name} {place:g}", sagittal(place, SIDE, SIDE)) for place in places]


def names(t2: Sequence[Shown], t1: Sequence[Sequence[Shown]], lesion: int = 2) -> list[str]:
    return [item.name for item in six_slices(t2, t1, t2[lesion], EDGES)]


def turned(geometry: SliceGeometry, degrees: float) -> SliceGeometry:
    """A sagittal slice turned about the vertical through its first pixel."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return replace(geometry, across=(-sin, cos, 0.0))


def test_three_slices_of_each_series_run_from_right_to_left() -> None:
    expected = [f"{weighting} {place}" for weighting in ("T1", "T2") for place in (-4, 0, 4)]
    assert names(series("T2"), [series("T1")]) == expected
    backwards = series("T2")[::-1]
    assert names(backwards, [series("T1")[::-1]]) == expected
    assert len(CHANNELS) == 6 and CHANNELS[LESION] == "T2 lesion slice"


def test_the_nearest_t1_slices_count_and_a_series_elsewhere_does_not() -> None:
    moved = series("T1", [place + 1.5 for place in PLACES])
    elsewhere = series("other", [place + 60 for place in PLACES])
    assert names(series("T2"), [elsewhere, moved])[:3] == ["T1 -2.5", "T1 1.5", "T1 5.5"]


@pytest.mark.parametrize("lesion", [0, 4])
def test_a_lesion_slice_at_the_end_of_its_series_is_refused(lesion: int) -> None:
    with pytest.raises(ValueError, match="neighbour is missing; export all slices"):
        names(series("T2"), [series("T1")], lesion)


def test_a_gap_beside_the_lesion_slice_is_refused() -> None:
    with pytest.raises(ValueError, match="beside the lesion slice is missing"):
        names(series("T2", (-12, -8, 0, 4, 8)), [series("T1")])


def test_t1_that_is_missing_or_elsewhere_is_refused() -> None:
    with pytest.raises(ValueError, match="no sagittal T1 series"):
        names(series("T2"), [])
    with pytest.raises(ValueError, match=r"no T1 slice within half a slice step.*nearest is 5\.0 mm"):
        names(series("T2"), [series("T1", (1, 5, 9))])
    below = [
        replace(item, geometry=replace(item.geometry, position=(*item.geometry.position[:2], -90)))
        for item in series("T1")
    ]
    with pytest.raises(ValueError, match="do not show the vertebra"):
        names(series("T2"), [below])


def test_slices_may_be_a_little_oblique_to_each_other_but_not_more() -> None:
    def t1(degrees: float) -> list[Shown]:
        return [replace(item, geometry=turned(item.geometry, degrees)) for item in series("T1")]

    assert len(names(series("T2"), [t1(3)])) == 6
    with pytest.raises(ValueError, match="more than 5 degrees"):
        names(series("T2"), [t1(8)])


def test_pictures_on_the_same_pixels_stay_as_they_are() -> None:
    geometries = [sagittal(place, SIDE, SIDE) for place in (-4, 0, 4)] * 2
    pixels = [np.random.default_rng(number).integers(0, 4000, (SIDE, SIDE), np.uint16) for number in range(6)]
    for before, after in zip(pixels, registered(pixels, geometries), strict=True):
        assert after is before


@given(
    shift=st.tuples(st.floats(-6, 6), st.floats(-6, 6)),
    spacing=st.floats(0.8, 2.5),
    angle=st.floats(-20, 20),
)
def test_what_lies_at_one_place_lies_at_one_pixel(
    shift: tuple[float, float], spacing: float, angle: float
) -> None:
    """A T1 picture with other pixels, moved and turned in its plane, that shows a ball at a known place."""
    grid = sagittal(0, SIDE, SIDE)
    place = np.array([0.0, 8.0, 12.0])
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    own = SliceGeometry(
        (0.4, -40 + shift[0], 60 + shift[1]), (0, cos, sin), (0, sin, -cos), (spacing, spacing), 160, 160, 4
    )
    rows, columns = np.mgrid[:160, :160] + 0.5
    points = own.to_patient(np.column_stack([columns.ravel(), rows.ravel()]))
    far = np.linalg.norm(points[:, 1:] - place[1:], axis=1).reshape(160, 160)
    ball = (3000 * np.exp(-((far / 6) ** 2))).astype(np.uint16)
    t2 = np.zeros((SIDE, SIDE), np.uint16)
    found = registered([ball, t2, t2, t2, t2, t2], [own, *[grid] * 5])[0]
    assert found.shape == t2.shape and found.dtype == t2.dtype
    weight = found / found.sum()
    down, across = np.mgrid[:SIDE, :SIDE] + 0.5
    centre = ((across * weight).sum(), (down * weight).sum())
    np.testing.assert_allclose(centre, grid.to_pixels([place])[0], atol=0.1)


def test_a_picture_of_another_size_than_its_table_says_is_refused() -> None:
    pixels = [np.zeros((SIDE, SIDE - 1), np.uint16)] * 6
    with pytest.raises(ValueError, match="47 x 48 pixels, of which the table says 48 x 48"):
        registered(pixels, [t2_slices()[0]] * 6)
