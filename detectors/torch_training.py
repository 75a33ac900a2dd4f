"""What the families on PyTorch share: targets, optimiser, weights, export. Importing it imports PyTorch."""

import os
import warnings
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from detectors.network import Optimisation, Weights


def coincident(
    boxes: NDArray[np.float32], labels: NDArray[np.int64], classes: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n, 4), (n,) -> distinct boxes (m, 4) and the classes of each (m, classes) as zeros and ones."""
    distinct, which = np.unique(boxes.reshape(-1, 4), axis=0, return_inverse=True)
    several = np.zeros((len(distinct), classes), np.float32)
    several[which.reshape(-1), labels] = 1
    return distinct, several


def optimiser(model: torch.nn.Module, optimisation: Optimisation) -> torch.optim.Optimizer:
    """Weight decay on convolution and matrix weights alone, as YOLOv5 trains."""
    groups = [
        {
            "params": [value for value in model.parameters() if value.ndim > 1],
            "weight_decay": optimisation.weight_decay,
        },
        {"params": [value for value in model.parameters() if value.ndim <= 1], "weight_decay": 0.0},
    ]
    if optimisation.method == "adamw":
        return torch.optim.AdamW(groups, lr=optimisation.learning_rate, betas=(optimisation.momentum, 0.999))
    return torch.optim.SGD(
        groups, lr=optimisation.learning_rate, momentum=optimisation.momentum, nesterov=True
    )


def load_fitting(model: torch.nn.Module, weights: Weights) -> list[str]:
    """Take every tensor whose name and shape fit; returns the names that were left as they are."""
    own = model.state_dict()
    fitting = {
        name: torch.from_numpy(np.array(weights[name])).to(value.dtype)
        for name, value in own.items()
        if name in weights and weights[name].shape == tuple(value.shape)
    }
    model.load_state_dict(fitting, strict=False)
    return [name for name in own if name not in fitting]


def export_onnx(model: torch.nn.Module, path: Path, image_size: int, outputs: list[str]) -> None:
    """Write the graph of a model in evaluation mode, ``images`` (1, 3, size, size) -> ``outputs``.

    The file appears whole or not at all.
    """
    device = next(model.parameters()).device
    temporary = path.with_suffix(".partial")
    with warnings.catch_warnings():
        # The graph is for this one size: what tracing fixes may be fixed.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        torch.onnx.export(
            model.to("cpu").eval(),
            (torch.zeros(1, 3, image_size, image_size),),
            str(temporary),
            input_names=["images"],
            output_names=outputs,
            opset_version=17,
            dynamo=False,
        )
    os.replace(temporary, path)
    model.to(device)
