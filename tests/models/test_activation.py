"""Where an activation map lies over its picture, and how it looks."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifiers.registry import architecture
from classifiers.resnet import ResNet
from models.activation import COLOURS, MOST_OPAQUE, OUTLINE, close_up_part, colours_of, overlay, strength

GRAY = np.full((80, 100), 0.5)
SEEN = (20.0, 10.0, 84.0, 74.0)


def one_cell(row: int, column: int, cells: int = 4) -> NDArray[np.float32]:
    activation = np.zeros((cells, cells), np.float32)
    activation[row, column] = 3.0
    return activation


def brightest(drawn: NDArray[np.uint8], inside: tuple[slice, slice]) -> tuple[int, int]:
    """x and y of the yellowest pixel."""
    yellow = drawn[inside].astype(int) @ [1, 1, -1]
    y, x = np.unravel_index(yellow.argmax(), yellow.shape)
    return int(x) + inside[1].start, int(y) + inside[0].start


@settings(max_examples=20)
@given(values=st.lists(st.floats(-50, 50, width=32), min_size=2, max_size=9), shift=st.floats(-9, 9))
def test_strength_is_the_same_however_a_map_is_shifted(values: list[float], shift: float) -> None:
    activation = np.array([values])
    shares = strength(activation)
    assert shares.min() >= 0 and shares.max() <= 1
    np.testing.assert_allclose(strength(activation + shift), shares, atol=1e-3 / max(np.ptp(values), 1e-3))


def test_a_map_without_differences_leaves_the_picture_as_it_is() -> None:
    drawn = overlay(GRAY, np.full((4, 4), 2.5), SEEN)
    assert set(map(tuple, drawn.reshape(-1, 3).tolist())) == {(128, 128, 128), OUTLINE}


def test_outside_of_the_square_nothing_changes_and_a_line_runs_around_it() -> None:
    drawn = overlay(GRAY, one_cell(2, 2), SEEN)
    inside = np.zeros(GRAY.shape, bool)
    inside[10:74, 20:84] = True
    assert (drawn[~inside] == 128).all()
    line = (drawn == OUTLINE).all(axis=2)
    assert line[10, 20:84].all() and line[10:74, 83].all() and line.sum() == 4 * 63
    assert drawn.dtype == np.uint8 and drawn.shape == (80, 100, 3)


def test_a_square_beyond_the_picture_is_cut_off_without_a_line_at_the_pictures_edge() -> None:
    drawn = overlay(GRAY, one_cell(2, 2), (-30.0, -10.0, 60.0, 90.0))
    line = (drawn == OUTLINE).all(axis=2)
    assert line[:, 59].all() and line.sum() == 80


def test_the_strongest_place_is_yellow_where_its_cell_looks() -> None:
    drawn = overlay(GRAY, one_cell(1, 2), SEEN)
    x, y = brightest(drawn, (slice(11, 73), slice(21, 83)))
    assert (x, y) == pytest.approx((20 + 2 * 16, 10 + 16), abs=1)
    expected = 128 * (1 - MOST_OPAQUE) + np.array(COLOURS[-1]) * MOST_OPAQUE
    np.testing.assert_allclose(drawn[y, x], expected, atol=20)


def test_colours_grow_brighter_with_strength() -> None:
    luminance = colours_of(np.linspace(0, 1, 50)) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > 0).all()


def test_a_square_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="no area"):
        overlay(GRAY, one_cell(0, 0), (5.0, 5.0, 5.0, 9.0))


@pytest.mark.parametrize("name", ["resnet18-slim", "resnet50"])
def test_a_cell_of_a_classifiers_map_looks_about_where_it_is_drawn(name: str) -> None:
    """By the gradient of one that was never trained; in the middle, so that no edge cuts off what it sees."""
    torch.manual_seed(0)
    network, size, cells = ResNet(architecture(name), 1, 2, 0).eval(), 256, 8
    row = column = cells // 2
    images = torch.rand(1, 1, size, size, requires_grad=True)
    network(images)[1][0, 0, row, column].backward()
    assert images.grad is not None
    felt = images.grad[0, 0].abs().numpy()
    pixels = np.arange(size) + 0.5
    looks_at = (felt.sum(0) @ pixels / felt.sum(), felt.sum(1) @ pixels / felt.sum())
    drawn = overlay(np.full((size, size), 0.5), one_cell(row, column, cells), (0.0, 0.0, size, size))
    shown = brightest(drawn, (slice(2, size - 2), slice(2, size - 2)))
    assert looks_at == pytest.approx(shown, abs=0.2 * size / cells)


@settings(max_examples=500)
@example(corner=(1.875, 0.0), side=8.5, spacing=(0.5, 2.0))
@example(corner=(1.9765625, 0.0), side=8.0625, spacing=(0.5, 2.0))
@given(
    corner=st.tuples(st.floats(-60, 90), st.floats(-60, 70)),
    side=st.floats(8, 60),
    spacing=st.tuples(st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from([0.5, 1.0, 2.0])),
)
def test_a_close_up_shows_what_of_the_square_is_in_the_picture_and_what_is_around_it(
    corner: tuple[float, float], side: float, spacing: tuple[float, float]
) -> None:
    rows, columns = GRAY.shape
    seen = (*corner, corner[0] + side / spacing[1], corner[1] + side / spacing[0])
    left, top, right, bottom = close_up_part(seen, spacing, GRAY.shape)
    assert 0 <= left < right <= columns and 0 <= top < bottom <= rows
    for shown, around, length in (
        (right - left, 1.25 * side / spacing[1], columns),
        (bottom - top, 1.25 * side / spacing[0], rows),
    ):
        assert shown == length or around - 1e-6 <= shown < around + 2 + 1e-6
    assert left <= max(seen[0], 0) or right == columns
    assert right >= min(seen[2], columns) or left == 0
    assert top <= max(seen[1], 0) or bottom == rows
    assert bottom >= min(seen[3], rows) or top == 0
