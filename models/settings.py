"""What the trainings of classifiers and of landmark models have in common."""

from dataclasses import dataclass, field
from typing import ClassVar

from imaging.windowing import Window


@dataclass(frozen=True)
class GrayAugmentation:
    """Random changes of a training image's gray values, all drawn uniformly.

    ``gamma``: exponent 1/(1+g) … 1+g. ``contrast``, ``brightness``: ± of gray in [0, 1]. ``noise``: the
    largest standard deviation of Gaussian noise added, in gray. No value is below 0 or above its limit, which
    is 1 where ``LIMITS`` has no other.
    """

    LIMITS: ClassVar[dict[str, float]] = {}

    gamma: float = 0.3
    contrast: float = 0.2
    brightness: float = 0.1
    noise: float = 0.03

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            most = self.LIMITS.get(name, 1.0)
            if not 0 <= value <= most:
                raise ValueError(f"augmentation {name} is {value}; give a number between 0 and {most:g}")


@dataclass(frozen=True)
class TrainingSettings:
    """One training run: AdamW, a linear warm-up, then half a cosine down to zero.

    ``mixed_precision``: on a GPU, in half precision (docs/gpu.md).
    ``warmup``: the part of the training with a rising learning rate. ``ema_decay``: of the moving average of
    the weights, which is what is kept. ``inner_folds``: on which the result is calibrated. ``threads``:
    processor threads of this run; results repeat bit for bit at the same count.
    """

    epochs: int = 20
    batch_size: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warmup: float = 0.1
    ema_decay: float = 0.99
    inner_folds: int = 2
    window: Window = field(default_factory=Window)
    mixed_precision: bool = True
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        for name, least in (("epochs", 0), ("batch_size", 2), ("inner_folds", 2), ("threads", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; give {least} at least")
        for name in ("warmup", "ema_decay"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give a number from 0 to below 1")
        if not self.weight_decay >= 0:
            raise ValueError(f"weight_decay is {self.weight_decay}; give 0 or more")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; give more than 0")
