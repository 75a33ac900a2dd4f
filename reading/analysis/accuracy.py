"""How often each reader is right, disc by disc: by endpoint, by level, in all classes, and as published."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

import pandas as pd

from annotation.labels import LUMBAR, Grading
from reading.analysis.endpoints import ENDPOINTS, Endpoint, NotCalled, outcomes
from reading.analysis.matching import MatchedReadings
from reading.analysis.result_tables import (
    BOOTSTRAP,
    READER,
    Part,
    attempt,
    attempt_test,
    by_reader,
    joined,
    of_ai,
)
from reading.readings import AI
from stats.agreement import Bootstrap
from stats.chi_square import chi_square
from stats.proportions import AccuracyRow, accuracy_table, class_accuracy_table

_NO_MEASURE = asdict(AccuracyRow(measure=""))


def accuracy_of_readers(
    calls: pd.DataFrame,
    not_called: NotCalled = "wrong",
    bootstrap: Bootstrap = BOOTSTRAP,
    endpoints: Iterable[Endpoint] = ENDPOINTS.values(),
    by: Sequence[str] = (),
) -> pd.DataFrame:
    """Sensitivity, specificity and their kin of every reader in every arm.

    ``calls``: of ``MatchedReadings``. A row for each endpoint, reader, arm (and value of the columns ``by``,
    such as level) and measure, in the columns of ``stats.proportions.accuracy_table``; where that refuses,
    ``note`` says why. Discs without a value of ``by`` are left out.
    """
    parts: list[Part] = []
    for endpoint in endpoints:
        found = outcomes(calls, endpoint, not_called)
        for key, rows in found.groupby([*READER, *by], sort=False):
            first = {"endpoint": endpoint.name, **dict(zip([*READER, *by], key, strict=True))}
            given = rows["truth"], rows["called"], rows["patient"].tolist(), bootstrap
            parts.append((first, attempt(accuracy_table, *given, empty=_NO_MEASURE)))
    return joined(parts)


def class_accuracy_of_readers(
    calls: pd.DataFrame, bootstrap: Bootstrap = BOOTSTRAP, grading: Grading = LUMBAR
) -> pd.DataFrame:
    """Accuracy, balanced accuracy and kappa of every reader in every arm over all states together; a disc
    that was not called is wrong. A row for each reader, arm and measure."""
    parts: list[Part] = []
    for (reader, arm), rows in by_reader(calls).items():
        truth, called, patients = (rows[name].tolist() for name in ("truth", "call", "patient"))
        given = truth, called, grading.states, patients, bootstrap
        table = attempt(class_accuracy_table, *given, empty=_NO_MEASURE)
        parts.append(({"reader": reader, "arm": arm}, table))
    return joined(parts)


def published_table(
    matched: MatchedReadings, endpoint: Endpoint, not_called: NotCalled = "wrong"
) -> pd.DataFrame:
    """Table 3 of the first paper: of each reader and arm, and of the AI, ``sensitivity``, ``specificity`` and
    ``accuracy`` in percent, the mean ``seconds`` of a case, and ``p`` of a test of the accuracy against the
    AI's as published, by chi-square with every read as independent.

    The paper counts bulges as herniations: its endpoint is "bulge or herniation".
    """
    sides = by_reader(outcomes(matched.calls, endpoint, not_called))
    ai = of_ai(sides)
    seconds = matched.reads.groupby(READER)["seconds"].mean()
    rows = []
    for (reader, arm), side in sides.items():
        right, diseased = 100.0 * side["correct"], side["truth"]
        row = {
            "endpoint": endpoint.name,
            "reader": reader,
            "arm": arm,
            "sensitivity": right[diseased].mean(),
            "specificity": right[~diseased].mean(),
            "accuracy": right.mean(),
            "seconds": seconds[reader, arm],
        }
        if ai is not None and reader != AI:
            counts = [[item["correct"].sum(), (~item["correct"]).sum()] for item in (side, ai)]
            (tested,) = attempt_test("chi-square, as published", chi_square, counts).itertuples()
            row |= {"test": tested.test, "p": tested.p, "note": tested.note}
        rows.append(row)
    return joined([({}, pd.DataFrame(rows))])
