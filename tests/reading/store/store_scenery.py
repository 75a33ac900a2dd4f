"""A study of some readers and cases, straight in the tables, and what a page would send of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table, insert, select, update

from reading.store import tables
from reading.store.database import Store
from reading.store.form import DiscCall, Questions, ReadingForm
from reading.store.sent import Kind, Sent

VERSION = "1.2.3"
MODELS = "m" * 64
QUESTIONS = Questions(("L4-L5", "L5-S1"))
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Clock:
    """A second later at each look."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@dataclass(frozen=True)
class Place:
    """An assignment of a reader."""

    id: str
    account: str
    study: str
    case: str


def opened(connection: Connection) -> Questions:
    """The reader may read the case now."""
    return QUESTIONS


def make_study(
    store: Store, readers: int = 1, cases: int = 1, arms: tuple[str, ...] = ("alone",)
) -> list[Place]:
    """Its assignments: reader after reader, of each arm after arm, of each case after case."""
    study, now = str(uuid4()), store.now()
    people = [str(uuid4()) for _ in range(readers)]
    shown = [str(uuid4()) for _ in range(cases)]
    places = [
        (Place(str(uuid4()), person, study, case), arm, period, position)
        for person in people
        for period, arm in enumerate(arms)
        for position, case in enumerate(shown)
    ]
    with store.write() as connection:

        def add(table: Table, rows: list[dict[str, Any]]) -> None:
            connection.execute(insert(table), rows)

        add(
            tables.studies,
            [
                {
                    "id": study,
                    "title": study,
                    "design": {},
                    "plan": "",
                    "plan_sha256": "p" * 64,
                    "models": "models",
                    "models_sha256": MODELS,
                    "state": "open",
                    "created_at": now,
                }
            ],
        )
        add(tables.accounts, [{"id": i, "name": i, "role": "reader", "created_at": now} for i in people])
        add(
            tables.cases,
            [
                {"id": case, "study": study, "name": case, "patient": case, "training": False, "folder": "f"}
                | {"levels": list(QUESTIONS.levels), "created_at": now}
                for case in shown
            ],
        )
        add(
            tables.assignments,
            [vars(place) | {"arm": arm, "period": p, "position": n} for place, arm, p, n in places],
        )
    return [place for place, *_ in places]


def close_study(store: Store, place: Place) -> None:
    with store.write() as connection:
        connection.execute(
            update(tables.studies).where(tables.studies.c.id == place.study).values(state="closed")
        )


def add_ai_result(store: Store, place: Place, result: dict[str, Any]) -> None:
    row = {"case": place.case, "models_sha256": MODELS, "result": result, "seconds": 1.0}
    with store.write() as connection:
        connection.execute(insert(tables.ai_results), row | {"created_at": store.now()})


def full_form(verdict: Any = "normal", remark: str = "") -> ReadingForm:
    call = DiscCall(verdict, slip=False, slip_grade=0, lesion_likelihood=2, slip_likelihood=1)
    return ReadingForm(dict.fromkeys(QUESTIONS.levels, call), remark)


def sent(place: Place, kind: Kind, form: ReadingForm | None = None, **more: Any) -> Sent:
    values: dict[str, Any] = {"sequence": 1, "active_ms": 1000, "idle_ms": 10, "client_ms": 1500.5, **more}
    return Sent(values.pop("id", str(uuid4())), place.id, kind, form=form, **values)


def rows(store: Store, table: Table, where: Callable[[Any], Any] | None = None) -> list[Any]:
    query = select(table) if where is None else select(table).where(where(table.c))
    with store.read() as connection:
        return list(connection.execute(query))
