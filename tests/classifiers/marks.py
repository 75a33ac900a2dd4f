"""Small generated pictures whose class is known: where a bright square stands in noise."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from classifiers.network import Network
from classifiers.samples import Sample
from classifiers.settings import Augmentation, Settings

CLASSES = ("left", "middle", "right")
CATEGORIES = ("upper", "lower")

STILL = Augmentation(shift=0, scale=0, rotation=0, jitter=0, gamma=0, contrast=0, brightness=0, noise=0)
"""No change at all."""

QUICK = Settings(
    image_size=32,
    epochs=8,
    batch_size=12,
    learning_rate=3e-3,
    ema_decay=0.9,
    margin=0,
    inner_folds=2,
    augmentation=Augmentation(rotation=3, shift=0.02),
)


@dataclass(frozen=True)
class Trained:
    """A network and the model folder written of it."""

    network: Network
    folder: Path


def picture(place: int, seed: int, size: int = 48) -> NDArray[np.uint8]:
    """A bright square at the left, in the middle or at the right, somewhere between top and bottom."""
    random = np.random.default_rng(seed)
    pixels = random.normal(random.uniform(40, 90), 12, (size, size))
    side = size // 4
    left, top = (place * 3 + 1) * size // 9 - size // 18, int(random.integers(2, size - side - 2))
    pixels[top : top + side, left : left + side] += random.uniform(70, 120)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def samples(folder: Path, patients: range, channels: int = 1) -> list[Sample]:
    """Each patient with a picture of each class."""
    made = []
    for patient in patients:
        for place in range(len(CLASSES)):
            seed = 10 * patient + place
            paths = tuple(folder / f"{seed}-{channel}.png" for channel in range(channels))
            for channel, path in enumerate(paths):
                cv2.imwrite(str(path), picture(place, seed + 100_000 * channel))
            made.append(Sample(paths, None, f"p{patient}", place, category=seed % 2))
    return made
