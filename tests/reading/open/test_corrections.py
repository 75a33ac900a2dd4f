"""What a reader makes of the AI's result, and how the report says so."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_scenes import Scene, herniated, normal, write_scene

from axial.findings import Finding
from axial.result import StudyResult, read_result
from reading.open.corrections import corrected, discs_of, form_of, questions_of
from reading.store.form import DiscCall, ReadingForm
from reporting.impression import impression, rows
from reporting.wording import sentences


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """In which L4-L5 is herniated, with a slip of grade I."""
    scene = write_scene(tmp_path_factory.mktemp("corrections") / "study")
    found = tuple(herniated() if item.level == "L4-L5" else item for item in scene.result.findings)
    return replace(scene, result=replace(scene.result, findings=found))


def finding(result: StudyResult, place: str) -> Finding:
    return next(item for item in result.findings if item.place == place)


def with_call(result: StudyResult, place: str, call: DiscCall) -> StudyResult:
    form = form_of(result)
    return corrected(result, replace(form, discs={**form.discs, place: call}))


def test_the_form_begins_with_what_the_ai_says_from_head_to_foot(scene: Scene) -> None:
    form = form_of(scene.result)
    assert list(form.discs) == ["L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"]
    assert form.discs["L4-L5"] == DiscCall("herniation", slip=True, slip_grade=1)
    assert form.discs["L5-S1"] == DiscCall("normal", slip=False, slip_grade=0)
    assert not form.missing(questions_of(scene.result))


def test_a_form_as_the_ai_says_changes_nothing(scene: Scene) -> None:
    assert corrected(scene.result, form_of(scene.result)) == scene.result


def test_another_verdict_is_the_readers_and_the_ais_numbers_stay_beside_it(
    scene: Scene, tmp_path: Path
) -> None:
    result = with_call(scene.result, "L4-L5", DiscCall("bulge", slip=True, slip_grade=1))
    changed, before = finding(result, "L4-L5"), finding(scene.result, "L4-L5")
    assert (changed.verdict, changed.probabilities, changed.herniation) == ("bulge", {}, None)
    assert changed.slip == before.slip and changed.height == before.height
    result.write(tmp_path / "result.json")
    assert read_result(tmp_path / "result.json") == result
    (kept,) = [item for item in json.loads(result.as_json())["findings"] if item["correction"]]
    assert kept["correction"]["by_ai"]["probabilities"] == before.probabilities
    assert kept["correction"]["by_ai"]["herniation"]["extent"]["value"] == 6.1


def test_the_report_says_what_was_corrected_and_what_the_ai_had_said(scene: Scene) -> None:
    result = with_call(scene.result, "L4-L5", DiscCall("bulge", slip=True, slip_grade=1))
    said = sentences(finding(result, "L4-L5"))
    assert said[:2] == (
        "Bulge.",
        "Corrected by a reader: the AI said herniation (normal 5 %, bulge 15 %, herniation 80 %), "
        "left subarticular, 6.1 mm into the canal.",
    )
    assert not any("disagree" in text or "reaching" in text for text in said)
    first, *_, last = impression(result)
    assert first.startswith("L4-L5: bulge (corrected by a reader); anterolisthesis of L4 on L5, grade I")
    assert last == "Corrected by a reader: L4-L5; everything else is as the AI said it."
    (row,) = [row for row in rows(result) if row.level == "L4-L5"]
    assert (row.state, row.probability, row.herniation) == ("bulge, by a reader", "–", "–")


@pytest.mark.parametrize(
    ("call", "in_short", "cell", "ai"),
    [
        (
            DiscCall("herniation", slip=True, slip_grade=2),
            "slip of L4 on L5, grade II (corrected by a reader)",
            "grade II, by a reader",
            "anterolisthesis of L4 on L5, grade I (5.2 mm)",
        ),
        (
            DiscCall("herniation", slip=True),
            "slip of L4 on L5, grade not given (corrected by a reader)",
            "grade not given, by a reader",
            "anterolisthesis",
        ),
        (DiscCall("herniation", slip=False, slip_grade=0), "", "none, by a reader", "anterolisthesis"),
    ],
)
def test_another_slip_is_the_readers(scene: Scene, call: DiscCall, in_short: str, cell: str, ai: str) -> None:
    result = with_call(scene.result, "L4-L5", call)
    changed = finding(result, "L4-L5")
    assert changed.verdict == "herniation" and changed.herniation is not None and changed.slip is None
    assert f"Corrected by a reader: the AI said {ai}" in " ".join(sentences(changed))
    assert in_short in impression(result)[0] and ("slip" in impression(result)[0]) == bool(in_short)
    assert [row.slip for row in rows(result) if row.level == "L4-L5"] == [cell]


def test_a_reader_may_see_nothing_where_the_ai_saw_something(scene: Scene) -> None:
    result = with_call(scene.result, "L4-L5", DiscCall("normal", slip=False, slip_grade=0))
    assert impression(result)[0].startswith("No bulge, herniation or slip was found at L1-L2")
    assert "Corrected by a reader: L4-L5" in impression(result)[-1]


def test_what_a_reader_cannot_tell_is_not_assessed(scene: Scene) -> None:
    result = with_call(scene.result, "L4-L5", DiscCall(indeterminate=True, slip=False, slip_grade=0))
    assert "State of the disc: cannot be told." in sentences(finding(result, "L4-L5"))
    assert "Not assessed for bulge and herniation: L4-L5." in impression(result)


def test_remarks_stand_in_the_report_and_correct_nothing(scene: Scene) -> None:
    form = form_of(scene.result)
    call = replace(form.discs["L5-S1"], remark=" Modic 2 ")
    remarked = replace(form, discs={**form.discs, "L5-S1": call}, remark="motion")
    result = corrected(scene.result, remarked)
    changed = finding(result, "L5-S1")
    assert changed.verdict == "normal" and changed.probabilities
    assert "Remark of a reader: “Modic 2”." in sentences(changed)
    assert impression(result)[-1] == "Remark of a reader: “motion”."
    assert not any("Corrected" in text for text in (*sentences(changed), *impression(result)))


def test_a_lumbar_disc_that_the_ai_did_not_find_can_be_told(scene: Scene) -> None:
    found = tuple(item for item in scene.result.findings if item.level != "L5-S1")
    without = replace(scene.result, findings=found)
    assert form_of(without).discs["L5-S1"] == DiscCall()
    assert corrected(without, form_of(without)) == without
    result = with_call(without, "L5-S1", DiscCall("herniation", slip=False, slip_grade=0))
    assert [item.place for item in result.findings][:2] == ["L5-S1", "L4-L5"]
    said = " ".join(sentences(finding(result, "L5-S1")))
    assert "the AI said nothing of the disc’s state, and nothing of a slip." in said


def test_discs_without_names_are_corrected_by_their_place(scene: Scene) -> None:
    unnamed = tuple(replace(item, name=None) for item in scene.result.vertebrae)
    places = [normal(None, place=f"disc {number} from below") for number in (1, 2)]
    result = replace(scene.result, vertebrae=unnamed, findings=tuple(places))
    assert [item.place for item in discs_of(result)] == ["disc 2 from below", "disc 1 from below"]
    changed = with_call(result, "disc 1 from below", DiscCall("bulge", slip=False, slip_grade=0))
    assert impression(changed)[0] == "Disc 1 from below: bulge (corrected by a reader)."


def test_a_thoracic_disc_that_was_corrected_to_normal_is_not_left_out(scene: Scene) -> None:
    bulge = normal("T12-L1", verdict="bulge", probabilities={"bulge": 0.6})
    result = replace(scene.result, findings=(*scene.result.findings, bulge))
    changed = with_call(result, "T12-L1", DiscCall("normal", slip=False, slip_grade=0))
    assert rows(changed)[0].level == "T12-L1" and rows(changed)[0].state.endswith(", by a reader")


CALLS = st.builds(
    DiscCall,
    verdict=st.sampled_from((None, "normal", "bulge", "herniation")),
    slip=st.sampled_from((None, True, False)),
    slip_grade=st.sampled_from((None, 0, 1, 5)),
    remark=st.sampled_from(("", "a remark")),
)


@given(calls=st.dictionaries(st.sampled_from(("L1-L2", "L4-L5", "L5-S1", "elsewhere")), CALLS))
def test_every_form_gives_a_result_whose_form_is_what_was_told(
    scene: Scene, calls: dict[str, DiscCall]
) -> None:
    result = corrected(scene.result, ReadingForm(calls))
    assert [item.place for item in result.findings] == [item.place for item in scene.result.findings]
    for item in result.findings:
        call = calls.get(item.place)
        if call is not None and call.verdict is not None:
            assert item.verdict == call.verdict
        by_ai = item.correction.by_ai if item.correction else item
        assert by_ai == finding(scene.result, item.place)
        assert sentences(item)
    assert impression(result) and rows(result)
