"""The worker's process: killed, told to end, left alone."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from draft_study import Draft, draft_study, packed, write_examination
from small_reader_study import new_account
from sqlalchemy import Row, func, select

from axial.models import PHANTOM_MODELS
from reading.cases.sources import Folder, Phantoms, Upload
from reading.jobs import work
from reading.jobs.open_reading import ask_for_open_reading
from reading.jobs.queue import Job, claim, job
from reading.jobs.work import ask_for_ai, ask_for_cases
from reading.jobs.worker import DATABASE_VARIABLE, do_next
from reading.store import tables
from reading.study.studies import add_member

CASES = 4
_PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="session")
def examinations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examinations")
    for number in range(CASES):
        write_examination(folder / f"{number}", f"PAT-{number}")
    return folder


@pytest.fixture
def draft(tmp_path: Path, examinations: Path) -> Draft:
    """Its AI are the models that come with the project."""
    draft = draft_study(tmp_path, models=PHANTOM_MODELS)
    shutil.copytree(examinations, draft.imports / "f")
    return draft


def begin(draft: Draft, *more: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, DATABASE_VARIABLE: str(draft.store.engine.url), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "reading.jobs.worker", "--data", str(draft.data), *more]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)


def wait_for(is_so: Callable[[], bool]) -> None:
    last = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < last, "waited in vain"
        time.sleep(0.02)


def state_of(draft: Draft, asked: str) -> Job:
    found = job(draft.store, asked)
    assert found is not None
    return found


def do_all(draft: Draft, worker: str = "in this process") -> None:
    while do_next(draft.store, draft.data, worker):
        pass


def ai_result(draft: Draft, case: str) -> Row[Any]:
    wanted = select(tables.ai_results).where(tables.ai_results.c.case == case)
    with draft.store.read() as connection:
        return connection.execute(wanted).one()


def test_the_job_of_a_killed_worker_is_done_by_the_next(draft: Draft) -> None:
    asked = ask_for_cases(draft.store, draft.id, Folder("f"), False, None)
    draft.clock.time = draft.clock.time.now(draft.clock.time.tzinfo)
    process = begin(draft)
    wait_for(lambda: 0 < len(draft.cases()) < CASES)
    process.kill()
    process.communicate()
    assert state_of(draft, asked).state == "running"
    # The killed one went by the machine's clock, however slow the machine was.
    draft.clock.time = draft.clock.time.now(draft.clock.time.tzinfo)
    draft.clock.go_on(minutes=1)
    do_all(draft)
    done = state_of(draft, asked)
    assert (done.state, done.problem, done.attempts) == ("done", "", 2)
    assert [case.name for case in draft.cases()] == [f"case-{number:02d}" for number in range(1, CASES + 1)]
    folders = {path.name for path in (draft.data / "cases").iterdir() if not path.name.startswith(".")}
    assert folders == {case.id for case in draft.cases()}
    with draft.store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tables.ai_results)) == CASES


def test_a_worker_that_is_told_to_end_puts_its_job_back(draft: Draft) -> None:
    asked = ask_for_cases(draft.store, draft.id, Folder("f"), False, None)
    process = begin(draft)
    wait_for(lambda: 0 < len(draft.cases()) < CASES)
    process.terminate()
    _, said = process.communicate(timeout=_PATIENCE_SECONDS)
    assert process.returncode == 0, said
    put_back = state_of(draft, asked)
    assert (put_back.state, put_back.attempts) == ("waiting", 0)
    assert sorted(path.name for path in (draft.data / "cases").iterdir()) == sorted(
        case.id for case in draft.cases()
    )


def test_a_worker_ends_with_the_process_that_it_works_for(draft: Draft) -> None:
    script = f"""
import os, subprocess, sys
command = [sys.executable, "-m", "reading.jobs.worker", "--data", {str(draft.data)!r}, "--parent"]
print(subprocess.Popen([*command, str(os.getpid())]).pid, flush=True)
sys.stdin.read()
"""
    environment = {**os.environ, DATABASE_VARIABLE: str(draft.store.engine.url)}
    parent = subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    asked = ask_for_cases(draft.store, draft.id, Folder("f"), False, None)
    wait_for(lambda: state_of(draft, asked).state == "running")
    parent.kill()
    parent.communicate()
    wait_for(lambda: not _lives(worker))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


def test_two_workers_do_no_job_twice(draft: Draft) -> None:
    ask_for_cases(draft.store, draft.id, Folder("f"), False, None)
    do_next(draft.store, draft.data, "first")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: do_all(draft, name), ("second", "third")))
    with draft.store.read() as connection:
        jobs = connection.execute(select(tables.jobs)).all()
        assert connection.scalar(select(func.count()).select_from(tables.ai_results)) == CASES
    assert [(job.state, job.attempts) for job in jobs] == [("done", 1)] * (1 + CASES)


def test_the_ai_reads_a_case_once(draft: Draft) -> None:
    shutil.rmtree(draft.imports / "f" / "1")
    ask_for_cases(draft.store, draft.id, Folder("f"), False, None)
    do_all(draft)
    (first, *_) = draft.cases()
    before = ai_result(draft, first.id)
    assert before.result["study"] == "case-01" and before.seconds > 0
    assert {stage["name"] for stage in before.result["stages"]} >= {"vertebrae", "classification"}
    assert str(draft.data) not in str(before.result)
    with draft.store.read() as connection:
        wanted = select(tables.jobs.c.stage).where(tables.jobs.c.kind == work.READ_CASE)
        assert set(connection.scalars(wanted)) == {"measures"}, "the last stage of the AI"
    again = ask_for_ai(draft.store, first.id, None)
    draft.clock.go_on(minutes=1)
    do_all(draft)
    assert state_of(draft, again).state == "done" and ai_result(draft, first.id) == before


def test_other_models_than_those_of_the_study_read_nothing(tmp_path: Path, examinations: Path) -> None:
    models = Path(shutil.copytree(PHANTOM_MODELS, tmp_path / "models"))
    draft = draft_study(tmp_path, models=models)
    shutil.copytree(examinations / "0", draft.imports / "f" / "x")
    asked = ask_for_cases(draft.store, draft.id, Folder("f"), False, None)
    do_next(draft.store, draft.data, "one")
    assert state_of(draft, asked).state == "done"
    (models / "axial.json").write_text((models / "axial.json").read_text() + " ")
    (case,) = draft.cases()
    again = ask_for_ai(draft.store, case.id, None)
    do_all(draft)
    failed = state_of(draft, again)
    assert failed.state == "failed" and "models have changed" in failed.problem


def test_what_cannot_be_done_is_said_once(draft: Draft) -> None:
    absent = ask_for_cases(draft.store, draft.id, Folder("absent"), False, None)
    case = ask_for_ai(draft.store, "absent", None)
    do_all(draft)
    for asked, said in ((absent, "no such folder"), (case, "no such case")):
        failed = state_of(draft, asked)
        assert (failed.state, failed.attempts) == ("failed", 1) and said in failed.problem


def test_a_fault_of_ours_is_tried_again_and_then_said(
    draft: Draft, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(work, "read_case", fail)
    asked = ask_for_ai(draft.store, "x", None)
    do_all(draft)
    failed = state_of(draft, asked)
    assert (failed.state, failed.attempts) == ("failed", 3) and "look at the log" in failed.problem
    assert "a fault" in caplog.text


def test_an_open_reading_is_read_and_the_upload_removed(draft: Draft, examinations: Path) -> None:
    (draft.data / "uploads").mkdir()
    upload = packed(examinations / "0", draft.data / "uploads" / "u.zip")
    asked = ask_for_open_reading(draft.store, upload, draft.coordinator.id)
    do_all(draft)
    folder = draft.data / "open" / asked
    assert state_of(draft, asked).state == "done"
    assert (folder / "result.json").exists() and list(folder.rglob("*.dcm")) and not upload.exists()
    assert not any(b"PAT-0" in path.read_bytes() for path in folder.rglob("*.dcm"))


def test_an_open_reading_of_a_case_of_ones_own_study_is_refused(draft: Draft, examinations: Path) -> None:
    reader = new_account(draft.store, "reader", "reader")
    add_member(draft.store, draft.coordinator, draft.id, reader.id)
    ask_for_cases(draft.store, draft.id, Folder("f"), False, None)
    do_next(draft.store, draft.data, "one")
    with draft.store.write() as connection:
        connection.execute(tables.jobs.delete())
    (draft.data / "uploads").mkdir()
    upload = packed(examinations / "0", draft.data / "uploads" / "u.zip")
    asked = ask_for_open_reading(draft.store, upload, reader.id)
    do_all(draft)
    failed = state_of(draft, asked)
    assert failed.state == "failed" and "a reader study in which you take part" in failed.problem
    assert not upload.exists() and not (draft.data / "open").exists()


def test_each_source_of_cases_comes_back_from_the_table(draft: Draft) -> None:
    for source in (Phantoms(3, 5), Folder("f"), Upload(draft.data / "uploads" / "u.zip")):
        ask_for_cases(draft.store, draft.id, source, True, None)
        claimed = claim(draft.store, "one")
        assert claimed is not None and work._source(draft.data, claimed.subject) == source
