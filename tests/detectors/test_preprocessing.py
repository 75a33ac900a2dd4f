import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.preprocessing import letterbox
from imaging.windowing import Window

sides = st.integers(1, 400)
sizes = st.sampled_from([32, 96, 192, 640])


@given(sides, sides, sizes, st.data())
def test_boxes_go_to_the_input_and_back(width: int, height: int, size: int, data: st.DataObject) -> None:
    _, place = letterbox(np.zeros((height, width), np.uint8), Window(), size)
    across, down = st.floats(0, width, width=32), st.floats(0, height, width=32)
    x, y = sorted((data.draw(across), data.draw(across))), sorted((data.draw(down), data.draw(down)))
    box = np.array([[x[0], y[0], x[1], y[1]]], np.float32)
    there = place.to_input(box)
    assert there.min() >= 0
    assert there.max() <= size + 0.5
    np.testing.assert_allclose(place.to_image(there, width, height), box, atol=1e-3)


@given(st.integers(40, 200), st.integers(40, 200), st.sampled_from([96, 192]))
def test_box_lies_on_its_pixels_in_the_input(width: int, height: int, size: int) -> None:
    pixels = np.zeros((height, width), np.uint8)
    box = np.array([[width // 4, height // 5, width // 2, height // 2]], np.float32)
    pixels[height // 5 : height // 2, width // 4 : width // 2] = 255
    gray, place = letterbox(pixels, Window("range"), size)
    rows, columns = np.nonzero(gray > 0.5)
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    np.testing.assert_allclose(place.to_input(box)[0], seen, atol=1.01)


@given(sides, sides, sizes)
def test_image_fills_the_input_undistorted(width: int, height: int, size: int) -> None:
    gray, place = letterbox(np.full((height, width), 255, np.uint8), Window("range"), size)
    filled = gray > 0
    assert max(filled.any(axis=0).sum(), filled.any(axis=1).sum()) == size
    assert filled.any(axis=1).sum() == pytest.approx(height * place.scale, abs=1)
    assert filled.any(axis=0).sum() == pytest.approx(width * place.scale, abs=1)


def test_back_in_the_image_boxes_are_clipped_to_it() -> None:
    _, place = letterbox(np.zeros((50, 100), np.uint8), Window(), 200)
    found = place.to_image(np.array([[-20, 0, 260, 200]], np.float32), 100, 50)
    assert found.tolist() == [[0, 0, 100, 50]]


def test_no_boxes_stay_no_boxes() -> None:
    _, place = letterbox(np.zeros((50, 100), np.uint8), Window(), 64)
    assert place.to_input(np.zeros((0, 4), np.float32)).shape == (0, 4)
    assert place.to_image(np.zeros((0, 4), np.float32), 100, 50).shape == (0, 4)
