"""How a classifier is trained: every number that shapes a training run, in one place."""

from dataclasses import dataclass, field
from pathlib import Path

from imaging.windowing import Window


@dataclass(frozen=True)
class Augmentation:
    """Random changes of a training image, all drawn uniformly.

    ``shift``: fraction of the crop's side. ``scale``: zoom factor 1/(1+s) … 1+s. ``rotation``: ± degrees.
    ``jitter``: how far each edge of the region moves, as a fraction of its width or height: a detector's
    box is never exact. ``mirror``: left and right swapped in every second image; right for axial images,
    wrong for sagittal ones, where it would swap the front and the back. ``gamma``: exponent
    1/(1+g) … 1+g. ``contrast``, ``brightness``: ± of gray in [0, 1]. ``noise``: the largest standard
    deviation of Gaussian noise added, in gray.
    """

    shift: float = 0.05
    scale: float = 0.15
    rotation: float = 10.0
    jitter: float = 0.05
    mirror: bool = False
    gamma: float = 0.3
    contrast: float = 0.2
    brightness: float = 0.1
    noise: float = 0.03

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            most = {"rotation": 180.0, "jitter": 0.4}.get(name, 1.0)
            if not 0 <= value <= most:
                raise ValueError(f"augmentation {name} is {value}; give a number between 0 and {most:g}")


@dataclass(frozen=True)
class Settings:
    """One training run: AdamW, a linear warm-up, then half a cosine down to zero.

    ``image_size``: the square input's side in pixels. ``warmup``: the part of the training with a rising
    learning rate. ``ema_decay``: of the moving average of the weights, which is what is kept.
    ``margin``: what the crop adds on each side of the region, as a fraction of its longer side.
    ``cost``: a class counts in the loss by its frequency to the power of -cost; 0 takes all errors as
    equal, 1 all classes. ``category_dropout``: how often the category is left unknown in training.
    ``inner_folds``: on which the probabilities are calibrated. ``start_weights``: a safetensors file to
    begin from, or None for random weights. ``threads``: processor threads of this run; results repeat
    bit for bit at the same count.
    """

    image_size: int = 96
    epochs: int = 40
    batch_size: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 0.05
    warmup: float = 0.1
    ema_decay: float = 0.99
    margin: float = 0.1
    cost: float = 1.0
    category_dropout: float = 0.2
    inner_folds: int = 4
    window: Window = field(default_factory=Window)
    augmentation: Augmentation = field(default_factory=Augmentation)
    start_weights: Path | None = None
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.image_size < 32 or self.image_size % 32:
            raise ValueError(f"image_size is {self.image_size}; give a multiple of 32")
        for name, least in (("epochs", 0), ("batch_size", 2), ("inner_folds", 2), ("threads", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; give {least} at least")
        for name in ("warmup", "ema_decay", "category_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give a number from 0 to below 1")
        for name in ("weight_decay", "margin", "cost"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; give 0 or more")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; give more than 0")
