"""What people call what the audit log names by id."""

from collections.abc import Collection

from sqlalchemy import select

from reading.store import tables
from reading.store.database import Store

_STUDIES, _PLANS, _CASES, _ACCOUNTS = (
    tables.studies.c,
    tables.assignments.c,
    tables.cases.c,
    tables.accounts.c,
)


def names_of(store: Store, ids: Collection[str]) -> dict[str, str]:
    """Studies by title, readings by study and case, accounts by name; nothing for what is none of these."""
    titles = select(_STUDIES.id, _STUDIES.title).where(_STUDIES.id.in_(ids))
    people = select(_ACCOUNTS.id, _ACCOUNTS.name).where(_ACCOUNTS.id.in_(ids))
    readings = select(_PLANS.id, _STUDIES.title + ", " + _CASES.name).where(_PLANS.id.in_(ids))
    readings = readings.join(tables.studies, _STUDIES.id == _PLANS.study)
    readings = readings.join(tables.cases, _CASES.id == _PLANS.case)
    with store.read() as connection:
        return {row[0]: row[1] for query in (titles, people, readings) for row in connection.execute(query)}
