"""The odds ratio of a 2 × 2 table of independent items."""

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from stats.chi_square import counts

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class OddsRatio:
    """``low`` and ``high``: the ends of its 95 % interval. ``corrected``: whether 1/2 was added to each cell,
    as one was zero."""

    estimate: float
    low: float
    high: float
    corrected: bool


def odds_ratio(table: ArrayLike) -> OddsRatio:
    """The odds of the first column in the first row over those in the second row: a d / (b c) of [[a, b], [c,
    d]].

    Interval by Woolf's logit method, exp(log OR ± 1.96 sqrt(1/a + 1/b + 1/c + 1/d)); where a cell is zero,
    1/2 is added to all four. Raises ValueError for what is no 2 × 2 table of counts.

    Sources: Woolf, Ann Hum Genet 1955; 19: 251-253. Haldane, Ann Hum Genet 1956; 20: 309-311.

    >>> found = odds_ratio([[30, 10], [20, 40]])
    >>> round(found.estimate, 2), round(found.low, 2), round(found.high, 2)
    (6.0, 2.45, 14.68)
    """
    cells = counts(table).astype(np.float64)
    if cells.shape != (2, 2):
        raise ValueError("an odds ratio needs a table of two rows and two columns")
    corrected = not cells.all()
    (a, b), (c, d) = (cells + 0.5 * corrected).tolist()
    center, margin = log(a * d / (b * c)), _Z * sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return OddsRatio(exp(center), exp(center - margin), exp(center + margin), corrected)
