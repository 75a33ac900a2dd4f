"""How a classifier is trained: every number that shapes a training run, in one place."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from models.settings import GrayAugmentation, TrainingSettings


@dataclass(frozen=True)
class Augmentation(GrayAugmentation):
    """Random changes of a training image, all drawn uniformly.

    ``shift``: fraction of the crop's side. ``scale``: zoom factor 1/(1+s) … 1+s. ``rotation``: ± degrees.
    ``jitter``: how far each edge of the region moves, as a fraction of its width or height: a detector's
    box is never exact. ``mirror``: left and right swapped in every second image; right for axial images,
    wrong for sagittal ones, where it would swap the front and the back.
    """

    LIMITS: ClassVar[dict[str, float]] = {"rotation": 180.0, "jitter": 0.4}

    shift: float = 0.05
    scale: float = 0.15
    rotation: float = 10.0
    jitter: float = 0.05
    mirror: bool = False


@dataclass(frozen=True)
class Settings(TrainingSettings):
    """``image_size``: the square input's side in pixels. ``margin``: what the crop adds on each side of the
    region, as a fraction of its longer side. ``local_window``: whether the window's percentiles are those of
    the crop, not of the whole picture. ``cost``: a class counts in the loss by its frequency to the
    power of -cost; 0 takes all errors as equal, 1 all classes. ``category_dropout``: how often the category
    is left unknown in training. ``inner_folds``: on which the probabilities are calibrated.
    ``start_weights``: a safetensors file to begin from, or None for random weights.
    """

    image_size: int = 96
    epochs: int = 40
    inner_folds: int = 4
    margin: float = 0.1
    local_window: bool = False
    cost: float = 1.0
    category_dropout: float = 0.2
    augmentation: Augmentation = field(default_factory=Augmentation)
    start_weights: Path | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.image_size < 32 or self.image_size % 32:
            raise ValueError(f"image_size is {self.image_size}; give a multiple of 32")
        if not 0 <= self.category_dropout < 1:
            raise ValueError(f"category_dropout is {self.category_dropout}; give a number from 0 to below 1")
        for name in ("margin", "cost"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; give 0 or more")
