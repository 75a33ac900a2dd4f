"""The lesion slice around its vertebra, beside it the same with the activation map."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from annotation.boxes import Edges
from axial.result import ActivationMap
from fracture.activation import activation_close_up
from fracture.lesion import Lesion
from fracture.registration import CHANNELS

SIDE = 200
GAP = 8


def close_up(
    box: Edges, seen: Edges, spacing: tuple[float, float] = (1.0, 1.0), height: int = 320
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Both halves of the picture of a ramp from left to right."""
    pixels = np.tile(np.arange(SIDE, dtype=np.uint16), (SIDE, 1))
    lesion = Lesion("study", CHANNELS, (pixels,) * len(CHANNELS), box, "a box")
    activation = ActivationMap(((0.0, 0.0), (1.0, 1.0)), seen)
    read = cv2.imdecode(np.frombuffer(activation_close_up(lesion, activation, spacing, height), np.uint8), 1)
    assert read is not None
    whole = read[..., ::-1].astype(np.uint8)
    half = (whole.shape[1] - GAP) // 2
    assert (whole[:, half : half + GAP] == 255).all()
    return whole[:, :half], whole[:, half + GAP :]


def test_the_square_and_its_surroundings_are_shown() -> None:
    plain, mapped = close_up((80, 90, 120, 110), (60, 60, 140, 140))
    assert plain.shape == mapped.shape == (320, 320, 3)
    # 100 of 200 pixels are shown, of which the map covers the middle 80: 3.2 pixels each.
    np.testing.assert_array_equal(mapped[:30], plain[:30])
    assert (mapped[240:280, 40:280] != plain[240:280, 40:280]).any(axis=2).all()
    box = np.argwhere(plain.max(axis=2) != plain.min(axis=2))
    np.testing.assert_allclose(box.min(axis=0), (128, 96), atol=2)
    np.testing.assert_allclose(box.max(axis=0), (192, 224), atol=2)


def test_the_part_shown_is_square_in_mm() -> None:
    plain, mapped = close_up((80, 90, 120, 110), (80, 80, 120, 120), spacing=(1.0, 0.5), height=100)
    assert plain.shape == mapped.shape == (100, 100, 3)
    covered = np.argwhere((mapped != plain).any(axis=2) & (np.arange(100) > 75)[:, None])
    assert covered[:, 1].min() == pytest.approx(30, abs=2) and covered[:, 1].max() == pytest.approx(70, abs=2)


@pytest.mark.parametrize("seen", [(-30, -30, 50, 50), (150, 150, 230, 230), (-50, -50, 250, 250)])
def test_a_vertebra_at_the_edge_of_its_picture_is_shown(seen: Edges) -> None:
    middle = (seen[0] + seen[2]) / 2
    plain, mapped = close_up((middle - 10, middle - 10, middle + 10, middle + 10), seen)
    assert plain.shape == mapped.shape == (320, 320, 3)
    assert (plain != mapped).any()
