"""Readers on the same items, each item independent of the others: McNemar's tests and Cochran's Q.

Where patients have several items each, these are too liberal or too strict: see ``stats.clustered``.
"""

from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from statsmodels.stats.contingency_tables import cochrans_q

from stats.chi_square import chi_square_row, counts
from stats.intervals import Interval
from stats.proportions import booleans
from stats.results import TestRow, tests_table

Values = NDArray[np.float64]

CORRECTED = "McNemar, corrected"
MID_P = "McNemar, mid-p"

_Z = NormalDist().inv_cdf(0.975)
_INDEPENDENT = "takes every item as independent"


def paired_booleans(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Two readers' reads of the same items: (n,) each. Raises ValueError where they are none."""
    one, other = booleans(first, "the first reader's reads"), booleans(second, "the second reader's reads")
    if len(one) != len(other):
        raise ValueError(f"paired reads must be of the same items, not of {len(one)} and {len(other)}")
    if not len(one):
        raise ValueError("there are no reads: a paired test needs items that both readers read")
    return one, other


def mcnemar(first: ArrayLike, second: ArrayLike) -> pd.DataFrame:
    """McNemar's test in four forms, of two readers' reads of the same independent items.

    ``first``, ``second``: (n,) booleans, whether each reader was right (or called the finding). Formulas,
    sources and errors: ``mcnemar_of_table``.

    >>> first, second = [True] * 14 + [False] * 6, [True] * 6 + [False] * 8 + [True] * 2 + [False] * 4
    >>> mcnemar(first, second)["p"].round(4).tolist()
    [0.0578, 0.1138, 0.1094, 0.0654]
    """
    one, other = paired_booleans(first, second)
    table = [[(one & other).sum(), (one & ~other).sum()], [(~one & other).sum(), (~one & ~other).sum()]]
    return mcnemar_of_table(table)


def mcnemar_of_table(table: ArrayLike) -> pd.DataFrame:
    """McNemar's test in four forms, of a 2 × 2 table of pairs: rows by the first reader, columns by the
    second, each right before wrong.

    With b items right by the first alone and c by the second alone: asymptotic (b - c)² / (b + c) and
    corrected (abs(b - c) - 1)² / (b + c), both against chi-square with 1 degree of freedom; exact, twice
    the binomial tail P(X <= min(b, c)), X ~ B(b + c, 1/2); mid-p, the same with half the weight of
    min(b, c) itself, the best of the four for few discordant items. ``estimate`` is (b - c) / n, with
    Wald's interval in the asymptotic row.

    Raises ValueError where the two differ on no item.

    Sources: McNemar, Psychometrika 1947; 12: 153-157. Edwards, Psychometrika 1948; 13: 185-187. Fagerland,
    Lydersen and Laake, BMC Med Res Methodol 2013; 13: 91. Interval: Fleiss, Levin and Paik, Statistical
    Methods for Rates and Proportions, 3rd ed. 2003, section 13.1.

    >>> found = mcnemar_of_table([[101, 121], [59, 33]]).set_index("test")
    >>> found.loc[["McNemar, asymptotic", "McNemar, corrected"], "statistic"].round(5).tolist()
    [21.35556, 20.67222]
    """
    pairs = counts(table)
    if pairs.shape != (2, 2):
        raise ValueError(
            "McNemar's test needs a table of two rows and two columns, right and wrong of each reader"
        )
    total, first_only, second_only = int(pairs.sum()), int(pairs[0, 1]), int(pairs[1, 0])
    if not first_only + second_only:
        raise ValueError("the two agree on every disc: a paired test needs a disc on which they differ")
    difference = (first_only - second_only) / total
    margin = _Z * sqrt(first_only + second_only - total * difference**2) / total
    interval = Interval(difference - margin, difference + margin)
    plain, corrected = (mcnemar_statistic(first_only, second_only, by) for by in (0, 1))
    exact = float(stats.binomtest(first_only, first_only + second_only).pvalue)
    half_weight = float(mid_p(first_only, second_only))
    return tests_table(
        [
            chi_square_row("McNemar, asymptotic", plain, 1, difference, interval, _INDEPENDENT),
            chi_square_row(CORRECTED, corrected, 1, difference, note=_INDEPENDENT),
            TestRow("McNemar, exact", difference, p=exact, note=_INDEPENDENT),
            TestRow(MID_P, difference, p=half_weight, note=_INDEPENDENT),
        ]
    )


def mcnemar_statistic(first_only: ArrayLike, second_only: ArrayLike, correction: int = 0) -> Values:
    """(abs(b - c) - correction)² / (b + c) of counts b and c, or of stacks of them at once; NaN for 0 and 0.

    >>> float(mcnemar_statistic(9, 3))
    3.0
    """
    one, other = np.asarray(first_only, np.float64), np.asarray(second_only, np.float64)
    # Where b = c a correction would leave a difference that there is not.
    square = np.maximum(np.abs(one - other) - correction, 0) ** 2
    return np.divide(square, one + other, out=np.full_like(square, np.nan), where=one + other > 0)


def mid_p(first_only: ArrayLike, second_only: ArrayLike) -> Values:
    """McNemar's mid-p of counts, or of stacks of them at once: 2 P(X <= m) - P(X = m), m = min(b, c).

    >>> round(float(mid_p(8, 2)), 4)
    0.0654
    """
    smaller, discordant = np.minimum(first_only, second_only), np.add(first_only, second_only)
    tail = 2 * stats.binom.cdf(smaller, discordant, 0.5) - stats.binom.pmf(smaller, discordant, 0.5)
    return np.asarray(np.minimum(tail, 1.0))


def cochran_q(reads: ArrayLike) -> pd.DataFrame:
    """Cochran's Q: whether several readers are right equally often on the same independent items.

    ``reads``: (n, k) booleans, a row for each item, a column for each reader. With column sums C, row sums
    R and N right in all, Q = (k - 1) (k sum C² - N²) / (k N - sum R²), k - 1 degrees of freedom; for two
    readers it is McNemar's asymptotic test.

    Raises ValueError for fewer than two readers, and where they differ on no item.

    Source: Cochran, Biometrika 1950; 37: 256-266.

    >>> cochran_q([[1, 0, 1], [1, 0, 0], [1, 1, 0], [1, 0, 0]])["statistic"].round(4).tolist()
    [4.5]
    """
    given = np.asarray(reads)
    if given.ndim != 2 or given.shape[1] < 2 or not len(given):
        raise ValueError("Cochran's Q needs a row for each item and a column for each of two readers or more")
    right = np.column_stack([booleans(column, "each reader's reads") for column in given.T])
    if (right == right[:, :1]).all():
        raise ValueError("the readers agree on every disc: Cochran's Q needs a disc on which they differ")
    found = cochrans_q(right)
    return tests_table([chi_square_row("Cochran's Q", found.statistic, found.df, note=_INDEPENDENT)])
