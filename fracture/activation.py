"""The class activation map of a verdict over the lesion slice, as a picture."""

import cv2
import numpy as np

from fracture.lesion import Lesion
from fracture.registration import LESION
from fracture.result import FractureResult
from imaging.windowing import Window, apply_window
from models.activation import overlay


def activation_picture(lesion: Lesion, result: FractureResult) -> bytes:
    """A PNG: left the T2 lesion slice, right the same with the map over it.

    It shows what spoke for the cause that was called in the classifier; it is no segmentation and no
    explanation. ``result`` must hold the map.
    """
    assert result.activation is not None, "classify with_activation"
    gray = apply_window(lesion.pixels[LESION], Window())
    plain = np.repeat(np.rint(255 * gray)[..., None], 3, axis=2).astype(np.uint8)
    mapped = overlay(gray, np.array(result.activation.rows), result.activation.seen)
    beside = np.hstack([plain, mapped])
    return cv2.imencode(".png", beside[..., ::-1])[1].tobytes()
