"""One classifier under training: its loss, its optimiser step, its moving average and its export."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.swa_utils import AveragedModel

from classifiers.preprocessing import MEAN, STD
from classifiers.registry import architecture
from classifiers.resnet import ResNet
from classifiers.samples import Batch
from classifiers.settings import Settings
from models.gray import normalise

_LARGEST_GRADIENT = 5.0
"""Norm at which gradients are clipped: one rare sample must not throw the weights."""


class Network:
    """A ResNet for ``classes``, told one of ``categories`` (0: none), on ``channels`` pictures.

    Its weights are drawn from ``seed``. It trains on the GPU where there is one.
    """

    def __init__(self, name: str, classes: int, categories: int, channels: int, seed: int) -> None:
        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = False
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model = ResNet(architecture(name), channels, classes, categories)
        self._model = model.to(self._device).to(memory_format=torch.channels_last)
        self._average: AveragedModel | None = None
        self._mean, self._std = [MEAN] * channels, [STD] * channels

    def start(self, class_weights: NDArray[np.float32], settings: Settings) -> None:
        """Make the optimiser and the moving average; call once, before ``step``."""
        parameters = list(self._model.parameters())
        self._optimiser = torch.optim.AdamW(
            [
                {"params": [value for value in parameters if value.ndim > 1]},
                {"params": [value for value in parameters if value.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        self._class_weights = torch.from_numpy(class_weights).to(self._device)
        self._average = AveragedModel(
            self._model, avg_fn=_moving_average(settings.ema_decay), use_buffers=True
        )
        self._model.train()

    def step(self, batch: Batch, learning_rate: float) -> float:
        """One optimiser step; returns the loss: cross-entropy, each sample by its class's weight."""
        assert self._average is not None, "start comes before step"
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate
        logits, _ = self._model(*self._inputs(batch.images, batch.categories))
        labels = torch.from_numpy(batch.labels).to(self._device)
        losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
        loss = (losses * self._class_weights[labels]).mean()
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), _LARGEST_GRADIENT)
        self._optimiser.step()
        self._average.update_parameters(self._model)
        return float(loss.detach())

    def weights(self) -> dict[str, NDArray[np.generic]]:
        """The weights to keep: the moving average once training has started."""
        state = self._trained().state_dict()
        return {name: value.detach().cpu().numpy().copy() for name, value in state.items()}

    def load(self, weights: Mapping[str, NDArray[np.generic]]) -> list[str]:
        """Take every tensor that fits; returns the names that were left at their initial values.

        A first layer for three colours is summed over them and shared among our channels, so that a gray
        picture in all of them is seen as it was in colours.
        """
        own = self._model.state_dict()
        given = dict(weights)
        first, channels = given.get("conv1.weight"), own["conv1.weight"].shape[1]
        if first is not None and first.ndim == 4 and first.shape[1] == 3 and channels != 3:
            shared = first.astype(np.float32).sum(axis=1, keepdims=True) / channels
            given["conv1.weight"] = np.repeat(shared, channels, axis=1)
        fitting = {
            name: torch.from_numpy(np.array(given[name])).to(value.dtype)
            for name, value in own.items()
            if name in given and given[name].shape == tuple(value.shape)
        }
        self._model.load_state_dict(fitting, strict=False)
        return [name for name in own if name not in fitting]

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
        model = self._trained().to("cpu").eval()
        example: list[torch.Tensor] = [torch.zeros(1, len(self._mean), image_size, image_size)]
        names = ["images"]
        if model.category_term is not None:
            example.append(torch.zeros(1, model.category_term.in_features))
            names.append("category")
        temporary = path.with_suffix(".partial")
        torch.onnx.export(
            model,
            tuple(example),
            str(temporary),
            input_names=names,
            output_names=["logits", "activation"],
            opset_version=17,
            dynamo=False,
        )
        os.replace(temporary, path)
        model.to(self._device)

    def _inputs(self, images: NDArray[np.float32], categories: NDArray[np.float32]) -> Sequence[torch.Tensor]:
        normalised = torch.from_numpy(normalise(images, self._mean, self._std))
        return (
            normalised.to(self._device, memory_format=torch.channels_last),
            torch.from_numpy(categories).to(self._device),
        )

    def _trained(self) -> ResNet:
        model: ResNet = self._model if self._average is None else self._average.module
        return model


def _moving_average(decay: float) -> Callable[[torch.Tensor, torch.Tensor, torch.Tensor | int], torch.Tensor]:
    """An exponential moving average that forgets the first, untrained weights sooner."""

    def update(averaged: torch.Tensor, current: torch.Tensor, steps: torch.Tensor | int) -> torch.Tensor:
        kept = min(decay, (1 + int(steps)) / (10 + int(steps)))
        return averaged * kept + current * (1 - kept)

    return update
