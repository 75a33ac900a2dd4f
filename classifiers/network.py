"""One classifier under training: its loss, its optimiser step, its moving average and its export."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from classifiers.preprocessing import MEAN, STD
from classifiers.registry import architecture
from classifiers.resnet import ResNet
from classifiers.samples import Batch
from classifiers.settings import Settings
from models.gray import normalise
from models.torch_training import Training, export_onnx, load_fitting, start_repeatably, weights_of


class Network:
    """A ResNet for ``classes``, told one of ``categories`` (0: none), on ``channels`` pictures.

    Its weights are drawn from ``seed``. It trains on the GPU where there is one.
    """

    def __init__(self, name: str, classes: int, categories: int, channels: int, seed: int) -> None:
        self._device = start_repeatably(seed)
        model = ResNet(architecture(name), channels, classes, categories)
        self._model = model.to(self._device).to(memory_format=torch.channels_last)
        self._training: Training | None = None
        self._mean, self._std = [MEAN] * channels, [STD] * channels

    def start(self, class_weights: NDArray[np.float32], settings: Settings) -> None:
        """Make the optimiser and the moving average; call once, before ``step``."""
        self._class_weights = torch.from_numpy(class_weights).to(self._device)
        self._training = Training(
            self._model,
            settings.learning_rate,
            settings.weight_decay,
            settings.ema_decay,
            settings.mixed_precision,
        )

    def step(self, batch: Batch, learning_rate: float) -> float:
        """One optimiser step; returns the loss: cross-entropy, each sample by its class's weight."""
        assert self._training is not None, "start comes before step"
        labels = torch.from_numpy(batch.labels).to(self._device)
        with self._training.computing():
            logits, _ = self._model(*self._inputs(batch.images, batch.categories))
            losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
        return self._training.step((losses * self._class_weights[labels]).mean(), learning_rate)

    def weights(self) -> dict[str, NDArray[np.generic]]:
        """The weights to keep: the moving average once training has started."""
        return weights_of(self._trained())

    def load(self, weights: Mapping[str, NDArray[np.generic]]) -> list[str]:
        """Take every tensor that fits; returns the names that were left at their initial values.

        A first layer for three colours is summed over them and shared among our channels, so that a gray
        picture in all of them is seen as it was in colours.
        """
        given = dict(weights)
        first = given.get("conv1.weight")
        channels = self._model.state_dict()["conv1.weight"].shape[1]
        if first is not None and first.ndim == 4 and first.shape[1] == 3 and channels != 3:
            shared = first.astype(np.float32).sum(axis=1, keepdims=True) / channels
            given["conv1.weight"] = np.repeat(shared, channels, axis=1)
        return load_fitting(self._model, given)

    def outputs(
        self, images: NDArray[np.float32], categories: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits (b, classes) and activation maps (b, classes, h, w) of gray images in [0, 1]
        (b, channels, size, size) and one-hot categories (b, categories), by ``weights()``."""
        model = self._trained().eval()
        with torch.no_grad():
            logits, activation = model(*self._inputs(images, categories))
        return logits.cpu().numpy(), activation.cpu().numpy()

    def export(self, path: Path, image_size: int) -> None:
        """Write the ONNX graph: ``images`` (1, channels, s, s), normalised, and ``category``
        (1, categories) where there are any -> ``logits`` (1, classes), ``activation`` (1, classes, h, w)."""
        model = self._trained()
        inputs = {"images": torch.zeros(1, len(self._mean), image_size, image_size)}
        if model.category_term is not None:
            inputs["category"] = torch.zeros(1, model.category_term.in_features)
        export_onnx(model, path, inputs, ["logits", "activation"])

    def _inputs(self, images: NDArray[np.float32], categories: NDArray[np.float32]) -> Sequence[torch.Tensor]:
        normalised = torch.from_numpy(normalise(images, self._mean, self._std))
        return (
            normalised.to(self._device, memory_format=torch.channels_last),
            torch.from_numpy(categories).to(self._device),
        )

    def _trained(self) -> ResNet:
        trained = self._model if self._training is None else self._training.averaged
        assert isinstance(trained, ResNet)
        return trained
