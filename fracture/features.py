"""The binary features that a radiologist ticks on the pictures of a fracture, and what each tells of its
cause.

features.csv has the columns ``patient``, ``cause`` (benign or malignant) and a column of 0 and 1 for each
feature.
"""

from dataclasses import dataclass, replace
from math import isnan, nan
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.table import TableRow, read_table
from errors import BadInputError
from fracture.causes import BENIGN, CAUSES, MALIGNANT
from stats.chi_square import chi_square
from stats.multiplicity import holm
from stats.odds_ratio import OddsRatio, odds_ratio

FEATURES_FILE = "features.csv"
"""In a cohort folder."""
_BEFORE = ("patient", "cause")


@dataclass(frozen=True)
class FeatureTable:
    """``values``: (patients, features), whether the patient's fracture shows the feature."""

    names: tuple[str, ...]
    patients: tuple[str, ...]
    causes: tuple[str, ...]
    values: NDArray[np.bool_]


@dataclass(frozen=True)
class FeatureTest:
    """One feature in the two groups.

    ``malignant`` and ``benign``: how many of each show it, ``of_malignant`` and ``of_benign`` there are.
    ``sign_of``: the cause in which it is more frequent, "" where it is as frequent in both; ``sensitivity``
    and ``specificity`` as a sign of that cause, NaN where it is none. ``odds``: of the feature in malignant
    fractures, over those in benign ones. ``test`` and ``p``: chi-square as published, or Fisher's exact test
    where the counts are too small for it; NaN where all or none show the feature. ``holm_p``: adjusted for
    all features.
    """

    name: str
    malignant: int
    of_malignant: int
    benign: int
    of_benign: int
    sign_of: str
    sensitivity: float
    specificity: float
    odds: OddsRatio
    test: str
    p: float
    holm_p: float = nan


def read_features(path: Path) -> FeatureTable:
    """Read features.csv. Raises BadInputError, with the line, where a cell is not what its column says."""
    rows = read_table(path, _BEFORE)
    names = tuple(name for name in rows[0].cells if name not in _BEFORE)
    if not names:
        raise BadInputError(path, "no feature in it; add a column of 0 and 1 for each")
    patients: list[str] = []
    causes: list[str] = []
    values: list[list[bool]] = []
    for row in rows:
        patients.append(_new_patient(row, patients))
        causes.append(_cause(row))
        values.append([_ticked(row, name) for name in names])
    missing = [cause for cause in CAUSES if cause not in causes]
    if missing:
        raise BadInputError(path, f"no {missing[0]} fracture in it; both causes are needed to compare")
    return FeatureTable(names, tuple(patients), tuple(causes), np.array(values))


def feature_tests(table: FeatureTable) -> tuple[FeatureTest, ...]:
    """Each feature's counts, test and odds ratio, in the order of the table."""
    malignant = np.array(table.causes) == MALIGNANT
    tests = [_test(name, ticked, malignant) for name, ticked in zip(table.names, table.values.T, strict=True)]
    if all(isnan(item.p) for item in tests):
        return tuple(tests)
    adjusted = holm(pd.DataFrame({"p": [item.p for item in tests]}))["holm_p"]
    return tuple(replace(item, holm_p=float(p)) for item, p in zip(tests, adjusted, strict=True))


def _test(name: str, ticked: NDArray[np.bool_], malignant: NDArray[np.bool_]) -> FeatureTest:
    counted = [_counted(ticked[malignant]), _counted(ticked[~malignant])]
    (with_malignant, without_malignant), (with_benign, without_benign) = counted
    of_malignant, of_benign = with_malignant + without_malignant, with_benign + without_benign
    in_malignant, in_benign = with_malignant / of_malignant, with_benign / of_benign
    sign_of, sensitivity, specificity = "", nan, nan
    if in_malignant > in_benign:
        sign_of, sensitivity, specificity = MALIGNANT, in_malignant, 1 - in_benign
    elif in_benign > in_malignant:
        sign_of, sensitivity, specificity = BENIGN, in_benign, 1 - in_malignant
    test, p = "none: all show it, or none does", nan
    if 0 < ticked.sum() < len(ticked):
        row = chi_square(counted).iloc[0]
        test, p = str(row["test"]), float(row["p"])
    return FeatureTest(
        name,
        with_malignant,
        of_malignant,
        with_benign,
        of_benign,
        sign_of,
        sensitivity,
        specificity,
        odds_ratio(counted),
        test,
        p,
    )


def _counted(ticked: NDArray[np.bool_]) -> tuple[int, int]:
    """How many show it, and how many do not."""
    return int(ticked.sum()), int((~ticked).sum())


def _new_patient(row: TableRow, before: list[str]) -> str:
    patient = row.text("patient")
    if patient in before:
        raise row.error("this patient stands twice; one row a patient")
    return patient


def _cause(row: TableRow) -> str:
    cause = row.one_of("cause", CAUSES)
    if cause is None:
        raise row.error("no cause in this row; fill it in")
    return cause


def _ticked(row: TableRow, name: str) -> bool:
    value = row.flag(name)
    if value is None:
        raise row.error(f"no {name} in this row; write 0 or 1")
    return value
