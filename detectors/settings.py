"""How a detector is trained: every number that shapes a training run, in one place."""

from dataclasses import dataclass, field
from pathlib import Path

from detectors.network import Optimisation
from imaging.windowing import Window


@dataclass(frozen=True)
class Augmentation:
    """Random changes of a training image, all drawn uniformly; the defaults respect anatomy.

    There is no flip: left-right would swap the front and the back of a sagittal image. There is no
    rotation: it makes axis-aligned boxes loose. ``scale``: zoom factor 1/(1+s) … 1+s.
    ``translation``: fraction of the image side. ``stretch``: height against width, as scale.
    ``gamma``: exponent 1/(1+g) … 1+g. ``contrast``, ``brightness``: ± of gray in [0, 1].
    ``noise``: the largest standard deviation of Gaussian noise added, in gray.
    """

    scale: float = 0.25
    translation: float = 0.10
    stretch: float = 0.10
    gamma: float = 0.4
    contrast: float = 0.2
    brightness: float = 0.1
    noise: float = 0.03

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0 <= value <= 1:
                raise ValueError(f"augmentation {name} is {value}; give a number between 0 and 1")


@dataclass(frozen=True)
class Settings:
    """One training run. ``image_size``: the square input's side in pixels. ``warmup``: epochs of
    linearly rising learning rate; then a half cosine down to ``final_rate`` of the peak.
    ``balance``: with 0 every image is seen once an epoch; with b, an epoch of the same length has
    images in proportion to (images / images with the rarest of its classes) to the power of b.
    ``start_weights``: a safetensors file to begin from, or None for random weights.
    ``threads``: processor threads of this run; results repeat bit for bit at the same count.
    """

    image_size: int
    epochs: int
    batch_size: int
    optimisation: Optimisation
    warmup: float = 1.0
    final_rate: float = 0.02
    balance: float = 0.0
    window: Window = field(default_factory=Window)
    augmentation: Augmentation = field(default_factory=Augmentation)
    start_weights: Path | None = None
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.image_size < 64 or self.image_size % 32:
            raise ValueError(f"image_size is {self.image_size}; give a multiple of 32 from 64 on")
        if self.epochs < 0 or self.batch_size < 1:
            raise ValueError(f"epochs {self.epochs}, batch_size {self.batch_size}; give 0 and 1 at least")
        if not self.balance >= 0:
            raise ValueError(f"balance is {self.balance}; give 0 or more")
        if not self.optimisation.class_weight > 0:
            raise ValueError(f"class_weight is {self.optimisation.class_weight}; give more than 0")
        if not self.optimisation.learning_rate > 0:
            raise ValueError(f"learning_rate is {self.optimisation.learning_rate}; give more than 0")
