"""The second stage of Faster R-CNN: boxes relative to proposals, classes judged one by one, NMS."""

import math

import numpy as np
from numpy.typing import NDArray

from detectors.decoding.yolo import suppress
from detectors.detections import Detections

_MOST_GROWTH = math.log(1000 / 16)
"""A proposal grows by no more than this logarithm: exp() of a raw output must not overflow."""
_LEAST_SIDE = 0.01
"""A box of which clipping leaves less, in pixels, lay outside the picture."""


def decode(
    outputs: list[NDArray[np.float32]],
    image_size: int,
    classes: int,
    score_threshold: float,
    *,
    box_weights: list[float],
    iou_threshold: float,
) -> Detections:
    """``outputs``: proposals (1, n, 4) in input pixels, class logits (1, n, classes) and deltas (1, n, 4).

    Deltas are the centre's shift in units of the proposal's size and the logarithms of how its width
    and height grow, each times its ``box_weights`` (Ren et al. 2015, Faster R-CNN, equation 2). A
    proposal may carry several classes.
    """
    proposals, logits, deltas = (output[0] for output in outputs)
    scores = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
    boxes = np.clip(_moved(proposals, deltas / np.asarray(box_weights, np.float32)), 0, image_size)
    visible = np.min(boxes[:, 2:] - boxes[:, :2], axis=1) >= _LEAST_SIDE
    proposal, label = np.nonzero((scores > score_threshold) & visible[:, None])
    return suppress(boxes[proposal], scores[proposal, label], label, iou_threshold)


def _moved(proposals: NDArray[np.float32], deltas: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, 4) boxes moved by (n, 4) shifts and growths."""
    size = proposals[:, 2:] - proposals[:, :2]
    centre = proposals[:, :2] + size / 2 + deltas[:, :2] * size
    half = np.exp(np.minimum(deltas[:, 2:], _MOST_GROWTH)) * size / 2
    return np.hstack([centre - half, centre + half])
