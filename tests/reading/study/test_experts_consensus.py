"""The reference standard: three experts independently, then only their disagreements together."""

from dataclasses import replace
from pathlib import Path

import pytest
from small_reader_study import LEVELS, Says, SmallStudy, commit_all, commit_next, normal, small_study
from sqlalchemy import select, update

from reading.people.audit import entries
from reading.reference import ReferenceDisc
from reading.store import tables
from reading.store.form import DiscCall
from reading.store.truth import DiscTruth
from reading.study.design import CONSENSUS, EXPERT, StudyDesign
from reading.study.reference_standard import (
    ReferenceStandard,
    begin_consensus,
    expert_calls,
    reference_standard,
    standing,
)
from reading.study.studies import close_study, open_study
from reading.study.worklist import NotNow, open_assignment, worklist
from reading.table import DiscPlace

DESIGN = StudyDesign("standalone", reference="experts")


def study_of_experts(folder: Path, design: StudyDesign = DESIGN) -> SmallStudy:
    return small_study(folder, design, readers=1, cases=3, training=1, experts=3, truth=lambda *_: None)


def standard(small: SmallStudy) -> ReferenceStandard:
    with small.store.read() as connection:
        return reference_standard(connection, small.id)


def but(case: str, level: str, call: DiscCall) -> Says:
    """Everything normal, but one disc."""
    return lambda name, disc: call if (name, disc) == (case, level) else normal(name, disc)


def consensus_cases(small: SmallStudy) -> list[tuple[str, str]]:
    """Account and case of the assignments of the consensus."""
    plan = tables.assignments.c
    wanted = (
        select(plan.account, tables.cases.c.name)
        .join(tables.cases, tables.cases.c.id == plan.case)
        .where(plan.arm == CONSENSUS)
        .order_by(plan.position)
    )
    with small.store.read() as connection:
        return [(account, name) for account, name in connection.execute(wanted)]


BULGE, SLIPPED, UNSURE = (
    DiscCall("bulge", slip=False),
    DiscCall("normal", slip=True),
    DiscCall(indeterminate=True, slip=False),
)


def test_where_all_agree_the_reference_is_complete_without_a_consensus(tmp_path: Path) -> None:
    small = study_of_experts(tmp_path)
    for expert in small.experts:
        assert "not read all cases" in (standard(small).lacking or "")
        assert commit_all(small, expert, but("case-02", LEVELS[0], BULGE)) == 3
    assert begin_consensus(small.store, small.id) == 0
    found = standard(small)
    assert found.lacking is None
    assert len(found.discs) == 3 * len(LEVELS)
    assert ReferenceDisc("case-02", "patient of case-02", DiscPlace(LEVELS[0]), "bulge", False) in found.discs
    assert sum(disc.verdict == "bulge" for disc in found.discs) == 1
    assert standing(small.store, small.id).disagreeing == 0


@pytest.mark.parametrize("other", [BULGE, SLIPPED, UNSURE])
def test_a_majority_settles_nothing(tmp_path: Path, other: DiscCall) -> None:
    small = study_of_experts(tmp_path)
    first, second, third = small.experts
    commit_all(small, first)
    commit_all(small, second, but("case-03", LEVELS[1], other))
    assert begin_consensus(small.store, small.id) == 0
    commit_all(small, third)
    assert standing(small.store, small.id).disagreeing == 1
    assert begin_consensus(small.store, small.id) == 1
    assert begin_consensus(small.store, small.id) == 0
    assert consensus_cases(small) == [(first.id, "case-03")]
    assert standard(small).lacking == "the consensus is still to be found on 1 of the cases"
    assert entries(small.store, limit=1)[0].action == "consensus begun"


def test_discs_that_nobody_can_tell_are_talked_about_too(tmp_path: Path) -> None:
    small = study_of_experts(tmp_path)
    for expert in small.experts:
        commit_all(small, expert, but("case-01", LEVELS[0], UNSURE))
    assert begin_consensus(small.store, small.id) == 1


def test_the_chairs_worklist_holds_what_is_disagreed_about_and_asks_that_alone(tmp_path: Path) -> None:
    small = study_of_experts(tmp_path)
    for expert, says in zip(small.experts, (normal, but("case-02", LEVELS[1], BULGE), normal), strict=True):
        commit_all(small, expert, says)
    (item,) = worklist(small.store, small.experts[0].id)
    assert (item.committed, item.planned) == (3, 4)
    with small.store.read() as connection:
        opened = open_assignment(connection, small.store.now(), small.experts[0].id, item.next or "")
        said = expert_calls(connection, small.id, opened.case)
    assert (opened.arm, opened.case_name, opened.training) == (CONSENSUS, "case-02", False)
    assert opened.questions.levels == (LEVELS[1],)
    assert not opened.questions.likelihoods
    assert [(call.expert, call.level, call.call.verdict) for call in said] == [
        ("expert 1", LEVELS[1], "normal"),
        ("expert 2", LEVELS[1], "bulge"),
        ("expert 3", LEVELS[1], "normal"),
    ]
    for expert in small.experts[1:]:
        assert worklist(small.store, expert.id)[0].next is None


def test_the_consensus_decides_what_was_open_and_nothing_else(tmp_path: Path) -> None:
    small = study_of_experts(tmp_path)
    for expert, says in zip(small.experts, (normal, but("case-02", LEVELS[1], BULGE), normal), strict=True):
        commit_all(small, expert, says)
    begin_consensus(small.store, small.id)
    commit_next(small, small.experts[0], lambda *_: DiscCall("herniation", slip=True, slip_grade=1))
    found = standard(small)
    assert found.lacking is None
    assert [
        (disc.case, disc.place.level, disc.slip) for disc in found.discs if disc.verdict == "herniation"
    ] == [("case-02", LEVELS[1], True)]
    assert len(found.discs) == 6
    now = standing(small.store, small.id)
    assert (now.disagreeing, now.settled, now.lacking) == (1, 1, None)


def test_what_the_consensus_cannot_tell_is_not_in_the_reference(tmp_path: Path) -> None:
    small = study_of_experts(tmp_path)
    for expert, says in zip(small.experts, (normal, but("case-02", LEVELS[1], BULGE), normal), strict=True):
        commit_all(small, expert, says)
    begin_consensus(small.store, small.id)
    commit_next(small, small.experts[0], lambda *_: UNSURE)
    found = standard(small)
    assert (found.lacking, found.untold) == (None, (f"case-02, {LEVELS[1]}",))
    assert len(found.discs) == 5


def test_the_chair_is_whom_the_design_names(tmp_path: Path) -> None:
    small = small_study(tmp_path, DESIGN, readers=1, cases=1, experts=3, opened=False)
    chair = small.experts[1]
    design = replace(DESIGN, chair=chair.id).as_json()
    with small.store.write() as connection:
        connection.execute(update(tables.studies).values(design=design))
    open_study(small.store, small.coordinator, small.id)
    for expert, says in zip(small.experts, (normal, normal, but("case-01", LEVELS[0], BULGE)), strict=True):
        commit_all(small, expert, says)
    begin_consensus(small.store, small.id)
    assert consensus_cases(small) == [(chair.id, "case-01")]


def test_independent_readings_stay_as_they_are_once_all_experts_have_read(tmp_path: Path) -> None:
    small = study_of_experts(tmp_path)
    first, second, third = small.experts
    assignment = commit_next(small, third) or ""
    commit_all(small, first)
    commit_all(small, second)
    with small.store.read() as connection:
        assert open_assignment(connection, small.store.now(), third.id, assignment).arm == EXPERT
    commit_all(small, third)
    with small.store.read() as connection, pytest.raises(NotNow, match="finished"):
        open_assignment(connection, small.store.now(), third.id, assignment)


def test_a_slip_that_is_not_asked_for_parts_nobody(tmp_path: Path) -> None:
    small = study_of_experts(tmp_path, replace(DESIGN, slip=False))
    for number, expert in enumerate(small.experts):
        slip = (None, True, False)[number]
        commit_all(small, expert, lambda *_, slip=slip: DiscCall("normal", slip=slip))
    assert standard(small).lacking is None
    assert not any(disc.slip for disc in standard(small).discs)


def test_no_consensus_begins_in_a_closed_study(tmp_path: Path) -> None:
    small = study_of_experts(tmp_path)
    for expert, says in zip(small.experts, (normal, normal, but("case-01", LEVELS[0], BULGE)), strict=True):
        commit_all(small, expert, says)
    close_study(small.store, small.coordinator, small.id)
    assert begin_consensus(small.store, small.id) == 0


def test_a_reference_from_files_is_that_of_the_levels_that_are_asked(tmp_path: Path) -> None:
    truth = {
        LEVELS[0]: DiscTruth("bulge", True, "series/slice.dcm", (1, 2, 3, 4)),
        LEVELS[1]: DiscTruth("normal", False),
    }
    small = small_study(tmp_path, readers=1, cases=1, training=1, truth=lambda _, level: truth[level])
    found = standard(small)
    assert found.lacking is None
    assert found.discs == (
        ReferenceDisc(
            "case-01",
            "patient of case-01",
            DiscPlace(LEVELS[0], "series/slice.dcm", (1, 2, 3, 4)),
            "bulge",
            True,
        ),
        ReferenceDisc("case-01", "patient of case-01", DiscPlace(LEVELS[1]), "normal", False),
    )
