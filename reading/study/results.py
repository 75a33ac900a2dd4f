"""The results of a closed study: its coordinator's, until they are opened to its members."""

from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass
from sqlalchemy import Connection, select, update

from imaging.new_folder import write_whole
from reading.people.accounts import Account, must_coordinate
from reading.people.audit import note
from reading.report.files import PAGE, PAPER
from reading.store import tables
from reading.store.database import Store
from reading.study.studies import StudyRefused

RESULTS_FOLDER = "results"
"""In the data folder; the results of a study lie in it under the study's id."""
EVERYTHING = "results.zip"
FILES = (PAGE, PAPER, EVERYTHING)
"""What may be downloaded."""
_SHOWN_FILE = "shown.json"
_STUDIES, _MEMBERS = tables.studies.c, tables.members.c


@dataclass(frozen=True)
class ShownSection:
    """``mark``: pre-specified or exploratory, where all of it is; ``html``: its blocks."""

    title: str
    mark: str
    html: str


@dataclass(frozen=True)
class Results:
    """``notes``: what is not in them and how they depart from the plan, a sentence each."""

    computed_at: datetime
    lead: str
    notes: tuple[str, ...]
    sections: tuple[ShownSection, ...]


_RESULTS = TypeAdapter(Results)


def keep_shown(results: Results, folder: Path) -> None:
    """Beside the report. Raises OSError."""
    write_whole(folder / _SHOWN_FILE, _RESULTS.dump_json(results))


def results_of(data: Path, study_id: str) -> Results | None:
    """Those that were computed of an existing study; None where none were."""
    try:
        return _RESULTS.validate_json((data / RESULTS_FOLDER / study_id / _SHOWN_FILE).read_bytes())
    except (OSError, ValueError):
        return None


def open_results(store: Store, data: Path, by: Account, study_id: str) -> None:
    """Let every member of a study see its results, for good. Raises StudyRefused where there are none."""
    must_coordinate(by)
    with store.write() as connection:
        check_computable(connection, study_id, locked=True)
        if results_of(data, study_id) is None:
            raise StudyRefused("the results of this study are not computed yet; do that first")
        connection.execute(update(tables.studies).where(_STUDIES.id == study_id).values(results_open=True))
        note(connection, store.now(), by.id, "results opened", study_id)


def may_see_results(connection: Connection, account: Account, study_id: str) -> bool:
    """Whether an account may see the results of a study: the coordinator once it is closed, its members once
    the coordinator has opened them."""
    row = connection.execute(select(tables.studies).where(_STUDIES.id == study_id)).one_or_none()
    if row is None or row.state != "closed":
        return False
    if account.role == "coordinator":
        return True
    member = select(_MEMBERS.code).where(_MEMBERS.study == study_id, _MEMBERS.account == account.id)
    return bool(row.results_open) and connection.execute(member).first() is not None


def check_computable(connection: Connection, study_id: str, locked: bool = False) -> None:
    """Raises StudyRefused where nothing of a study's results may change. ``locked``: it stays so."""
    wanted = select(_STUDIES.state, _STUDIES.results_open).where(_STUDIES.id == study_id)
    row = connection.execute(wanted.with_for_update() if locked else wanted).one_or_none()
    if row is None:
        raise StudyRefused("no such study; choose one of the list")
    if row.state != "closed":
        raise StudyRefused("this study is not closed; its results come after that")
    if row.results_open:
        raise StudyRefused("the results of this study are open to its members, and stay as they are")
