"""Worklists: one case after the other, each when its turn has come."""

from datetime import timedelta
from pathlib import Path

import pytest
from small_reader_study import LEVELS, SmallStudy, commit_all, commit_next, new_account, small_study
from sqlalchemy import select

from reading.people.accounts import Account
from reading.store import tables
from reading.store.form import Questions
from reading.study.design import WITH_AI, WITHOUT_AI, StudyDesign
from reading.study.studies import close_study
from reading.study.worklist import (
    NotNow,
    OpenAssignment,
    WorkItem,
    folder_after,
    open_assignment,
    worklist,
)


def item(small: SmallStudy, account: Account) -> WorkItem:
    (found,) = worklist(small.store, account.id)
    return found


def opened(small: SmallStudy, account: Account, assignment: str) -> OpenAssignment:
    with small.store.read() as connection:
        return open_assignment(connection, small.store.now(), account.id, assignment)


def read_one(small: SmallStudy, account: Account) -> str:
    assignment = commit_next(small, account)
    assert assignment is not None
    return assignment


def test_a_worklist_says_how_far_its_reader_is_and_what_is_next(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=2, cases=2)
    reader = small.readers[0]
    before = item(small, reader)
    assert (before.title, before.code, before.committed, before.planned) == (
        "A small study",
        "reader 1",
        0,
        2,
    )
    assert before.next is not None
    assert opened(small, reader, before.next).committed is False
    commit_all(small, reader)
    after = item(small, reader)
    assert (after.committed, after.next, after.opens_at) == (2, None, None)
    assert item(small, small.readers[1]).committed == 0


def test_drafts_and_studies_of_others_are_on_no_worklist(tmp_path: Path) -> None:
    small = small_study(tmp_path, opened=False)
    assert worklist(small.store, small.readers[0].id) == []
    assert worklist(small.store, new_account(small.store, "outsider", "reader").id) == []


def test_an_open_assignment_says_what_is_asked(tmp_path: Path) -> None:
    design = StudyDesign("standalone", verdicts=("normal", "herniation"), slip=False, likelihoods=False)
    small = small_study(tmp_path, design, readers=1, cases=1, training=1)
    first = opened(small, small.readers[0], item(small, small.readers[0]).next or "")
    assert (first.case_name, first.training, first.arm) == ("training-01", True, WITHOUT_AI)
    assert first.questions == Questions(LEVELS, ("normal", "herniation"), slip=False, likelihoods=False)
    assert first.folder == small.cases["training-01"]


def test_only_the_next_case_is_opened_and_again_after_a_reload(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1, cases=3)
    reader = small.readers[0]
    with small.store.read() as connection:
        plan = tables.assignments.c
        order = connection.execute(select(plan.id).order_by(plan.position)).scalars().all()
    for number, assignment in enumerate(order):
        assert opened(small, reader, assignment) == opened(small, reader, assignment)
        for later in order[number + 1 :]:
            with pytest.raises(NotNow, match="another case is read before this one"):
                opened(small, reader, later)
        assert read_one(small, reader) == assignment


def test_anothers_cases_are_refused(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("sequential"), readers=2, cases=2)
    reader, other = small.readers
    read, following = read_one(small, other), item(small, other).next or ""
    for assignment in (read, following, "", "nothing"):
        with pytest.raises(NotNow, match="no reading of yours"):
            opened(small, reader, assignment)


def test_a_committed_case_is_opened_to_be_corrected_while_its_period_lasts(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("crossover", washout_weeks=4), readers=1, cases=2)
    reader = small.readers[0]
    first = read_one(small, reader)
    assert opened(small, reader, first).committed
    read_one(small, reader)
    with pytest.raises(NotNow, match="finished"):
        opened(small, reader, first)
    small.clock.go_on(weeks=4)
    second = read_one(small, reader)
    assert opened(small, reader, second).committed
    with pytest.raises(NotNow, match="finished"):
        opened(small, reader, first)
    read_one(small, reader)
    assert opened(small, reader, second).committed


def test_the_second_period_begins_when_the_washout_has_passed(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("crossover", washout_weeks=2.5), readers=2, cases=2)
    reader, other = small.readers
    read_one(small, reader)
    small.clock.go_on(days=3)
    read_one(small, reader)
    begins = small.clock.time + timedelta(weeks=2.5)
    waiting = item(small, reader)
    assert (waiting.next, waiting.opens_at, waiting.committed) == (None, begins, 2)
    assert item(small, other).opens_at is None
    small.clock.time = begins - timedelta(seconds=1)
    assert item(small, reader).next is None
    small.clock.time = begins
    following = item(small, reader)
    assert following.opens_at is None
    assert following.next is not None
    assert opened(small, reader, following.next).period == 2


def test_the_sentence_of_a_washout_says_from_when_on(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("crossover", washout_weeks=4), readers=1, cases=2)
    reader = small.readers[0]
    small.clock.go_on(weeks=8)
    commit_all(small, reader)
    small.clock.go_on(weeks=5)
    following = item(small, reader).next or ""
    small.clock.go_on(weeks=-2)
    with pytest.raises(NotNow, match="the second period begins on 25 May 2026, 08:00 UTC"):
        opened(small, reader, following)


def test_the_ai_follows_at_once_in_a_sequential_study(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("sequential"), readers=1, cases=2)
    reader = small.readers[0]
    read = [opened(small, reader, read_one(small, reader)) for _ in range(4)]
    assert [reading.arm for reading in read] == [WITHOUT_AI, WITH_AI] * 2
    assert read[0].case == read[1].case != read[2].case == read[3].case


def test_nothing_is_opened_in_a_closed_study(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1)
    reader = small.readers[0]
    read = read_one(small, reader)
    following = item(small, reader).next or ""
    close_study(small.store, small.coordinator, small.id)
    for assignment in (read, following):
        with pytest.raises(NotNow, match="this study is closed"):
            opened(small, reader, assignment)
    closed = item(small, reader)
    assert (closed.state, closed.next, closed.committed) == ("closed", None, 1)


def test_the_case_after_the_open_one_is_known_before_its_turn(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("sequential"), readers=1, cases=2)
    reader = small.readers[0]
    first = opened(small, reader, item(small, reader).next or "")
    with small.store.read() as connection:
        after = folder_after(connection, first)
    assert {first.folder, after} == set(small.cases.values())
    # The first case comes again, with the AI, before the second one.
    read_one(small, reader)
    again = opened(small, reader, item(small, reader).next or "")
    with small.store.read() as connection:
        assert (again.folder, folder_after(connection, again)) == (first.folder, after)
    read_one(small, reader)
    last = opened(small, reader, item(small, reader).next or "")
    with small.store.read() as connection:
        assert (last.folder, folder_after(connection, last)) == (after, None)
