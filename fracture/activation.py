"""The class activation map of a verdict over the lesion slice, as a picture.

It shows what spoke for the cause that was called in the classifier; it is no segmentation and no explanation.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.boxes import Edges
from axial.result import ActivationMap
from fracture.lesion import Lesion
from fracture.registration import LESION
from fracture.result import FractureResult
from imaging.windowing import Window, apply_window
from models.activation import close_up_part, overlay

_BETWEEN = 8
"""Pixels from the picture to the one beside it."""
_BOX = (86, 180, 233)
"""Of the line around the vertebra, as in a study's report (Okabe and Ito 2008)."""


def activation_picture(lesion: Lesion, result: FractureResult) -> bytes:
    """A PNG: left the T2 lesion slice, right the same with the map over it. ``result`` must hold the map."""
    assert result.activation is not None, "classify with_activation"
    gray = apply_window(lesion.pixels[LESION], Window())
    return _png(_plain(gray), overlay(gray, np.array(result.activation.rows), result.activation.seen))


def activation_close_up(
    lesion: Lesion, activation: ActivationMap, spacing: tuple[float, float], height: int = 320
) -> bytes:
    """A PNG, ``height`` pixels high: left the T2 lesion slice around its vertebra, which has a box, right the
    same part with the map over it. ``spacing``: mm from row to row and from column to column."""
    pixels = lesion.pixels[LESION]
    left, top, right, bottom = close_up_part(activation.seen, spacing, pixels.shape)
    scale = np.array([spacing[1] / spacing[0], 1]) * height / (bottom - top)
    gray = apply_window(pixels[top:bottom, left:right], Window())
    size = (round(scale[0] * (right - left)), height)
    enlarged = np.clip(cv2.resize(gray, size, interpolation=cv2.INTER_CUBIC), 0, 1).astype(np.float32)

    def placed(edges: Edges) -> Edges:
        xmin, ymin, xmax, ymax = ((np.reshape(edges, (2, 2)) - (left, top)) * scale).ravel().tolist()
        return xmin, ymin, xmax, ymax

    plain = _plain(enlarged)
    xmin, ymin, xmax, ymax = map(round, placed(lesion.edges))
    cv2.rectangle(plain, (xmin, ymin), (xmax, ymax), _BOX, 2)
    between = np.full((height, _BETWEEN, 3), 255, np.uint8)
    return _png(plain, between, overlay(enlarged, np.array(activation.rows), placed(activation.seen)))


def _plain(gray: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.repeat(np.rint(255 * gray)[..., None], 3, axis=2).astype(np.uint8)


def _png(*beside: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", np.hstack(beside)[..., ::-1])[1].tobytes()
