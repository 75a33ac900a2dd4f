"""A network under training: seeds, optimiser, moving average, weights. Importing it imports PyTorch."""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.swa_utils import AveragedModel

_LARGEST_GRADIENT = 5.0
"""Norm at which gradients are clipped: one rare sample must not throw the weights."""


def start_repeatably(seed: int) -> torch.device:
    """Draw weights and batches by the seed from here on, and compute the same each time; returns where to:
    the GPU if there is one."""
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # a quarter of the time, for nothing
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Training:
    """Trains a model by AdamW, with weight decay on matrices and convolutions alone, and averages its
    weights over the steps (exponentially, by ``ema_decay``)."""

    def __init__(
        self, model: torch.nn.Module, learning_rate: float, weight_decay: float, ema_decay: float
    ) -> None:
        parameters = list(model.parameters())
        self._optimiser = torch.optim.AdamW(
            [
                {"params": [value for value in parameters if value.ndim > 1]},
                {"params": [value for value in parameters if value.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=learning_rate,
            weight_decay=weight_decay,
        )
        self._model = model.train()
        self._average = AveragedModel(model, avg_fn=_moving_average(ema_decay), use_buffers=True)

    def step(self, loss: torch.Tensor, learning_rate: float) -> float:
        """One step down this loss; returns its value."""
        for group in self._optimiser.param_groups:
            group["lr"] = learning_rate
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), _LARGEST_GRADIENT)
        self._optimiser.step()
        self._average.update_parameters(self._model)
        return float(loss.detach())

    @property
    def averaged(self) -> torch.nn.Module:
        """The model with the averaged weights."""
        return self._average.module


def weights_of(model: torch.nn.Module) -> dict[str, NDArray[np.generic]]:
    """Copies of a model's tensors by name."""
    return {name: value.detach().cpu().numpy().copy() for name, value in model.state_dict().items()}


def load_fitting(model: torch.nn.Module, weights: Mapping[str, NDArray[np.generic]]) -> list[str]:
    """Take every tensor whose name and shape fit; returns the names that were left as they are."""
    own = model.state_dict()
    fitting = {
        name: torch.from_numpy(np.array(weights[name])).to(value.dtype)
        for name, value in own.items()
        if name in weights and weights[name].shape == tuple(value.shape)
    }
    model.load_state_dict(fitting, strict=False)
    return [name for name in own if name not in fitting]


def export_onnx(
    model: torch.nn.Module,
    path: Path,
    inputs: Mapping[str, torch.Tensor],
    outputs: Sequence[str],
) -> None:
    """Write the graph of a model in evaluation mode for inputs of these names and shapes.

    The file appears whole or not at all.
    """
    device = next(model.parameters()).device
    temporary = path.with_suffix(".partial")
    with warnings.catch_warnings():
        # The graph is for this one size: what tracing fixes may be fixed.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        torch.onnx.export(
            model.to("cpu").eval(),
            tuple(inputs.values()),
            str(temporary),
            input_names=list(inputs),
            output_names=list(outputs),
            opset_version=17,
            dynamo=False,
        )
    os.replace(temporary, path)
    model.to(device)


def _moving_average(decay: float) -> Callable[[torch.Tensor, torch.Tensor, torch.Tensor | int], torch.Tensor]:
    """An exponential moving average that forgets the first, untrained weights sooner."""

    def update(averaged: torch.Tensor, current: torch.Tensor, steps: torch.Tensor | int) -> torch.Tensor:
        kept = min(decay, (1 + int(steps)) / (10 + int(steps)))
        return averaged * kept + current * (1 - kept)

    return update
