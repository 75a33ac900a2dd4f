"""95 % intervals by bootstrap over clusters: items of one patient are not independent of each other."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Interval:
    """The ends of a 95 % interval; NaN where there is none."""

    low: float
    high: float


UNKNOWN = Interval(nan, nan)


def cluster_numbers(clusters: Sequence[Hashable]) -> NDArray[np.intp]:
    """The number of each item's cluster, counted from 0 in the order of their first items."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], dtype=np.intp)


def cluster_draws(count: int, resamples: int, seed: int) -> NDArray[np.float64]:
    """How often each of ``count`` clusters is drawn in each resample: (resamples, count).

    As many clusters as there are, with replacement, each with all its items (Field and Welsh,
    J R Stat Soc B 2007; 69: 369-390).
    """
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples)
    return draws.astype(np.float64)


def percentile_interval(resampled: NDArray[np.float64]) -> Interval:
    """The 2.5th and 97.5th percentiles of the resamples in which the value is defined.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    defined = resampled[~np.isnan(resampled)]
    if not len(defined):
        return UNKNOWN
    low, high = np.percentile(defined, [2.5, 97.5])
    return Interval(float(low), float(high))
