"""A cohort's images with the boxes of a view: to be scored against, and to be trained on."""

import numpy as np
from numpy.typing import NDArray

from annotation.boxes import pairwise_iou
from annotation.views import SAME_OBJECT_IOU, View
from benchmarks.scoring import ScoredImage
from data.cohort import Cohort
from detectors.loading import TrainingImage


def ground_truth(cohort: Cohort, view: View) -> list[ScoredImage]:
    """The view's boxes of every image of the cohort."""
    index = {name: number for number, name in enumerate(view.names)}
    truth = []
    for image in cohort.images:
        boxes = view.apply(image.boxes)
        truth.append(
            ScoredImage(
                image.name,
                image.patient,
                np.array([box.edges for box in boxes], np.float32).reshape(-1, 4),
                np.array([index[box.label] for box in boxes], np.int64),
                np.array(view.annotated(image.annotated), np.bool_),
                np.array([box.difficult for box in boxes], np.bool_),
            )
        )
    return truth


def training_images(cohort: Cohort, view: View) -> list[TrainingImage]:
    """The same images as the training loop takes them.

    Boxes by which two classes mark the same object, drawn a pixel or two apart, become one and the
    same: a network cannot learn two answers for one place.
    """
    return [
        TrainingImage(image.path, _one_box_an_object(truth), truth.labels, truth.annotated)
        for image, truth in zip(cohort.images, ground_truth(cohort, view), strict=True)
    ]


def _one_box_an_object(truth: ScoredImage) -> NDArray[np.float32]:
    boxes = truth.boxes.copy()
    same = (pairwise_iou(boxes, boxes) > SAME_OBJECT_IOU) & (truth.labels[:, None] != truth.labels[None])
    for index in range(len(boxes)):
        boxes[index] = boxes[np.argmax(same[index, :index]) if same[index, :index].any() else index]
    return boxes
