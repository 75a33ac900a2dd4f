"""A cohort's boxes as they are scored, and as they are trained on."""

from pathlib import Path

import numpy as np

from annotation.boxes import Box
from annotation.labels import named_label_set
from annotation.views import named_view
from benchmarks.truth import ground_truth, training_images
from data.cohort import Cohort, CohortImage

LABELS = named_label_set("lumbar")
VIEW = named_view("diagnosis+anatomy", LABELS)


def cohort(*boxes: Box) -> Cohort:
    image = CohortImage("a.png", Path("a.png"), "p0", boxes, frozenset(LABELS.classes), 100, 100)
    return Cohort(LABELS, (image,))


def test_two_classes_on_one_disc_drawn_a_pixel_apart_are_trained_as_one_box() -> None:
    drawn = cohort(
        Box("normal", 10, 10, 50, 30),
        Box("disc", 11, 10, 51, 31),
        Box("herniation", 10, 60, 50, 80),
        Box("disc", 10, 72, 50, 92),
        Box("vertebra", 5, 30, 50, 60),
    )
    (truth,), (trained,) = ground_truth(drawn, VIEW), training_images(drawn, VIEW)
    boxes = {VIEW.names[label]: [] for label in trained.labels}
    for label, box in zip(trained.labels, trained.boxes.tolist(), strict=True):
        boxes[VIEW.names[label]].append(box)
    assert boxes["normal"] == [[10, 10, 50, 30]]
    assert boxes["disc"] == [
        [10, 10, 50, 30],
        [10, 72, 50, 92],
        [10, 60, 50, 80],
    ], "the second lies elsewhere, and the herniation stands for a third"
    assert boxes["herniation"] == [[10, 60, 50, 80]]
    assert boxes["vertebra"] == [[5, 30, 50, 60]]
    assert [11, 10, 51, 31] in truth.boxes.tolist(), "what is scored stays as it was drawn"


def test_two_boxes_of_one_class_stay_two() -> None:
    drawn = cohort(Box("vertebra", 10, 10, 50, 40), Box("vertebra", 10, 11, 50, 41))
    (trained,) = training_images(drawn, VIEW)
    np.testing.assert_array_equal(trained.boxes, [[10, 10, 50, 40], [10, 11, 50, 41]])
