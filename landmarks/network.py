"""One landmark model under training: its loss, its optimiser step and its export."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from landmarks.architecture import PointNetwork, means, spread
from landmarks.patch import MEAN, STD
from landmarks.samples import Batch
from landmarks.settings import Settings
from models.gray import normalise
from models.torch_training import Training, export_onnx, load_fitting, start_repeatably, weights_of

_DEVIATION_WEIGHT = 0.1
_SPREAD_WEIGHT = 0.005
"""Of the heat's spread in the loss: it keeps each map to one place."""


class Network:
    """A network for so many ``points``, its weights drawn from ``seed``; on the GPU where there is one."""

    def __init__(self, points: int, seed: int) -> None:
        self._device = start_repeatably(seed)
        self._model = PointNetwork(points).to(self._device).to(memory_format=torch.channels_last)
        self._training: Training | None = None

    def start(self, settings: Settings) -> None:
        """Make the optimiser and the moving average; call once, before ``step``."""
        self._training = Training(
            self._model,
            settings.learning_rate,
            settings.weight_decay,
            settings.ema_decay,
            settings.mixed_precision,
        )

    def step(self, batch: Batch, learning_rate: float) -> float:
        """One optimiser step; returns the loss.

        Points learn by a smooth L1 loss (beta 1 pixel). Deviations learn by the likelihood of a Laplace
        distribution given the errors, which does not move the points.
        """
        assert self._training is not None, "start comes before step"
        with self._training.computing():
            heat, deviations = (part.float() for part in self._model.heat_of(self._input(batch.images)))
        size = batch.images.shape[-1]
        points = means(heat, size)
        truth = torch.from_numpy(batch.points).to(self._device)
        errors = (points.detach() - truth).abs()
        likelihood = (errors / deviations.exp() + deviations).mean()
        loss = functional.smooth_l1_loss(points, truth)
        loss = loss + _DEVIATION_WEIGHT * likelihood
        loss = loss + _SPREAD_WEIGHT * spread(heat, points.detach(), size)
        return self._training.step(loss, learning_rate)

    def weights(self) -> dict[str, NDArray[np.generic]]:
        """The weights to keep: the moving average once training has started."""
        return weights_of(self._trained())

    def load(self, weights: Mapping[str, NDArray[np.generic]]) -> list[str]:
        """Take every tensor that fits; returns the names that were left at their initial values."""
        return load_fitting(self._model, weights)

    def outputs(self, images: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Points and log deviations (b, k, 2), patch pixels, of gray patches (b, 1, s, s) in [0, 1]."""
        model = self._trained().eval()
        with torch.no_grad():
            points, deviations = model(self._input(images))
        return points.cpu().numpy(), deviations.cpu().numpy()

    def export(self, path: Path, image_size: int) -> None:
        """Write the ONNX graph: ``images`` (1, 1, s, s), normalised -> ``points``, ``deviations``."""
        inputs = {"images": torch.zeros(1, 1, image_size, image_size)}
        export_onnx(self._trained(), path, inputs, ["points", "deviations"])

    def _input(self, images: NDArray[np.float32]) -> torch.Tensor:
        normalised = torch.from_numpy(normalise(images, [MEAN], [STD]))
        return normalised.to(self._device, memory_format=torch.channels_last)

    def _trained(self) -> torch.nn.Module:
        return self._model if self._training is None else self._training.averaged
