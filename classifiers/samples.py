"""What a classifier learns from: regions of pictures with their class, read once, augmented each epoch."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers.augmentation import jittered, moved, reach
from classifiers.preprocessing import Region, Surroundings, square_around, surroundings, whole_picture
from classifiers.settings import Settings
from errors import BadInputError
from imaging.pictures import read_picture
from imaging.windowing import Pixels
from models.gray import reshaded


@dataclass(frozen=True)
class Sample:
    """One region of one or more pictures of the same place, and its class.

    ``pictures``: one gray picture for each channel. ``region``: in picture pixels, None for the whole.
    ``label``: index of the class. ``category``: index of a known attribute that the classifier is told
    (a disc's level), None where it is not known. ``register`` brings the pictures, as they were read, onto
    the pixels that ``region`` means; where not given they are on them.
    """

    pictures: tuple[Path, ...]
    region: Region | None
    patient: str
    label: int
    category: int | None = None
    register: Callable[[Sequence[Pixels]], Sequence[Pixels]] = tuple


@dataclass(frozen=True)
class Batch:
    """``images``: (b, channels, size, size) gray in [0, 1], not yet normalised. ``categories``:
    (b, categories) float32, one-hot, or zeros where it is not known. ``labels``: (b,) int64."""

    images: NDArray[np.float32]
    categories: NDArray[np.float32]
    labels: NDArray[np.int64]


def class_frequencies(samples: Sequence[Sample], classes: Sequence[str]) -> tuple[float, ...]:
    """The share of each class. Raises ValueError naming a class of which there is no sample."""
    counts = np.bincount([sample.label for sample in samples], minlength=len(classes))
    for name, count in zip(classes, counts, strict=True):
        if not count:
            raise ValueError(f"no training sample of class {name!r}; add some, or leave the class out")
    return tuple(float(count) / len(samples) for count in counts)


class SampleSet:
    """The surroundings of samples, windowed and kept in memory (float16: 2 bytes a pixel).

    Raises BadInputError where a picture cannot be read or a region does not lie in it.
    """

    def __init__(self, samples: Sequence[Sample], categories: int, settings: Settings) -> None:
        self._settings = settings
        self._categories = np.vstack([np.eye(categories), np.zeros(categories)]).astype(np.float32)
        self._labels = np.array([sample.label for sample in samples], np.int64)
        self._category = [-1 if sample.category is None else sample.category for sample in samples]
        read = [_read(sample, settings) for sample in samples]
        self._regions = [region for region, _ in read]
        self._surroundings = [around for _, around in read]

    def batches_per_epoch(self) -> int:
        return max(1, round(len(self._labels) / self._settings.batch_size))

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of one epoch, shuffled and augmented by (seed, epoch, index) alone."""
        order = np.random.default_rng([self._settings.seed, number]).permutation(len(self._labels))
        for indices in np.array_split(order, self.batches_per_epoch()):
            drawn = [self._augmented(number, int(index)) for index in indices]
            yield self._batch([image for image, _ in drawn], [category for _, category in drawn], indices)

    def plain(self) -> Iterator[Batch]:
        """The samples in order, as they are."""
        for indices in np.array_split(np.arange(len(self._labels)), self.batches_per_epoch()):
            images = [self._crop(int(index)) for index in indices]
            yield self._batch(images, [self._category[index] for index in indices], indices)

    def _crop(self, index: int) -> NDArray[np.float32]:
        square = square_around(self._regions[index], self._settings.margin)
        return self._surroundings[index].crop(square, self._settings.image_size)

    def _augmented(self, epoch: int, index: int) -> tuple[NDArray[np.float32], int]:
        settings, random = self._settings, np.random.default_rng([self._settings.seed, epoch, index])
        region = jittered(self._regions[index], settings.augmentation, random)
        square = moved(square_around(region, settings.margin), settings.augmentation, random)
        image = reshaded(
            self._surroundings[index].crop(square, settings.image_size), settings.augmentation, random
        )
        known = random.random() >= settings.category_dropout
        return image, self._category[index] if known else -1

    def _batch(
        self, images: Sequence[NDArray[np.float32]], categories: Sequence[int], indices: NDArray[np.int64]
    ) -> Batch:
        return Batch(np.stack(images), self._categories[list(categories)], self._labels[indices])


def _read(sample: Sample, settings: Settings) -> tuple[Region, Surroundings]:
    read = [read_picture(path) for path in sample.pictures]
    try:
        pictures = sample.register(read)
        region = sample.region or whole_picture(pictures[0])
        square = square_around(region, settings.margin)
        around = surroundings(
            pictures,
            settings.window,
            square,
            settings.image_size,
            reach(settings.augmentation),
            settings.local_window,
        )
    except ValueError as error:
        raise BadInputError(sample.pictures[0], str(error)) from None
    return region, Surroundings(around.gray.astype(np.float16), around.offset, around.scale)
