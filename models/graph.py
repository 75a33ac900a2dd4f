"""A model's graph, opened for reading: what every runtime gives, whichever it is."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int | None, ...]
"""None where a side has no fixed length."""


class Graph(Protocol):
    """A graph in a runtime.

    ``inputs``, ``outputs``: shapes by name, in the graph's order. ``runtime``: what computes it, on what
    and how exactly, such as "OpenVINO 2026.4.1, CPU, f32".
    """

    inputs: Mapping[str, Shape]
    outputs: Mapping[str, Shape]
    runtime: str

    def run(self, given: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """All outputs by name, in the graph's order, for all inputs by name. Threads may share a graph."""
