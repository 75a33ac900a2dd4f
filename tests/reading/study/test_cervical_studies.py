"""Studies of cervical discs, in the words of their label set: single pictures, and whole examinations."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from draft_study import Draft
from picture_study import IMAGES, cervical_detector, draft_of_pictures, write_picture_cohort
from small_reader_study import QUICK_PLAN, QUICK_PLANS, new_account
from sqlalchemy import insert, select

from annotation.boxes import Box
from annotation.labels import CERVICAL
from axial.models import PHANTOM_MODELS
from axial.result import ModelIdentity
from data.phantom.studies import StudyPlan
from imaging.study import SeriesKind
from reading.analysis.analysis_plan import read_plan
from reading.analysis.comparison import compare
from reading.cases.cases import add_cases
from reading.cases.marks import marks_of_picture
from reading.cases.pictures import series_of
from reading.cases.single_pictures import truth_of_boxes
from reading.cases.sources import CASES_FOLDER, Folder, Phantoms
from reading.jobs.inference import read_case
from reading.people.accounts import Account
from reading.picture_result import BoxedDisc, PictureResult, is_picture_result, read_picture_result
from reading.readings import AI, read_readings
from reading.reference import read_reference
from reading.store import tables
from reading.store.form import DiscCall, Questions, ReadingForm
from reading.store.reads import IncompleteRead, commit
from reading.store.sent import Sent
from reading.study.design import WITHOUT_AI, StudyDesign, read_design
from reading.study.export import ALL_READINGS_FILE, write_export
from reading.study.models import models_digest
from reading.study.studies import StudyRefused, add_member, create_study, open_study
from reading.study.worklist import next_assignment, open_assignment

DESIGN = StudyDesign("sequential", verdicts=CERVICAL.states, slip=False, label_set="cervical")
PICTURES = replace(DESIGN, kind="standalone", pictures="images")
BOXES = (
    Box("normal", 60, 40, 120, 70),
    Box("disc", 60, 110, 120, 140),
    Box("injured", 62, 180, 126, 212),
)


def next_read(draft: Draft, account: Account, form: ReadingForm) -> None:
    """Commit what is next for a reader."""
    with draft.store.read() as connection:
        following = next_assignment(connection, draft.clock(), account.id, draft.id).assignment
        assert following is not None
        opened = open_assignment(connection, draft.clock(), account.id, following)
    sent = Sent(str(uuid4()), following, "commit", 1, form, 30_000, 0, 30_000.0)
    commit(draft.store, account.id, sent, "0", lambda connection: opened.questions)


def opened(draft: Draft, name: str) -> Account:
    reader = new_account(draft.store, name, "reader")
    add_member(draft.store, draft.coordinator, draft.id, reader.id)
    open_study(draft.store, draft.coordinator, draft.id)
    return reader


def add_ai(draft: Draft, *found: BoxedDisc) -> None:
    result = PictureResult(found, (ModelIdentity("discs", "model", "made up", "0123456789ab"),))
    with draft.store.write() as connection:
        for case in draft.cases():
            row = {"case": case.id, "models_sha256": models_digest(draft.models), "seconds": 0.25}
            row |= {"result": json.loads(result.as_json()), "created_at": draft.clock.time}
            connection.execute(insert(tables.ai_results).values(**row))


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    return cervical_detector(tmp_path / "detector")


@pytest.fixture(scope="module")
def examination(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Draft]:
    """A draft with one cervical phantom, which the AI has read."""
    folder = tmp_path_factory.mktemp("cervical")
    draft = draft_of_pictures(folder, DESIGN, models=cervical_detector(folder / "detector"))
    phantoms = Phantoms(1, 5, StudyPlan((SeriesKind.SAGITTAL_T2,), sagittal_slices=3))
    assert not add_cases(draft.store, draft.data, draft.id, phantoms, training=False).refused
    (case,) = draft.cases()
    read_case(draft.store, draft.data / CASES_FOLDER, case.id, lambda words: None)
    yield draft
    draft.store.engine.dispose()


def test_a_design_asks_for_nothing_that_its_label_set_does_not_have() -> None:
    assert read_design(json.loads(json.dumps(DESIGN.as_json()))) == DESIGN
    assert DESIGN.asked == ("normal", "disc", "injured")
    for wrong in ({"verdicts": ("normal", "bulge")}, {"slip": True}, {"label_set": "thoracic"}):
        with pytest.raises(ValueError, match=r"label set"):
            replace(DESIGN, **wrong)


def test_a_form_wants_the_states_and_the_lesions_likelihood() -> None:
    asked = DESIGN.questions(CERVICAL.levels[:1])
    assert asked == Questions(("C2-C3",), CERVICAL.states, False, True, False, "lesion")
    assert ReadingForm().missing(asked) == (
        "C2-C3: a verdict, or else that it cannot be told",
        "C2-C3: the likelihood of a lesion",
    )
    assert ReadingForm({"C2-C3": DiscCall("injured", lesion_likelihood=5)}).missing(asked) == ()
    strange = ReadingForm({"C2-C3": DiscCall("bulge")}).strange(asked)
    assert strange is not None and "normal, disc, injured" in strange


def test_what_ai_and_plan_a_study_may_have(tmp_path: Path, detector: Path) -> None:
    draft = draft_of_pictures(tmp_path, PICTURES, models=detector)

    def refused(design: StudyDesign, models: Path, plan: bytes = QUICK_PLANS["cervical"]) -> str:
        with pytest.raises(StudyRefused) as why:
            create_study(draft.store, draft.coordinator, "Another", design, plan, models)
        return str(why.value)

    assert "names no levels" in refused(replace(DESIGN, kind="standalone"), detector)
    assert "does not know disc, injured" in refused(PICTURES, PHANTOM_MODELS / "sagittal")
    assert "a set of models" in refused(DESIGN, PHANTOM_MODELS)
    assert "give one with label_set: cervical" in refused(PICTURES, detector, QUICK_PLAN)


def test_of_boxes_on_the_same_object_the_severest_counts() -> None:
    boxes = (*BOXES, Box("injured", 60, 41, 120, 70), Box("vertebra", 50, 70, 130, 110))
    truth = truth_of_boxes(boxes, CERVICAL.classes, CERVICAL.classes, CERVICAL)
    assert [(disc.verdict, disc.slip) for disc in truth.values()] == [
        ("injured", False),
        ("disc", False),
        ("injured", False),
    ]


def test_single_pictures_are_read_exported_and_compared(tmp_path: Path, detector: Path) -> None:
    draft = draft_of_pictures(tmp_path, PICTURES, models=detector)
    write_picture_cohort(draft.imports / "cohort", 4, BOXES, label_set="cervical")
    assert not add_cases(draft.store, draft.data, draft.id, Folder("cohort"), training=False).refused
    add_ai(
        draft,
        BoxedDisc("A", BOXES[0].edges, "normal", {"normal": 0.8, "disc": 0.2, "injured": 0.0}, None, None),
        BoxedDisc("B", BOXES[1].edges, "disc", {"normal": 0.1, "disc": 0.6, "injured": 0.3}, None, None),
    )
    reader = opened(draft, "surgeon")
    boxes = {str(number): box.edges for number, box in enumerate(BOXES, start=1)}
    calls = {
        str(number): DiscCall(box.label, lesion_likelihood=1 if box.label == "normal" else 4)
        for number, box in enumerate(BOXES, start=1)
    }
    with pytest.raises(IncompleteRead, match="the likelihood of a lesion"):
        next_read(draft, reader, ReadingForm({**calls, "1": DiscCall("normal")}, "", boxes))
    for _ in range(4):
        next_read(draft, reader, ReadingForm(calls, "", boxes))
    out = tmp_path / "export"
    assert write_export(draft.store, draft.id, out, draft.data / "cases") == ()
    head = (out / ALL_READINGS_FILE).read_text().splitlines()[0]
    assert "slip" not in head and "lesion_likelihood" in head and "herniation" not in head
    rows = read_readings(out / "READINGS.csv", CERVICAL)
    of_ai = [row for row in rows.discs if row.read == (AI, "standalone", "case-01")]
    assert [(row.verdict, row.slip, row.lesion_likelihood) for row in of_ai] == [
        ("normal", None, 0.2),
        ("disc", None, pytest.approx(0.9)),
    ]
    reference = read_reference(out / "REFERENCE.csv", CERVICAL)
    found = compare(rows, reference, read_plan(out / "plan.yaml")).accuracy
    measured = found.set_index(["reader", "endpoint", "measure"])["estimate"]
    assert measured["reader 1", "disc or injured", "sensitivity"] == 1
    assert measured[AI, "injured", "sensitivity"] == 0
    assert measured[AI, "disc", "sensitivity"] == 1


def test_an_examination_is_asked_at_its_cervical_levels(examination: Draft) -> None:
    (case,) = examination.cases()
    assert case.levels == list(CERVICAL.levels)
    assert {disc["verdict"] for disc in case.truth.values()} <= set(CERVICAL.states)
    assert not any(disc["slip"] for disc in case.truth.values())
    assert all(disc["image"] and disc["edges"] for disc in case.truth.values())


def test_the_ai_marks_the_middle_slice_of_an_examination(examination: Draft) -> None:
    (case,) = examination.cases()
    with examination.store.read() as connection:
        content = connection.execute(select(tables.ai_results.c.result)).scalar_one()
    assert is_picture_result(content)
    result = read_picture_result(content)
    (series,) = series_of(examination.data / CASES_FOLDER / case.folder)
    assert result.instance == series.slices[1].instance
    assert result.discs
    assert all(set(disc.probabilities) == set(CERVICAL.states) and disc.slip is None for disc in result.discs)
    boxed = BoxedDisc("A", BOXES[1].edges, "disc", {"disc": 1.0}, None, None)
    (mark,) = marks_of_picture(replace(result, discs=(boxed,)), [series])
    assert (mark.series, mark.slice, mark.tone, mark.label) == (1, 1, "finding", "A disc")


def test_an_examination_is_read_by_levels_and_exported_without_the_ai(
    examination: Draft, tmp_path: Path
) -> None:
    reader = opened(examination, "surgeon")
    (case,) = examination.cases()
    calls = {level: DiscCall(disc["verdict"], lesion_likelihood=3) for level, disc in case.truth.items()}
    for _ in range(2):
        next_read(examination, reader, ReadingForm(calls))
    (note,) = write_export(examination.store, examination.id, tmp_path / "export")
    assert "names no levels" in note
    rows = read_readings(tmp_path / "export" / "READINGS.csv", CERVICAL).discs
    assert {row.reader for row in rows} == {"reader 1"}
    alone = {row.place.level: row.verdict for row in rows if row.place and row.arm == WITHOUT_AI}
    assert alone == {level: disc["verdict"] for level, disc in case.truth.items()}
    reference = read_reference(tmp_path / "export" / "REFERENCE.csv", CERVICAL)
    assert {disc.place.level for disc in reference.discs} == set(CERVICAL.levels)


def test_lumbar_designs_that_were_kept_before_are_read_as_such() -> None:
    kept = {name: value for name, value in IMAGES.as_json().items() if name != "label_set"}
    assert read_design(kept) == IMAGES
