"""What the AI says of a case is seen only where and when the arm allows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from small_reader_study import (
    SmallStudy,
    add_ai_result,
    commit_all,
    commit_next,
    new_account,
    small_study,
)
from sqlalchemy import Connection, delete, select, update

from reading.people.accounts import Account
from reading.store import tables
from reading.store.form import DiscCall
from reading.study.blinding import may_see_ai, may_see_experts
from reading.study.design import EXPERT, WITH_AI, WITHOUT_AI, Kind, StudyDesign
from reading.study.reference_standard import begin_consensus
from reading.study.studies import close_study
from reading.study.worklist import NotNow, open_assignment

KINDS: tuple[Kind, ...] = ("standalone", "sequential", "crossover")
WEEKS = 4


@dataclass(frozen=True)
class Planned:
    """An assignment as the test knows it; ``committed_at`` is the test's own record."""

    id: str
    account: str
    case: str
    arm: str
    period: int
    position: int
    committed_at: datetime | None = None


def plans(small: SmallStudy) -> list[Planned]:
    plan, read = tables.assignments.c, tables.readings.c
    wanted = (
        select(plan.id, plan.account, plan.case, plan.arm, plan.period, plan.position, read.received_at)
        .join(tables.readings, read.assignment == plan.id, isouter=True)
        .order_by(plan.account, plan.period, plan.position)
    )
    with small.store.read() as connection:
        return [Planned(*row) for row in connection.execute(wanted)]


def seen(small: SmallStudy, account: str, assignment: str) -> bool:
    with small.store.read() as connection:
        return may_see_ai(connection, small.store.now(), account, assignment)


def allowed(
    state: str, results: set[str], now: datetime, account: str, wanted: Planned, known: list[Planned]
) -> bool:
    """The rule in plain words, by itself: who may see the AI's output for an assignment's case."""
    if state != "open" or wanted.arm != WITH_AI:
        return False
    if wanted.account != account or wanted.case not in results:
        return False
    own = [item for item in known if item.account == account]
    first = [item for item in own if item.period == 1]
    second = [item for item in own if item.period == 2]
    if second and all(item.committed_at for item in first):
        finished = max(item.committed_at for item in first if item.committed_at)
        if wanted.period == 1 or now < finished + timedelta(weeks=WEEKS):
            return False
    if wanted.committed_at:
        return True
    before = [item for item in own if (item.period, item.position) < (wanted.period, wanted.position)]
    return all(item.committed_at for item in before)


@contextmanager
def a_study(kind: Kind, **changes: int) -> Iterator[SmallStudy]:
    with TemporaryDirectory() as folder:
        reference = "experts" if changes.get("experts") else "truth"
        design = StudyDesign(kind, washout_weeks=WEEKS, reference=reference)
        yield small_study(Path(folder), design, **changes)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(0, 1)),
        st.tuples(st.just("read all"), st.integers(0, 1)),
        st.tuples(st.just("wait"), st.sampled_from([1, 3, 4])),
        st.tuples(st.just("result"), st.just(0)),
    ),
    max_size=8,
)


WHOLE = [("read", 0), ("read all", 0), ("wait", 3), ("read", 0), ("wait", 1), ("read", 0), ("read all", 0)]
"""One reader from beginning to end, with a look too early."""


@pytest.mark.parametrize("kind", KINDS)
@given(steps=STEPS, close=st.booleans())
@example(steps=[("result", 0), *WHOLE], close=True)
@example(steps=[("read all", 0), ("wait", 4), ("result", 0), ("read", 0), ("read all", 1)], close=False)
@settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.generate))
def test_whoever_asks_whenever_sees_what_the_plain_rule_allows(
    kind: Kind, steps: list[tuple[str, int]], close: bool
) -> None:
    with a_study(kind, readers=2, cases=3, training=1) as small:
        results = set(small.cases.values())
        without_result = small.cases["case-02"]
        with small.store.write() as connection:
            connection.execute(delete(tables.ai_results).where(tables.ai_results.c.case == without_result))
        results.remove(without_result)
        outsider = new_account(small.store, "somebody else", "reader")
        people = [*small.readers, outsider]
        check(small, kind, "open", results, people)
        for step, number in steps:
            if step == "read":
                read_if_possible(small, people[number])
            elif step == "read all":
                while read_if_possible(small, people[number]):
                    pass
            elif step == "wait":
                small.clock.go_on(weeks=number)
            elif without_result not in results:
                add_ai_result(small.store, small.id, without_result, "case-02")
                results.add(without_result)
            check(small, kind, "open", results, people)
        if close:
            close_study(small.store, small.coordinator, small.id)
            check(small, kind, "closed", results, people)


def read_if_possible(small: SmallStudy, person: Account) -> bool:
    try:
        return commit_next(small, person) is not None
    except NotNow as reason:
        assert "the AI has not read" in str(reason)
        return False


def check(small: SmallStudy, kind: Kind, state: str, results: set[str], people: list[Account]) -> None:
    known, now = plans(small), small.clock.time
    with small.store.read() as connection:
        for person in people:
            for wanted in known:
                right = allowed(state, results, now, person.id, wanted, known)
                assert may_see_ai(connection, now, person.id, wanted.id) == right, (person.name, wanted)
                if right:
                    no_reading_without_it_is_near(connection, now, kind, known, wanted)


def no_reading_without_it_is_near(
    connection: Connection, now: datetime, kind: Kind, known: list[Planned], shown: Planned
) -> None:
    """The same reader's reading without the AI is over, or closed until the washout has passed."""
    other = next(
        item
        for item in known
        if (item.account, item.case, item.arm) == (shown.account, shown.case, WITHOUT_AI)
    )
    if other.committed_at is None:
        assert kind == "crossover"
        assert (shown.period, other.period) == (1, 2)
        soon = now + timedelta(weeks=WEEKS) - timedelta(seconds=1)
        with pytest.raises(NotNow):
            open_assignment(connection, soon, other.account, other.id)


def test_in_a_crossover_weeks_lie_between_what_was_seen_and_the_reading_without_it(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("crossover", washout_weeks=WEEKS), readers=2, cases=4)
    last_seen: dict[tuple[str, str], datetime] = {}
    checked = 0
    for reader in small.readers:
        for _ in range(2):
            while (assignment := commit_next(small, reader)) is not None:
                known = {item.id: item for item in plans(small)}
                for item in known.values():
                    if item.account == reader.id and seen(small, reader.id, item.id):
                        last_seen[item.account, item.case] = small.clock.time
                read = known[assignment]
                if read.arm == WITHOUT_AI and (before := last_seen.get((reader.id, read.case))):
                    assert small.clock.time - before >= timedelta(weeks=WEEKS)
                    checked += 1
                small.clock.go_on(minutes=5)
            small.clock.go_on(weeks=WEEKS)
    assert checked == 4


def test_nobody_sees_anything_while_a_study_is_a_draft(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("sequential"), readers=1)
    reader = small.readers[0]
    commit_next(small, reader)
    shown = next(item for item in plans(small) if seen(small, reader.id, item.id))
    with small.store.write() as connection:
        connection.execute(update(tables.studies).values(state="draft"))
    assert not seen(small, reader.id, shown.id)


def test_nothing_is_seen_of_an_assignment_that_is_not_there(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("sequential"), readers=1)
    for wrong in ("", "no id", small.id, small.cases["case-01"]):
        assert not seen(small, small.readers[0].id, wrong)


def test_results_of_other_models_than_the_studys_are_none(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("sequential"), readers=1)
    with small.store.write() as connection:
        connection.execute(update(tables.ai_results).values(models_sha256="f" * 64))
    commit_next(small, small.readers[0])
    assert not any(seen(small, small.readers[0].id, item.id) for item in plans(small))
    with pytest.raises(NotNow, match="the AI has not read this case yet"):
        commit_next(small, small.readers[0])


def test_experts_see_nothing_of_the_ai() -> None:
    with a_study("sequential", readers=1, experts=3) as small:
        commit_next(small, small.readers[0])
        own = [item for item in plans(small) if item.arm == EXPERT]
        for expert in small.experts:
            assert not any(seen(small, expert.id, item.id) for item in plans(small))
        assert len(own) == 9


def test_only_the_chair_sees_what_experts_said_and_only_in_the_consensus() -> None:
    with a_study("sequential", readers=1, cases=2, experts=3) as small:
        chair, second, third = small.experts
        commit_all(small, chair, lambda case, level: DiscCall("bulge", slip=False))
        commit_all(small, second)
        assert not any(may_see(small, person, item) for person in everybody(small) for item in plans(small))
        commit_all(small, third)
        assert begin_consensus(small.store, small.id) == 2
        visible = [
            (person, item)
            for person in everybody(small)
            for item in plans(small)
            if may_see(small, person, item)
        ]
        assert [(person, item.arm, item.position) for person, item in visible] == [(chair, "consensus", 1)]


def may_see(small: SmallStudy, person: Account, item: Planned) -> bool:
    with small.store.read() as connection:
        return may_see_experts(connection, small.store.now(), person.id, item.id)


def everybody(small: SmallStudy) -> list[Account]:
    return [*small.readers, *small.experts, small.coordinator]
