"""Small generated pictures whose points are known: the corners between two bright bodies."""

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.coordinates import Pixel
from landmarks.network import Network
from landmarks.samples import Sample
from landmarks.settings import Augmentation, Settings

POINTS = ("anterior_above", "posterior_above", "anterior_below", "posterior_below")
SPACING = (0.8, 1.25)
"""mm between rows and between columns: pixels are no squares."""
CLEAR, NOISY = 4.0, 45.0
"""Standard deviations of the noise, of 255 gray values."""
_BODY, _APART = (22.0, 16.0), 23.0
"""Width and height of a body, and how far its middle is from the next, mm."""
_ROWS, _COLUMNS, _FINER = 100, 64, 4

STILL = Augmentation(
    shift=0, scale=0, rotation=0, guides=0, mirror=False, gamma=0, contrast=0, brightness=0, noise=0
)
"""No change at all."""
QUICK = Settings(
    image_size=32,
    resolution=1.5,
    epochs=16,
    batch_size=8,
    learning_rate=1e-2,
    ema_decay=0.9,
    augmentation=Augmentation(shift=2.0, rotation=4.0, guides=0.5, noise=0.0),
)


@dataclass(frozen=True)
class Trained:
    """A network and the model folder written of it."""

    network: Network
    folder: Path


@dataclass(frozen=True)
class Scene:
    """A picture, its guides (the middles of the two bodies) and its points, in pixels."""

    pixels: NDArray[np.uint8]
    guides: tuple[Pixel, ...]
    points: tuple[Pixel, ...]


def scene(seed: int, noise: float = CLEAR) -> Scene:
    """Two bodies, one above the other, somewhere near the middle, turned by some degrees."""
    random = np.random.default_rng(seed)
    turn = math.radians(random.uniform(-15, 15))
    middle = np.array([_COLUMNS * SPACING[1], _ROWS * SPACING[0]]) / 2 + random.uniform(-4, 4, 2)
    across, down = (
        np.array([math.cos(turn), math.sin(turn)]),
        np.array([-math.sin(turn), math.cos(turn)]),
    )
    # Drawn finer and then averaged, so that edges lie between pixels where they are.
    fine = np.full((_ROWS * _FINER, _COLUMNS * _FINER), 60.0)
    guides, corners = [], []
    for side in (-1, 1):
        centre = middle + side * down * _APART / 2
        half_width, half_height = across * _BODY[0] / 2, down * _BODY[1] / 2
        ends = [centre + a * half_width + b * half_height for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        cv2.fillConvexPoly(fine, np.array([_pixel(end, _FINER) for end in ends]).round().astype(int), 190.0)
        guides.append(_pixel(centre))
        corners += [_pixel(centre + a * half_width - side * half_height) for a in (-1, 1)]
    gray = cv2.resize(fine, (_COLUMNS, _ROWS), interpolation=cv2.INTER_AREA)
    noisy = gray + random.normal(0, noise, gray.shape)
    return Scene(np.clip(noisy, 0, 255).astype(np.uint8), tuple(guides), tuple(corners))


def _pixel(place: NDArray[np.float64], finer: int = 1) -> Pixel:
    x, y = (place / (SPACING[1], SPACING[0]) * finer).tolist()
    return x, y


def samples(folder: Path, seeds: range) -> list[Sample]:
    """The scenes of these seeds, written into a folder; every second one is noisy. Of each patient two."""
    made = []
    for seed in seeds:
        drawn = scene(seed, NOISY if seed % 2 else CLEAR)
        path = folder / f"{seed}.png"
        cv2.imwrite(str(path), drawn.pixels)
        made.append(Sample(path, SPACING, drawn.guides, drawn.points, f"p{seed // 2}"))
    return made
