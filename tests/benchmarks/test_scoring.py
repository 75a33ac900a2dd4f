"""Matching: what is found, what is missed, what does not count."""

import numpy as np
import pytest
from scenes import found, random_scene, truth

from benchmarks.precision import voc_ap
from benchmarks.scoring import match
from detectors.detections import Detections

CLASSES = ("normal", "herniation", "spondylolisthesis")
BOX, OTHER = [10, 10, 40, 30], [60, 60, 90, 80]


def test_classes_are_not_exclusive() -> None:
    disc = truth([BOX, BOX], [1, 2])
    table = match([disc], {"a": found([BOX, BOX], [0.9, 0.8], [2, 1])}, CLASSES)
    assert (table.truth >= 0).all()
    assert voc_ap(table)[1:] == pytest.approx([1, 1])


def test_second_detection_of_a_box_is_a_false_alarm() -> None:
    table = match([truth([BOX], [0])], {"a": found([BOX, BOX], [0.8, 0.9], [0, 0])}, CLASSES)
    assert table.score == pytest.approx([0.9, 0.8])
    assert (table.truth[0] == 0).all() and (table.truth[1] == -1).all()


def test_class_that_was_not_annotated_is_neither_scored_nor_counted() -> None:
    unknown = truth([BOX], [0], image="b", annotated=[True, False, True])
    table = match(
        [truth([BOX], [1]), unknown],
        {"a": found([BOX], [0.5], [1]), "b": found([BOX], [0.9], [1])},
        CLASSES,
    )
    assert len(table.score) == 1
    assert voc_ap(table)[1] == 1
    assert table.annotated[:, 1].tolist() == [True, False]


def test_difficult_box_counts_neither_way() -> None:
    image = truth([BOX, OTHER], [0, 0], difficult=[True, False])
    found_both = match([image], {"a": found([BOX, BOX, OTHER], [0.9, 0.8, 0.7], [0, 0, 0])}, CLASSES)
    found_none = match([image], {"a": found([OTHER], [0.7], [0])}, CLASSES)
    assert voc_ap(found_both)[0] == voc_ap(found_none)[0] == 1
    assert found_both.truths[0, 0] == 1


def test_class_without_a_box_to_find_has_no_ap() -> None:
    table = match([truth([BOX], [0])], {"a": found([BOX, OTHER], [0.9, 0.8], [0, 2])}, CLASSES)
    assert np.isnan(voc_ap(table)).tolist() == [False, True, True]


def test_nothing_found() -> None:
    table = match([truth([BOX], [0])], {"a": Detections.none()}, CLASSES)
    assert voc_ap(table)[0] == 0


def test_no_limit_on_detections_an_image() -> None:
    alarms = [[200 + index, 0, 210 + index, 10] for index in range(300)]
    detections = found([*alarms, BOX], [0.9] * 300 + [0.1], [0] * 301)
    table = match([truth([BOX], [0])], {"a": detections}, CLASSES)
    assert voc_ap(table)[0] == pytest.approx(1 / 301)


def test_order_of_the_input_does_not_matter() -> None:
    ground_truth, detections = random_scene(4, ties=True)
    forward, backward = (
        match(ground_truth, detections, CLASSES),
        match(ground_truth[::-1], detections, CLASSES),
    )
    assert forward.images == backward.images
    assert np.array_equal(forward.truth, backward.truth)
    assert np.array_equal(forward.score, backward.score)


def test_part_of_the_images_scores_as_if_alone() -> None:
    ground_truth, detections = random_scene(5)
    some = ground_truth[3:8]
    part = match(ground_truth, detections, CLASSES).on_images([item.image for item in some])
    alone = match(some, detections, CLASSES)
    assert part.images == alone.images
    assert np.array_equal(part.truth, alone.truth)
    assert voc_ap(part) == pytest.approx(voc_ap(alone), nan_ok=True)


def test_missing_and_repeated_images_are_refused() -> None:
    image = truth([BOX], [0])
    with pytest.raises(ValueError, match="no detections for the image a"):
        match([image], {}, CLASSES)
    with pytest.raises(ValueError, match="stands twice"):
        match([image, image], {"a": Detections.none()}, CLASSES)
    with pytest.raises(ValueError, match="no images"):
        match([], {}, CLASSES)
