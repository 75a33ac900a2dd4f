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


@dataclass(frozen=True)
class Settings:
    """One training run. ``image_size``: the square input's side in pixels. ``warmup``: epochs of
    linearly rising learning rate; then a half cosine down to ``final_rate`` of the peak.
    ``start_weights``: a safetensors file to begin from, or None for random weights.
    ``threads``: processor threads of this run; results repeat bit for bit at the same count.
    """

    image_size: int
    epochs: int
    batch_size: int
    optimisation: Optimisation
    warmup: float = 1.0
    final_rate: float = 0.02
    window: Window = field(default_factory=Window)
    augmentation: Augmentation = field(default_factory=Augmentation)
    start_weights: Path | None = None
    seed: int = 0
    threads: int = 1
