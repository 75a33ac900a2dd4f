"""The common form of what tests say: one tidy table, a row for each test."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import nan

import pandas as pd


@dataclass(frozen=True)
class TestRow:
    """What one test says; NaN where it has no such number.

    ``estimate``: what is tested, most often a difference, first less second, with its 95 % interval from
    ``low`` to ``high``. ``statistic``: chi-square, F, t or z, with its degrees of freedom ``df`` and, of an
    F, ``df2``. ``note``: what the reader of ``p`` must know.
    """

    __test__ = False
    """No test of pytest's, whatever its name says."""

    test: str
    estimate: float = nan
    low: float = nan
    high: float = nan
    statistic: float = nan
    df: float = nan
    df2: float = nan
    p: float = nan
    note: str = ""


def tests_table(rows: Sequence[TestRow]) -> pd.DataFrame:
    """The rows as a table with a column for each field."""
    return pd.DataFrame([asdict(row) for row in rows], columns=[*TestRow.__dataclass_fields__])
