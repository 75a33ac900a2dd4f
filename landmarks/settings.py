"""How a landmark model is trained: every number that shapes a training run, in one place."""

from dataclasses import dataclass, field
from typing import ClassVar

from models.settings import GrayAugmentation, TrainingSettings


@dataclass(frozen=True)
class Augmentation(GrayAugmentation):
    """Random changes of a training patch, all drawn uniformly but for ``guides``.

    ``shift``: mm. ``scale``: zoom factor 1/(1+s) … 1+s. ``rotation``: ± degrees. ``guides``: standard
    deviation in mm by which each guide moves on its own: what a detector finds is never exact. ``mirror``:
    left and right swapped in every second patch; right for axial pictures, wrong for sagittal ones, where it
    would swap the front and the back.
    """

    LIMITS: ClassVar[dict[str, float]] = {"rotation": 180.0, "shift": 20.0, "guides": 10.0}

    shift: float = 4.0
    scale: float = 0.1
    rotation: float = 6.0
    guides: float = 1.2
    mirror: bool = False


@dataclass(frozen=True)
class Settings(TrainingSettings):
    """``image_size``: the square patch's side in pixels, each of ``resolution`` mm. ``inner_folds``: on which
    the intervals of measures are calibrated."""

    image_size: int = 96
    resolution: float = 0.65
    batch_size: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    warmup: float = 0.2
    augmentation: Augmentation = field(default_factory=Augmentation)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.image_size < 32 or self.image_size % 8:
            raise ValueError(f"image_size is {self.image_size}; give a multiple of 8 from 32 up")
        if not self.resolution > 0:
            raise ValueError(f"resolution is {self.resolution}; give more than 0")
