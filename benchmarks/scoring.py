"""The one score path, first half: which detection found which annotated box.

Every detector of every family is matched here, once, by faster-coco-eval, at all IoU thresholds.
What follows (average precision, operating points, intervals) reads only the table of matches.

Needs faster-coco-eval 1.7.2 or later: until then (February 2026) its ``extended_metrics`` quoted
interpolated precision as precision. We take its matching alone and count for ourselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster
from numpy.typing import NDArray

from annotation.boxes import pairwise_iou
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
    truth, ignored = _match_rows(images, rows, len(classes), ious)
    return MatchTable(
        classes=tuple(classes),
        ious=tuple(ious),
        images=names,
        patients=patients,
        patient=np.array([patients.index(item.patient) for item in images], dtype=np.int64),
        annotated=_annotated(images, len(classes)),
        truths=np.array([_count(item, len(classes)) for item in images]).reshape(-1, len(classes)),
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


def _check(names: Sequence[str], detections: Mapping[str, Detections]) -> None:
    if not names:
        raise ValueError("no images to score")
    for index, name in enumerate(names):
        if name in names[index + 1 : index + 2]:
            raise ValueError(f"the image {name} stands twice in the ground truth")
        if name not in detections:
            raise ValueError(f"no detections for the image {name}")


def _count(item: ScoredImage, classes: int) -> NDArray[np.int64]:
    """Boxes to find per class."""
    return np.bincount(item.labels[_to_find(item)], minlength=classes)


def _to_find(item: ScoredImage) -> NDArray[np.bool_]:
    return ~item.difficult & item.annotated[item.labels]


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


def _match_rows(
    images: Sequence[ScoredImage], rows: _Rows, classes: int, ious: Sequence[float]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """(truth, ignored), each (n, ious)."""
    truth = np.full((len(rows.score), len(ious)), -1, dtype=np.int64)
    annotations, index_in_image = _coco_annotations(images)
    coco_truth = COCO(
        {
            "images": [{"id": index} for index in range(len(images))],
            "categories": [{"id": label, "name": str(label)} for label in range(classes)],
            "annotations": annotations,
        }
    )
    # Most detections of a low threshold touch no box: COCO need not see them, and is several times faster.
    overlap = _greatest_overlap(images, rows, [_to_find(item) for item in images])
    near = np.flatnonzero(overlap > min(ious) - 1e-6)
    coco_found = coco_truth.loadRes(_coco_results(rows, near))
    for column, iou in enumerate(ious):
        for result, annotation in _matched_pairs(coco_truth, coco_found, iou, limit=len(near)):
            truth[near[result], column] = index_in_image[annotation]
    on_difficult = _greatest_overlap(images, rows, [item.difficult for item in images])
    return truth, (truth < 0) & (on_difficult[:, None] >= np.array(ious))


def _coco_annotations(images: Sequence[ScoredImage]) -> tuple[list[dict[str, object]], list[int]]:
    """COCO's annotations of the boxes to find, ids from 1, and each one's index in its image."""
    annotations: list[dict[str, object]] = []
    index_in_image: list[int] = [-1]
    for image, item in enumerate(images):
        for index in np.flatnonzero(_to_find(item)):
            xmin, ymin, xmax, ymax = item.boxes[index].tolist()
            index_in_image.append(int(index))
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": int(item.labels[index]),
                    "bbox": [xmin, ymin, xmax - xmin, ymax - ymin],
                    "area": (xmax - xmin) * (ymax - ymin),
                    "iscrowd": 0,
                }
            )
    return annotations, index_in_image


def _coco_results(rows: _Rows, chosen: NDArray[np.int64]) -> list[dict[str, object]]:
    """COCO's results of the chosen rows, in their order; loadRes numbers them from 1."""
    boxes = rows.boxes[chosen]
    corners_and_sizes = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    columns = (rows.image[chosen], rows.label[chosen], corners_and_sizes, rows.score[chosen])
    return [
        {"image_id": image, "category_id": label, "bbox": bbox, "score": score}
        for image, label, bbox, score in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _matched_pairs(truth: COCO, found: COCO, iou: float, limit: int) -> list[tuple[int, int]]:
    """(result's index, annotation's id) of every match at one IoU threshold."""
    evaluation = COCOeval_faster(truth, found, "bbox")
    evaluation.params.iouThrs = np.array([iou])
    evaluation.params.maxDets = [max(limit, 1)]
    evaluation.params.areaRng, evaluation.params.areaRngLbl = [[-np.inf, np.inf]], ["all"]
    evaluation.evaluate()
    pairs = (key.split("_") for key in evaluation.eval["matched"])
    return [(int(result) - 1, int(annotation)) for result, annotation in pairs]


def _greatest_overlap(
    images: Sequence[ScoredImage], rows: _Rows, chosen: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """The greatest IoU of each row with a chosen box of its image and class, 0 without one."""
    greatest = np.zeros(len(rows.score))
    by_image = np.argsort(rows.image, kind="stable")
    ends = np.searchsorted(rows.image[by_image], np.arange(len(images)), side="right")
    for item, which, here in zip(images, chosen, np.split(by_image, ends[:-1]), strict=True):
        overlap = pairwise_iou(rows.boxes[here], item.boxes[which])
        same_class = rows.label[here][:, None] == item.labels[which][None, :]
        greatest[here] = (overlap * same_class).max(axis=1, initial=0)
    return greatest
