"""A cohort's picture as the converter library's annotation."""

from globox import Annotation, BoundingBox

from data.cohort import CohortImage


def as_annotation(image: CohortImage) -> Annotation:
    """The boxes of a picture, in its pixels, under its file name."""
    boxes = [
        BoundingBox(label=box.label, xmin=box.xmin, ymin=box.ymin, xmax=box.xmax, ymax=box.ymax)
        for box in image.boxes
    ]
    return Annotation(image.name, (image.width, image.height), boxes)
