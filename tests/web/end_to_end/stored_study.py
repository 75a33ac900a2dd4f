"""A study in the store of a running app, made without its pages: for tests of something else."""

import time
from pathlib import Path

from running_app import CASES, RunningApp
from sqlalchemy import select

from axial.models import PHANTOM_MODELS, SAGITTAL
from reading.analysis.analysis_plan import DEFAULT_PLANS
from reading.cases.cases import add_cases
from reading.cases.sources import CasesOf, Folder
from reading.jobs.work import ask_for_ai
from reading.people.accounts import account_named, create_account
from reading.people.invitations import invite
from reading.store import tables
from reading.store.database import Store
from reading.study.design import StudyDesign
from reading.study.studies import add_member, create_study, open_study

TWO_CASES = Folder(CASES)
_LONGEST_WAIT = 120
"""Seconds, for the worker to read two cases."""


def stored_study(
    app: RunningApp,
    title: str,
    design: StudyDesign,
    source: CasesOf = TWO_CASES,
    models: Path | None = None,
) -> str:
    """Open, of the two cases that there are to import where no others are given; the invitation of its one
    reader. ``models``: those that were trained on phantoms where none are given."""
    store = app.store()
    coordinator = account_named(store, "coordinator")
    assert coordinator is not None
    models = models or (PHANTOM_MODELS / SAGITTAL if design.boxes else PHANTOM_MODELS)
    plan = DEFAULT_PLANS[design.label_set].read_bytes()
    study = create_study(store, coordinator, title, design, plan, models)
    cases = add_cases(store, app.data, study, source, training=False).added.values()
    if design.kind != "standalone":
        for case in cases:
            ask_for_ai(store, case, coordinator.id)
        _wait_for_ai(store, list(cases))
    reader = create_account(store, f"reader of {title}", "reader")
    add_member(store, coordinator, study, reader.id)
    open_study(store, coordinator, study)
    return f"{app.address}/invitation/{invite(store, reader.id)}"


def _wait_for_ai(store: Store, cases: list[str]) -> None:
    wanted = select(tables.ai_results.c.case).where(tables.ai_results.c.case.in_(cases))
    ends = time.monotonic() + _LONGEST_WAIT
    while time.monotonic() < ends:
        with store.read() as connection:
            if len(connection.execute(wanted).all()) == len(cases):
                return
        time.sleep(0.5)
    raise AssertionError("the worker did not read the cases")
