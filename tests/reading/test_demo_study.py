"""The demo study: begun in a new store at once, made by the worker, and by it alone."""

from dataclasses import replace
from pathlib import Path

import pytest
from small_reader_study import Clock
from sqlalchemy import select, update

from annotation.grades import LEAST_SLIP
from annotation.labels import LUMBAR
from data.phantom.anatomy import Phantom
from data.phantom.landmarks import landmarks
from data.phantom.patient import draw_patient
from data.phantom.studies import StudyPlan
from imaging.study import SeriesKind
from reading import demo_study
from reading.demo_study import CASES, READER, begin_demo_study
from reading.jobs import work
from reading.jobs.study_jobs import demo_job
from reading.jobs.work import DEMO_STUDY
from reading.jobs.worker import do_next
from reading.people.accounts import create_account
from reading.store import tables
from reading.store.database import Store, open_store
from reading.study.studies import studies
from reading.study.worklist import worklist


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "cases").mkdir()
    return tmp_path


@pytest.fixture
def store(data: Path) -> Store:
    return open_store(f"sqlite:///{data / 'discern.db'}", Clock())


def test_it_is_there_at_once_and_the_worker_makes_opens_and_reads_it(
    store: Store, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = StudyPlan((SeriesKind.SAGITTAL_T2,), 2)
    monkeypatch.setattr(work, "_source", lambda data, subject: replace(CASES, count=2, plan=small))
    read: list[str] = []
    monkeypatch.setattr(work, "read_case", lambda store, cases, case, stage: read.append(case))
    reader = begin_demo_study(store, create_account(store, "coordinator", "coordinator"))
    (demo,) = studies(store)
    assert (demo.title, demo.state, demo.design.kind) == (demo_study.TITLE, "draft", "sequential")
    assert demo_job(store) is not None and worklist(store, reader.id) == []
    while do_next(store, data, "one"):
        store.now.go_on(seconds=1)
    assert demo_job(store) is None
    (item,) = worklist(store, reader.id)
    assert (item.state, item.planned, item.code, reader.name) == ("open", 4, "reader 1", READER)
    with store.read() as connection:
        assert set(connection.scalars(select(tables.cases.c.id))) == set(read) and len(read) == 2
        assert set(connection.scalars(select(tables.jobs.c.problem))) == {""}
    # A worker that died just after it had opened the study.
    again = update(tables.jobs).where(tables.jobs.c.kind == DEMO_STUDY).values(state="waiting")
    with store.write() as connection:
        connection.execute(again)
    assert do_next(store, data, "two") and demo_job(store) is None
    assert worklist(store, reader.id) == [item] and len(read) == 2


def test_its_cases_show_every_finding_and_a_healthy_spine() -> None:
    patients = [Phantom(draw_patient(CASES.seed, number)) for number in range(CASES.count)]
    found = [
        {disc.state for disc in landmarks(patient).discs if disc.name in LUMBAR.levels}
        for patient in patients
    ]
    assert set().union(*found) == {"normal", "bulge", "herniation"} and {"normal"} in found
    assert any(disc.slip >= LEAST_SLIP for patient in patients for disc in landmarks(patient).discs)
