"""The interface between a detector family and everything else.

A family is one module with a class that fits ``Network``; the training loop (fitting.py), the data
(loading.py), the model folder and the scoring are the same for all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.generic]]
"""A network's tensors by name: what weights.safetensors holds."""


@dataclass(frozen=True)
class Batch:
    """Images at the network's size with their boxes.

    ``images``: (b, 3, size, size) float32, gray in [0, 1] three times, **not** yet normalised.
    ``boxes``: per image (n, 4) float32, xmin ymin xmax ymax in pixels of the network's input.
    ``labels``: per image (n,) int64. ``annotated``: (b, classes) bool; a class that is False for an
    image was not annotated there: it has no boxes, and the loss must not take that for background.
    """

    images: NDArray[np.float32]
    boxes: Sequence[NDArray[np.float32]]
    labels: Sequence[NDArray[np.int64]]
    annotated: NDArray[np.bool_]


@dataclass(frozen=True)
class Optimisation:
    """How the weights are fitted; the schedule's shape is the training loop's.

    ``method``: gradient descent with (Nesterov) momentum, or AdamW, whose first moment decays by
    ``momentum``. ``clip_norm``: the gradient's largest norm. ``class_weight``: factor on the terms of
    a family's loss that say what there is (classification, objectness), against those that say where.
    ``mixed_precision``: on a GPU, convolutions and products of matrices in half precision (docs/gpu.md); on a
    processor nothing changes by it.
    """

    learning_rate: float
    momentum: float
    weight_decay: float
    ema_decay: float
    clip_norm: float
    method: Literal["sgd", "adamw"] = "sgd"
    class_weight: float = 1.0
    mixed_precision: bool = True


class Network(Protocol):
    """One network of one family under training.

    ``decoding`` names the function of decoding.py that turns the exported graph's outputs into
    boxes, ``decoding_parameters`` are its keyword arguments (plain JSON values). ``mean`` and
    ``std`` normalise gray values in [0, 1] before the graph; ``stride`` divides the input's side.
    """

    decoding: str
    decoding_parameters: dict[str, object]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    stride: int

    def start(self, optimisation: Optimisation) -> None:
        """Make the optimiser and the moving average; call once, before ``step``."""

    def step(self, batch: Batch, learning_rate: float) -> float:
        """One optimiser step on one batch at this learning rate; returns the loss (a finite float)."""

    def weights(self) -> dict[str, NDArray[np.generic]]:
        """The weights to keep (the moving average once training has started)."""

    def load(self, weights: Weights) -> list[str]:
        """Take every tensor that fits, and of the last layer whatever does not depend on the
        classes; returns the names that were left at their initial values."""

    def export(self, path: Path, image_size: int) -> None:
        """Write the ONNX graph of ``weights()``, input ``images`` (1, 3, size, size), outputs raw."""

    def outputs(self, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The framework's own raw outputs for normalised images (b, 3, size, size), in evaluation
        mode with ``weights()``: the reference for the exported graph."""
