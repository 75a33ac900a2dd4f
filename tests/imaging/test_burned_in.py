from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from imaging.burned_in import TextRegion, find_text
from imaging.pictures import pictures_in, read_picture

TEXT = "DOE JANE 12.03.1948"


def tissue(seed: int = 0, rows: int = 320, columns: int = 400) -> NDArray[np.uint8]:
    """Smooth blobs with the noise of a scanner, from 0 to about 120."""
    random = np.random.default_rng(seed)
    blobs = cv2.GaussianBlur(random.normal(0, 1, (rows, columns)), (0, 0), 12)
    signal = 120 * np.clip(blobs / blobs.max(), 0, 1)
    return np.clip(signal + random.normal(0, 3, signal.shape), 0, 255).astype(np.uint8)


def drawn_by_pillow(pixels: NDArray[np.uint8], size: int, value: int) -> NDArray[np.uint8]:
    image = Image.fromarray(pixels)
    ImageDraw.Draw(image).text((12, 60), TEXT, font=ImageFont.load_default(size), fill=value)
    return np.array(image)


def drawn_by_opencv(pixels: NDArray[np.uint8], size: int, value: int) -> NDArray[np.uint8]:
    thickness = max(1, size // 12)
    drawn = pixels.copy()
    cv2.putText(drawn, TEXT, (12, 60 + size), cv2.FONT_HERSHEY_SIMPLEX, size / 30, value, thickness)
    return drawn


Draw = Callable[[NDArray[np.uint8], int, int], NDArray[np.uint8]]
DRAWINGS = pytest.mark.parametrize("draw", [drawn_by_pillow, drawn_by_opencv])


def assert_found(regions: list[TextRegion], size: int) -> None:
    assert regions
    top, bottom = min(region.top for region in regions), max(region.bottom for region in regions)
    assert 60 <= top < bottom <= 60 + 1.5 * size
    assert sum(region.right - region.left for region in regions) > 3 * size


@DRAWINGS
@pytest.mark.parametrize("size", [8, 10, 12, 16, 24, 32, 40])
def test_white_text_is_found(draw: Draw, size: int) -> None:
    assert_found(find_text(draw(tissue(), size, 255)), size)


@DRAWINGS
@pytest.mark.parametrize("size", [8, 10, 12, 16, 24, 32, 40])
def test_black_text_on_a_white_box_is_found(draw: Draw, size: int) -> None:
    pixels = tissue()
    pixels[50:120] = 255
    assert_found(find_text(draw(pixels, size, 0)), size)


@DRAWINGS
@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.int32, np.dtype(">i2")])
@pytest.mark.parametrize("highest", [4095, 32_767])
def test_text_is_found_at_every_depth(draw: Draw, dtype: type, highest: int) -> None:
    pixels = draw(tissue(), 16, 255).astype(np.int64) * highest // 255
    assert_found(find_text(pixels.astype(dtype)), 16)


@given(st.integers(0, 1000))
def test_pictures_without_text_are_silent(seed: int) -> None:
    pixels = tissue(seed, 128, 160)
    assert find_text(pixels) == []
    assert find_text(255 - pixels) == []


@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.int16, np.uint16]), arrays.array_shapes(min_dims=2, max_dims=2)
    )
)
def test_regions_lie_in_the_picture(pixels: NDArray) -> None:
    for region in find_text(pixels):
        assert 0 <= region.left < region.right <= pixels.shape[1]
        assert 0 <= region.top < region.bottom <= pixels.shape[0]


def test_single_marks_are_no_text() -> None:
    pixels = tissue()
    cv2.putText(pixels, "R", (20, 40), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    cv2.line(pixels, (100, 20), (300, 20), 255, 1)
    cv2.rectangle(pixels, (100, 100), (300, 200), 255, 1)
    assert find_text(pixels) == []


def test_two_lines_are_two_regions() -> None:
    pixels = tissue()
    for line in (40, 90):
        cv2.putText(pixels, "4711", (20, line), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 255, 2)
    regions = find_text(pixels)
    assert [region.bottom for region in regions] == pytest.approx([41, 91], abs=2)


def test_real_images_are_silent(shared: Path) -> None:
    paths = pictures_in(shared / "spider-sample" / "images")
    assert [path.name for path in paths if find_text(read_picture(path))] == []
