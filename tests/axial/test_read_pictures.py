"""All stages over whole studies, by made-up models that are always right."""

from collections.abc import Callable
from pathlib import Path

import pytest
from mr_files import T1, T2, StudyFolder
from pydicom import dcmread
from scenery_studies import (
    CENTRES,
    LEVELS,
    SOME,
    axial_slices,
    sagittal_slices,
    write_slices,
    write_study,
)
from seeing_models import SeeingClassifier, seeing_models

from axial.models import ANY_LEVEL
from axial.pictures import StudyPictures, pictures_of
from axial.reading import STAGES, read_pictures
from axial.result import StudyResult
from imaging.reading import read_studies

NO_SAGITTAL = "there is no sagittal T2 series"
NO_AXIAL = "there is no axial T2 series"
ONLY_T1 = "the only {} series is T1; a T2 series is needed"
TOO_FEW = "fewer than two vertebrae were found"
ON_SAGITTAL, ON_AXIAL = (*STAGES[:2], *STAGES[4:]), STAGES[1:4]
"""The stages that do not run without a sagittal and without an axial series."""


def pictures(folder: Path) -> StudyPictures:
    (study,) = read_studies(folder)
    return pictures_of(study)


def read(folder: Path, with_levels: bool = True) -> StudyResult:
    return read_pictures("study", pictures(folder), seeing_models(), with_levels)


def reasons(result: StudyResult) -> dict[str, str]:
    """Of each stage that did not run."""
    assert tuple(stage.name for stage in result.stages) == STAGES
    return {stage.name: stage.reason for stage in result.stages if not stage.ran}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("whole") / "study")


def test_of_a_whole_study_everything_is_right(whole: Path) -> None:
    result = read(whole)
    assert result.sagittal == "middle sagittal T2"
    assert [item.name for item in result.vertebrae] == list(CENTRES)
    for item in result.vertebrae:
        assert item.centre == pytest.approx(CENTRES[item.name or ""], abs=0.5)
        assert item.confidence > 0.7
    assert [item.level for item in result.slices] == [level for level in LEVELS for _ in range(3)]
    assert [item.verdict for item in result.slices] == [
        SOME.get(item.level or "", "normal") for item in result.slices
    ]
    assert {level: said.verdict for level, said in result.opinions("axial").items()} == {
        level: SOME.get(level, "normal") for level in reversed(LEVELS)
    }
    assert not result.doubts
    assert not result.warnings


def test_every_stage_says_that_it_ran_and_how_long(whole: Path) -> None:
    result = read(whole)
    assert reasons(result) == {}
    assert all(0 <= stage.seconds < 5 and not stage.reason for stage in result.stages)


def test_slices_are_measured_from_the_middle_of_their_disc(whole: Path) -> None:
    for item, expected in zip(read(whole).slices, [4.0, 0.0, -4.0] * len(LEVELS), strict=True):
        assert item.offset == pytest.approx(expected, abs=1.0)
        assert item.edges == pytest.approx((21.3, 22, 50.7, 42), abs=1.0)
        assert item.score == pytest.approx(0.9)


def test_a_disc_knows_the_slices_that_show_it(whole: Path) -> None:
    result = read(whole)
    lowest = result.findings[0]
    assert lowest.level == lowest.place == "L5-S1"
    sagittal, axial = lowest.opinions
    assert (sagittal.side, sagittal.pictures) == ("sagittal", ("middle sagittal T2",))
    assert (axial.side, axial.pictures) == ("axial", ("axial 13", "axial 14", "axial 15"))
    assert sagittal.verdict == axial.verdict == lowest.verdict == "bulge"
    assert sum(lowest.probabilities.values()) == pytest.approx(1, abs=1e-3)
    confidence = {item.name: item.confidence for item in result.vertebrae}
    assert lowest.confidence == min(confidence["S1"], confidence["L5"])


def test_the_classifier_is_told_the_level_of_each_disc(whole: Path) -> None:
    models = seeing_models()
    read_pictures("study", pictures(whole), models)
    classifier = models.classifiers[ANY_LEVEL]
    assert isinstance(classifier, SeeingClassifier)
    assert classifier.told == [level for level in LEVELS for _ in range(3)]


def test_one_classifier_for_each_level_says_the_same(whole: Path) -> None:
    one = read(whole)
    each = read_pictures("study", pictures(whole), seeing_models(LEVELS))
    assert each.slices == one.slices
    assert each.findings == one.findings


def test_a_level_without_a_classifier_gets_no_verdict(whole: Path) -> None:
    result = read_pictures("study", pictures(whole), seeing_models(LEVELS[:4]))
    assert set(result.opinions("axial")) == set(LEVELS[:4])
    lowest = [item for item in result.slices if item.level == "L5-S1"]
    assert {(item.verdict, item.reason) for item in lowest} == {(None, "no classifier for L5-S1")}
    assert all(item.edges for item in lowest)


def test_without_levels_problem_areas_alone_are_found(whole: Path) -> None:
    result = read(whole, with_levels=False)
    assert reasons(result) == {STAGES[1]: "levels were not asked for"}
    assert {item.name for item in result.vertebrae} == {None}
    assert not result.doubts
    assert not result.opinions("axial")
    assert {item.level for item in result.slices} == {None}
    assert [item.verdict for item in result.slices] == [item.verdict for item in read(whole).slices]


def test_classifiers_for_levels_say_nothing_of_a_disc_without_one(whole: Path) -> None:
    result = read_pictures("study", pictures(whole), seeing_models(LEVELS), with_levels=False)
    assert {(item.verdict, item.reason) for item in result.slices} == {
        (None, "no classifier for an unknown level")
    }


def test_a_slice_through_a_vertebra_says_so_and_shows_no_disc(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices())
    write_slices(study, axial_slices(offsets=(17.0, 0.0)))
    result = read(study.folder)
    through = result.slices[::2]
    assert [item.reason for item in through] == [
        f"through {level.partition('-')[0]}, not through a disc" for level in LEVELS
    ]
    assert not any(item.level or item.edges or item.verdict for item in through)
    assert all(item.verdict for item in result.slices[1::2])


def test_the_sagittal_series_that_meets_the_axial_slices_is_taken(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    other = [item for item in sagittal_slices(sides=300.0) if item.geometry.position[0]]
    write_slices(study, other[:1])
    write_slices(study, sagittal_slices())
    write_slices(study, axial_slices())
    assert len(read(study.folder).vertebrae) == len(CENTRES)


def test_stir_stands_in_for_t2(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices(), ScanningSequence=["SE", "IR"], InversionTime=160)
    write_slices(study, axial_slices())
    result = read(study.folder)
    assert result.sagittal == "middle sagittal STIR"
    assert len(result.opinions("axial")) == len(LEVELS)


Build = Callable[[StudyFolder], object]
BAD: dict[str, tuple[Build, dict[str, str]]] = {
    "no sagittal series": (
        lambda study: write_slices(study, axial_slices()),
        dict.fromkeys(ON_SAGITTAL, NO_SAGITTAL),
    ),
    "sagittal T1 alone": (
        lambda study: (write_slices(study, sagittal_slices(), **T1), write_slices(study, axial_slices())),
        dict.fromkeys(ON_SAGITTAL, ONLY_T1.format("sagittal")),
    ),
    "no axial series": (
        lambda study: write_slices(study, sagittal_slices()),
        dict.fromkeys(ON_AXIAL, NO_AXIAL),
    ),
    "axial T1 alone": (
        lambda study: (write_slices(study, sagittal_slices()), write_slices(study, axial_slices(), **T1)),
        dict.fromkeys(ON_AXIAL, ONLY_T1.format("axial")),
    ),
    "T1 alone": (
        lambda study: (
            write_slices(study, sagittal_slices(), **T1),
            write_slices(study, axial_slices(), **T1),
        ),
        dict.fromkeys(ON_SAGITTAL, ONLY_T1.format("sagittal"))
        | dict.fromkeys(ON_AXIAL, ONLY_T1.format("axial")),
    ),
    "planes that do not meet": (
        lambda study: (
            write_slices(study, sagittal_slices()),
            write_slices(study, axial_slices(aside=500.0)),
        ),
        {STAGES[1]: "no axial slice meets the sagittal one"},
    ),
    "no spine": (
        lambda study: (write_slices(study, sagittal_slices([])), write_slices(study, axial_slices())),
        dict.fromkeys(ON_SAGITTAL[1:], TOO_FEW),
    ),
    "one vertebra": (
        lambda study: (write_slices(study, sagittal_slices(["S1"])), write_slices(study, axial_slices())),
        dict.fromkeys(ON_SAGITTAL[1:], TOO_FEW),
    ),
    "neither S1 nor T12 in view": (
        lambda study: (
            write_slices(study, sagittal_slices(["L4", "L3", "L2"])),
            write_slices(study, axial_slices()),
        ),
        {STAGES[1]: "S1 is out of view"},
    ),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_input_says_which_stages_could_not_run_and_makes_up_no_level(bad: str, tmp_path: Path) -> None:
    build, expected = BAD[bad]
    study = StudyFolder(tmp_path / "study")
    build(study)
    result = read(study.folder)
    assert reasons(result) == expected
    assert not any(item.level for item in result.slices)
    assert not result.opinions("axial")
    # What needs no level is done all the same.
    assert {bool(item.verdict) for item in result.slices} == (set() if STAGES[3] in expected else {True})


def test_slices_without_a_disc_leave_nothing_to_classify(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices())
    for item in axial_slices():
        study.image(item.geometry, item.pixels * 0, SeriesInstanceUID="1.2.3")
    result = read(study.folder)
    assert reasons(result) == {STAGES[3]: "no disc was found on the axial slices"}
    assert {item.level for item in result.slices} == set(LEVELS)
    assert not any(item.edges or item.verdict for item in result.slices)


def test_one_slice_of_each_is_enough(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices(sides=0.0))
    write_slices(study, axial_slices(offsets=(0.0,))[3:4])
    result = read(study.folder)
    assert reasons(result) == {}
    (said,) = result.opinions("axial").items()
    assert (said[0], said[1].verdict) == ("L4-L5", "herniation")


def test_a_slice_beside_the_sagittal_one_gets_no_level_and_the_others_do(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices())
    write_slices(study, [*axial_slices()[:12], *axial_slices(aside=500.0)[12:]])
    result = read(study.folder)
    beside = [item for item in result.slices if item.reason == "it does not meet the sagittal slice"]
    assert len(beside) == 3
    assert not any(item.level for item in beside)
    assert set(result.opinions("axial")) == set(LEVELS[:4])


def test_levels_from_t12_alone_are_flagged(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices(list(CENTRES)[1:]))
    write_slices(study, axial_slices())
    result = read(study.folder)
    assert "S1 is out of view" in result.doubts
    assert set(result.opinions("axial")) == set(LEVELS[:4])
    assert all(finding.confidence <= 0.5 for finding in result.findings)


def test_no_level_beside_a_vertebra_that_was_missed(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices([name for name in CENTRES if name != "L4"]))
    write_slices(study, axial_slices())
    result = read(study.folder)
    assert set(result.opinions("axial")) == {"L1-L2", "L2-L3", "L5-S1"}
    beside = result.slices[6:12]
    assert {item.reason for item in beside} == {"between L5 and L3, and L4 was not found"}
    assert [item.verdict for item in beside] == ["normal"] * 3 + ["herniation"] * 3
    assert "a vertebra between two others was not found" in result.doubts


def cut_pixels(paths: list[Path]) -> None:
    for path in paths:
        path.write_bytes(path.read_bytes()[:-500])


def without_place(paths: list[Path]) -> None:
    for path in paths:
        dataset = dcmread(path)
        del dataset.ImagePositionPatient
        dataset.save_as(path)


def test_a_middle_slice_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    cut_pixels(write_slices(study, sagittal_slices())[1:2])
    write_slices(study, axial_slices())
    result = read(study.folder)
    assert reasons(result) == dict.fromkeys(ON_SAGITTAL, "the middle sagittal slice cannot be read")
    assert len(result.warnings) == 1
    assert result.sagittal is None


def test_axial_slices_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices())
    paths = write_slices(study, axial_slices())
    cut_pixels(paths[:1])
    result = read(study.folder)
    assert reasons(result) == {}
    assert [item.picture for item in result.slices] == [f"axial {number}" for number in range(2, 16)]
    assert len(result.warnings) == 1
    assert paths[0].name in result.warnings[0]
    cut_pixels(paths[1:])
    assert reasons(read(study.folder)) == dict.fromkeys(ON_AXIAL, "no axial T2 slice can be read")


def test_slices_whose_place_is_unknown_are_named(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices())
    paths = write_slices(study, axial_slices(), **T2)
    without_place(paths)
    result = read(study.folder)
    assert reasons(result) == dict.fromkeys(ON_AXIAL, NO_AXIAL)
    assert len(result.warnings) == len(paths)
    for path in paths:
        assert any(path.name in warning and "place in the patient" in warning for warning in result.warnings)
