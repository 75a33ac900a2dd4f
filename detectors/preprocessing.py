"""From a picture to a network's input and back: the same steps in training, benchmarks and reading."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.windowing import Pixels, Window, apply_window


@dataclass(frozen=True)
class Letterbox:
    """Where an image lies in the square input: input = image * ``scale`` + (``left``, ``top``), pixels."""

    scale: float
    left: float
    top: float

    def to_input(self, boxes: NDArray[np.floating]) -> NDArray[np.float32]:
        """(n, 4) boxes in image pixels -> input pixels."""
        return (np.asarray(boxes).reshape(-1, 4) * self.scale + self._shift()).astype(np.float32)

    def to_image(self, boxes: NDArray[np.floating], width: int, height: int) -> NDArray[np.float32]:
        """(n, 4) boxes in input pixels -> image pixels, clipped to the image."""
        found = (np.asarray(boxes).reshape(-1, 4) - self._shift()) / self.scale
        return np.clip(found, 0, [width, height, width, height]).astype(np.float32)

    def _shift(self) -> NDArray[np.float64]:
        return np.array([self.left, self.top, self.left, self.top])


def letterbox(pixels: Pixels, window: Window, size: int) -> tuple[NDArray[np.float32], Letterbox]:
    """Window a gray picture (h, w) and fit it, undistorted and centred on black, into (size, size)."""
    gray = apply_window(pixels, window)
    height, width = gray.shape
    scale = size / max(height, width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(gray, (new_width, new_height), interpolation=interpolation)
    left, top = (size - new_width) // 2, (size - new_height) // 2
    canvas = np.zeros((size, size), np.float32)
    canvas[top : top + new_height, left : left + new_width] = resized
    return canvas, Letterbox(scale, left, top)
