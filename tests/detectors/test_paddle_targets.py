"""The targets of PP-YOLOv2's loss against PaddleDetection's own, and back through the decoder."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.decoding.ppyolo import decode
from detectors.paddle.architecture import IOU_AWARE_FACTOR, STRIDES
from detectors.paddle.loss import SCALE_X_Y
from detectors.paddle.targets import level_targets, padded_boxes

SIZE = 192
ANCHORS: list[list[list[float]]] = [
    [[30, 27], [50, 60], [110, 98]],
    [[9, 18], [19, 13], [18, 36]],
    [[3, 4], [5, 9], [10, 7]],
]
CLASSES = 3


def random_boxes(random: np.random.Generator, count: int) -> NDArray[np.float32]:
    corner = random.uniform(0, SIZE - 8, (count, 2))
    size = random.uniform(4, SIZE - corner)
    return np.hstack([corner, corner + size]).astype(np.float32)


def targets_of(boxes: NDArray[np.float32], labels: list[int]) -> list[NDArray[np.float32]]:
    return level_targets([boxes], [np.array(labels, np.int64)], CLASSES, SIZE, ANCHORS, STRIDES)


@pytest.mark.parametrize("seed", range(5))
def test_they_are_those_of_paddledetection(seed: int) -> None:
    from ppdet.data.transform.batch_operators import Gt2YoloTarget

    random = np.random.default_rng(seed)
    boxes, labels = random_boxes(random, 30), random.integers(0, CLASSES, 30)
    sample = {
        "image": np.zeros((3, SIZE, SIZE)),
        "gt_bbox": padded_boxes([boxes], SIZE)[0],
        "gt_class": labels,
    }
    operator = Gt2YoloTarget(
        anchors=[anchor for level in ANCHORS for anchor in level],
        anchor_masks=[[0, 1, 2], [3, 4, 5], [6, 7, 8]],
        downsample_ratios=list(STRIDES),
        num_classes=CLASSES,
    )
    (reference,) = operator([sample])
    for level, target in enumerate(targets_of(boxes, labels.tolist())):
        np.testing.assert_allclose(target[0], reference[f"target{level}"], atol=2e-5)


def test_one_place_carries_every_class_marked_there() -> None:
    box = [60, 50, 90, 62]
    targets = targets_of(np.array([box, [10, 100, 40, 130], box], np.float32), [0, 2, 1])
    positives = np.concatenate([target[0].transpose(0, 2, 3, 1)[target[0, :, 5] > 0] for target in targets])
    assert sorted(positives[:, 6:].tolist()) == [[0, 0, 1], [1, 1, 0]]


def positives(targets: list[NDArray[np.float32]]) -> list[tuple[int, int, list[float]]]:
    """(level, anchor, classes) of every cell that learns a box."""
    return [
        (level, int(slot), target[0, slot, 6:, row, column].tolist())
        for level, target in enumerate(targets)
        for slot, row, column in np.argwhere(target[0, :, 5] > 0)
    ]


def test_anchors_that_fit_a_box_well_enough_learn_it_too() -> None:
    box = np.array([[60, 50, 72, 61]], np.float32)  # 12 x 11 px
    best = targets_of(box, [1])
    assert positives(best) == [(1, 1, [0, 1, 0])]
    labels = [np.array([1], np.int64)]
    several = level_targets([box], labels, CLASSES, SIZE, ANCHORS, STRIDES, positive_iou=0.45)
    assert positives(several) == [(1, 0, [0, 1, 0]), (1, 1, [0, 1, 0]), (2, 2, [0, 1, 0])]
    np.testing.assert_array_equal(several[1][:, 1], best[1][:, 1])


def test_a_second_anchor_never_takes_the_place_of_another_box() -> None:
    small, large = [60, 50, 72, 57], [57, 47, 75, 60]  # one centre; the small one fits the large one's anchor
    boxes = np.array([small, large], np.float32)
    labels = [np.array([0, 2], np.int64)]
    targets = level_targets([boxes], labels, CLASSES, SIZE, ANCHORS, STRIDES, positive_iou=0.2)
    assert (1, 1, [0, 0, 1]) in positives(targets)
    assert (2, 2, [1, 0, 0]) in positives(targets)
    assert all(sum(classes) == 1 for _, _, classes in positives(targets))


def test_an_image_without_boxes_has_no_targets() -> None:
    assert not any(target.any() for target in targets_of(np.zeros((0, 4), np.float32), []))
    assert padded_boxes([np.zeros((0, 4), np.float32)], SIZE).shape == (1, 1, 4)


@settings(max_examples=50, deadline=None)
@given(
    left=st.floats(0, SIZE - 5),
    top=st.floats(0, SIZE - 5),
    width=st.floats(3, SIZE - 2),
    height=st.floats(3, SIZE - 2),
    label=st.integers(0, CLASSES - 1),
)
def test_decoding_a_perfect_answer_gives_the_box_back(
    left: float, top: float, width: float, height: float, label: int
) -> None:
    right, bottom = min(left + width, SIZE - 1), min(top + height, SIZE - 1)
    box = np.array([[left, top, right, bottom]], np.float32)
    maps = [_perfect_answer(target[0]) for target in targets_of(box, [label])]
    found = decode(
        maps,
        SIZE,
        CLASSES,
        0.5,
        anchors=ANCHORS,
        scale_x_y=SCALE_X_Y,
        iou_aware_factor=IOU_AWARE_FACTOR,
    )
    assert found.labels.tolist() == [label]
    np.testing.assert_allclose(found.boxes, box, atol=0.01)


def _perfect_answer(target: NDArray[np.float32]) -> NDArray[np.float32]:
    """The map (1, channels, cells, cells) of a head that has learnt this level's target by heart."""
    fraction = (target[:, 0:2] + (SCALE_X_Y - 1) / 2) / SCALE_X_Y
    certain = np.where(target[:, 5:] > 0, 20.0, -20.0)
    answer = np.concatenate([np.log(fraction / (1 - fraction)), target[:, 2:4], certain], axis=1)
    cells = target.shape[-1]
    iou = np.full((3, cells, cells), 20.0)
    return np.concatenate([iou, answer.reshape(-1, cells, cells)])[None].astype(np.float32)
