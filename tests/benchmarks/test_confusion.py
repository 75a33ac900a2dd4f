"""The confusion matrix when one disc may carry several classes."""

import numpy as np
from hypothesis import given, settings
from numpy.typing import NDArray
from scenes import Scene, found, scenes, truth

from benchmarks.confusion import confusion_matrix
from benchmarks.scoring import ScoredImage, match
from detectors.detections import Detections

CLASSES = ("normal", "herniation", "spondylolisthesis")
BOX, OTHER = [10, 10, 40, 30], [60, 60, 90, 80]


def confusion(images: list[ScoredImage], detections: dict[str, Detections]) -> NDArray[np.int64]:
    return confusion_matrix(match(images, detections, CLASSES), images, detections, (0.5, 0.5, 0.5))


def test_confused_missed_and_invented() -> None:
    image = truth([BOX, OTHER, OTHER], [0, 1, 2])
    detections = found([BOX, OTHER, [0, 80, 20, 99], BOX], [0.9, 0.9, 0.9, 0.4], [1, 2, 0, 0])
    matrix = confusion([image], {"a": detections})
    expected = np.zeros((4, 4), int)
    expected[0, 1] = 1  # a normal disc called herniated; the right call is below the threshold
    expected[2, 2] = 1
    expected[1, 3] = 1  # the herniation on the slipped disc was missed, not taken for a slip
    expected[3, 0] = 1
    assert matrix.tolist() == expected.tolist()


def test_difficult_and_unannotated_stay_out() -> None:
    image = truth([BOX, OTHER], [0, 1], annotated=[True, True, False], difficult=[True, False])
    detections = found([BOX, OTHER, OTHER], [0.9, 0.9, 0.9], [0, 1, 2])
    matrix = confusion([image], {"a": detections})
    assert matrix[1, 1] == 1 and matrix.sum() == 1


@given(scenes)
@settings(max_examples=25, deadline=None)
def test_every_box_and_every_detection_is_counted_once(scene: Scene) -> None:
    matrix = confusion(*scene)
    ground_truth, detections = scene
    boxes = sum(np.bincount(item.labels, minlength=3) for item in ground_truth)
    passed = sum(np.bincount(item.above(0.5).labels, minlength=3) for item in detections.values())
    assert matrix[:3].sum(axis=1).tolist() == list(boxes)
    assert matrix[:, :3].sum(axis=0).tolist() == list(passed)
