"""Reader against AI, and arm against arm: the test as published, the primary one, and others beside it.

Every difference is the first side less the second: the AI less the reader, one arm less the other.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations
from math import nan

import pandas as pd

from reading.analysis.analysis_plan import PlannedAnalysis
from reading.analysis.endpoints import TESTED, Endpoint, NotCalled, outcomes
from reading.analysis.result_tables import (
    ONE_ARM,
    Part,
    attempt_test,
    by_reader,
    joined,
    of_ai,
    people,
    refused_test,
)
from reading.readings import AI
from stats.chi_square import chi_square
from stats.clustered import clustered_mcnemar, rao_scott
from stats.marginal_model import gee_odds_ratios
from stats.multiplicity import holm
from stats.paired import cochran_q, mcnemar

_AS_PUBLISHED = ("chi-square, as published", "Fisher's exact")
_UNPAIRED = "Rao-Scott chi-square"
_NOWHERE = {"endpoint": "", "measure": "", "reader": ""}


def readers_against_ai(
    calls: pd.DataFrame,
    planned: PlannedAnalysis,
    not_called: NotCalled,
    endpoints: Iterable[Endpoint] = TESTED,
) -> pd.DataFrame:
    """The AI against every reader in every arm, on the discs of the cases that both read.

    A row for each endpoint, measure (sensitivity, specificity, accuracy), reader, arm and test, in the
    columns of ``stats.results``; ``first`` and ``second`` are the sides, ``discs`` their common ones, and
    ``role`` is as published, primary, secondary or beside. ``holm_p`` corrects the primary tests among each
    other, and the secondary ones; ``significant`` holds it against the plan's alpha.
    """
    parts: list[Part] = []
    for endpoint in endpoints:
        sides = by_reader(outcomes(calls, endpoint, not_called))
        ai = of_ai(sides)
        if ai is None:
            note = f"the AI said nothing of {endpoint.name}; without its readings nothing is compared"
            parts.append((_NOWHERE | {"endpoint": endpoint.name}, refused_test(planned.primary_test, note)))
        for (reader, arm), side in sides.items():
            if ai is not None and reader != AI:
                first = {"endpoint": endpoint.name, "reader": reader, "arm": arm}
                parts += [
                    ({**first, **names}, table) for names, table in _compared(AI, ai, reader, side, planned)
                ]
    return _with_roles(joined(parts), planned)


def arms_against_each_other(
    calls: pd.DataFrame,
    planned: PlannedAnalysis,
    not_called: NotCalled,
    endpoints: Iterable[Endpoint] = TESTED,
) -> pd.DataFrame:
    """Every two arms of every reader; where they have no case in common, by tests for different patients. The
    columns of ``readers_against_ai``, without ``arm``."""
    if people(calls)["arm"].nunique() < 2:
        return _with_roles(joined([(_NOWHERE, refused_test(planned.primary_test, ONE_ARM))]), planned)
    parts: list[Part] = []
    for endpoint in endpoints:
        found = people(outcomes(calls, endpoint, not_called))
        for reader, rows in found.groupby("reader", sort=False):
            arms = {str(arm): side for arm, side in rows.groupby("arm")}
            if len(arms) < 2:
                first = {"endpoint": endpoint.name, "measure": "", "reader": str(reader)}
                parts.append((first, refused_test(planned.primary_test, ONE_ARM)))
            for one, other in combinations(arms, 2):
                first = {"endpoint": endpoint.name, "reader": str(reader)}
                compared = _compared(one, arms[one], other, arms[other], planned)
                parts += [({**first, **names}, table) for names, table in compared]
    return _with_roles(joined(parts), planned)


def all_readers_together(
    calls: pd.DataFrame, not_called: NotCalled, endpoints: Iterable[Endpoint] = TESTED
) -> pd.DataFrame:
    """Cochran's Q over all readers of an arm and the AI, on the discs that all of them read. A row for each
    endpoint, measure and arm."""
    parts: list[Part] = []
    for endpoint in endpoints:
        found = outcomes(calls, endpoint, not_called)
        for arm in people(found)["arm"].unique():
            rows = found[(found["arm"] == arm) | (found["reader"] == AI)]
            for measure, chosen in _measures(rows):
                reads = chosen.pivot(index="disc", columns="reader", values="correct").dropna().astype(bool)
                first = {"endpoint": endpoint.name, "measure": measure, "arm": arm, "discs": len(reads)}
                parts.append((first, attempt_test("Cochran's Q", cochran_q, reads.to_numpy())))
    return joined(parts)


def _compared(
    first_name: str, first: pd.DataFrame, second_name: str, second: pd.DataFrame, planned: PlannedAnalysis
) -> Iterator[Part]:
    """The tests of two sides, for each measure."""
    for (measure, one), (_, other) in zip(_measures(first), _measures(second), strict=True):
        both = one.merge(other, on=["disc", "patient"], suffixes=("_one", "_other"))
        names = {"measure": measure, "first": first_name, "second": second_name, "discs": len(both)}
        if both.empty:
            yield names, _unpaired(one, other)
        else:
            yield names, _paired(both, first_name, second_name, planned.primary_test)


def _measures(found: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "sensitivity", found[found["truth"]]
    yield "specificity", found[~found["truth"]]
    yield "accuracy", found


def _paired(both: pd.DataFrame, first_name: str, second_name: str, primary_test: str) -> pd.DataFrame:
    first, second, patients = both["correct_one"], both["correct_other"], both["patient"].tolist()
    correct, arms = [*first, *second], [first_name] * len(both) + [second_name] * len(both)
    tests = [
        _published(first, second),
        attempt_test(primary_test, clustered_mcnemar, first, second, patients),
        attempt_test("McNemar", mcnemar, first, second),
        attempt_test("GEE, bias-reduced", gee_odds_ratios, correct, arms, patients * 2),
    ]
    return pd.concat(tests, ignore_index=True)


def _unpaired(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    sides = [value for side in (first, second) for value in (side["correct"], side["patient"].tolist())]
    tests = [
        _published(first["correct"], second["correct"]),
        attempt_test(_UNPAIRED, rao_scott, *sides),
    ]
    return pd.concat(tests, ignore_index=True)


def _published(first: pd.Series, second: pd.Series) -> pd.DataFrame:
    counts = [[side.sum(), (~side).sum()] for side in (first, second)]
    return attempt_test(_AS_PUBLISHED[0], chi_square, counts)


def _with_roles(table: pd.DataFrame, planned: PlannedAnalysis) -> pd.DataFrame:
    """With ``role``, in place of what ``stats.clustered`` notes of it, ``holm_p`` and ``significant``."""
    table["note"] = table["note"].replace("primary", "")
    decides = table["test"].isin([planned.primary_test, _UNPAIRED])
    primary = decides & (table["endpoint"] == planned.primary_endpoint)
    primary &= table["measure"].isin(planned.primary_measures)
    table["role"] = "beside"
    table.loc[table["test"].isin(_AS_PUBLISHED), "role"] = "as published"
    table.loc[decides, "role"] = "secondary"
    table.loc[primary, "role"] = "primary"
    table["holm_p"] = nan
    for role in ("primary", "secondary"):
        family = (table["role"] == role) & table["p"].notna()
        if family.any():
            table.loc[family, "holm_p"] = holm(table[family])["holm_p"]
    table["significant"] = table["holm_p"] <= planned.alpha
    return table
