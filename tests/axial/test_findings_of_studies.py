"""Whole studies read from both sides, by made-up models that are always right."""

from dataclasses import replace
from pathlib import Path

import pytest
from mr_files import StudyFolder
from scenery_studies import (
    CENTRES,
    LEVELS,
    SLIPPED,
    SOME,
    Shown,
    axial_slices,
    sagittal_slices,
    write_slices,
    write_study,
)
from seeing_models import four_stage_models, seeing_models

from axial.models import AxialModels
from axial.pictures import pictures_of
from axial.reading import STAGES, read_pictures
from axial.result import StudyResult
from imaging.reading import read_studies

ALL = ("L5-S1", "L4-L5", "L3-L4", "L2-L3", "L1-L2", "T12-L1", "T11-T12")
NO_MODEL = "there is no model for it"


def read(folder: Path, models: AxialModels | None = None, with_levels: bool = True) -> StudyResult:
    (study,) = read_studies(folder)
    return read_pictures("study", pictures_of(study), models or seeing_models(), with_levels)


def reasons(result: StudyResult) -> dict[str, str]:
    return {stage.name: stage.reason for stage in result.stages if not stage.ran}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("findings") / "study")


def sides(result: StudyResult) -> dict[str, tuple[str, ...]]:
    return {item.place: tuple(said.side for said in item.opinions) for item in result.findings}


def test_every_disc_in_view_is_found_from_the_lowest_upwards(whole: Path) -> None:
    result = read(whole)
    assert [item.place for item in result.findings] == [item.level for item in result.findings] == list(ALL)
    assert {item.level: item.verdict for item in result.findings} == {
        level: SOME.get(level, "normal") for level in ALL
    }
    assert not any(item.disagreement or item.remarks for item in result.findings)
    assert sides(result) == {
        level: ("sagittal", "axial") if level in LEVELS else ("sagittal",) for level in ALL
    }


def test_slips_are_those_of_the_bodies_where_they_stand(whole: Path) -> None:
    for item in read(whole).findings:
        above, below = (CENTRES[name] for name in item.place.split("-"))
        assert item.slip is not None and item.height is not None
        assert item.slip.distance.value == pytest.approx(below[1] - above[1], abs=1.0)
        assert item.slip.grade == (0 if item.slip.distance.value < 3 else 2 if item.level == "L4-L5" else 1)
        assert item.height.value == pytest.approx(10.0, abs=1.0)
        assert item.slip.distance.low < item.slip.distance.value < item.slip.distance.high


def test_a_slip_has_a_probability_of_its_own(whole: Path) -> None:
    for item in read(whole).findings:
        assert item.slip_probability is not None
        assert (item.slip_probability > 0.5) == (item.level == SLIPPED)


def test_the_herniation_alone_is_measured_into_the_canal(whole: Path) -> None:
    measured = {item.level: item.herniation for item in read(whole).findings if item.herniation}
    assert set(measured) == {"L4-L5"}
    herniation = measured["L4-L5"]
    assert herniation.picture == "axial 10"
    assert herniation.extent.value == pytest.approx(6.0)
    assert (herniation.side, herniation.zone) == ("left", "central")


def test_the_four_stages_alone_say_that_the_others_have_no_model(whole: Path) -> None:
    result = read(whole, four_stage_models())
    assert reasons(result) == dict.fromkeys(STAGES[4:], NO_MODEL)
    assert sides(result) == {level: ("axial",) if level in LEVELS else () for level in ALL}
    assert {item.verdict for item in result.findings[5:]} == {None}
    assert not any(item.slip or item.height or item.herniation for item in result.findings)
    assert {item.slip_probability for item in result.findings} == {None}


def test_without_the_sagittal_detector_discs_are_measured_all_the_same(whole: Path) -> None:
    result = read(whole, replace(seeing_models(), sagittal=None))
    assert reasons(result) == {STAGES[4]: NO_MODEL}
    assert all(item.slip and item.slip_probability is None for item in result.findings)
    assert [item.level for item in result.findings if item.herniation] == ["L4-L5"]


def test_without_a_model_of_herniations_slips_are_measured_all_the_same(whole: Path) -> None:
    result = read(whole, replace(seeing_models(), herniations=None))
    assert reasons(result) == {}
    assert all(item.slip and not item.herniation for item in result.findings)


def test_without_a_model_of_endplates_herniations_are_measured_all_the_same(whole: Path) -> None:
    result = read(whole, replace(seeing_models(), endplates=None))
    assert reasons(result) == {}
    assert not any(item.slip or item.height for item in result.findings)
    assert [item.level for item in result.findings if item.herniation] == ["L4-L5"]


def test_a_sagittal_series_alone_is_judged_and_measured(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices())
    result = read(study.folder)
    assert sides(result) == dict.fromkeys(ALL, ("sagittal",))
    assert {item.level: item.verdict for item in result.findings} == {
        level: SOME.get(level, "normal") for level in ALL
    }
    herniated = result.findings[1]
    assert herniated.slip is not None and herniated.herniation is None
    assert herniated.remarks == ("the herniation's extent was not measured: no axial slice shows it",)


def test_axial_series_alone_have_no_findings(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, axial_slices())
    result = read(study.folder)
    assert result.findings == ()
    assert all(item.verdict for item in result.slices)


def test_sides_that_differ_are_a_disagreement(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices(states={"L5-S1": "bulge", "L3-L4": "herniation"}))
    write_slices(study, axial_slices())
    result = read(study.folder)
    assert [item.level for item in result.findings if item.disagreement] == ["L4-L5", "L3-L4"]
    assert result.opinions("sagittal")["L4-L5"].verdict == "normal"
    assert result.opinions("axial")["L4-L5"].verdict == "herniation"


def test_without_levels_discs_are_counted_from_below(whole: Path) -> None:
    named, result = read(whole), read(whole, with_levels=False)
    assert [item.place for item in result.findings] == [f"disc {step} from below" for step in range(1, 8)]
    assert {item.level for item in result.findings} == {None}
    # What needs no name is said all the same; the axial slices belong to no disc.
    for item, known in zip(result.findings, named.findings, strict=True):
        assert (item.verdict, item.slip, item.height) == (known.verdict, known.slip, known.height)
        assert [said.side for said in item.opinions] == ["sagittal"]
        assert item.herniation is None


def cut_at_the_head(rows: int) -> list[Shown]:
    """The sagittal slices without their upper rows."""
    shown = []
    for item in sagittal_slices():
        geometry = item.geometry
        x, y, z = geometry.position
        lower = replace(geometry, position=(x, y, z - rows), rows=geometry.rows - rows)
        shown.append(replace(item, geometry=lower, pixels=item.pixels[rows:]))
    return shown


def test_a_disc_next_to_a_cut_vertebra_is_judged_and_not_measured(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    # T11's middle lies 37 mm below the upper edge.
    write_slices(study, cut_at_the_head(37))
    write_slices(study, axial_slices())
    result = read(study.folder)
    assert [item.cut for item in result.vertebrae] == [False] * 7 + [True]
    highest = result.findings[-1]
    assert (highest.place, highest.verdict) == ("T11-T12", "normal")
    assert highest.remarks == ("slip and height were not measured: the picture's edge cuts a vertebra",)
    assert [item.slip is not None for item in result.findings] == [True] * 6 + [False]


def test_beside_a_vertebra_that_was_missed_no_disc_is_found(tmp_path: Path) -> None:
    study = StudyFolder(tmp_path / "study")
    write_slices(study, sagittal_slices([name for name in CENTRES if name != "L4"]))
    write_slices(study, axial_slices())
    result = read(study.folder)
    assert [item.place for item in result.findings] == ["L5-S1", "L2-L3", "L1-L2", "T12-L1", "T11-T12"]


def test_every_sagittal_picture_is_looked_at(tmp_path: Path) -> None:
    """A herniation off the middle counts."""
    study = StudyFolder(tmp_path / "study")
    right, middle, _ = sagittal_slices(states={})
    _, aside, _ = sagittal_slices(states=SOME)
    write_slices(
        study, [right, middle, replace(aside, geometry=replace(middle.geometry, position=(4, -70, 190)))]
    )
    write_slices(study, axial_slices())
    said = read(study.folder).opinions("sagittal")["L4-L5"]
    assert said.verdict == "herniation"
    assert set(said.pictures) == {"middle sagittal T2", "sagittal 3"}
