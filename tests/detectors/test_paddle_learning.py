"""The small PP-YOLOv2 learns from nothing to find what is in its training pictures."""

import numpy as np
import pytest

from annotation.boxes import pairwise_iou
from detectors.decoding.ppyolo import decode
from detectors.network import Batch, Optimisation
from detectors.paddle import PaddleNetwork
from models.gray import normalise

SIZE = 128


def bright_rectangles(random: np.random.Generator) -> Batch:
    """Four noisy pictures, each with a column of three flat bright boxes and a tall dark one."""
    gray = random.normal(0.4, 0.05, (4, SIZE, SIZE)).astype(np.float32)
    boxes, labels = [], []
    for picture in gray:
        left, width = random.integers(10, 50), random.integers(22, 34)
        top = 8 + np.arange(3) * 40 + random.integers(0, 10)
        flat = np.stack(
            [np.full(3, left), top, np.full(3, left + width), top + random.integers(10, 16, 3)], axis=1
        )
        tall = np.array([[92, 30, 112, 30 + random.integers(40, 60)]])
        for number, (x1, y1, x2, y2) in enumerate(np.concatenate([flat, tall])):
            picture[y1:y2, x1:x2] += 0.4 if number < 3 else -0.3
        boxes.append(np.concatenate([flat, tall]).astype(np.float32))
        labels.append(np.array([0, 0, 0, 1]))
    images = np.repeat(gray.clip(0, 1)[:, None], 3, axis=1)
    return Batch(images, boxes, labels, np.ones((4, 2), np.bool_))


def recall(network: PaddleNetwork, batch: Batch) -> float:
    """Share of the boxes found at IoU 0.5, with the right class and a score of 0.3 or more."""
    found = 0
    for image, boxes, labels in zip(batch.images, batch.boxes, batch.labels, strict=True):
        outputs = network.outputs(normalise(image[None], network.mean, network.std))
        detections = decode(outputs, SIZE, 2, 0.3, **network.decoding_parameters)  # type: ignore[arg-type]
        hit = pairwise_iou(boxes, detections.boxes) >= 0.5
        found += (hit & (labels[:, None] == detections.labels)).any(axis=1).sum()
    return found / sum(len(boxes) for boxes in batch.boxes)


@pytest.mark.slow
def test_it_finds_what_it_was_trained_on() -> None:
    random = np.random.default_rng(0)
    batches = [bright_rectangles(random) for _ in range(2)]
    network = PaddleNetwork("ppyolov2-r18", 2, SIZE, seed=0)
    network.start(Optimisation(0.01, momentum=0.9, weight_decay=5e-4, ema_decay=0.95, clip_norm=35.0))
    steps = 140
    losses = []
    for number in range(steps):
        rate = 0.01 * min(1.0, (number + 1) / 15, (steps - number) / 50)
        losses.append(network.step(batches[number % 2], rate))
    assert losses[-1] < losses[0] / 4
    assert min(recall(network, batch) for batch in batches) >= 0.8
