"""The anchor-free "u" head of ultralytics: distances to the four edges as distributions, NMS."""

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.detections import Detections

_CANDIDATES = 1000
"""At most so many boxes of one class enter suppression: some fifty for each disc of a spine."""


def decode(
    outputs: list[NDArray[np.float32]],
    image_size: int,
    classes: int,
    score_threshold: float,
    *,
    strides: list[int],
    bins: int,
    iou_threshold: float,
    margin: float,
) -> Detections:
    """``outputs``: distances (1, 4 * bins, cells) and class logits (1, classes, cells).

    A cell may carry several classes. Distances are in units of the cell's stride, expected values
    of a softmax over ``bins`` (Li et al. 2020, generalised focal loss).
    ``margin``: pixels of the input by which the network's boxes are wider on each side than the object.
    """
    distances, logits = outputs[0][0], outputs[1][0]
    scores = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
    centres, stride = _cells(image_size, strides)
    label, cell = np.nonzero(scores > score_threshold)
    left, top, right, bottom = _expected(distances[:, cell].reshape(4, bins, -1)) * stride[cell]
    x, y = centres[:, cell]
    boxes = np.stack([x - left, y - top, x + right, y + bottom], axis=1)
    if margin:
        boxes = _without_margin(boxes, margin)
    found = suppress(boxes, scores[label, cell], label, iou_threshold)
    return Detections(np.clip(found.boxes, 0, image_size), found.scores, found.labels)


def suppress(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], labels: NDArray[np.int64], iou_threshold: float
) -> Detections:
    """Greedy non-maximum suppression within each class, best score first."""
    kept: list[int] = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        members = members[np.argsort(-scores[members], kind="stable")[:_CANDIDATES]]
        corner_and_size = np.hstack([boxes[members, :2], boxes[members, 2:] - boxes[members, :2]])
        chosen = cv2.dnn.NMSBoxes(corner_and_size.tolist(), scores[members].tolist(), 0.0, iou_threshold)
        kept.extend(members[np.asarray(chosen, dtype=np.int64).reshape(-1)])
    order = np.array(sorted(kept, key=lambda index: -scores[index]), dtype=np.int64)
    return Detections(
        boxes[order].astype(np.float32), scores[order].astype(np.float32), labels[order].astype(np.int64)
    )


def _without_margin(boxes: NDArray[np.float32], margin: float) -> NDArray[np.float32]:
    """(n, 4) boxes made narrower on each side, no narrower than a pixel."""
    middle, half = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]) / 2 - margin
    half = np.maximum(half, 0.5)
    return np.hstack([middle - half, middle + half])


def _cells(image_size: int, strides: list[int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Every cell's centre (2, cells) and stride (cells,) in input pixels."""
    centres, steps = [], []
    for stride in strides:
        middle = (np.arange(image_size // stride, dtype=np.float32) + 0.5) * stride
        y, x = np.meshgrid(middle, middle, indexing="ij")
        centres.append(np.stack([x.ravel(), y.ravel()]))
        steps.append(np.full(x.size, stride, np.float32))
    return np.concatenate(centres, axis=1), np.concatenate(steps)


def _expected(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """(4, bins, n) logits -> (4, n) expected bin."""
    weight = np.exp(logits - logits.max(axis=1, keepdims=True))
    bins = np.arange(logits.shape[1], dtype=np.float32)[None, :, None]
    return (weight * bins).sum(axis=1) / weight.sum(axis=1)
