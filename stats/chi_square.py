"""The chi-square test of a table of counts, as papers publish it: every item taken as independent."""

from math import nan

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from stats.intervals import UNKNOWN, Interval
from stats.results import TestRow, tests_table

AS_PUBLISHED = "chi-square, as published"

_NOT_INDEPENDENT = "takes every item as independent: not valid for paired reads or several items of a patient"


def counts(table: ArrayLike) -> NDArray[np.int64]:
    """``table`` as whole counts, two rows and columns or more; ValueError where it is no such table."""
    given = np.asarray(table, dtype=np.float64)
    if given.ndim != 2 or min(given.shape) < 2 or not np.all((given >= 0) & (given == given.round())):
        raise ValueError("a table of counts needs two rows and two columns or more, of whole numbers from 0")
    return given.astype(np.int64)


def chi_square_row(
    test: str,
    statistic: float | NDArray[np.float64],
    df: int = 1,
    estimate: float = nan,
    interval: Interval = UNKNOWN,
    note: str = "",
) -> TestRow:
    """The row of a test whose statistic follows chi-square with ``df`` degrees of freedom."""
    p = float(stats.chi2.sf(statistic, df))
    return TestRow(test, estimate, interval.low, interval.high, float(statistic), df, p=p, note=note)


def chi_square(table: ArrayLike) -> pd.DataFrame:
    """Pearson's chi-square of independence of rows and columns, "as published", without Yates's correction.

    ``table``: (r, c) counts, such as a row for each reader and the columns right and wrong. The statistic
    is sum (O - E)² / E with E = row total × column total / n, and (r - 1)(c - 1) degrees of freedom. Of a
    2 × 2 table ``estimate`` is the first row's share in the first column less the second row's.

    Cochran's rule: no E under 1, and at most a fifth of them under 5. Where a 2 × 2 table breaks it, the
    row is Fisher's exact test in place of chi-square; where a larger one does, the note warns. In either
    case the test takes items as independent: ``stats.paired`` and ``stats.clustered`` hold the tests for
    reads of the same items and for several items of a patient.

    Raises ValueError for what is no table of counts, and for a row or column of zeros.

    Sources: Pearson, Philos Mag 1900; 50: 157-175. Cochran, Biometrics 1954; 10: 417-451. Fisher, J R Stat
    Soc 1935; 98: 39-54.

    >>> row = chi_square([[38, 12], [30, 20]]).iloc[0]
    >>> row["test"], *(round(float(row[name]), 4) for name in ("estimate", "statistic", "p"))
    ('chi-square, as published', 0.16, 2.9412, 0.0863)
    """
    observed = counts(table)
    if not observed.sum(axis=0).all() or not observed.sum(axis=1).all():
        raise ValueError("a row or a column of the table holds zeros alone: there is nothing to compare")
    shares = observed[:, 0] / observed.sum(axis=1)
    difference = float(shares[0] - shares[1]) if observed.shape == (2, 2) else nan
    expected, df = expected_counts(observed), (observed.shape[0] - 1) * (observed.shape[1] - 1)
    note = _NOT_INDEPENDENT
    if expected.min() < 1 or np.mean(expected < 5) > 0.2:
        small = f"expected counts down to {expected.min():.1f} break Cochran's rule"
        if observed.shape == (2, 2):
            exact = float(stats.fisher_exact(observed).pvalue)
            return tests_table([TestRow("Fisher's exact", difference, p=exact, note=f"{small}; {note}")])
        note = f"{small}, so p is rough; {note}"
    return tests_table([chi_square_row(AS_PUBLISHED, pearson(observed), df, difference, note=note)])


def pearson(tables: ArrayLike) -> NDArray[np.float64]:
    """Pearson's sum (O - E)² / E of a table of counts, or of a stack of them (..., r, c) at once.

    >>> pearson([[[38, 12], [30, 20]], [[25, 25], [25, 25]]]).round(4).tolist()
    [2.9412, 0.0]
    """
    observed, expected = np.asarray(tables, np.float64), expected_counts(tables)
    return np.asarray(((observed - expected) ** 2 / expected).sum(axis=(-2, -1)))


def expected_counts(tables: ArrayLike) -> NDArray[np.float64]:
    """Row total × column total / n, of a table or of a stack of them.

    >>> expected_counts([[38, 12], [30, 20]]).tolist()
    [[34.0, 16.0], [34.0, 16.0]]
    """
    observed = np.asarray(tables, np.float64)
    rows, columns = (observed.sum(axis=axis, keepdims=True) for axis in (-1, -2))
    return np.asarray(rows * columns / observed.sum(axis=(-2, -1), keepdims=True))
