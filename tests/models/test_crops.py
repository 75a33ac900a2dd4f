"""Square parts of pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.crops import Square, warped

SIZE = 32
squares = st.builds(
    Square,
    st.floats(-100, 100),
    st.floats(-100, 100),
    st.floats(1, 200),
    st.floats(-180, 180),
    st.booleans(),
)


@given(square=squares)
def test_the_corners_of_the_square_are_those_of_the_input(square: Square) -> None:
    left, top, right, bottom = square.edges
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    # The square is turned about its middle, from x to y.
    angle = np.radians(square.angle)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = (corners - (square.x, square.y)) @ turn.T + (square.x, square.y)
    matrix = square.to_input(SIZE)
    expected = np.array([(0, 0), (SIZE, 0), (SIZE, SIZE), (0, SIZE)])
    if square.mirrored:
        expected[:, 0] = SIZE - expected[:, 0]
    assert turned @ matrix[:, :2].T + matrix[:, 2] == pytest.approx(expected, abs=1e-6)


def test_a_square_at_the_pictures_own_size_gives_its_own_pixels() -> None:
    gray = np.random.default_rng(0).random((50, 60)).astype(np.float32)
    square = Square(26.0, 26.0, 32.0)
    (crop,) = warped([gray], square.to_input(SIZE), SIZE)
    np.testing.assert_allclose(crop, gray[10:42, 10:42], atol=1e-6)
    (mirrored,) = warped([gray], Square(26.0, 26.0, 32.0, mirrored=True).to_input(SIZE), SIZE)
    np.testing.assert_allclose(mirrored, crop[:, ::-1], atol=1e-6)
    (turned,) = warped([gray], Square(26.0, 26.0, 32.0, 90.0).to_input(SIZE), SIZE)
    np.testing.assert_allclose(turned, np.rot90(crop), atol=1e-3)


def test_outside_the_picture_it_is_black_and_channels_are_cut_alike() -> None:
    white = np.ones((20, 20), np.float32)
    crops = warped([white, white / 2], Square(0.0, 10.0, 20.0).to_input(20), 20)
    assert crops.shape == (2, 20, 20)
    assert (crops[0, :, :9] == 0).all() and (crops[0, :, 11:] == 1).all()
    np.testing.assert_array_equal(crops[1], crops[0] / 2)
