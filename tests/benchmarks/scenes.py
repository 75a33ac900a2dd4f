"""Random annotated images and detections to score."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from benchmarks.scoring import ScoredImage
from detectors.detections import Detections

Scene = tuple[list[ScoredImage], dict[str, Detections]]


def truth(
    boxes: Sequence[Sequence[float]],
    labels: Sequence[int],
    image: str = "a",
    patient: str = "p",
    annotated: Sequence[bool] = (True, True, True),
    difficult: Sequence[bool] | None = None,
) -> ScoredImage:
    return ScoredImage(
        image,
        patient,
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(labels, np.int64),
        np.array(annotated, bool),
        np.array(difficult if difficult is not None else [False] * len(labels), bool),
    )


def found(boxes: Sequence[Sequence[float]], scores: Sequence[float], labels: Sequence[int]) -> Detections:
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32), np.array(labels, np.int64)
    )


def random_scene(seed: int, images: int = 12, classes: int = 3, ties: bool = False) -> Scene:
    """Images of three patients with crowded boxes, jittered detections and false alarms."""
    generator = np.random.default_rng(seed)
    ground_truth, detections = [], {}
    for index in range(images):
        count = int(generator.integers(0, 7))
        corners = generator.uniform(0, 60, (count, 2))
        boxes = np.hstack([corners, corners + generator.uniform(10, 40, (count, 2))])
        labels = generator.integers(0, classes, count)
        kept = generator.random(count) < 0.8
        alarms = int(generator.integers(0, 5))
        corners = generator.uniform(0, 60, (alarms, 2))
        near = boxes[kept] + generator.normal(0, 2, (int(kept.sum()), 4))
        all_boxes = np.vstack([near, near + 1, np.hstack([corners, corners + 25])])
        all_labels = np.concatenate([labels[kept], labels[kept], generator.integers(0, classes, alarms)])
        scores = generator.random(len(all_boxes))
        scores = np.round(scores, 1) if ties else scores
        name = f"image-{index:02}"
        ground_truth.append(truth(boxes, labels, name, f"patient-{index % 5}", [True] * classes))
        detections[name] = found(all_boxes, scores, all_labels)
    return ground_truth, detections


scenes = st.builds(random_scene, st.integers(0, 2**32 - 1), st.integers(1, 12), ties=st.booleans())
