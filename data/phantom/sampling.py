"""Sampling a phantom on an arbitrary plane, with true partial volume."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.phantom.anatomy import Phantom

_STEPS = 1.2207440846 ** -np.arange(1.0, 4.0)
"""Steps of the additive sequence that fills a cube most evenly (x ** 4 = x + 1)."""


@dataclass(frozen=True)
class Plane:
    """One slice in patient coordinates (x left, y back, z up; mm).

    ``corner``: centre of the first pixel; ``across`` and ``down``: unit vectors along which columns
    and rows grow; ``spacing``: mm between pixels; ``thickness``: mm.
    """

    corner: NDArray[np.float64]
    across: NDArray[np.float64]
    down: NDArray[np.float64]
    spacing: float
    rows: int
    columns: int
    thickness: float

    @property
    def normal(self) -> NDArray[np.floating]:
        return np.cross(self.across, self.down)

    def points(self, shift: NDArray[np.floating]) -> NDArray[np.float32]:
        """(3, rows * columns) one point a pixel, row by row; ``shift``: its place in the voxel, as
        parts of it from the centre along across, down and the normal."""
        offset = (shift[0] * self.across + shift[1] * self.down) * self.spacing
        start = self.corner + offset + shift[2] * self.thickness * self.normal
        along = self.across[:, None] * (np.arange(self.columns) * self.spacing)
        down = self.down[:, None] * (np.arange(self.rows) * self.spacing)
        grid = start[:, None, None] + down[:, :, None] + along[:, None, :]
        return grid.reshape(3, -1).astype(np.float32)


@dataclass(frozen=True)
class Slice:
    """A sampled plane.

    ``signal``: (rows, columns) float32. ``counts``: (codes, rows, columns) uint8, how many of a
    voxel's ``samples`` lie in each part.
    """

    signal: NDArray[np.floating]
    counts: NDArray[np.uint8]
    samples: int

    def filling(self, codes: list[int]) -> NDArray[np.floating]:
        """(rows, columns): the fraction of each voxel that the parts fill together."""
        return self.counts[codes].sum(axis=0, dtype=np.uint8) / np.float32(self.samples)


def sample_plane(phantom: Phantom, plane: Plane, signals: NDArray[np.float64], samples: int = 6) -> Slice:
    """The mean of ``samples`` points spread over each voxel, through pixel and thickness alike.

    ``signals``: (rows of phantom.properties,) the signal of each tissue.
    """
    size = plane.rows * plane.columns
    total = np.zeros(size, np.float32)
    counts = np.zeros((phantom.part_codes, size), np.uint8)
    table = signals.astype(np.float32)
    everywhere = np.arange(size)
    for number in range(samples):
        shift = (0.5 + number * _STEPS) % 1 - 0.5
        matter = phantom.at(*plane.points(shift))
        total += table[matter.tissue] * matter.shade
        known = matter.part >= 0
        counts[matter.part[known], everywhere[known]] += 1
    shape = (plane.rows, plane.columns)
    return Slice((total / samples).reshape(shape), counts.reshape(-1, *shape), samples)
