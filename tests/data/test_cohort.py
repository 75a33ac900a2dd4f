from pathlib import Path

from annotation.boxes import Box
from annotation.labels import LabelSet
from data.cohort import Cohort, CohortImage, Exclusion

LABELS = LabelSet(("disc", "vertebra"))


def image(name: str, patient: str, *labels: str, annotated: tuple[str, ...] = LABELS.classes) -> CohortImage:
    boxes = tuple(Box(label, 0, 0, 5, 5) for label in labels)
    return CohortImage(name, Path(name), patient, boxes, frozenset(annotated), 10, 10)


COHORT = Cohort(
    LABELS,
    (
        image("b", "second", "disc", "disc"),
        image("a", "first", "vertebra"),
        image("c", "second", annotated=("disc",)),
    ),
    (Exclusion("d", "blurred"),),
)


def test_patients_stand_once_in_the_order_of_their_first_image() -> None:
    assert COHORT.patients == ("second", "first")


def test_part_of_a_cohort_keeps_order_and_exclusions() -> None:
    part = COHORT.of_patients(["second", "stranger"])
    assert [item.name for item in part.images] == ["b", "c"]
    assert part.excluded == COHORT.excluded


def test_counts_are_annotated_images_and_boxes() -> None:
    assert COHORT.counts(LABELS.classes) == {"disc": (3, 2), "vertebra": (2, 1)}
