"""Gray values on their way into a network: changed at random in training, and normalised."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class GrayChanges(Protocol):
    """``gamma``: exponent 1/(1+g) … 1+g. ``contrast``, ``brightness``: ± of gray in [0, 1]. ``noise``: the
    largest standard deviation of Gaussian noise added, in gray."""

    @property
    def gamma(self) -> float: ...

    @property
    def contrast(self) -> float: ...

    @property
    def brightness(self) -> float: ...

    @property
    def noise(self) -> float: ...


def reshaded(
    gray: NDArray[np.float32], changes: GrayChanges, random: np.random.Generator
) -> NDArray[np.float32]:
    """Gray in [0, 1] with another gamma, contrast and brightness, and with noise; all drawn uniformly."""
    gray = np.power(gray, random_factor(changes.gamma, random))
    contrast = 1 + random.uniform(-1, 1) * changes.contrast
    brightness = random.uniform(-1, 1) * changes.brightness
    deviation = random.uniform(0, 1) * changes.noise
    noise = random.standard_normal(gray.shape, dtype=np.float32) * deviation
    return np.clip((gray - 0.5) * contrast + 0.5 + brightness + noise, 0, 1).astype(np.float32)


def random_factor(spread: float, random: np.random.Generator) -> float:
    """A factor between 1 / (1 + spread) and 1 + spread, symmetric in its logarithm."""
    return float(np.exp(random.uniform(-1, 1) * np.log1p(spread)))


def normalise(
    images: NDArray[np.float32], mean: Sequence[float], std: Sequence[float]
) -> NDArray[np.float32]:
    """(b, channels, h, w) gray in [0, 1] -> what the graph takes. One channel serves for all of ``mean``."""
    means, deviations = (np.asarray(item, np.float32).reshape(1, -1, 1, 1) for item in (mean, std))
    normalised = np.empty(np.broadcast_shapes(images.shape, means.shape), np.float32)
    np.subtract(images, means, out=normalised)
    normalised /= deviations
    return normalised
