"""The export of a study: into a folder, a ZIP, and straight into ``discern compare``."""

import csv
import hashlib
import io
import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import pytest
from small_reader_study import (
    LEVELS,
    QUICK_PLAN,
    SmallStudy,
    commit_all,
    commit_next,
    default_truth,
    normal,
    small_study,
)
from sqlalchemy import delete

import cli
from annotation.labels import DIAGNOSES
from errors import BadInputError
from reading.analysis.analysis_plan import read_plan
from reading.readings import AI, read_readings
from reading.reference import read_reference
from reading.store import tables
from reading.store.form import DiscCall, ReadingForm
from reading.store.reads import correct
from reading.store.sent import Sent
from reading.store.truth import DiscTruth
from reading.study.design import WITH_AI, WITHOUT_AI, Kind, StudyDesign
from reading.study.export import write_export, zipped_export
from reading.study.reference_standard import begin_consensus
from reading.study.studies import StudyRefused
from reading.study.worklist import open_assignment, worklist


def call_of(verdict: str, slip: bool = False) -> DiscCall:
    likelihood = 1 + 2 * DIAGNOSES.index(verdict)
    return DiscCall(
        verdict, slip=slip, lesion_likelihood=likelihood, slip_likelihood=5 if slip else 1, remark=""
    )


def mostly_right(case: str, level: str) -> DiscCall:
    """What is right of most cases, and otherwise a bulge."""
    number = int(case.rsplit("-", 1)[1]) - 1
    right = default_truth(number, level)
    return call_of("bulge" if number % 4 == 3 else right.verdict, right.slip)


def read_whole(small: SmallStudy) -> None:
    for reader in small.readers:
        commit_all(small, reader, mostly_right)
    for number, expert in enumerate(small.experts):
        commit_all(small, expert, normal if number == 2 else mostly_right)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("kind", ["standalone", "sequential", "crossover"])
def test_an_export_goes_straight_into_compare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    experts = 3 if kind == "standalone" else 0
    design = StudyDesign(kind, washout_weeks=0, reference="experts" if experts else "truth")
    small = small_study(tmp_path, design, readers=2, cases=4, training=1, experts=experts)
    read_whole(small)
    if experts:
        assert worklist(small.store, small.experts[0].id)[0].next is not None
        commit_all(small, small.experts[0], mostly_right)
    out = tmp_path / "export"
    assert write_export(small.store, small.id, out) == ()
    arguments = ["compare", "READINGS.csv", "--reference", "REFERENCE.csv", "--plan", "plan.yaml"]
    arguments += ["--plan-hash", (out / "PLAN_SHA256").read_text().strip(), "--out", "comparison"]
    arguments += ["--experts", "EXPERTS.csv"] if experts else []
    monkeypatch.chdir(out)
    monkeypatch.setattr(sys, "argv", ["discern", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    report = (out / "comparison" / "report.html").read_text(encoding="utf-8")
    assert "reader 1" in report
    accuracy = rows(out / "comparison" / "tables" / "accuracy.csv")
    arms = {WITHOUT_AI} if kind == "standalone" else {WITHOUT_AI, WITH_AI}
    sides = {(f"reader {number}", arm) for number in (1, 2) for arm in arms} | {(AI, "standalone")}
    assert {(row["reader"], row["arm"]) for row in accuracy} == sides
    assert {row["plan"] for row in accuracy if row["endpoint"] == "herniation"} == {"pre-specified"}


def test_the_tables_hold_what_was_read_under_codes_alone(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=2, cases=3, training=1)
    read_whole(small)
    out = tmp_path / "export"
    write_export(small.store, small.id, out)
    readings = read_readings(out / "READINGS.csv")
    assert Counter((disc.reader, disc.arm) for disc in readings.discs) == {
        ("reader 1", WITHOUT_AI): 6,
        ("reader 2", WITHOUT_AI): 6,
        (AI, "standalone"): 6,
    }
    assert {disc.seconds for disc in readings.discs} == {40.0, 1.5}
    assert {disc.case for disc in readings.discs} == {"case-01", "case-02", "case-03"}
    reference = read_reference(out / "REFERENCE.csv")
    assert [disc.verdict for disc in reference.discs if disc.case == "case-02"] == [
        default_truth(1, level).verdict for level in LEVELS
    ]
    assert (out / "plan.yaml").read_bytes() == QUICK_PLAN
    assert (out / "PLAN_SHA256").read_text().strip() == hashlib.sha256(QUICK_PLAN).hexdigest()
    assert not read_plan(out / "plan.yaml", (out / "PLAN_SHA256").read_text()).changed
    assert not (out / "EXPERTS.csv").exists()
    written = "".join(path.read_text(encoding="utf-8") for path in out.iterdir())
    assert "surgeon" not in written


def test_seconds_with_the_ai_in_a_sequential_study_are_those_of_both_looks(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("sequential"), readers=1, cases=1)
    for active_ms in (30_000, 12_500):
        commit_next(small, small.readers[0], active_ms=active_ms)
    write_export(small.store, small.id, tmp_path / "export")
    discs = read_readings(tmp_path / "export" / "READINGS.csv").discs
    assert {(disc.arm, disc.seconds) for disc in discs if disc.reader != AI} == {
        (WITHOUT_AI, 30.0),
        (WITH_AI, 42.5),
    }
    every = rows(tmp_path / "export" / "all_readings.csv")
    assert {(row["arm"], row["active_ms"]) for row in every} == {(WITHOUT_AI, "30000"), (WITH_AI, "12500")}


def test_a_correction_counts_and_what_it_corrects_is_kept(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1, cases=2)
    reader = small.readers[0]
    assignment = commit_next(small, reader) or ""
    form = ReadingForm(
        {level: call_of("herniation") for level in LEVELS}, 'a remark, with "quotes"\nand lines'
    )
    sent = Sent(str(uuid4()), assignment, "correct", 2, form, 99_000, 0, 99_000.0)
    small.clock.go_on(minutes=10)
    correct(
        small.store,
        reader.id,
        sent,
        "the wrong key",
        "0.0.0",
        lambda connection: open_assignment(connection, small.store.now(), reader.id, assignment).questions,
    )
    write_export(small.store, small.id, tmp_path / "export")
    discs = [disc for disc in read_readings(tmp_path / "export" / "READINGS.csv").discs if disc.reader != AI]
    assert {(disc.verdict, disc.seconds) for disc in discs} == {("herniation", 40.0)}
    every = rows(tmp_path / "export" / "all_readings.csv")
    assert [(row["revision"], row["reason"], row["verdict"]) for row in every] == [
        *[("0", "", "normal")] * 2,
        *[("1", "the wrong key", "herniation")] * 2,
    ]
    assert every[-1]["case_remark"] == form.remark
    assert every[-1]["received_at"] == small.clock.time.isoformat()
    assert len(every[-1]["models_sha256"]) == 64


def test_training_is_in_the_table_of_all_readings_alone(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1, cases=1, training=1)
    commit_next(small, small.readers[0])
    with pytest.raises(StudyRefused, match="no reader has read a case"):
        write_export(small.store, small.id, tmp_path / "export")
    assert not (tmp_path / "export").exists()
    commit_next(small, small.readers[0])
    write_export(small.store, small.id, tmp_path / "export")
    assert {row["training"] for row in rows(tmp_path / "export" / "all_readings.csv")} == {"0", "1"}
    assert {row["case"] for row in rows(tmp_path / "export" / "READINGS.csv")} == {"case-01"}


def test_without_a_complete_reference_the_readings_are_exported_and_it_is_said(tmp_path: Path) -> None:
    design = StudyDesign("standalone", reference="experts")
    small = small_study(tmp_path, design, readers=1, cases=2, experts=3)
    commit_all(small, small.readers[0])
    commit_all(small, small.experts[0])
    notes = write_export(small.store, small.id, tmp_path / "export")
    assert notes == ("No REFERENCE.csv: the experts have not read all cases yet.",)
    assert not (tmp_path / "export" / "REFERENCE.csv").exists()
    assert {row["reader"] for row in rows(tmp_path / "export" / "EXPERTS.csv")} == {"expert 1"}
    assert json.loads((tmp_path / "export" / "study.json").read_text())["notes"] == list(notes)


def test_cases_that_the_ai_has_not_read_are_said(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1, cases=2)
    with small.store.write() as connection:
        connection.execute(
            delete(tables.ai_results).where(tables.ai_results.c.case == small.cases["case-01"])
        )
    commit_all(small, small.readers[0])
    notes = write_export(small.store, small.id, tmp_path / "export")
    assert notes == ("The AI has not read 1 of 2 cases.",)
    by_ai = {row["case"] for row in rows(tmp_path / "export" / "READINGS.csv") if row["reader"] == AI}
    assert by_ai == {"case-02"}


def test_a_case_of_which_nothing_can_be_told_is_left_out(tmp_path: Path) -> None:
    design = StudyDesign("standalone", reference="experts")
    small = small_study(tmp_path, design, readers=1, cases=2, experts=3)
    unsure = DiscCall(indeterminate=True, slip=False)
    commit_all(small, small.readers[0])
    for expert in small.experts:
        commit_all(small, expert, lambda case, level: unsure if case == "case-01" else normal(case, level))
    begin_consensus(small.store, small.id)
    commit_all(small, small.experts[0], lambda *_: unsure)
    (note,) = write_export(small.store, small.id, tmp_path / "export")
    assert "case-01, L5-S1, case-01, L4-L5" in note
    for name in ("READINGS.csv", "REFERENCE.csv", "EXPERTS.csv"):
        assert {row["case"] for row in rows(tmp_path / "export" / name)} == {"case-02"}


def test_an_indeterminate_disc_is_exported_as_one(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1, cases=1)
    unsure = replace(normal("", ""), verdict=None, indeterminate=True)
    commit_all(small, small.readers[0], lambda *_: unsure)
    write_export(small.store, small.id, tmp_path / "export")
    discs = [disc for disc in read_readings(tmp_path / "export" / "READINGS.csv").discs if disc.reader != AI]
    assert [(disc.verdict, disc.indeterminate) for disc in discs] == [(None, True)] * 2


@pytest.mark.parametrize("image", ["T2/slice.dcm", "T2/absent.dcm", "../secret.dcm"])
def test_a_picture_of_the_reference_is_taken_along_where_it_is_in_the_cases_folder(
    tmp_path: Path, image: str
) -> None:
    truth = DiscTruth("bulge", False, image, (1, 2, 3, 4))
    small = small_study(tmp_path, readers=1, cases=1, truth=lambda *_: truth)
    commit_all(small, small.readers[0])
    case = tmp_path / "cases" / small.cases["case-01"]
    (case / "T2").mkdir(parents=True)
    (case / "T2" / "slice.dcm").write_bytes(b"pixels")
    (case.parent / "secret.dcm").write_bytes(b"another's")
    write_export(small.store, small.id, tmp_path / "export", tmp_path / "cases")
    disc = read_reference(tmp_path / "export" / "REFERENCE.csv").discs[0]
    assert disc.place.level == LEVELS[0]
    if image == "T2/slice.dcm":
        assert disc.place.image == "images/case-01/T2/slice.dcm"
        assert (tmp_path / "export" / disc.place.image).read_bytes() == b"pixels"
    else:
        assert disc.place.image is None
        assert not (tmp_path / "export" / "images").exists()


def test_a_zip_holds_the_same_files(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1, cases=1)
    commit_all(small, small.readers[0])
    write_export(small.store, small.id, tmp_path / "export")
    with ZipFile(io.BytesIO(zipped_export(small.store, small.id))) as archive:
        assert set(archive.namelist()) == {path.name for path in (tmp_path / "export").iterdir()}
        assert archive.read("READINGS.csv") == (tmp_path / "export" / "READINGS.csv").read_bytes()


def test_an_export_overwrites_nothing(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1, cases=1)
    commit_all(small, small.readers[0])
    with pytest.raises(BadInputError, match="already there and not empty"):
        write_export(small.store, small.id, tmp_path)


def test_a_study_that_is_not_there_is_not_exported(tmp_path: Path) -> None:
    small = small_study(tmp_path)
    with pytest.raises(StudyRefused, match="no such study"):
        zipped_export(small.store, "nothing")
