"""A network under training: seeds, optimiser, moving average, weights. Importing it imports PyTorch."""

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.swa_utils import AveragedModel

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it matrix products vary on a GPU

_LARGEST_GRADIENT = 5.0
"""Norm at which gradients are clipped: one rare sample must not throw the weights."""


def start_repeatably(seed: int) -> torch.device:
    """Draw weights and batches by the seed from here on, and compute the same each time; returns where to:
    the GPU if there is one. A GPU has no repeatable way for some operations and then warns."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=device.type == "cuda")
    torch.utils.deterministic.fill_uninitialized_memory = False  # a quarter of the time, for nothing
    return device


def half_type(device: torch.device) -> torch.dtype | None:
    """In what a device computes half of a training in mixed precision: a GPU in bf16, or in f16 where it has
    no bf16; None for a processor, which trains in f32."""
    if device.type != "cuda":
        return None
    return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16


class Precision:
    """In what training steps compute: f32, or with ``mixed`` in half precision where the device gains by it.
    Weights, gradients and their optimiser stay in f32. Source: Micikevicius et al., Mixed Precision Training,
    ICLR 2018."""

    def __init__(self, device: torch.device, mixed: bool) -> None:
        self._device = device.type
        self._half = half_type(device) if mixed else None
        # Small gradients vanish in f16, whose exponents end early; bf16 has those of f32.
        self._scaler = torch.amp.GradScaler(self._device, enabled=self._half is torch.float16)

    def computing(self) -> AbstractContextManager[object]:
        """For the network and its loss."""
        return torch.autocast(self._device, dtype=self._half, enabled=self._half is not None)

    def step(
        self,
        loss: torch.Tensor,
        model: torch.nn.Module,
        optimiser: torch.optim.Optimizer,
        learning_rate: float,
        largest_gradient: float,
    ) -> float:
        """One step down this loss, with gradients clipped to this norm; returns the loss."""
        for group in optimiser.param_groups:
            group["lr"] = learning_rate
        optimiser.zero_grad(set_to_none=True)
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self._scaler.unscale_(optimiser)
        torch.nn.utils.clip_grad_norm_(model.parameters(), largest_gradient)
        self._scaler.step(optimiser)
        self._scaler.update()
        return float(loss.detach())


class Training:
    """Trains a model by AdamW, with weight decay on matrices and convolutions alone, and averages its
    weights over the steps (exponentially, by ``ema_decay``)."""

    def __init__(
        self,
        model: torch.nn.Module,
        learning_rate: float,
        weight_decay: float,
        ema_decay: float,
        mixed_precision: bool = True,
    ) -> None:
        parameters = list(model.parameters())
        self._precision = Precision(parameters[0].device, mixed_precision)
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

    def computing(self) -> AbstractContextManager[object]:
        """For the model and its loss."""
        return self._precision.computing()

    def step(self, loss: torch.Tensor, learning_rate: float) -> float:
        """One step down this loss; returns its value."""
        value = self._precision.step(loss, self._model, self._optimiser, learning_rate, _LARGEST_GRADIENT)
        self._average.update_parameters(self._model)
        return value

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
        # Of torch's own code and torchvision's; the tests hold what is exported to what torch gives.
        warnings.filterwarnings("ignore", category=UserWarning, module=r"torch(vision)?\.")
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
