"""What a landmark model learns from: patches of pictures with their points, augmented anew each epoch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.coordinates import Pixel, Spacing
from imaging.pictures import read_picture
from landmarks.patch import Plane, in_mm, plane, square_of, to_patch
from landmarks.settings import Settings
from models.crops import Square
from models.gray import random_factor, reshaded


@dataclass(frozen=True)
class Sample:
    """One place of a picture, with its points in picture pixels.

    ``guides``: one point or two that say where to look (``square_of``), in picture pixels.
    """

    picture: Path
    spacing: Spacing
    guides: tuple[Pixel, ...]
    points: tuple[Pixel, ...]
    patient: str


@dataclass(frozen=True)
class Batch:
    """``images``: (b, 1, size, size) gray in [0, 1]. ``points``: (b, k, 2) float32, pixels of the patch."""

    images: NDArray[np.float32]
    points: NDArray[np.float32]


class SampleSet:
    """The pictures of samples, windowed, shrunk to the resolution and kept in memory once each (float16).

    Raises BadInputError where a picture cannot be read.
    """

    def __init__(self, samples: Sequence[Sample], settings: Settings) -> None:
        self._samples, self._settings = samples, settings
        self._planes: dict[Path, Plane] = {}
        for sample in samples:
            if sample.picture not in self._planes:
                read = plane(
                    read_picture(sample.picture), sample.spacing, settings.window, settings.resolution
                )
                self._planes[sample.picture] = replace(read, gray=read.gray.astype(np.float16))

    def batches_per_epoch(self) -> int:
        return max(1, round(len(self._samples) / self._settings.batch_size))

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of one epoch, shuffled and augmented by (seed, epoch, index) alone."""
        order = np.random.default_rng([self._settings.seed, number]).permutation(len(self._samples))
        for indices in np.array_split(order, self.batches_per_epoch()):
            drawn = [self._augmented(number, int(index)) for index in indices]
            images = np.stack([image for image, _ in drawn])[:, None]
            yield Batch(images, np.stack([points for _, points in drawn]).astype(np.float32))

    def _augmented(self, epoch: int, index: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        settings, sample = self._settings, self._samples[index]
        random = np.random.default_rng([settings.seed, epoch, index])
        guides = in_mm(sample.guides, sample.spacing)
        guides += random.normal(0, settings.augmentation.guides, guides.shape)
        square = _moved(square_of(guides, settings.image_size * settings.resolution), settings, random)
        image = self._planes[sample.picture].patch(square, settings.image_size)
        points = to_patch(in_mm(sample.points, sample.spacing), square, settings.image_size)
        return reshaded(image, settings.augmentation, random), points


def _moved(square: Square, settings: Settings, random: np.random.Generator) -> Square:
    augmentation = settings.augmentation
    across, down = random.uniform(-1, 1, 2) * augmentation.shift
    return replace(
        square,
        x=square.x + across,
        y=square.y + down,
        side=square.side * random_factor(augmentation.scale, random),
        angle=square.angle + random.uniform(-1, 1) * augmentation.rotation,
        mirrored=augmentation.mirror and bool(random.random() < 0.5),
    )
