"""What holds for readers together: arms over readers and cases, the readers' mean against the AI, ROC."""

from collections.abc import Callable, Iterable, Iterator
from typing import get_args

import pandas as pd

from reading.analysis.endpoints import TESTED, Endpoint, NotCalled, outcomes
from reading.analysis.result_tables import (
    ONE_ARM,
    Part,
    attempt,
    attempt_test,
    by_reader,
    joined,
    of_ai,
    people,
    refused_test,
)
from reading.readings import AI
from stats.jackknife import Merit, Merits, crossed_reads, jackknifed_merits
from stats.mrmc import Analysis, compare_treatments
from stats.roc import auc_table, compare_auc, roc_points
from stats.standalone import compare_with_readers

_ARMS, _STANDALONE = "Obuchowski–Rockette", "AI − mean of readers"


def arms_over_readers(
    calls: pd.DataFrame, not_called: NotCalled, endpoints: Iterable[Endpoint] = TESTED
) -> pd.DataFrame:
    """Obuchowski and Rockette's test that all arms have the same mean merit, the AI aside.

    A row for each endpoint, merit (AUC where likelihoods are given, sensitivity, specificity), analysis
    (which of readers and cases are random) and row of ``stats.mrmc.compare_treatments``.
    """
    if people(calls)["arm"].nunique() < 2:
        return joined([({"endpoint": ""}, refused_test(_ARMS, ONE_ARM))])
    parts: list[Part] = []
    for endpoint in endpoints:
        reads = people(outcomes(calls, endpoint, not_called))
        first = {"endpoint": endpoint.name}
        for merit, table in _reads_by_merit(reads, endpoint):
            parts += _by_analysis({**first, "merit": merit}, _ARMS, table, merit, compare_treatments)
    return joined(parts)


def readers_mean_against_ai(
    calls: pd.DataFrame, not_called: NotCalled, endpoints: Iterable[Endpoint] = TESTED
) -> pd.DataFrame:
    """The AI against the readers' mean, in each arm.

    A row for each endpoint, arm, merit, analysis and row of ``stats.standalone.compare_with_readers``.
    """
    parts: list[Part] = []
    for endpoint in endpoints:
        found = outcomes(calls, endpoint, not_called)
        for arm in people(found)["arm"].unique():
            reads = found[(found["arm"] == arm) | (found["reader"] == AI)].assign(arm=arm)
            first = {"endpoint": endpoint.name, "arm": arm}
            for merit, table in _reads_by_merit(reads, endpoint):
                parts += _by_analysis({**first, "merit": merit}, _STANDALONE, table, merit, _against_ai)
    return joined(parts)


def areas_under_curves(
    calls: pd.DataFrame, not_called: NotCalled, endpoints: Iterable[Endpoint] = TESTED
) -> pd.DataFrame:
    """The AUC of every reader and arm for the endpoints with likelihoods, with intervals for the discs of
    patients (``stats.roc.auc_table``)."""
    parts: list[Part] = []
    for endpoint, sides in _rated(calls, not_called, endpoints):
        for (reader, arm), side in sides.items():
            given = side["truth"], side["rating"], side["patient"].tolist()
            first = {"endpoint": endpoint.name, "reader": reader, "arm": arm}
            parts.append((first, attempt(auc_table, *given)))
    return joined(parts)


def curves(
    calls: pd.DataFrame, not_called: NotCalled, endpoints: Iterable[Endpoint] = TESTED
) -> pd.DataFrame:
    """The points of the ROC curves (``stats.roc.roc_points``) by ``endpoint``, ``reader`` and ``arm``; what
    has no curve is one row without a point."""
    parts: list[Part] = []
    for endpoint, sides in _rated(calls, not_called, endpoints):
        for (reader, arm), side in sides.items():
            first = {"endpoint": endpoint.name, "reader": reader, "arm": arm}
            parts.append((first, attempt(roc_points, side["truth"], side["rating"])))
    return joined(parts)


def areas_against_ai(
    calls: pd.DataFrame, not_called: NotCalled, endpoints: Iterable[Endpoint] = TESTED
) -> pd.DataFrame:
    """The AI's AUC less each reader's, on the discs that both read, in the columns of ``stats.results``."""
    parts: list[Part] = []
    for endpoint, sides in _rated(calls, not_called, endpoints):
        ai = of_ai(sides)
        for (reader, arm), side in sides.items():
            if ai is not None and reader != AI:
                both = ai.merge(side, on=["disc", "patient", "truth"], suffixes=("_ai", "_reader"))
                ratings = both["rating_ai"], both["rating_reader"]
                first = {"endpoint": endpoint.name, "reader": reader, "arm": arm}
                given = both["truth"], *ratings, both["patient"].tolist()
                parts.append((first, attempt_test("difference of AUCs", compare_auc, *given)))
    return joined(parts)


def _rated(
    calls: pd.DataFrame, not_called: NotCalled, endpoints: Iterable[Endpoint]
) -> Iterator[tuple[Endpoint, dict[tuple[str, str], pd.DataFrame]]]:
    """The outcomes of every reader and arm for the endpoints with likelihoods."""
    for endpoint in endpoints:
        if endpoint.likelihood:
            yield endpoint, by_reader(outcomes(calls, endpoint, not_called))


def _by_analysis(
    first: dict[str, object],
    name: str,
    table: pd.DataFrame,
    merit: Merit,
    compare: Callable[[Merits, Analysis], pd.DataFrame],
) -> Iterator[Part]:
    """A comparison of merits, which are computed once, with readers and cases random or fixed."""
    try:
        merits = jackknifed_merits(crossed_reads(table), merit)
    except ValueError as error:
        yield {**first, "analysis": ""}, refused_test(name, str(error))
        return
    for analysis in get_args(Analysis):
        found = attempt_test(f"{name}, {analysis}", compare, merits, analysis)
        yield {**first, "analysis": analysis}, found


def _against_ai(merits: Merits, analysis: Analysis) -> pd.DataFrame:
    if AI not in merits.readers:
        raise ValueError("the AI said nothing of this endpoint; without its readings nothing is compared")
    return compare_with_readers(merits, merits.readers.index(AI), analysis)


def _reads_by_merit(reads: pd.DataFrame, endpoint: Endpoint) -> Iterator[tuple[Merit, pd.DataFrame]]:
    """The table that ``stats.mrmc`` takes: its cases are discs."""
    table = reads[["reader", "patient", "truth"]].assign(treatment=reads["arm"], case=reads["disc"])
    if endpoint.likelihood:
        yield "auc", table.assign(rating=reads["rating"])
    called = table.assign(rating=reads["called"].astype(float))
    yield "sensitivity", called
    yield "specificity", called
