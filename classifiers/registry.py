"""Every classifier by name."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Architecture:
    """A ResNet: its residual block, blocks in each of the four stages, channels of the first stage.

    Source: He et al., Deep Residual Learning for Image Recognition, CVPR 2016, table 1.
    """

    block: Literal["basic", "bottleneck"]
    blocks: tuple[int, int, int, int]
    width: int = 64


CLASSIFIERS: dict[str, Architecture] = {
    "resnet18-slim": Architecture("basic", (2, 2, 2, 2), width=16),
    "resnet18": Architecture("basic", (2, 2, 2, 2)),
    "resnet50": Architecture("bottleneck", (3, 4, 6, 3)),
    "resnet101": Architecture("bottleneck", (3, 4, 23, 3)),
}
"""``resnet18-slim`` has a quarter of the channels: 0.7 million weights, for processors and small files."""


def architecture(name: str) -> Architecture:
    """The architecture of this name. Raises ValueError for one that is unknown."""
    if name not in CLASSIFIERS:
        raise ValueError(f"unknown classifier {name!r}; choose one of {', '.join(CLASSIFIERS)}")
    return CLASSIFIERS[name]
