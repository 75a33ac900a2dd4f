"""Readers' figures of merit and their covariances, by leaving out one case, or one patient, at a time.

The error covariances of Obuchowski and Rockette's model; ``stats.mrmc`` and ``stats.standalone`` use them.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stats.intervals import cluster_numbers
from stats.roc import cluster_sums, placements

Merit = Literal["auc", "sensitivity", "specificity"]
"""The trapezoidal AUC of a rating, or the share of diseased (healthy) cases that a binary call gets right."""


@dataclass(frozen=True)
class Reads:
    """A crossed study: every reader read every case under every treatment.

    ``ratings`` (treatments, readers, cases): greater for more probably diseased; for sensitivity and
    specificity 1 for called diseased, else 0. ``truth`` (cases,): whether diseased. ``patients`` (cases,):
    the number of each case's patient.
    """

    ratings: NDArray[np.float64]
    truth: NDArray[np.bool_]
    patients: NDArray[np.intp]
    treatments: tuple[Hashable, ...]
    readers: tuple[Hashable, ...]


@dataclass(frozen=True)
class Merits:
    """Figures of merit, ``values`` (treatments, readers), and the covariance of their errors, ``covariance``
    (treatments, readers, treatments, readers)."""

    values: NDArray[np.float64]
    covariance: NDArray[np.float64]
    treatments: tuple[Hashable, ...]
    readers: tuple[Hashable, ...]


def crossed_reads(table: pd.DataFrame) -> Reads:
    """The reads of a table with a row for each: ``reader``, ``treatment``, ``case``, ``truth``, ``rating``,
    and, where cases share patients, ``patient``. Treatments, readers and cases come in sorted order.

    ValueError: a column is lacking; a read is missing or there twice (the sentence names the reader and the
    count, never the case); a case has two truths or two patients.

    >>> table = pd.DataFrame({"reader": ["Ann", "Bo"] * 2, "case": [1, 1, 2, 2], "truth": [0, 0, 1, 1],
    ...                       "rating": [1, 3, 4, 2]}).assign(treatment="alone")
    >>> crossed_reads(table).ratings.tolist()
    [[[1.0, 4.0], [3.0, 2.0]]]
    """
    if table.empty:
        raise ValueError("there are no reads")
    lacking = [name for name in ("reader", "treatment", "case", "truth", "rating") if name not in table]
    if lacking:
        raise ValueError(f"the table of reads lacks the column {', '.join(lacking)}")
    _check_cases(table)
    treatments, cases = table["treatment"].nunique(), table["case"].nunique()
    twice = table.duplicated(["treatment", "reader", "case"])
    if twice.any():
        raise ValueError(
            f"reader {table['reader'][twice].iloc[0]} has more than one read of a case under one treatment "
            f"({int(twice.sum())} reads too many); give one read of each"
        )
    for reader, count in table.groupby("reader", observed=True)["rating"].count().items():
        if count != treatments * cases:
            raise ValueError(
                f"reader {reader} has {count} of {treatments * cases} reads; every reader must read every "
                "case under every treatment"
            )
    ratings = table.set_index(["treatment", "reader", "case"])["rating"].unstack("case")
    of_case = table.drop_duplicates("case").set_index("case").loc[ratings.columns]
    names = [ratings.index.get_level_values(level).unique() for level in ("treatment", "reader")]
    return Reads(
        ratings=ratings.to_numpy(np.float64).reshape(len(names[0]), len(names[1]), cases),
        truth=of_case["truth"].to_numpy(bool),
        patients=cluster_numbers(list(of_case["patient"] if "patient" in table else of_case.index)),
        treatments=tuple(names[0]),
        readers=tuple(names[1]),
    )


def jackknifed_merits(reads: Reads, merit: Merit) -> Merits:
    """The merit of every reader under every treatment, and the covariances of all of them.

    With theta_(k) the merits without patient k, and K such patients::

        Cov = (K - 1) / K sum_k (theta_(k) - mean) (theta_(k) - mean)'

    Sensitivity leaves out patients with diseased cases only, and specificity those with healthy ones: K
    counts these. Without ``patient`` in the table every case is its own.

    ValueError: no diseased or no healthy cases where the merit needs them, or all of one patient; calls other
    than 0 and 1.

    Sources: Obuchowski and Rockette, Commun Stat Simul Comput 1995; 24: 285-308; Efron, The Jackknife, the
    Bootstrap and Other Resampling Plans, 1982, chapter 3.

    >>> calls, patients = np.array([[[1, 1, 0, 1], [1, 0, 0, 1]]]), np.arange(4)
    >>> study = Reads(calls, np.ones(4, bool), patients, ("alone",), ("Ann", "Bo"))
    >>> found = jackknifed_merits(study, "sensitivity")
    >>> found.values.tolist(), found.covariance[0, :, 0].round(4).tolist()
    ([[0.75, 0.5]], [[0.0625, 0.0417], [0.0417, 0.0833]])
    """
    if merit not in get_args(Merit):
        raise ValueError(f"no such merit: {merit}; there are {', '.join(get_args(Merit))}")
    rows = reads.ratings.reshape(-1, len(reads.truth))
    if not np.isfinite(rows).all():
        raise ValueError("a rating is not a number; every read needs one")
    if merit != "specificity":
        _check_patients(reads.patients[reads.truth], "diseased")
    if merit != "sensitivity":
        _check_patients(reads.patients[~reads.truth], "healthy")
    if merit == "auc":
        values, without = _areas(rows, reads.truth, reads.patients)
    else:
        values, without = _shares(rows, reads.truth == (merit == "sensitivity"), reads.patients)
        values, without = (values, without) if merit == "sensitivity" else (1 - values, 1 - without)
    deviations = without - without.mean(axis=1, keepdims=True)
    patients = without.shape[1]
    covariance = (patients - 1) / patients * deviations @ deviations.T
    shape = reads.ratings.shape[:2]
    return Merits(values.reshape(shape), covariance.reshape(shape * 2), reads.treatments, reads.readers)


def _areas(
    ratings: NDArray[np.float64], truth: NDArray[np.bool_], patients: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The AUCs (curves,), and without each patient (curves, patients)."""
    numbers = patients.max() + 1
    above, below = placements(truth, ratings)
    diseased, healthy = above.shape[1], below.shape[1]
    # A pair is lost with its diseased or its healthy case; one within the patient must not be lost twice.
    one, other = np.nonzero(patients[truth][:, None] == patients[~truth])
    within = np.heaviside(ratings[:, truth][:, one] - ratings[:, ~truth][:, other], 0.5)
    lost = (
        healthy * cluster_sums(above, patients[truth], numbers)
        + diseased * cluster_sums(below, patients[~truth], numbers)
        - cluster_sums(within, patients[truth][one], numbers)
    )
    left = (diseased - np.bincount(patients[truth], minlength=numbers)) * (
        healthy - np.bincount(patients[~truth], minlength=numbers)
    )
    areas = above.mean(axis=1)
    return areas, (diseased * healthy * areas[:, None] - lost) / left


def _shares(
    calls: NDArray[np.float64], counted: NDArray[np.bool_], patients: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The shares of counted cases called diseased (curves,), and without each of their patients."""
    if not np.isin(calls, (0, 1)).all():
        raise ValueError("sensitivity and specificity need calls of 0 (healthy) or 1 (diseased)")
    numbers = np.unique(patients[counted], return_inverse=True)[1]
    cases = np.bincount(numbers)
    positive = cluster_sums(calls[:, counted], numbers, len(cases))
    total = positive.sum(axis=1)
    return total / cases.sum(), (total[:, None] - positive) / (cases.sum() - cases)


def _check_cases(table: pd.DataFrame) -> None:
    if not table["truth"].isin([0, 1]).all():
        raise ValueError("truth must be 0 (healthy) or 1 (diseased) in every read")
    for column in table.columns.intersection(["truth", "patient"]):
        if (table.groupby("case", observed=True)[column].nunique(dropna=False) > 1).any():
            raise ValueError(f"a case has more than one {column} among its reads; every case needs one")
    if table.drop(columns="rating").isna().any(axis=None):
        raise ValueError("a read lacks its reader, treatment, case or patient; give every read all of them")


def _check_patients(patients: NDArray[np.intp], kind: str) -> None:
    if not len(patients):
        raise ValueError(f"there are no {kind} cases; at least two are needed")
    if len(set(patients)) < 2:
        raise ValueError(
            f"there is one {kind} case, or all of them are of one patient; at least two patients are needed"
        )
