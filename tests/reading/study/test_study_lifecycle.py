"""Studies: made as drafts, opened once everything is there, closed; each change noted."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from small_reader_study import (
    QUICK_PLAN,
    Clock,
    SmallStudy,
    add_case,
    commit_next,
    new_account,
    small_models,
    small_study,
)
from sqlalchemy import insert, select, update

from reading.people.accounts import Account
from reading.people.audit import entries
from reading.store import tables
from reading.store.database import open_store
from reading.study.design import StudyDesign
from reading.study.studies import (
    StudyRefused,
    add_member,
    close_study,
    create_study,
    members,
    missing_ai_results,
    open_study,
    progress,
    remove_member,
    studies,
    study,
)

EXPERTS = StudyDesign("standalone", reference="experts")


def assignments(small: SmallStudy) -> int:
    with small.store.read() as connection:
        return len(connection.execute(select(tables.assignments.c.id)).all())


def why_not_opened(small: SmallStudy) -> str:
    with pytest.raises(StudyRefused) as refused:
        open_study(small.store, small.coordinator, small.id)
    assert assignments(small) == 0
    assert study(small.store, small.id).state == "draft"
    return str(refused.value)


def codes(small: SmallStudy) -> list[str]:
    with small.store.read() as connection:
        return [member.code for member in members(connection, small.id)]


def test_a_new_study_is_a_draft_with_the_hash_of_its_plan(tmp_path: Path) -> None:
    design = replace(EXPERTS, kind="crossover", washout_weeks=6, seed=7, verdicts=("normal", "herniation"))
    small = small_study(tmp_path, design, experts=3, opened=False)
    made = study(small.store, small.id)
    assert (made.state, made.opened_at, made.design) == ("draft", None, design)
    assert made.plan_sha256 == hashlib.sha256(QUICK_PLAN).hexdigest()
    assert made.created_at == small.clock.time
    assert studies(small.store) == [made]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": "  "}, "1 to 200 characters"),
        ({"title": "A  small study"}, "there is a study of this title"),
        ({"plan": b"primary_endpoint: pain"}, "'title' is missing"),
        ({"plan": b"a: b: c"}, "not YAML"),
        ({"plan": QUICK_PLAN.decode().encode("utf-16")}, "not in UTF-8"),
        ({"models": Path("nowhere")}, "no models here"),
    ],
)
def test_a_study_that_cannot_be_is_refused_with_a_sentence(
    tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    small = small_study(tmp_path, opened=False)
    given = {"title": "Another", "design": EXPERTS, "plan": QUICK_PLAN, "models": small.models, **change}
    with pytest.raises(StudyRefused, match=reason):
        create_study(small.store, small.coordinator, **given)
    assert len(studies(small.store)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "blinded"},
        {"kind": "crossover", "washout_weeks": -1},
        {"kind": "crossover", "verdicts": ("normal",)},
    ],
)
def test_a_design_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        StudyDesign(**wrong)


def test_members_get_codes_by_their_role(tmp_path: Path) -> None:
    small = small_study(tmp_path, EXPERTS, readers=2, experts=3, opened=False)
    assert codes(small) == ["expert 1", "expert 2", "expert 3", "reader 1", "reader 2"]
    remove_member(small.store, small.coordinator, small.id, small.readers[0].id)
    assert codes(small)[3:] == ["reader 2"]
    assert add_member(small.store, small.coordinator, small.id, small.readers[0].id).code == "reader 1"


def test_who_cannot_take_part_is_refused(tmp_path: Path) -> None:
    small = small_study(tmp_path, opened=False)
    with pytest.raises(StudyRefused, match="already a member"):
        add_member(small.store, small.coordinator, small.id, small.readers[0].id)
    with pytest.raises(StudyRefused, match="only readers and experts"):
        add_member(small.store, small.coordinator, small.id, small.coordinator.id)
    with pytest.raises(StudyRefused, match="needs no experts"):
        add_member(small.store, small.coordinator, small.id, new_account(small.store, "eve", "expert").id)
    gone = new_account(small.store, "gone", "reader")
    with small.store.write() as connection:
        is_gone = update(tables.accounts).where(tables.accounts.c.id == gone.id)
        connection.execute(is_gone.values(disabled_at=small.clock.time))
    with pytest.raises(StudyRefused, match="an account in use"):
        add_member(small.store, small.coordinator, small.id, gone.id)


def test_only_a_coordinator_changes_a_study(tmp_path: Path) -> None:
    small = small_study(tmp_path, opened=False)
    reader = small.readers[0]
    another = new_account(small.store, "another", "reader").id
    for change in (
        lambda: create_study(small.store, reader, "Mine", EXPERTS, QUICK_PLAN, small.models),
        lambda: add_member(small.store, reader, small.id, another),
        lambda: remove_member(small.store, reader, small.id, reader.id),
        lambda: open_study(small.store, reader, small.id),
        lambda: close_study(small.store, reader, small.id),
    ):
        with pytest.raises(ValueError, match="only a coordinator"):
            change()


def test_a_study_without_cases_or_readers_is_not_opened(tmp_path: Path) -> None:
    assert "no case to read" in why_not_opened(small_study(_new(tmp_path), cases=0, training=1, opened=False))
    assert "no reader" in why_not_opened(small_study(_new(tmp_path), readers=0, opened=False))


def _new(folder: Path) -> Path:
    made = folder / str(len(list(folder.iterdir())))
    made.mkdir()
    return made


@pytest.mark.parametrize("experts", [0, 1, 2, 4])
def test_a_reference_by_experts_needs_three(tmp_path: Path, experts: int) -> None:
    small = small_study(tmp_path, EXPERTS, experts=experts, opened=False)
    assert f"3 experts make the reference, {experts} take part" in why_not_opened(small)


def test_the_chair_is_an_expert_of_the_study(tmp_path: Path) -> None:
    small = small_study(tmp_path, replace(EXPERTS, chair="somebody"), experts=3, opened=False)
    assert "the chair" in why_not_opened(small)


def test_a_reference_from_files_needs_the_truth_of_every_case_but_training(tmp_path: Path) -> None:
    small = small_study(tmp_path, cases=2, training=1, opened=False)
    known = update(tables.cases).values(truth=None)
    with small.store.write() as connection:
        connection.execute(known.where(tables.cases.c.name == "training-01"))
        connection.execute(known.where(tables.cases.c.name == "case-02"))
    assert why_not_opened(small).startswith("case-02 comes without truth")


def test_a_patient_is_not_both_trained_on_and_measured(tmp_path: Path) -> None:
    small = small_study(tmp_path, opened=False)
    add_case(small.store, small.id, "training-01", patient="patient of case-01")
    assert "of a patient who is measured too" in why_not_opened(small)


def test_a_crossover_needs_two_patients(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("crossover"), cases=1, opened=False)
    assert "another patient" in why_not_opened(small)


def test_an_account_that_was_disabled_since_is_named(tmp_path: Path) -> None:
    small = small_study(tmp_path, opened=False)
    with small.store.write() as connection:
        connection.execute(update(tables.accounts).values(disabled_at=small.clock.time))
    assert "disabled" in why_not_opened(small)


def test_a_member_who_reads_the_pictures_elsewhere_keeps_a_study_from_opening(
    tmp_path: Path,
) -> None:
    small = small_study(tmp_path)
    second = create_study(
        small.store, small.coordinator, "The second", StudyDesign("sequential"), QUICK_PLAN, small.models
    )
    case = add_case(small.store, second, "case-01")
    with small.store.write() as connection:
        rows = [{"case": case, "digest": "a" * 64} for case in (case, small.cases["case-02"])]
        connection.execute(insert(tables.case_pixels), rows)
    add_member(small.store, small.coordinator, second, new_account(small.store, "fresh", "reader").id)
    add_member(small.store, small.coordinator, second, small.readers[1].id)
    with pytest.raises(StudyRefused, match="reader 2 reads the pictures of case-01 in “A small study” too"):
        open_study(small.store, small.coordinator, second)
    close_study(small.store, small.coordinator, small.id)
    open_study(small.store, small.coordinator, second)


def test_opening_writes_everybodys_assignments_and_is_final(tmp_path: Path) -> None:
    small = small_study(tmp_path, EXPERTS, readers=2, cases=3, training=1, experts=3)
    assert assignments(small) == 2 * 4 + 3 * 3
    assert study(small.store, small.id).opened_at == small.clock.time
    another = new_account(small.store, "another", "reader").id
    for change in (
        lambda: open_study(small.store, small.coordinator, small.id),
        lambda: add_member(small.store, small.coordinator, small.id, another),
        lambda: remove_member(small.store, small.coordinator, small.id, small.readers[0].id),
    ):
        with pytest.raises(StudyRefused, match="nothing of it can be changed"):
            change()
    assert assignments(small) == 17


def test_the_same_study_on_another_server_has_the_same_orders(tmp_path: Path) -> None:
    orders = []
    for folder in (_new(tmp_path), _new(tmp_path)):
        small = small_study(folder, StudyDesign("crossover", seed=3), readers=3, cases=5, training=1)
        plan = tables.assignments.c
        wanted = (
            select(tables.members.c.code, plan.period, plan.position, plan.arm, tables.cases.c.name)
            .join(tables.cases, tables.cases.c.id == plan.case)
            .join(tables.members, tables.members.c.account == plan.account)
            .order_by(tables.members.c.code, plan.period, plan.position)
        )
        with small.store.read() as connection:
            orders.append(connection.execute(wanted).all())
    assert orders[0] == orders[1]


def test_a_study_is_closed_once_it_was_open_and_for_good(tmp_path: Path) -> None:
    small = small_study(tmp_path, opened=False)
    with pytest.raises(StudyRefused, match="not open"):
        close_study(small.store, small.coordinator, small.id)
    open_study(small.store, small.coordinator, small.id)
    small.clock.go_on(days=1)
    close_study(small.store, small.coordinator, small.id)
    assert study(small.store, small.id).closed_at == small.clock.time
    with pytest.raises(StudyRefused, match="this study is closed"):
        open_study(small.store, small.coordinator, small.id)


def test_progress_counts_what_each_member_has_committed(tmp_path: Path) -> None:
    small = small_study(tmp_path, StudyDesign("sequential"), cases=2)
    small.clock.go_on(hours=1)
    commit_next(small, small.readers[1])
    with small.store.read() as connection:
        first, second = progress(connection, small.id)
    assert (first.member.code, first.committed, first.planned, first.last_at) == ("reader 1", 0, 4, None)
    assert (second.committed, second.planned, second.last_at) == (1, 4, small.clock.time)


def test_the_ai_is_asked_for_the_cases_that_it_has_not_read(tmp_path: Path) -> None:
    small = small_study(tmp_path, cases=1, opened=False)
    missing = add_case(small.store, small.id, "case-02", ai=False)
    with small.store.read() as connection:
        assert missing_ai_results(connection, small.id) == [missing]


def test_every_change_is_noted_with_who_made_it(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=1)
    close_study(small.store, small.coordinator, small.id)
    noted = [entry for entry in entries(small.store) if entry.subject == small.id][::-1]
    assert [entry.action for entry in noted] == [
        "study created",
        "member added",
        "study opened",
        "study closed",
    ]
    assert {entry.account for entry in noted} == {"coordinator"}
    assert noted[0].detail["plan_sha256"] == hashlib.sha256(QUICK_PLAN).hexdigest()


def test_what_is_refused_is_not_noted(tmp_path: Path) -> None:
    small = small_study(tmp_path, readers=0, opened=False)
    why_not_opened(small)
    assert [entry.action for entry in entries(small.store, limit=1)] == ["study created"]


def test_a_study_that_is_not_there_is_refused(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'empty.db'}", Clock())
    coordinator: Account = new_account(store, "coordinator", "coordinator")
    small_models(tmp_path / "models")
    with pytest.raises(StudyRefused, match="no such study"):
        open_study(store, coordinator, "nothing")
