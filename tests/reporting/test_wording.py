"""The words for findings."""

from dataclasses import replace
from pathlib import Path

import pytest
from report_scenes import BULGE, Scene, healthy, herniated, measure, normal, write_scene

from axial.findings import Finding, Slip
from axial.result import StudyResult, VertebraResult
from reporting.impression import impression, levels_of, rows, unremarkable
from reporting.wording import sentences


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return write_scene(tmp_path_factory.mktemp("wording") / "study")


def with_findings(scene: Scene, *found: Finding) -> StudyResult:
    """The healthy study with other findings at their levels."""
    changed = {item.level: item for item in found}
    return replace(scene.result, findings=tuple(changed.get(item.level, item) for item in healthy()))


def slipped(millimetres: float, grade: int, level: str = "L4-L5") -> Finding:
    return normal(level, slip=Slip(measure(millimetres), measure(3 * millimetres), grade))


def test_a_herniation_is_told_with_its_place_size_and_both_opinions() -> None:
    said = " ".join(sentences(herniated()))
    assert "Herniation (normal 5 %, bulge 15 %, herniation 80 %)." in said
    assert "Left subarticular, reaching 6.1 mm (95 % interval 5.6 to 6.6) into the canal" in said
    assert "the sagittal ones say bulge (80 %) and the axial ones say herniation (80 %)" in said
    assert "Anterolisthesis of L4 on L5: 5.2 mm (95 % interval 4.7 to 5.7), 15 %" in said
    assert "Meyerding grade I." in said
    assert "Disc height 9.1 mm (95 % interval 8.6 to 9.6)." in said


@pytest.mark.parametrize(
    ("millimetres", "grade", "said"),
    [
        (-3.4, 0, "retrolisthesis of L4 on L5 (3.4 mm)"),
        (9.0, 2, "anterolisthesis of L4 on L5, grade II (9.0 mm)"),
        (30.0, 5, "grade V"),
    ],
)
def test_slips_have_a_direction_and_a_grade(millimetres: float, grade: int, said: str, scene: Scene) -> None:
    assert said in impression(with_findings(scene, slipped(millimetres, grade)))[0]


def test_three_millimetres_backwards_are_no_slip_yet(scene: Scene) -> None:
    result = with_findings(scene, slipped(-3.0, 0))
    assert impression(result)[0].startswith("No bulge, herniation or slip was found")
    assert "No slip: −3.0 mm" in " ".join(sentences(slipped(-3.0, 0)))


def test_zero_has_no_minus_sign(scene: Scene) -> None:
    assert "No slip: 0.0 mm" in " ".join(sentences(slipped(-0.04, 0)))


def test_a_slip_that_was_detected_but_not_measured_is_said(scene: Scene) -> None:
    found = normal("L4-L5", slip=None, slip_probability=0.8)
    assert impression(with_findings(scene, found))[0] == "L4-L5: slip, not measured (probability 80 %)."


def test_a_detected_slip_that_the_measure_does_not_bear_out_is_said_too(scene: Scene) -> None:
    said = impression(with_findings(scene, normal("L4-L5", slip_probability=0.8)))[0]
    assert "possible slip: a detector marked one, the measured distance is 0.4 mm" in said


def test_the_worst_comes_first(scene: Scene) -> None:
    bulge = normal("L5-S1", verdict="bulge", probabilities=BULGE)
    result = with_findings(scene, bulge, herniated("L3-L4", slip=None), slipped(9.0, 2))
    assert [line[:5] for line in impression(result)] == ["L4-L5", "L3-L4", "L5-S1"]


def test_nothing_is_called_certain_or_impossible() -> None:
    sure = {"normal": 1.0, "bulge": 0.004, "herniation": 0.0}
    said = sentences(normal("L4-L5", probabilities=sure))[0]
    assert said == "No bulge or herniation (normal > 99 %, bulge < 1 %, herniation < 1 %)."


def test_a_healthy_study_says_where_nothing_was_found(scene: Scene) -> None:
    assert impression(scene.result) == (
        "No bulge, herniation or slip was found at L1-L2, L2-L3, L3-L4, L4-L5 and L5-S1.",
    )


def test_what_was_not_assessed_is_never_called_normal(scene: Scene) -> None:
    unknown = normal("L1-L2", verdict=None, probabilities={}, opinions=(), slip=None, slip_probability=None)
    partly = normal("L2-L3", slip=None, slip_probability=None)
    said = impression(with_findings(scene, unknown, partly))
    assert said == (
        "No bulge or herniation was found at L2-L3, L3-L4, L4-L5 and L5-S1.",
        "No slip was found at L3-L4, L4-L5 and L5-S1.",
        "Not assessed for bulge and herniation: L1-L2.",
        "Not assessed for slip: L1-L2 and L2-L3.",
    )


def test_levels_that_no_finding_names_are_in_the_table(scene: Scene) -> None:
    result = replace(scene.result, findings=healthy()[:2])
    table = {row.level: row.state for row in rows(result)}
    assert list(table) == ["L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"]
    assert list(table.values()) == ["not assessed"] * 3 + ["no bulge or herniation"] * 2
    assert "Not assessed: L1-L2, L2-L3 and L3-L4." in impression(result)


@pytest.mark.parametrize(
    ("names", "lowest"),
    [
        (("S1", "L5", "L4"), "L5-S1"),
        (("S1", "L4", "L3"), "L4-S1"),
        (("S1", "L6", "L5"), "L6-S1"),
        (("L2", "T12"), "L5-S1"),
    ],
)
def test_the_levels_are_those_of_the_patient(names: tuple[str, ...], lowest: str, scene: Scene) -> None:
    bodies = tuple(VertebraResult(name, None, None, 0.9) for name in names)
    levels = levels_of(replace(scene.result, vertebrae=bodies))
    assert (levels[0], levels[-1]) == ("L1-L2", lowest)


def test_thoracic_discs_are_told_in_a_line_unless_they_are_abnormal(scene: Scene) -> None:
    thoracic = normal("T12-L1"), normal("T11-T12", verdict="bulge", probabilities=BULGE), normal("T10-T11")
    result = replace(scene.result, findings=(*healthy(), *thoracic))
    assert rows(result)[0].level == "T11-T12"
    said = "T10-T11 and T12-L1: no bulge, herniation or slip. Details are in the result’s JSON file."
    assert unremarkable(result) == said
    assert unremarkable(scene.result) == ""


def test_without_names_discs_are_counted_from_below(scene: Scene) -> None:
    bodies = tuple(replace(item, name=None) for item in scene.result.vertebrae)
    found = herniated(level=None, place="disc 2 from below", herniation=None)  # type: ignore[arg-type]
    result = replace(scene.result, vertebrae=bodies, findings=(found,), doubts=("S1 is out of view",))
    said = impression(result)
    assert said[0].startswith("Disc 2 from below: herniation")
    assert "anterolisthesis of the vertebra above" in said[0]
    assert said[-1] == "The numbering of the vertebrae is doubtful: S1 is out of view."


def test_discs_without_a_name_of_which_nothing_is_known_are_left_out(scene: Scene) -> None:
    unknown = normal(None, verdict=None, slip=None, slip_probability=None, height=None)
    bodies = tuple(replace(item, name=None) for item in scene.result.vertebrae)
    result = replace(scene.result, vertebrae=bodies, findings=(unknown, replace(unknown, height=measure(8))))
    assert [row.height for row in rows(result)] == ["8.0 mm"]


def test_doubts_are_part_of_the_impression(scene: Scene) -> None:
    said = impression(replace(scene.result, doubts=("six lumbar vertebrae",)))
    assert said[-1] == "The numbering of the vertebrae is doubtful: six lumbar vertebrae."


def test_without_sagittal_pictures_slices_speak_for_themselves(tmp_path: Path) -> None:
    result = write_scene(tmp_path / "study", sagittal=False).result
    said = impression(result)
    assert said[0] == "No bulge or herniation was found on 15 axial slices whose level is not known."
    assert "Slips were not assessed." in said
    assert said[-1] == "Did not run: vertebrae and levels (there is no sagittal T2 series)."
    third = replace(result.slices[2], verdict="bulge")
    found = replace(result, slices=(*result.slices[:2], third, *result.slices[3:]))
    assert impression(found)[0] == "Bulge on axial 3; level not known."


def test_where_nothing_was_judged_nothing_is_said_to_be_absent(scene: Scene) -> None:
    said = impression(replace(scene.result, vertebrae=(), findings=(), slices=()))
    assert said[0] == "No disc was assessed: this report says nothing about bulges, herniations or slips."
