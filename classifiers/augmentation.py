"""Random changes of training images: where the crop lies, and its gray values."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from classifiers.preprocessing import Region, Square
from classifiers.settings import Augmentation


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
        side=square.side * _factor(augmentation.scale, random),
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


def reshaded(
    gray: NDArray[np.float32], augmentation: Augmentation, random: np.random.Generator
) -> NDArray[np.float32]:
    """(channels, h, w) in [0, 1] with another gamma, contrast and brightness, and with noise."""
    gray = np.power(gray, _factor(augmentation.gamma, random))
    contrast = 1 + random.uniform(-1, 1) * augmentation.contrast
    brightness = random.uniform(-1, 1) * augmentation.brightness
    deviation = random.uniform(0, 1) * augmentation.noise
    noise = random.standard_normal(gray.shape, dtype=np.float32) * deviation
    return np.clip((gray - 0.5) * contrast + 0.5 + brightness + noise, 0, 1).astype(np.float32)


def _factor(spread: float, random: np.random.Generator) -> float:
    """A factor between 1 / (1 + spread) and 1 + spread, symmetric in its logarithm."""
    return float(np.exp(random.uniform(-1, 1) * np.log1p(spread)))
