import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.boxes import Box, pairwise_iou

pixels = st.integers(0, 40)


@st.composite
def edges(draw: st.DrawFn) -> tuple[int, int, int, int]:
    xmin, ymin = draw(pixels), draw(pixels)
    return xmin, ymin, xmin + draw(st.integers(1, 20)), ymin + draw(st.integers(1, 20))


def test_box_covers_the_difference_of_its_edges() -> None:
    box = Box("disc", 10, 20.5, 14, 30)
    assert (box.width, box.height, box.edges) == (4, 9.5, (10, 20.5, 14, 30))


def test_iou_of_half_covered_squares() -> None:
    assert pairwise_iou([(0, 0, 2, 2)], [(1, 0, 3, 2), (5, 5, 6, 6)]) == pytest.approx(np.array([[1 / 3, 0]]))


def test_iou_without_boxes_is_empty() -> None:
    assert pairwise_iou([], [(0, 0, 1, 1)]).shape == (0, 1)


@given(st.lists(edges(), min_size=1, max_size=4), st.lists(edges(), min_size=1, max_size=4))
def test_iou_equals_counting_pixels(first: list[tuple[int, ...]], second: list[tuple[int, ...]]) -> None:
    def covered(box: tuple[int, ...]) -> np.ndarray:
        pixels = np.zeros((64, 64), bool)
        pixels[box[1] : box[3], box[0] : box[2]] = True
        return pixels

    counted = [
        [(covered(a) & covered(b)).sum() / (covered(a) | covered(b)).sum() for b in second] for a in first
    ]
    assert pairwise_iou(first, second) == pytest.approx(np.array(counted))
