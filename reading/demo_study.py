"""The study that a new server begins with: phantoms, read without and then with the AI, by a demo reader."""

from axial.models import PHANTOM_MODELS
from reading.analysis.analysis_plan import DEFAULT_PLAN
from reading.cases.sources import Phantoms
from reading.jobs.work import ask_for_demo
from reading.people.accounts import Account, create_account
from reading.store.database import Store
from reading.study.design import StudyDesign
from reading.study.studies import add_member, create_study

TITLE, READER = "Demo: phantoms, without and with the AI", "demo reader"
CASES = Phantoms(count=4, seed=109)
"""Of full size. Among their discs are normal ones, bulges, herniations and slips."""


def begin_demo_study(store: Store, coordinator: Account) -> Account:
    """Make the study and its reader in a new store; the worker beside the server makes the cases, opens it
    and lets the AI read. Gives the reader, to be invited."""
    reader = create_account(store, READER, "reader")
    design, plan = StudyDesign("sequential"), DEFAULT_PLAN.read_bytes()
    study = create_study(store, coordinator, TITLE, design, plan, PHANTOM_MODELS)
    add_member(store, coordinator, study, reader.id)
    ask_for_demo(store, study, CASES, coordinator.id)
    return reader
