"""Solid noise: smooth random values that are a pure function of the point in millimetres."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

Floats = NDArray[np.floating]
_SIDE = 128
_SMOOTHING = 8.0
"""Cells of the block; so many of them make one grain."""


@cache
def _block() -> NDArray[np.float32]:
    """A periodic block of smooth noise, mean 0, standard deviation 1."""
    noise = np.random.default_rng(0).standard_normal((_SIDE, _SIDE, _SIDE)).astype(np.float32)
    smooth = gaussian_filter(noise, _SMOOTHING, mode="wrap", truncate=2.5)
    return ((smooth - smooth.mean()) / smooth.std()).reshape(-1)


class Texture:
    """Noise of one patient; ``seed`` shifts the block so that no two patients look alike."""

    def __init__(self, seed: int) -> None:
        self._shifts = np.random.default_rng(seed).uniform(1e3, 2e3, (12, 3)).astype(np.float32)

    def __call__(self, x: Floats, y: Floats, z: Floats, grain: float, kind: int) -> Floats:
        """Values of about N(0, 1) at points in mm, with grains of about ``grain`` mm.

        ``kind`` (0 ... 11) picks an independent noise. A point takes the value of its cell: what is
        sampled many times a voxel needs no interpolation.
        """
        scale = np.float32(_SMOOTHING / grain)
        # The shift keeps the coordinates positive, so that the cast rounds them all down.
        cells = [
            (axis * scale + shift * scale).astype(np.int32) & (_SIDE - 1)
            for axis, shift in zip((x, y, z), self._shifts[kind], strict=True)
        ]
        return _block()[(cells[0] * _SIDE + cells[1]) * _SIDE + cells[2]]
