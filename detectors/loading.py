"""Training images: read once, then augmented afresh each epoch, the same for every family and seed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.network import Batch
from detectors.preprocessing import letterbox
from detectors.settings import Augmentation, Settings
from imaging.pictures import read_picture
from models.gray import random_factor, reshaded

_LEAST_VISIBLE = 0.4
"""A box of which augmentation leaves a smaller part of the area in the frame is dropped."""


@dataclass(frozen=True)
class TrainingImage:
    """A picture with the boxes of a view.

    ``boxes``: (n, 4) xmin ymin xmax ymax in image pixels; ``labels``: (n,) indices of the view's
    classes; ``annotated``: (classes,) bool, see ``network.Batch``.
    """

    path: Path
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    annotated: NDArray[np.bool_]


class TrainingSet:
    """Windowed, letterboxed training images kept in memory (float16: 2 bytes a pixel)."""

    def __init__(self, images: Sequence[TrainingImage], settings: Settings) -> None:
        self._settings = settings
        self._images = list(images)
        self._gray: list[NDArray[np.float16]] = []
        self._boxes: list[NDArray[np.float32]] = []
        self._labels: list[NDArray[np.int64]] = []
        for image in self._images:
            gray, place = letterbox(read_picture(image.path), settings.window, settings.image_size)
            known = image.annotated[image.labels]
            self._gray.append(gray.astype(np.float16))
            self._boxes.append(place.to_input(image.boxes[known]))
            self._labels.append(image.labels[known])
        self._share = _shares(self._labels, settings.balance)

    def batches_per_epoch(self) -> int:
        return max(1, round(len(self._images) / self._settings.batch_size))

    def epoch(self, number: int) -> Iterator[Batch]:
        """The batches of one epoch, shuffled, drawn and augmented by (seed, epoch, place) alone."""
        random = np.random.default_rng([self._settings.seed, number])
        places = random.permutation(len(self._images))
        shown = _drawn(self._share, random)
        for batch in np.array_split(places, self.batches_per_epoch()):
            yield self._batch(number, batch, shown[batch])

    def _batch(self, epoch: int, places: NDArray[np.int64], indices: NDArray[np.int64]) -> Batch:
        images, boxes, labels = [], [], []
        for place, index in zip(places, indices, strict=True):
            random = np.random.default_rng([self._settings.seed, epoch, int(place)])
            gray, moved, kept = augment(
                self._gray[index].astype(np.float32), self._boxes[index], self._settings.augmentation, random
            )
            images.append(gray)
            boxes.append(moved)
            labels.append(self._labels[index][kept])
        stacked = np.repeat(np.stack(images)[:, None], 3, axis=1)
        return Batch(stacked, boxes, labels, np.stack([self._images[index].annotated for index in indices]))


def _shares(labels: Sequence[NDArray[np.int64]], balance: float) -> NDArray[np.float64]:
    """(images,) the share of an epoch that each image has, by the rarest of its classes."""
    frequency = Counter(int(label) for of_image in labels for label in set(of_image.tolist()))
    weight = np.array(
        [max((len(labels) / frequency[int(label)] for label in of_image), default=1.0) for of_image in labels]
    )
    return weight**balance / (weight**balance).sum()


def _drawn(share: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.int64]:
    """Indices of the images of an epoch: each as often as its share says, up to less than one."""
    ticks = np.arange(len(share)) + random.random()
    return np.minimum(np.searchsorted(np.cumsum(share) * len(share), ticks), len(share) - 1)


def augment(
    gray: NDArray[np.float32],
    boxes: NDArray[np.float32],
    augmentation: Augmentation,
    random: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Move, zoom and re-shade one square image in [0, 1]; returns it, the boxes still seen, and
    which of the given boxes they are."""
    size = gray.shape[0]
    zoom = random_factor(augmentation.scale, random)
    stretch = random_factor(augmentation.stretch, random)
    scale = np.array([zoom / np.sqrt(stretch), zoom * np.sqrt(stretch)])
    shift = (random.uniform(-1, 1, 2) * augmentation.translation + (1 - scale) / 2) * size
    offset = shift + (scale - 1) / 2  # OpenCV counts from the middle of the first pixel, boxes from its edge
    matrix = np.array([[scale[0], 0, offset[0]], [0, scale[1], offset[1]]])
    warped = cv2.warpAffine(gray, matrix, (size, size), flags=cv2.INTER_LINEAR).astype(np.float32)
    moved = boxes * np.tile(scale, 2) + np.tile(shift, 2)
    clipped = np.clip(moved, 0, size)
    seen = np.prod(clipped[:, 2:] - clipped[:, :2], axis=1)
    kept = np.flatnonzero(seen > _LEAST_VISIBLE * np.prod(moved[:, 2:] - moved[:, :2], axis=1))
    return reshaded(warped, augmentation, random), clipped[kept].astype(np.float32), kept
