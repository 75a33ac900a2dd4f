"""What the families on PyTorch share: targets and optimiser. Importing it imports PyTorch."""

import numpy as np
import torch
from numpy.typing import NDArray

from detectors.network import Optimisation


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
