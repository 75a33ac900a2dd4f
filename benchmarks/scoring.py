"""The one score path, first half: which detection found which annotated box.

Every detector of every family is matched here, once, at all IoU thresholds. What follows (average
precision, operating points, intervals) reads only the table of matches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.matching import greedy_matches, pairs_within
from detectors.detections import Detections

COCO_IOUS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""The IoU thresholds of COCO's AP@[.5:.95]; the first is Pascal VOC's."""


@dataclass(frozen=True, eq=False)
class ScoredImage:
    """The annotated boxes of one image.

    ``boxes``: (n, 4) float32, xmin ymin xmax ymax in pixels. ``labels``: (n,) int64, indices into the
    classes. ``annotated``: (classes,) bool; a class that is False was not annotated in this image: it
    is neither counted nor scored there. ``difficult``: (n,) bool, Pascal VOC's; such a box need not
    be found and a detection on it counts neither way.
    """

    image: str
    patient: str
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    annotated: NDArray[np.bool_]
    difficult: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class MatchTable:
    """All detections of one detector on a set of images, best score first.

    Images are in order of their names; equal scores stand in order of image, then as the detector
    gave them, so the table does not depend on the order of the input.

    Per detection, n rows: ``image`` (n,) index into ``images``; ``position`` (n,) index into that
    image's detections; ``label`` (n,); ``score`` (n,) float32; ``truth`` (n, ious) index into the
    image's annotated boxes, -1 where it found none at that IoU; ``ignored`` (n, ious) bool, on a
    difficult box and so neither right nor wrong.
    Per image: ``patient`` (images,) index into ``patients``; ``annotated`` (images, classes) bool;
    ``truths`` (images, classes) number of boxes to find.
    """

    classes: tuple[str, ...]
    ious: tuple[float, ...]
    images: tuple[str, ...]
    patients: tuple[str, ...]
    patient: NDArray[np.int64]
    annotated: NDArray[np.bool_]
    truths: NDArray[np.int64]
    image: NDArray[np.int64]
    position: NDArray[np.int64]
    label: NDArray[np.int64]
    score: NDArray[np.float32]
    truth: NDArray[np.int64]
    ignored: NDArray[np.bool_]

    def iou_index(self, iou: float) -> int:
        """The column of an IoU threshold; ValueError where the table was not matched at it."""
        for index, value in enumerate(self.ious):
            if np.isclose(value, iou):
                return index
        raise ValueError(f"matched at IoU {self.ious}, not at {iou}")

    def on_images(self, names: Sequence[str]) -> "MatchTable":
        """The same matches on some of the images only (one fold's, one patient's)."""
        keep = np.isin(self.images, list(names))
        rows = keep[self.image]
        return replace(
            self,
            images=tuple(np.array(self.images, dtype=object)[keep]),
            patient=self.patient[keep],
            annotated=self.annotated[keep],
            truths=self.truths[keep],
            image=(np.cumsum(keep) - 1)[self.image[rows]],
            position=self.position[rows],
            label=self.label[rows],
            score=self.score[rows],
            truth=self.truth[rows],
            ignored=self.ignored[rows],
        )


def match(
    ground_truth: Sequence[ScoredImage],
    detections: Mapping[str, Detections],
    classes: Sequence[str],
    ious: Sequence[float] = COCO_IOUS,
) -> MatchTable:
    """Match each image's detections to its annotated boxes of the same class, as COCO does.

    From the best score down, a detection takes the free box that it overlaps most, if by at least
    the IoU threshold. There is no limit on the number of detections an image (COCO's own scores cut
    at 100). Detections of a class that was not annotated in an image are dropped. ValueError for no
    images, an image that stands twice or one without an entry in ``detections`` (``Detections.none()``
    says "nothing found").
    """
    images = sorted(ground_truth, key=lambda item: item.image)
    names = tuple(item.image for item in images)
    _check(names, detections)
    patients = tuple(sorted({item.patient for item in images}))
    rows = _rows(images, [detections[name] for name in names], len(classes))
    boxes = _boxes(images)
    truth, ignored = _match_rows(boxes, rows, len(classes), ious)
    number = {patient: index for index, patient in enumerate(patients)}
    return MatchTable(
        classes=tuple(classes),
        ious=tuple(ious),
        images=names,
        patients=patients,
        patient=np.array([number[item.patient] for item in images], dtype=np.int64),
        annotated=_annotated(images, len(classes)),
        truths=boxes.to_find_by_class(len(images), len(classes)),
        image=rows.image,
        position=rows.position,
        label=rows.label,
        score=rows.score,
        truth=truth,
        ignored=ignored,
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """Detections to be scored, best first."""

    image: NDArray[np.int64]
    position: NDArray[np.int64]
    label: NDArray[np.int64]
    score: NDArray[np.float32]
    boxes: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Boxes:
    """The annotated boxes of all images; ``index``: each one's in its image."""

    image: NDArray[np.int64]
    index: NDArray[np.int64]
    label: NDArray[np.int64]
    edges: NDArray[np.float64]
    to_find: NDArray[np.bool_]
    difficult: NDArray[np.bool_]

    def to_find_by_class(self, images: int, classes: int) -> NDArray[np.int64]:
        """(images, classes)"""
        cell = (self.image * classes + self.label)[self.to_find]
        return np.bincount(cell, minlength=images * classes).reshape(images, classes)


def _check(names: Sequence[str], detections: Mapping[str, Detections]) -> None:
    if not names:
        raise ValueError("no images to score")
    for index, name in enumerate(names):
        if name in names[index + 1 : index + 2]:
            raise ValueError(f"the image {name} stands twice in the ground truth")
        if name not in detections:
            raise ValueError(f"no detections for the image {name}")


def _annotated(images: Sequence[ScoredImage], classes: int) -> NDArray[np.bool_]:
    return np.array([item.annotated for item in images], dtype=bool).reshape(-1, classes)


def _rows(images: Sequence[ScoredImage], found: Sequence[Detections], classes: int) -> _Rows:
    image = np.repeat(np.arange(len(images)), [len(item) for item in found])
    position = np.concatenate([np.arange(len(item)) for item in found])
    label = np.concatenate([item.labels for item in found])
    score = np.concatenate([item.scores for item in found])
    boxes = np.concatenate([item.boxes for item in found]).astype(np.float64)
    order = np.lexsort((position, image, -score))
    order = order[_annotated(images, classes)[image[order], label[order]]]
    return _Rows(image[order], position[order], label[order], score[order], boxes[order])


def _boxes(images: Sequence[ScoredImage]) -> _Boxes:
    counts = [len(item.labels) for item in images]
    difficult = np.concatenate([item.difficult for item in images])
    annotated = np.concatenate([item.annotated[item.labels] for item in images])
    return _Boxes(
        image=np.repeat(np.arange(len(images)), counts),
        index=np.concatenate([np.arange(count) for count in counts]),
        label=np.concatenate([item.labels for item in images]),
        edges=np.concatenate([item.boxes for item in images]).astype(np.float64),
        to_find=~difficult & annotated,
        difficult=difficult,
    )


def _match_rows(
    boxes: _Boxes, rows: _Rows, classes: int, ious: Sequence[float]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(truth, ignored), each (n, ious)."""
    group = rows.image * classes + rows.label
    pairs = pairs_within(rows.boxes, group, boxes.edges, boxes.image * classes + boxes.label)
    found = greedy_matches(pairs.only(boxes.to_find[pairs.box]), group, len(boxes.label), ious)
    truth = np.where(found >= 0, np.append(boxes.index, -1)[found], -1)
    on_difficult = np.zeros(len(group))
    difficult = pairs.only(boxes.difficult[pairs.box])
    np.maximum.at(on_difficult, difficult.detection, difficult.overlap)
    return truth, (truth < 0) & (on_difficult[:, None] >= np.array(ious))
