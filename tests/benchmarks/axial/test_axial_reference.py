"""What is right of a study: from annotations, and from the phantom's own truth."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from scenery_studies import CENTRES, LEVELS, write_study_cohort

from annotation.boxes import Box
from annotation.labels import DIAGNOSES, named_label_set
from annotation.marks import ENDPLATES, HERNIATIONS, MarkedPlace, read_marks
from axial.levels import level_of_slice
from axial.measures import disc_space, extent_of
from benchmarks.axial.phantom import evaluate_phantoms
from benchmarks.axial.reference import (
    StudyReference,
    reference_of_annotations,
    reference_of_phantom,
)
from data.cohort_studies import CohortSlice, CohortStudy, studies_of
from data.folder import read_cohort
from data.phantom.cohort import OPEN_KEY
from data.phantom.labels import label_pictures
from data.phantom.studies import StudyPlan, generate_studies
from data.phantom.truth import StudyTruth, read_truth
from errors import BadInputError
from imaging.export import export_studies
from imaging.reading import read_studies
from imaging.study import SeriesKind
from landmarks.patch import in_mm
from landmarks.runtime import Landmarks

AXIAL = named_label_set("axial")


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> CohortStudy:
    folder = write_study_cohort(tmp_path_factory.mktemp("reference") / "cohort", 1)
    (study,) = studies_of(read_cohort(folder, AXIAL), folder)
    return study


def without(label: str, slices: tuple[CohortSlice, ...]) -> tuple[CohortSlice, ...]:
    """The slices without the boxes of a label."""
    left = [tuple(box for box in item.image.boxes if box.label != label) for item in slices]
    return tuple(
        replace(item, image=replace(item.image, boxes=boxes))
        for item, boxes in zip(slices, left, strict=True)
    )


def test_annotations_name_every_vertebra_and_every_disc(made_up: CohortStudy) -> None:
    reference = reference_of_annotations(made_up)
    assert list(reference.vertebrae) == list(CENTRES)
    for name, centre in reference.centres.items():
        assert centre == pytest.approx(CENTRES[name], abs=0.5)
    assert reference.doubtful == ""
    assert [disc.level for disc in reference.slices.values() if disc] == [
        level for level in LEVELS for _ in range(3)
    ]
    assert reference.states == {level: DIAGNOSES[place % 3] for place, level in enumerate(LEVELS)}
    assert reference.object_states == {}


def test_a_disc_is_as_severe_as_its_most_severe_slice(made_up: CohortStudy) -> None:
    first = made_up.axial[0]
    worse = tuple(
        replace(box, label="herniation") if box.label == "normal" else box for box in first.image.boxes
    )
    study = replace(
        made_up, axial=(replace(first, image=replace(first.image, boxes=worse)), *made_up.axial[1:])
    )
    reference = reference_of_annotations(study)
    assert reference.states["L1-L2"] == "herniation"
    assert [reference.slices[item.image.name].state for item in study.axial[:3]] == [  # type: ignore[union-attr]
        "herniation", "normal", "normal",
    ]  # fmt: skip


def test_of_two_discs_on_a_slice_the_larger_one_counts(made_up: CohortStudy) -> None:
    first = made_up.axial[0]
    small = Box("bulge", 1, 1, 9, 9)
    boxes = replace(first, image=replace(first.image, boxes=(small, *first.image.boxes)))
    reference = reference_of_annotations(replace(made_up, axial=(boxes,)))
    assert reference.states == {"L1-L2": "normal"}


def test_a_slice_without_a_diagnosis_shows_no_disc(made_up: CohortStudy) -> None:
    reference = reference_of_annotations(replace(made_up, axial=without("normal", made_up.axial)))
    assert "L1-L2" not in reference.states
    assert reference.slices[made_up.axial[0].image.name] is None


def test_without_s1_the_reference_itself_is_doubtful(made_up: CohortStudy) -> None:
    reference = reference_of_annotations(replace(made_up, sagittal=without("S1", made_up.sagittal)))
    assert "S1 is out of view" in reference.doubtful
    assert "L5-S1" not in reference.states


def test_without_a_sagittal_picture_no_level_is_known(made_up: CohortStudy) -> None:
    reference = reference_of_annotations(replace(made_up, sagittal=()))
    assert reference.doubtful == "no sagittal picture"
    assert not reference.vertebrae
    assert not reference.states
    assert {disc.level for disc in reference.slices.values() if disc} == {None}


@dataclass(frozen=True)
class Phantom:
    """A phantom study: its folder, its truth, and what annotators who never err would have drawn of it."""

    studies: Path
    truth: StudyTruth
    own: StudyReference
    annotated: StudyReference
    instances: tuple[str, ...]


@pytest.fixture(scope="module")
def phantom(tmp_path_factory: pytest.TempPathFactory) -> Phantom:
    """One patient with few sagittal slices; it takes some seconds."""
    folder = tmp_path_factory.mktemp("phantom")
    series = (SeriesKind.SAGITTAL_T2, SeriesKind.AXIAL_T2)
    plan = StudyPlan(series, sagittal_slices=3, numberings=("five lumbar vertebrae",))
    generate_studies(folder / "studies", 1, 4242, plan, workers=1)
    (source,) = (folder / "studies").iterdir()
    export_studies([source], folder / "cohort", OPEN_KEY, workers=1)
    label_pictures(folder / "studies", folder / "cohort", OPEN_KEY, AXIAL)
    (exported,) = studies_of(read_cohort(folder / "cohort", AXIAL), folder / "cohort")
    (study,) = read_studies(source)
    (sagittal,) = study.of_kind(SeriesKind.SAGITTAL_T2)
    (axial,) = study.of_kind(SeriesKind.AXIAL_T2)
    truth = read_truth(source / "truth.json")
    return Phantom(
        folder / "studies",
        truth,
        reference_of_phantom(source.name, truth, sagittal.slices[1].uid),
        reference_of_annotations(exported),
        tuple(item.uid for item in axial.slices),
    )


def test_annotations_and_truth_name_the_same_vertebrae(phantom: Phantom) -> None:
    assert list(phantom.annotated.vertebrae) == list(phantom.own.vertebrae)
    for name, edges in phantom.annotated.vertebrae.items():
        assert edges == pytest.approx(phantom.own.vertebrae[name], abs=0.01)
    assert bool(phantom.annotated.doubtful) == bool(phantom.own.doubtful)


def test_annotations_and_truth_say_the_same_of_every_axial_slice(phantom: Phantom) -> None:
    assert len(phantom.annotated.slices) == len(phantom.own.slices) == len(phantom.instances)
    assert phantom.annotated.states == phantom.own.states
    shown = [(disc.level, disc.state) for name in phantom.instances if (disc := phantom.own.slices[name])]
    assert shown == [(disc.level, disc.state) for disc in phantom.annotated.slices.values() if disc]
    assert len(shown) >= 5


def test_the_points_of_the_phantom_are_marked_on_its_pictures(phantom: Phantom) -> None:
    """And what is measured between them is what is true of its discs."""
    cohort = phantom.studies.parent / "cohort"
    (study,) = studies_of(read_cohort(cohort, AXIAL), cohort)
    spacings = {item.image.name: item.geometry.spacing for item in (*study.sagittal, *study.axial)}
    discs = {disc.name: disc for disc in phantom.truth.discs}
    endplates = read_marks(cohort, ENDPLATES)
    assert {"L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"} <= {place.level for place in endplates}
    for place in endplates:
        space = disc_space(as_found(place, spacings[place.image]))
        assert space.slip.value == pytest.approx(discs[place.level].slip, abs=1.0)
        assert space.height.value == pytest.approx(discs[place.level].height, abs=1.0)
    for place in read_marks(cohort, HERNIATIONS):
        assert discs[place.level].state == "herniation"
        assert extent_of(as_found(place, spacings[place.image])).value > 1.0


def as_found(place: MarkedPlace, spacing: tuple[float, float]) -> Landmarks:
    points = np.array(place.points)
    return Landmarks(points, in_mm(points, spacing), np.zeros((len(points), 2, 2)))


def test_no_slice_shows_more_than_its_disc_has(phantom: Phantom) -> None:
    for level, state in phantom.own.states.items():
        assert DIAGNOSES.index(state) <= DIAGNOSES.index(phantom.own.object_states[level])


def test_true_centres_give_every_slice_that_shows_a_disc_its_level(phantom: Phantom) -> None:
    """Stage 2 alone is right."""
    places = {item.instance: item.geometry for item in phantom.truth.slices}
    shown = {name: disc for name, disc in phantom.own.slices.items() if disc}
    said = {name: level_of_slice(places[name], phantom.own.centres).level for name in shown}
    assert said == {name: disc.level for name, disc in shown.items()}


@pytest.mark.slow
def test_phantom_studies_are_scored_stage_by_stage(phantom: Phantom, tmp_path: Path) -> None:
    from axial_sets import train_small_set

    train_small_set(write_study_cohort(tmp_path / "cohort", 4), tmp_path / "models")
    done: list[tuple[int, int]] = []
    results = evaluate_phantoms(
        tmp_path / "models", phantom.studies, workers=1, progress=lambda *counted: done.append(counted)
    )
    assert done == [(1, 1)]
    assert (results.studies, results.patients) == (1, 1)
    true_centres = next(figure for figure in results.figures if "given true centres" in figure.name)
    assert true_centres.value.share == 1.0
    assert results.object_discs
    assert results.slices_a_study == len(phantom.instances)


def test_a_folder_without_phantoms_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no phantom studies in it"):
        evaluate_phantoms(tmp_path / "models", tmp_path)
