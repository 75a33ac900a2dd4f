"""A small reader study in a store, made in one call: people, cases with truth and the AI's results, without
images."""

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select

from annotation.labels import DIAGNOSES
from axial.findings import Finding
from axial.result import ModelIdentity, StageRun, StudyResult
from reading.analysis.analysis_plan import DEFAULT_PLANS
from reading.people.accounts import Account, Role
from reading.store import tables
from reading.store.database import Store, open_store
from reading.store.form import DiscCall, ReadingForm
from reading.store.reads import commit
from reading.store.sent import Sent
from reading.store.truth import DiscTruth, truth_as_json
from reading.study.design import StudyDesign
from reading.study.studies import add_member, create_study, open_study
from reading.study.worklist import next_assignment, open_assignment

LEVELS = ("L5-S1", "L4-L5")
AI_WORDS = "only the AI says this of"
"""Stands in every result of the AI, for tests that look for leaks."""
QUICK_PLANS = {
    name: path.read_bytes().replace(b"resamples: 2000", b"resamples: 100")
    for name, path in DEFAULT_PLANS.items()
}
"""By label set."""
QUICK_PLAN = QUICK_PLANS["lumbar"]


@dataclass
class Clock:
    """The time of a test: it stands still until it is told to go on."""

    time: datetime = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def go_on(self, **passed: float) -> None:
        """By ``timedelta``'s words: ``go_on(weeks=4)``."""
        self.time += timedelta(**passed)


@dataclass(frozen=True)
class SmallStudy:
    """``cases``: ids by name ("case-01"); the training cases are called "training-01" and so on."""

    store: Store = field(repr=False)
    clock: Clock
    coordinator: Account
    readers: tuple[Account, ...]
    experts: tuple[Account, ...]
    id: str
    cases: dict[str, str]
    models: Path


def small_study(
    folder: Path,
    design: StudyDesign | None = None,
    readers: int = 2,
    cases: int = 3,
    training: int = 0,
    experts: int = 0,
    opened: bool = True,
    url: str = "",
    truth: Callable[[int, str], DiscTruth | None] | None = None,
) -> SmallStudy:
    """A study in ``folder``, an existing one: its database (SQLite, or the one of ``url``) and its models.

    ``design``: standalone against truth where not given. ``truth``: of a case's number and a level.
    """
    clock = Clock()
    store = open_store(url or f"sqlite:///{folder / 'discern.db'}", clock)
    coordinator = new_account(store, "coordinator", "coordinator")
    people = tuple(new_account(store, f"surgeon {number}", "reader") for number in range(1, readers + 1))
    masters = tuple(new_account(store, f"professor {number}", "expert") for number in range(1, experts + 1))
    models = small_models(folder / "models")
    study = create_study(
        store, coordinator, "A small study", design or StudyDesign("standalone"), QUICK_PLAN, models
    )
    for account in (*people, *masters):
        add_member(store, coordinator, study, account.id)
    names = [f"case-{number:02d}" for number in range(1, cases + 1)]
    names += [f"training-{number:02d}" for number in range(1, training + 1)]
    ids = {name: add_case(store, study, name, number, truth) for number, name in enumerate(names)}
    small = SmallStudy(store, clock, coordinator, people, masters, study, ids, models)
    if opened:
        open_study(store, coordinator, study)
    return small


def new_account(store: Store, name: str, role: Role) -> Account:
    """Without a password; ``new_session`` signs in."""
    account = Account(str(uuid4()), name, role)
    with store.write() as connection:
        connection.execute(
            insert(tables.accounts).values(id=account.id, name=name, role=role, created_at=store.now())
        )
    return account


def new_session(store: Store, account: Account) -> str:
    """The token of a session, for the cookie."""
    token, now = secrets.token_urlsafe(32), store.now()
    with store.write() as connection:
        connection.execute(
            insert(tables.sessions).values(
                token_hash=hashlib.sha256(token.encode()).hexdigest(),
                account=account.id,
                created_at=now,
                seen_at=now,
                ends_at=now + timedelta(days=7),
            )
        )
    return token


def small_models(folder: Path) -> Path:
    """A folder that has a digest, and no model that could be opened."""
    (folder / "vertebrae").mkdir(parents=True)
    (folder / "vertebrae" / "model.onnx").write_bytes(b"no graph")
    (folder / "axial.json").write_text("{}")
    return folder


def default_truth(case: int, level: str) -> DiscTruth:
    """Every verdict and some slips among the discs of a few cases."""
    return DiscTruth(DIAGNOSES[(case + LEVELS.index(level)) % len(DIAGNOSES)], slip=case % 2 == 0)


def add_case(
    store: Store,
    study: str,
    name: str,
    number: int = 0,
    truth: Callable[[int, str], DiscTruth | None] | None = None,
    ai: bool = True,
    patient: str = "",
) -> str:
    """A case without images; its name begins with "training" where it is one. ``ai``: with its result."""
    case, now = str(uuid4()), store.now()
    right = {level: (truth or default_truth)(number, level) for level in LEVELS}
    known = {level: disc for level, disc in right.items() if disc is not None}
    with store.write() as connection:
        connection.execute(
            insert(tables.cases).values(
                id=case,
                study=study,
                name=name,
                patient=patient or f"patient of {name}",
                training=name.startswith("training"),
                folder=case,
                levels=list(LEVELS),
                truth=truth_as_json(known) or None,
                created_at=now,
            )
        )
    if ai:
        add_ai_result(store, study, case, name, number)
    return case


def add_ai_result(store: Store, study: str, case: str, name: str, number: int = 0) -> None:
    """What the AI says of a case: every disc a herniation in every second case, else normal."""
    with store.write() as connection:
        models = connection.scalar(select(tables.studies.c.models_sha256).where(tables.studies.c.id == study))
        connection.execute(
            insert(tables.ai_results).values(
                case=case,
                models_sha256=models,
                result=ai_result(name, number),
                seconds=1.5,
                created_at=store.now(),
            )
        )


Says = Callable[[str, str], DiscCall]
"""What somebody says of a disc, by the case's name and the level."""


def normal(case: str, level: str) -> DiscCall:
    return DiscCall("normal", slip=False, slip_grade=0, lesion_likelihood=1, slip_likelihood=1)


def commit_next(
    small: SmallStudy, account: Account, says: Says = normal, active_ms: int = 40_000
) -> str | None:
    """Read and commit what is next for somebody; its assignment, None where nothing is."""
    with small.store.read() as connection:
        following = next_assignment(connection, small.store.now(), account.id, small.id).assignment
        if following is None:
            return None
        opened = open_assignment(connection, small.store.now(), account.id, following)
    form = ReadingForm({level: says(opened.case_name, level) for level in opened.questions.levels})
    sent = Sent(str(uuid4()), following, "commit", 1, form, active_ms, 0, float(active_ms))
    commit(
        small.store,
        account.id,
        sent,
        "0.0.0",
        lambda connection: open_assignment(connection, small.store.now(), account.id, following).questions,
    )
    return following


def commit_all(small: SmallStudy, account: Account, says: Says = normal) -> int:
    """Read everything that may be read now; how many that was."""
    number = 0
    while commit_next(small, account, says):
        number += 1
    return number


def ai_result(name: str, number: int) -> dict[str, Any]:
    """A result as the store keeps it, with words that are nowhere else."""
    verdict = DIAGNOSES[-1] if number % 2 else DIAGNOSES[0]
    findings = tuple(
        Finding(level, level, verdict, {verdict: 0.9}, (), False, 1.0, slip_probability=0.1)
        for level in LEVELS
    )
    result = StudyResult(
        name,
        None,
        (),
        (),
        (),
        findings,
        (StageRun("vertebrae", True, seconds=1.5),),
        (ModelIdentity("vertebrae", "vertebrae", "none", "0123456789ab"),),
        (f"{AI_WORDS} {name}",),
    )
    content: dict[str, Any] = json.loads(result.as_json())
    return content
