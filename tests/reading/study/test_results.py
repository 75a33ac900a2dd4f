"""The results of a closed study: computed once it is closed, kept whole, opened by the coordinator alone."""

import csv
import io
import re
from collections import Counter
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from small_reader_study import (
    Says,
    SmallStudy,
    commit_all,
    commit_next,
    default_truth,
    new_account,
    normal,
    small_study,
)
from sqlalchemy import func, update

from reading.analysis.comparison import TABLES, Comparison
from reading.jobs.queue import job
from reading.jobs.study_jobs import results_job
from reading.jobs.work import ask_for_results
from reading.jobs.worker import do_next
from reading.people.accounts import Account
from reading.people.audit import entries
from reading.report.about import AboutModels
from reading.report.blocks import Report
from reading.report.files import TABLES_FOLDER
from reading.store import tables
from reading.store.form import DiscCall
from reading.study import compute_results as computing
from reading.study.arm_progress import progress_by_arm
from reading.study.compute_results import SHOWN, compute_results
from reading.study.design import WITH_AI, WITHOUT_AI, StudyDesign
from reading.study.results import (
    EVERYTHING,
    RESULTS_FOLDER,
    may_see_results,
    open_results,
    results_of,
)
from reading.study.studies import StudyRefused, close_study, study
from reading.study.worklist import worklist


def better_with_the_ai() -> Says:
    """Right of everything with the AI; without it, just before, of every second case."""
    asked: Counter[tuple[str, str]] = Counter()

    def says(case: str, level: str) -> DiscCall:
        asked[case, level] += 1
        number = int(case.rsplit("-", 1)[1])
        right = default_truth(number - 1 if asked[case, level] == 2 or number % 2 else number, level)
        herniated, slipped = (5 if found else 1 for found in (right.verdict != "normal", right.slip))
        return DiscCall(right.verdict, False, right.slip, None, herniated, slipped)

    return says


def closed_study(folder: Path) -> SmallStudy:
    """One reader read one case of it."""
    (folder / "cases").mkdir()
    small = small_study(folder, readers=1, cases=1)
    commit_all(small, small.readers[0])
    close_study(small.store, small.coordinator, small.id)
    return small


@pytest.fixture
def no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison is computed, but not written: a report takes seconds."""

    def write(comparison: Comparison, models: AboutModels, out: Path, when: datetime) -> Report:
        (out / TABLES_FOLDER).mkdir()
        return Report("", "", "", ())

    monkeypatch.setattr(computing, "write_comparison", write)


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallStudy, Path]:
    """A sequential study, and where its results lie."""
    folder = tmp_path_factory.mktemp("computed")
    (folder / "cases").mkdir()
    small = small_study(folder, StudyDesign("sequential"), readers=2, cases=4)
    for reader, says in zip(small.readers, (better_with_the_ai(), normal), strict=True):
        commit_all(small, reader, says)
    close_study(small.store, small.coordinator, small.id)
    compute_results(small.store, folder, small.id, small.coordinator.id)
    return small, folder


def may_see(small: SmallStudy, *people: Account) -> list[bool]:
    with small.store.read() as connection:
        return [may_see_results(connection, person, small.id) for person in people]


def test_every_section_that_the_app_shows_is_there(computed: tuple[SmallStudy, Path]) -> None:
    small, folder = computed
    found = results_of(folder, small.id)
    assert found is not None and tuple(section.title for section in found.sections) == SHOWN
    assert found.notes == ()
    whole = "".join(section.html for section in found.sections)
    assert all(words in whole for words in ("reader 1", "reader 2", "the AI", WITHOUT_AI, WITH_AI))
    plots = set(re.findall(r'<img class="drawing" src="data:image/svg[^"]+" alt="([^"]+)"', whole))
    assert plots >= {"primary", "primary-differences", "primary-arms", "roc", "times"}
    assert "surgeon" not in whole and "<svg" not in whole and "<script" not in whole


def test_the_report_names_the_plan_and_the_models(computed: tuple[SmallStudy, Path]) -> None:
    small, folder = computed
    page = (folder / RESULTS_FOLDER / small.id / "report.html").read_text(encoding="utf-8")
    assert page.count(study(small.store, small.id).plan_sha256) == 2, "as it is, and as it was noted"
    assert "No deviation from the plan." in page and "0123456789ab" in page
    assert str(folder) not in page and "surgeon" not in page


def test_everything_is_in_the_zip_and_nothing_but_codes(computed: tuple[SmallStudy, Path]) -> None:
    small, folder = computed
    with ZipFile(folder / RESULTS_FOLDER / small.id / EVERYTHING) as archive:
        names = set(archive.namelist())
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("READINGS.csv"), "utf-8")))
        words = b"".join(archive.read(name) for name in names)
    assert names == {f"tables/{name}.csv" for name in TABLES} | {
        *("READINGS.csv", "REFERENCE.csv", "plan.yaml", "PLAN_SHA256")
    }
    assert {row["reader"] for row in rows} == {"reader 1", "reader 2", "AI"}
    assert b"surgeon" not in words


def test_nothing_is_computed_before_the_study_is_closed(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1, cases=1)
    commit_all(small, small.readers[0])
    with pytest.raises(StudyRefused, match="not closed"):
        compute_results(small.store, tmp_path, small.id)
    with pytest.raises(StudyRefused, match="not closed"):
        open_results(small.store, tmp_path, small.coordinator, small.id)
    assert may_see(small, small.coordinator, small.readers[0]) == [False, False]
    assert results_of(tmp_path, small.id) is None


@pytest.mark.usefixtures("no_report")
def test_members_see_them_once_the_coordinator_opens_them_and_nobody_else_does(tmp_path: Path) -> None:
    small = closed_study(tmp_path)
    reader = small.readers[0]
    stranger = new_account(small.store, "a stranger", "reader")
    with pytest.raises(StudyRefused, match="not computed"):
        open_results(small.store, tmp_path, small.coordinator, small.id)
    compute_results(small.store, tmp_path, small.id, small.coordinator.id)
    assert may_see(small, small.coordinator, reader) == [True, False]
    assert not worklist(small.store, reader.id)[0].results_open
    with pytest.raises(ValueError, match="only a coordinator"):
        open_results(small.store, tmp_path, reader, small.id)
    open_results(small.store, tmp_path, small.coordinator, small.id)
    assert may_see(small, small.coordinator, reader, stranger) == [True, True, False]
    assert worklist(small.store, reader.id)[0].results_open
    noted = [(item.account, item.action) for item in entries(small.store, limit=2)]
    assert noted == [("coordinator", "results opened"), ("coordinator", "results computed")]
    with pytest.raises(StudyRefused, match="stay as they are"):
        compute_results(small.store, tmp_path, small.id)


@pytest.mark.usefixtures("no_report")
def test_a_plan_that_is_not_the_one_that_was_noted_is_said(tmp_path: Path) -> None:
    small = closed_study(tmp_path)
    changed = func.replace(tables.studies.c.plan, "alpha: 0.05", "alpha: 0.1")
    with small.store.write() as connection:
        connection.execute(update(tables.studies).values(plan=changed))
    compute_results(small.store, tmp_path, small.id)
    found = results_of(tmp_path, small.id)
    assert found is not None
    assert found.notes == ("The plan is not the file whose SHA-256 was noted: everything is exploratory.",)


def test_a_comparison_that_cannot_be_is_a_sentence_and_may_be_tried_again(tmp_path: Path) -> None:
    design = StudyDesign("standalone", reference="experts")
    small = small_study(tmp_path, design, readers=1, cases=1, experts=3)
    commit_all(small, small.readers[0])
    close_study(small.store, small.coordinator, small.id)
    for _ in range(2):
        asked = ask_for_results(small.store, small.id, small.coordinator.id)
        small.clock.go_on(minutes=1)
        assert do_next(small.store, tmp_path, "one")
        failed = job(small.store, asked)
        assert failed is not None and (failed.state, failed.attempts) == ("failed", 1)
        assert failed.problem == "what is right is not known: the experts have not read all cases yet"
        assert results_job(small.store, small.id) == failed
    assert list(tmp_path.glob(".new-*")) == [] and not (tmp_path / RESULTS_FOLDER).exists()


@pytest.mark.usefixtures("no_report")
def test_the_worker_computes_them_and_again(tmp_path: Path) -> None:
    small = closed_study(tmp_path)
    assert results_job(small.store, small.id) is None
    times = []
    for _ in range(2):
        ask_for_results(small.store, small.id, small.coordinator.id)
        small.clock.go_on(minutes=1)
        assert do_next(small.store, tmp_path, "one")
        done, found = results_job(small.store, small.id), results_of(tmp_path, small.id)
        assert done is not None and done.state == "done" and found is not None
        times.append(found.computed_at)
    assert times[0] < times[1] == small.store.now()


def test_progress_is_told_arm_by_arm(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("sequential"), readers=2, cases=2)
    for _ in range(3):
        commit_next(small, small.readers[1])
    with small.store.read() as connection:
        found = progress_by_arm(connection, small.id)
    assert [(item.code, item.arm, item.committed, item.planned) for item in found] == [
        ("reader 1", WITHOUT_AI, 0, 2),
        ("reader 1", WITH_AI, 0, 2),
        ("reader 2", WITHOUT_AI, 2, 2),
        ("reader 2", WITH_AI, 1, 2),
    ]
    assert [item.last_at for item in found] == [None, None, small.clock.time, small.clock.time]
