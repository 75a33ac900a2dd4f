"""Annotated images with a detector's answers, drawn at random, to score."""

import numpy as np

from benchmarks.scoring import ScoredImage
from detectors.detections import Detections

CLASSES = ("normal", "bulge", "herniation", "spondylolisthesis", "vertebra", "disc")
IMAGES = 5000
DETECTIONS = 50
"""Of an image, as a detector gives them at a low threshold."""
_IMAGES_A_PATIENT = 5
_BOXES = 12
"""Of an image to be found: some vertebrae and the discs between them."""


def scored_scene(images: int, seed: int = 0) -> tuple[list[ScoredImage], dict[str, Detections]]:
    """``images`` annotated images of 320 px, five of each patient; every image with DETECTIONS detections:
    most boxes are found, once or twice and some pixels off, the rest are false alarms of low scores."""
    random = np.random.default_rng(seed)
    truths, found = [], {}
    for number in range(images):
        corners = random.uniform(0, 260, (_BOXES, 2))
        boxes = np.hstack([corners, corners + random.uniform(15, 60, (_BOXES, 2))]).astype(np.float32)
        labels = random.integers(0, len(CLASSES), _BOXES)
        name = f"image-{number:05d}"
        truths.append(
            ScoredImage(
                name,
                f"patient-{number // _IMAGES_A_PATIENT:04d}",
                boxes,
                labels,
                np.ones(len(CLASSES), bool),
                np.zeros(_BOXES, bool),
            )
        )
        found[name] = _answers(boxes, labels, random)
    return truths, found


def _answers(boxes: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> Detections:
    seen = random.integers(0, len(boxes), DETECTIONS // 3)
    near = boxes[seen] + random.normal(0, 3, (len(seen), 4))
    alarms = DETECTIONS - len(seen)
    corners = random.uniform(0, 260, (alarms, 2))
    far = np.hstack([corners, corners + random.uniform(15, 60, (alarms, 2))])
    scores = np.concatenate([random.uniform(0.3, 1, len(seen)), random.beta(1, 8, alarms)])
    return Detections(
        np.vstack([near, far]).astype(np.float32),
        scores.astype(np.float32),
        np.concatenate([labels[seen], random.integers(0, len(CLASSES), alarms)]),
    )
