"""How the tables of a comparison are put together: what cannot be computed is a sentence in a row."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from reading.readings import AI
from stats.agreement import Bootstrap
from stats.results import TestRow, tests_table

READER = ["reader", "arm"]
BOOTSTRAP = Bootstrap()
ONE_ARM = "all readings are of one arm; a comparison of arms needs two"
Part = tuple[Mapping[str, object], pd.DataFrame]
"""A table, and the columns to be put before it, of one value each."""


def attempt(
    function: Callable[..., pd.DataFrame], *given: object, empty: Mapping[str, object] | None = None
) -> pd.DataFrame:
    """The table that a function of ``stats`` makes of what is ``given``; where it refuses that, one row that
    says why under ``note``, its other columns as in ``empty``."""
    try:
        return function(*given)
    except ValueError as error:
        return pd.DataFrame([{**(empty or {}), "note": str(error)}])


def attempt_test(name: str, function: Callable[..., pd.DataFrame], *given: object) -> pd.DataFrame:
    """As ``attempt``, for a test; the row is then called ``name``."""
    try:
        return function(*given)
    except ValueError as error:
        return refused_test(name, str(error))


def refused_test(name: str, note: str) -> pd.DataFrame:
    """The one row of a test that was not done; ``note`` says why."""
    return tests_table([TestRow(name, note=note)])


def joined(parts: Iterable[Part]) -> pd.DataFrame:
    """Tables one below the other, each with its own first columns; ``note`` is "" where there is none."""
    parts = [*parts]
    if not parts:
        return pd.DataFrame({"note": pd.Series(dtype=str)})
    whole = pd.concat([table for _, table in parts], ignore_index=True)
    firsts = pd.DataFrame([first for first, table in parts for _ in range(len(table))], index=whole.index)
    note = whole["note"].fillna("") if "note" in whole else ""
    return pd.concat([firsts, whole.assign(note=note)], axis=1)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows, each by column."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def by_reader(found: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    """The rows of each reader and arm, in the order of their first rows."""
    return {(str(reader), str(arm)): rows for (reader, arm), rows in found.groupby(READER, sort=False)}


def of_ai(sides: Mapping[tuple[str, str], pd.DataFrame]) -> pd.DataFrame | None:
    """The rows of the AI, None where it did not read."""
    return next((rows for (reader, _), rows in sides.items() if reader == AI), None)


def people(found: pd.DataFrame) -> pd.DataFrame:
    """The rows of everybody but the AI."""
    return found[found["reader"] != AI]
