"""Sampling a phantom on an arbitrary slice, with true partial volume."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.phantom.anatomy import Phantom
from imaging.geometry import SliceGeometry

_STEPS = 1.2207440846 ** -np.arange(1.0, 4.0)
"""Steps of the additive sequence that fills a cube most evenly (x ** 4 = x + 1)."""
CENTRES = np.zeros(3)


def voxel_points(geometry: SliceGeometry, shift: NDArray[np.floating] = CENTRES) -> NDArray[np.float32]:
    """(3, rows * columns) mm, one point a pixel, row by row; ``shift``: its place in the voxel, as
    parts of it from the centre along the row, the column and the normal."""
    across, down = (
        np.array(geometry.across) * geometry.spacing[1],
        np.array(geometry.down) * geometry.spacing[0],
    )
    start = geometry.position + shift[0] * across + shift[1] * down
    start = start + shift[2] * geometry.thickness * geometry.normal
    rows, columns = np.arange(geometry.rows), np.arange(geometry.columns)
    grid = start[:, None, None] + down[:, None, None] * rows[:, None] + across[:, None, None] * columns
    return grid.reshape(3, -1).astype(np.float32)


@dataclass(frozen=True)
class SampledSlice:
    """A sampled slice.

    ``signals``: (sequences, rows, columns) float32. ``counts``: (codes, rows, columns) uint8, how
    many of a voxel's ``samples`` lie in each part.
    """

    signals: NDArray[np.floating]
    counts: NDArray[np.uint8]
    samples: int

    def filling(self, codes: list[int]) -> NDArray[np.floating]:
        """(rows, columns): the fraction of each voxel that the parts fill together."""
        return self.counts[codes].sum(axis=0, dtype=np.uint8) / np.float32(self.samples)


def sample_slice(
    phantom: Phantom, geometry: SliceGeometry, signals: Sequence[NDArray[np.float64]], samples: int = 6
) -> SampledSlice:
    """The mean of ``samples`` points spread over each voxel, through pixel and thickness alike.

    ``signals``: for each sequence the signal of each row of phantom.properties. What is at a point is
    found out once for all sequences.
    """
    size = geometry.rows * geometry.columns
    totals = np.zeros((len(signals), size), np.float32)
    counts = np.zeros((phantom.part_codes, size), np.uint8)
    tables = [table.astype(np.float32) for table in signals]
    everywhere = np.arange(size)
    for number in range(samples):
        shift = (0.5 + number * _STEPS) % 1 - 0.5
        matter = phantom.at(*voxel_points(geometry, shift))
        for total, table in zip(totals, tables, strict=True):
            total += table[matter.tissue] * matter.shade
        known = matter.part >= 0
        counts[matter.part[known], everywhere[known]] += 1
    shape = (geometry.rows, geometry.columns)
    return SampledSlice((totals / samples).reshape(-1, *shape), counts.reshape(-1, *shape), samples)
