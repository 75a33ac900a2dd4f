"""A study of single pictures, from its making to the comparison."""

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import pytest
from draft_study import Draft
from picture_study import DETECTOR, DISCS, IMAGES, draft_of_pictures, write_picture_cohort
from small_reader_study import new_account
from sqlalchemy import insert, select

import cli
from axial.models import PHANTOM_MODELS
from axial.result import ModelIdentity
from imaging.pictures import read_picture
from reading.cases.cases import add_cases
from reading.cases.sources import Folder, Phantoms
from reading.jobs.work import ask_for_cases
from reading.jobs.worker import do_next
from reading.people.accounts import Account
from reading.picture_result import BoxedDisc, PictureResult, read_picture_result
from reading.readings import AI, DiscReading, read_readings
from reading.reference import read_reference
from reading.store import tables
from reading.store.form import DiscCall, ReadingForm
from reading.store.reads import commit
from reading.store.sent import Sent
from reading.study.compute_results import compute_results
from reading.study.design import WITH_AI, WITHOUT_AI, StudyDesign
from reading.study.export import write_export
from reading.study.models import models_digest
from reading.study.reading_before import form_before
from reading.study.results import EVERYTHING, RESULTS_FOLDER
from reading.study.studies import StudyRefused, add_member, close_study, create_study, open_study
from reading.study.worklist import next_assignment, open_assignment

EDGES = [disc.edges for disc in DISCS[:3]]
VERDICTS = [disc.label for disc in DISCS[:3]]
FormOf = Callable[[str], ReadingForm]


def call(verdict: str, slip: bool = False) -> DiscCall:
    likely = 5 if verdict == "herniation" else 1
    return DiscCall(
        verdict,  # type: ignore[arg-type]
        slip=slip,
        lesion_likelihood=likely,
        slip_likelihood=5 if slip else 1,
    )


def right(case: str) -> ReadingForm:
    """As it is, each box two pixels away."""
    boxes = {str(number): tuple(edge + 2 for edge in edges) for number, edges in enumerate(EDGES, start=1)}
    calls = {str(number): call(verdict, number == 3) for number, verdict in enumerate(VERDICTS, start=1)}
    return ReadingForm(calls, "", boxes)  # type: ignore[arg-type]


def careless(case: str) -> ReadingForm:
    """Nothing to mark on the first picture; elsewhere one disc is right, and one is where none is."""
    if case == "case-01":
        return ReadingForm(nothing=True)
    boxes = {"1": EDGES[2], "4": (5.0, 250.0, 40.0, 280.0)}
    return ReadingForm({"1": call("herniation", True), "4": call("bulge")}, "", boxes)


def add_ai(draft: Draft) -> None:
    """On each case the first disc as it is, and a normal one where none is."""
    found = (
        BoxedDisc("A", EDGES[0], "normal", {"normal": 0.8, "bulge": 0.1, "herniation": 0.1}, False, 0.05),
        BoxedDisc("B", (5, 250, 40, 280), "normal", {"normal": 1.0}, False, 0.0),
    )
    result = PictureResult(found, (ModelIdentity("discs", "model", "made up", "0123456789ab"),))
    digest = models_digest(draft.models)
    with draft.store.write() as connection:
        for case in draft.cases():
            row = {"case": case.id, "models_sha256": digest, "result": json.loads(result.as_json())}
            connection.execute(
                insert(tables.ai_results).values(**row, seconds=0.25, created_at=draft.clock.time)
            )


def opened_study(folder: Path, design: StudyDesign, cases: int, readers: int) -> tuple[Draft, list[Account]]:
    draft = draft_of_pictures(folder, design)
    write_picture_cohort(draft.imports / "cohort", cases)
    assert not add_cases(draft.store, draft.data, draft.id, Folder("cohort"), False).refused
    add_ai(draft)
    people = [new_account(draft.store, f"surgeon {number}", "reader") for number in range(readers)]
    for account in people:
        add_member(draft.store, draft.coordinator, draft.id, account.id)
    open_study(draft.store, draft.coordinator, draft.id)
    return draft, people


def read_all(draft: Draft, account: Account, form_of: FormOf) -> int:
    done = 0
    while True:
        with draft.store.read() as connection:
            following = next_assignment(connection, draft.clock(), account.id, draft.id).assignment
            if following is None:
                return done
            opened = open_assignment(connection, draft.clock(), account.id, following)
        sent = Sent(str(uuid4()), following, "commit", 1, form_of(opened.case_name), 30_000, 0, 30_000.0)
        commit(draft.store, account.id, sent, "0", lambda connection, opened=opened: opened.questions)
        done += 1


def test_experts_do_not_draw_and_models_must_know_what_is_asked(tmp_path: Path) -> None:
    draft = draft_of_pictures(tmp_path)

    def refused(design: StudyDesign, models: Path) -> str:
        with pytest.raises(StudyRefused) as why:
            create_study(draft.store, draft.coordinator, "Another", design, b"title: x\ntables: []\n", models)
        return str(why.value)

    assert "experts agree in LabelImg" in refused(replace(IMAGES, reference="experts"), DETECTOR)
    assert "a set of models for examinations" in refused(IMAGES, PHANTOM_MODELS)
    assert "reads single pictures alone" in refused(StudyDesign("standalone"), DETECTOR)
    assert "does not know normal" in refused(IMAGES, PHANTOM_MODELS / "vertebrae")
    assert "no models here" in refused(IMAGES, tmp_path)


def test_an_export_goes_straight_into_compare_with_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, (first, second) = opened_study(tmp_path, IMAGES, cases=4, readers=2)
    assert read_all(draft, first, right) == read_all(draft, second, careless) == 4
    out = tmp_path / "export"
    assert write_export(draft.store, draft.id, out, draft.data / "cases") == ()
    assert sorted(path.name for path in (out / "images").iterdir()) == [
        f"case-0{number}.png" for number in range(1, 5)
    ]
    assert read_picture(out / "images" / "case-03.png").shape == (300, 200)
    rows = read_readings(out / "READINGS.csv").discs
    assert [_brief(row) for row in rows if row.read == ("reader 2", WITHOUT_AI, "case-01")] == [(None, None)]
    assert [_brief(row) for row in rows if row.read == (AI, "standalone", "case-02")] == [
        (EDGES[0], "normal"),
        ((5, 250, 40, 280), "normal"),
    ]
    monkeypatch.chdir(out)
    hashed = (out / "PLAN_SHA256").read_text().strip()
    arguments = ["compare", "READINGS.csv", "--reference", "REFERENCE.csv", "--plan", "plan.yaml"]
    monkeypatch.setattr(sys, "argv", ["discern", *arguments, "--plan-hash", hashed, "--out", "comparison"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    found = _accuracy(out / "comparison" / "tables" / "accuracy.csv")
    assert found["reader 1", "herniation", "sensitivity"] == 1
    assert found["reader 1", "slip", "sensitivity"] == found["reader 1", "slip", "specificity"] == 1
    assert found["reader 2", "herniation", "sensitivity"] == 0.75  # one case with nothing marked
    assert found["reader 2", "normal", "sensitivity"] == 0
    assert found[AI, "normal", "sensitivity"] == 1
    assert found[AI, "herniation", "sensitivity"] == 0
    with (out / "comparison" / "tables" / "extra.csv").open(newline="") as file:
        extra = {row["reader"]: float(row["extra"]) for row in csv.DictReader(file)}
    assert extra == {"reader 1": 0, "reader 2": 3, AI: 4}


def test_the_results_have_the_pictures_that_boxes_are_on(tmp_path: Path) -> None:
    draft, (reader,) = opened_study(tmp_path, IMAGES, cases=2, readers=1)
    read_all(draft, reader, right)
    close_study(draft.store, draft.coordinator, draft.id)
    compute_results(draft.store, draft.data, draft.id)
    with ZipFile(draft.data / RESULTS_FOLDER / draft.id / EVERYTHING) as archive:
        archive.extractall(tmp_path / "results")
    reference = read_reference(tmp_path / "results" / "REFERENCE.csv")
    pictures = [reference.picture(disc) for disc in reference.discs]
    assert len(pictures) == 2 * len(EDGES)
    assert all(path is not None and path.is_file() for path in pictures)


def _brief(row: DiscReading) -> tuple[object, str | None]:
    return row.place and row.place.edges, row.verdict


def _accuracy(path: Path) -> dict[tuple[str, str, str], float]:
    with path.open(newline="") as file:
        return {
            (row["reader"], row["endpoint"], row["measure"]): float(row["estimate"])
            for row in csv.DictReader(file)
            if row["estimate"]
        }


def test_every_box_is_kept_with_its_call(tmp_path: Path) -> None:
    draft, (reader,) = opened_study(tmp_path, IMAGES, cases=1, readers=1)
    read_all(draft, reader, right)
    with draft.store.read() as connection:
        (_, second, _) = connection.execute(select(tables.findings).order_by(tables.findings.c.level))
    assert (second.box_xmin, second.box_ymin, second.box_xmax, second.box_ymax) == (62, 112, 122, 142)
    write_export(draft.store, draft.id, tmp_path / "export", draft.data / "cases")
    with (tmp_path / "export" / "all_readings.csv").open(newline="") as file:
        row = list(csv.DictReader(file))[1]
    assert (row["level"], row["xmin"], row["ymax"], row["verdict"]) == ("2", "62.0", "142.0", "bulge")


@pytest.mark.parametrize("kind", ["sequential", "crossover"])
def test_the_other_designs_read_pictures_too(tmp_path: Path, kind: str) -> None:
    design = replace(IMAGES, kind=kind, washout_weeks=0)
    draft, (reader, other) = opened_study(tmp_path, design, cases=4, readers=2)
    read_all(draft, reader, right)
    read_all(draft, other, careless)
    close_study(draft.store, draft.coordinator, draft.id)
    write_export(draft.store, draft.id, tmp_path / "export", draft.data / "cases")
    rows = read_readings(tmp_path / "export" / "READINGS.csv").discs
    arms = {(row.reader, row.arm) for row in rows}
    people = {(reader, arm) for reader in ("reader 1", "reader 2") for arm in (WITHOUT_AI, WITH_AI)}
    assert arms == {*people, (AI, "standalone")}


def test_with_the_ai_a_sequential_reading_goes_on_from_the_boxes_before(tmp_path: Path) -> None:
    draft, (reader,) = opened_study(tmp_path, replace(IMAGES, kind="sequential"), cases=2, readers=1)
    with draft.store.read() as connection:
        first = next_assignment(connection, draft.clock(), reader.id, draft.id).assignment
        assert first is not None
        opened = open_assignment(connection, draft.clock(), reader.id, first)
    sent = Sent(str(uuid4()), first, "commit", 1, right(""), 30_000, 0, 30_000.0)
    commit(draft.store, reader.id, sent, "0", lambda connection: opened.questions)
    with draft.store.read() as connection:
        second = next_assignment(connection, draft.clock(), reader.id, draft.id).assignment
        assert second is not None
        before = form_before(connection, open_assignment(connection, draft.clock(), reader.id, second))
    assert before == right("")


def test_the_detector_of_the_project_reads_a_phantoms_picture(tmp_path: Path) -> None:
    draft = draft_of_pictures(tmp_path, models=DETECTOR)
    ask_for_cases(draft.store, draft.id, Phantoms(1, 31), False, None)
    while do_next(draft.store, draft.data, "a worker"):
        pass
    (case,) = draft.cases()
    with draft.store.read() as connection:
        row = connection.execute(select(tables.ai_results)).one()
    result = read_picture_result(row.result)
    assert row.case == case.id and row.seconds > 0
    assert len(result.discs) >= len(case.truth) - 3
    assert [item.folder for item in result.models] == ["sagittal"]
