"""The models that come with the project, on a phantom patient that they have not seen."""

import pytest

from axial.models import PHANTOM_MODELS, open_models
from axial.pictures import StudyPictures, pictures_of
from axial.reading import read_pictures
from axial.result import StudyResult
from data.phantom.ranges import TEST_SEED
from data.phantom.studies import StudyPlan, generate_studies
from data.phantom.truth import StudyTruth, read_truth
from imaging.reading import read_studies
from imaging.study import SeriesKind


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyPictures, StudyTruth]:
    """A study's pictures and its truth."""
    folder = tmp_path_factory.mktemp("unseen") / "studies"
    plan = StudyPlan((SeriesKind.SAGITTAL_T2, SeriesKind.AXIAL_T2), 1, ("five lumbar vertebrae",))
    generate_studies(folder, 1, TEST_SEED, plan, workers=1)
    (patient,) = folder.iterdir()
    (study,) = read_studies(patient)
    return pictures_of(study), read_truth(patient / "truth.json")


@pytest.fixture(scope="module")
def read(study: tuple[StudyPictures, StudyTruth]) -> tuple[StudyResult, StudyTruth]:
    """A study's result and its truth."""
    pictures, truth = study
    return read_pictures("unseen", pictures, open_models(PHANTOM_MODELS, threads=1)), truth


def test_all_stages_run_and_the_numbering_is_sure(read: tuple[StudyResult, StudyTruth]) -> None:
    result, _ = read
    assert all(stage.ran or stage.reason == "there is no model for it" for stage in result.stages)
    assert [stage.ran for stage in result.stages[:4]] == [True] * 4
    assert not result.doubts
    assert {"S1", "L5", "L4", "L3", "L2", "L1", "T12"} <= {item.name for item in result.vertebrae}


def test_every_slice_that_shows_a_disc_has_its_level(read: tuple[StudyResult, StudyTruth]) -> None:
    result, truth = read
    shown = {
        item.instance: item.level
        for item in truth.slices
        if item.kind is SeriesKind.AXIAL_T2 and any(disc.level == item.level for disc in item.discs)
    }
    assert len(shown) >= 8
    assert {item.instance: item.level for item in result.slices if item.instance in shown} == shown


def test_most_discs_are_judged_right(read: tuple[StudyResult, StudyTruth]) -> None:
    result, truth = read
    states = {disc.name: disc.state for disc in truth.discs}
    right = [said.verdict == states[level] for level, said in result.opinions("axial").items()]
    assert len(right) >= 5
    assert sum(right) >= len(right) - 1


def test_openvino_reads_the_same_and_the_result_says_what_read_it(
    study: tuple[StudyPictures, StudyTruth], read: tuple[StudyResult, StudyTruth]
) -> None:
    usual, _ = read
    models = open_models(PHANTOM_MODELS, threads=1, runtime="openvino")
    other = read_pictures("unseen", study[0], models)
    assert [item.name for item in other.vertebrae] == [item.name for item in usual.vertebrae]
    for item, expected in zip(other.slices, usual.slices, strict=True):
        assert (item.level, item.verdict) == (expected.level, expected.verdict)
        assert item.edges == pytest.approx(expected.edges, abs=0.5)
        assert item.probabilities == pytest.approx(expected.probabilities, abs=1e-3)
    assert [len(result.runtimes) for result in (usual, other)] == [1, 1]
    assert usual.runtimes[0].startswith("ONNX Runtime ")
    assert other.runtimes[0].startswith("OpenVINO ")


def test_the_models_say_what_they_are(read: tuple[StudyResult, StudyTruth]) -> None:
    result, _ = read
    assert [item.stage for item in result.models[:3]] == ["vertebrae", "disc regions", "classification"]
    assert all(len(item.digest) == 12 for item in result.models)
