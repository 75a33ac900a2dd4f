"""A cohort's images with the boxes of a view: to be scored against, and to be trained on."""

import numpy as np

from annotation.views import View
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
    """The same images as the training loop takes them."""
    return [
        TrainingImage(image.path, truth.boxes, truth.labels, truth.annotated)
        for image, truth in zip(cohort.images, ground_truth(cohort, view), strict=True)
    ]
