"""Random changes of where a training crop lies."""

from dataclasses import replace

import numpy as np

from classifiers.preprocessing import Region, Square
from classifiers.settings import Augmentation
from models.gray import random_factor


def jittered(region: Region, augmentation: Augmentation, random: np.random.Generator) -> Region:
    """The region with each edge moved on its own."""
    xmin, ymin, xmax, ymax = region
    size = np.array([xmax - xmin, ymax - ymin] * 2)
    moved = np.array(region) + random.uniform(-1, 1, 4) * augmentation.jitter * size
    return (float(moved[0]), float(moved[1]), float(moved[2]), float(moved[3]))


def moved(square: Square, augmentation: Augmentation, random: np.random.Generator) -> Square:
    """The square shifted, zoomed, turned and mirrored: the crop is taken anew, so no black comes in."""
    across, down = random.uniform(-1, 1, 2) * augmentation.shift * square.side
    return replace(
        square,
        x=square.x + across,
        y=square.y + down,
        side=square.side * random_factor(augmentation.scale, random),
        angle=random.uniform(-1, 1) * augmentation.rotation,
        mirrored=augmentation.mirror and bool(random.random() < 0.5),
    )


def reach(augmentation: Augmentation) -> float:
    """How far from a square's middle ``jittered`` and ``moved`` may look, in sides."""
    turned = min(augmentation.rotation, 45.0)
    corner = np.cos(np.deg2rad(turned)) + np.sin(np.deg2rad(turned))
    side = (1 + 2 * augmentation.jitter) * (1 + augmentation.scale)
    shift = augmentation.shift * (1 + 2 * augmentation.jitter)
    return float(corner * side / 2 + shift + augmentation.jitter)
