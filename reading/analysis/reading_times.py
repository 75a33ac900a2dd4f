"""How long readings took, and whether readers, arms and the AI differ in it."""

import pandas as pd

from reading.analysis.result_tables import READER, Part, attempt, attempt_test, joined, people, refused_test
from reading.readings import AI
from stats.times import friedman, time_quartiles, time_ratios, wilcoxon_signed_rank

_TESTS = {
    "log-normal mixed model": time_ratios,
    "Wilcoxon signed-rank": wilcoxon_signed_rank,
    "Friedman": friedman,
}


def times_of_readers(reads: pd.DataFrame) -> pd.DataFrame:
    """Medians and quartiles, in seconds, of every reader in every arm; ``reads`` as in ``MatchedReadings``.
    Readings without a time are left out."""
    return joined([({}, attempt(time_quartiles, _timed(reads), READER))])


def time_tests(reads: pd.DataFrame) -> pd.DataFrame:
    """Tests of the times: of the readers of an arm and the AI among each other, and of the arms.

    A row for each ``compared`` (the arm whose readers are compared, or "arms") and row of the tests in
    ``stats.times``.
    """
    timed = _timed(reads)
    if people(timed).empty:
        return joined([({"compared": ""}, refused_test("times", "no reading of a person has a time"))])
    parts: list[Part] = []
    for arm in people(timed)["arm"].unique():
        rows = timed[(timed["arm"] == arm) | (timed["reader"] == AI)].drop(columns="arm")
        parts += _tested(f"readers, {arm}", rows, "reader")
    if people(timed)["arm"].nunique() > 1:
        parts += _tested("arms", people(timed), "arm")
    return joined(parts)


def _timed(reads: pd.DataFrame) -> pd.DataFrame:
    return reads.loc[reads["seconds"].notna(), ["reader", "arm", "case", "seconds"]]


def _tested(name: str, rows: pd.DataFrame, compared: str) -> list[Part]:
    return [
        ({"compared": name}, attempt_test(test, function, rows, compared))
        for test, function in _TESTS.items()
    ]
