"""The anchor-based head of PP-YOLOv2: boxes relative to anchors, IoU-aware scores, matrix NMS."""

import numpy as np
from numpy.typing import NDArray

from detectors.detections import Detections

_CONFIDENCE_FLOOR = 0.01
"""A cell less confident than this holds nothing (``conf_thresh`` of the published configuration)."""
_CANDIDATES = 300
"""At most so many boxes of one class enter suppression; a spine image holds about twenty."""
_KEPT = 100
"""At most so many boxes leave it (``keep_top_k`` of the published configuration)."""


def decode(
    outputs: list[NDArray[np.float32]],
    image_size: int,
    classes: int,
    score_threshold: float,
    *,
    anchors: list[list[list[float]]],
    scale_x_y: float,
    iou_aware_factor: float,
) -> Detections:
    """``outputs``: a map (1, 3 + 3 * (5 + classes), cells, cells) for each level, in the order of
    ``anchors``, which are three (width, height) in input pixels for each level.

    A map's channels are three IoU logits, then for each anchor x, y, width, height, objectness and
    the class logits. A score is objectness^(1 - f) * IoU^f * class probability, f being
    ``iou_aware_factor`` (Wu et al. 2020, IoU-aware single-stage object detector); ``scale_x_y``
    lets a centre reach the border of its cell (Bochkovskiy et al. 2020, YOLOv4).
    """
    levels = [
        _level(output[0], image_size, np.asarray(three, np.float32), scale_x_y, iou_aware_factor)
        for output, three in zip(outputs, anchors, strict=True)
    ]
    boxes = np.concatenate([level[0] for level in levels])
    scores = np.concatenate([level[1] for level in levels])
    suppressed = [_suppress(boxes, scores[:, label], label, score_threshold) for label in range(classes)]
    found = Detections(
        np.concatenate([item.boxes for item in suppressed]),
        np.concatenate([item.scores for item in suppressed]),
        np.concatenate([item.labels for item in suppressed]),
    )
    order = np.argsort(-found.scores, kind="stable")[:_KEPT]
    return Detections(found.boxes[order], found.scores[order], found.labels[order])


def _level(
    output: NDArray[np.float32],
    image_size: int,
    anchors: NDArray[np.float32],
    scale_x_y: float,
    iou_aware_factor: float,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """One level's map (channels, cells, cells) -> boxes (n, 4) in input pixels, scores (n, classes)."""
    cells = output.shape[-1]
    count = len(anchors)
    iou = _sigmoid(output[:count])
    raw = output[count:].reshape(count, -1, cells, cells)
    confidence = _sigmoid(raw[:, 4]) ** (1 - iou_aware_factor) * iou**iou_aware_factor
    anchor, row, column = np.nonzero(confidence >= _CONFIDENCE_FLOOR)
    raw = raw[anchor, :, row, column]
    offset = scale_x_y * _sigmoid(raw[:, :2]) - (scale_x_y - 1) / 2
    centre = (np.stack([column, row], axis=1) + offset) * (image_size / cells)
    half = np.exp(raw[:, 2:4]) * anchors[anchor] / 2
    boxes = np.clip(np.hstack([centre - half, centre + half]), 0, image_size - 1)
    scores = confidence[anchor, row, column, None] * _sigmoid(raw[:, 5:])
    return boxes.astype(np.float32), scores.astype(np.float32)


def _suppress(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], label: int, score_threshold: float
) -> Detections:
    """Matrix NMS within one class (Wang et al. 2020, SOLOv2), linear decay: a score falls by the
    overlap with each better box, less so where that box itself overlaps a better one."""
    candidates = np.flatnonzero(scores > score_threshold)
    if len(candidates) == 0:
        return Detections.none()
    candidates = candidates[np.argsort(-scores[candidates], kind="stable")[:_CANDIDATES]]
    boxes, scores = boxes[candidates], scores[candidates]
    overlap = np.triu(_iou(boxes), 1)
    most = overlap.max(axis=0)
    decay = (1 - overlap) / np.maximum(1 - most, 1e-9)[:, None]
    scores = scores * np.minimum(decay.min(axis=0), 1)
    kept = scores > score_threshold
    return Detections(boxes[kept], scores[kept], np.full(int(kept.sum()), label, np.int64))


def _iou(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 4) -> (n, n), widths counted in whole pixels ("+ 1") as PaddleDetection's suppression does."""
    xmin, ymin, xmax, ymax = boxes.T
    width = np.minimum(xmax[:, None], xmax) - np.maximum(xmin[:, None], xmin) + 1
    height = np.minimum(ymax[:, None], ymax) - np.maximum(ymin[:, None], ymin) + 1
    intersection = np.maximum(width, 0) * np.maximum(height, 0)
    area = (xmax - xmin + 1) * (ymax - ymin + 1)
    return np.asarray(intersection / (area[:, None] + area - intersection), np.float32)


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((1 + np.tanh(logits / 2)) / 2, np.float32)
