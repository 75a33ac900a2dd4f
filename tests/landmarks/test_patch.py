"""The geometry of patches: what is a point in the picture is one in the patch, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from imaging.windowing import Window
from landmarks.patch import axes, from_patch, in_mm, in_pixels, plane, square_of, to_patch
from models.crops import Square

SIZE = 64
coordinates = st.floats(-300, 300, allow_nan=False)
points = st.tuples(coordinates, coordinates)
spacings = st.tuples(st.floats(0.2, 3), st.floats(0.2, 3))
squares = st.builds(
    Square, coordinates, coordinates, st.floats(5, 200), st.floats(-180, 180), mirrored=st.booleans()
)


@given(square=squares, given_points=st.lists(points, min_size=1, max_size=5))
def test_a_point_comes_back_from_the_patch(square: Square, given_points: list[tuple[float, float]]) -> None:
    there = to_patch(given_points, square, SIZE)
    assert from_patch(there, square, SIZE) == pytest.approx(np.array(given_points), abs=1e-6)


@given(square=squares, point=points, spacing=spacings)
def test_picture_pixels_come_back_through_mm_and_patch(
    square: Square, point: tuple[float, float], spacing: tuple[float, float]
) -> None:
    there = to_patch(in_mm([point], spacing), square, SIZE)
    back = in_pixels(from_patch(there, square, SIZE), spacing)
    assert back[0] == pytest.approx(point, abs=1e-6)


@given(square=squares)
def test_the_middle_of_the_square_is_the_middle_of_the_patch(square: Square) -> None:
    assert to_patch([(square.x, square.y)], square, SIZE)[0] == pytest.approx((SIZE / 2, SIZE / 2), abs=1e-6)


@given(square=squares, step=points)
def test_axes_are_the_directions_of_the_patch(square: Square, step: tuple[float, float]) -> None:
    across, down = axes(square)
    assert np.array([across, down]) @ np.array([across, down]).T == pytest.approx(np.eye(2), abs=1e-9)
    assert np.linalg.det([across, down]) == pytest.approx(-1 if square.mirrored else 1)
    moved = to_patch([(square.x + step[0], square.y + step[1])], square, SIZE)[0] - SIZE / 2
    assert moved * square.side / SIZE == pytest.approx((across @ step, down @ step), abs=1e-6)


@given(first=points, second=points, spacing=spacings)
def test_of_two_guides_the_first_lies_above_the_second(
    first: tuple[float, float], second: tuple[float, float], spacing: tuple[float, float]
) -> None:
    guides = in_mm([first, second], spacing)
    apart = float(np.linalg.norm(guides[0] - guides[1]))
    square = square_of(guides, 80.0)
    above, below = to_patch(guides, square, SIZE)
    half = apart / 2 * SIZE / 80
    assert above == pytest.approx((SIZE / 2, SIZE / 2 - half), abs=1e-6)
    assert below == pytest.approx((SIZE / 2, SIZE / 2 + half), abs=1e-6)


def test_one_guide_is_the_middle_of_a_square_that_is_not_turned() -> None:
    assert square_of([(3.0, 4.0)], 10.0) == Square(3.0, 4.0, 10.0)


@pytest.mark.parametrize("count", [0, 3])
def test_another_number_of_guides_has_no_square(count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} guides; give one or two"):
        square_of([(1.0, 2.0)] * count, 10.0)


def dot(spacing: tuple[float, float], place: tuple[float, float]) -> NDArray[np.float32]:
    """A picture of 90 x 90 mm with a bright spot at a place in mm."""
    rows, columns = (round(90 / mm) for mm in spacing)
    down, across = np.mgrid[0:rows, 0:columns] + 0.5
    away = (across * spacing[1] - place[0]) ** 2 + (down * spacing[0] - place[1]) ** 2
    return (1000 * np.exp(-away / (2 * 3.0**2))).astype(np.float32)


@given(
    spacing=st.tuples(st.floats(0.5, 1.5), st.floats(0.5, 1.5)),
    angle=st.floats(-40, 40),
    mirrored=st.booleans(),
    place=st.tuples(st.floats(35, 55), st.floats(35, 55)),
)
def test_what_lies_at_a_point_of_the_picture_lies_at_its_point_of_the_patch(
    spacing: tuple[float, float], angle: float, mirrored: bool, place: tuple[float, float]
) -> None:
    square = Square(45.0, 45.0, 60.0, angle, mirrored)
    gray = plane(dot(spacing, place), spacing, Window(), 0.9).patch(square, SIZE)
    heat = np.clip(gray - 0.3, 0, None)
    centres = np.arange(SIZE) + 0.5
    seen = (heat.sum(0) @ centres / heat.sum(), heat.sum(1) @ centres / heat.sum())
    assert seen == pytest.approx(to_patch([place], square, SIZE)[0], abs=0.35)


def test_a_plane_is_shrunk_where_the_network_sees_less_and_never_enlarged() -> None:
    picture = np.zeros((100, 50), np.uint16)
    fine = plane(picture, (0.5, 0.5), Window(), 1.0)
    assert (fine.gray.shape, fine.pixel) == ((50, 25), (1.0, 1.0))
    coarse = plane(picture, (2.0, 3.0), Window(), 1.0)
    assert (coarse.gray.shape, coarse.pixel) == ((100, 50), (2.0, 3.0))
