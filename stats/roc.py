"""Empirical ROC curves and the areas under them (AUC), also where a patient has several items.

Everywhere ``truth`` is (items,), 1 or True for diseased, a ``rating`` (items,), greater for more probably
diseased, and ``clusters`` the items' patients; without them every item is its own.
"""

from collections.abc import Hashable, Sequence
from math import exp, log, nan, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from stats.intervals import UNKNOWN, Interval, cluster_numbers
from stats.results import TestRow, tests_table

_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(0.975)

NO_VARIANCE = 1e-15
"""A variance of merits, which lie between 0 and 1, below which there is none but for rounding."""


def roc_points(truth: ArrayLike, rating: ArrayLike) -> pd.DataFrame:
    """The empirical ROC curve: a row for each ``threshold``, from infinity down to the least rating, with
    the ``sensitivity`` and ``specificity`` of calling diseased what is rated at the threshold or above.

    ValueError: no diseased or no healthy item, a missing rating.

    Source: Green and Swets, Signal Detection Theory and Psychophysics, 1966, chapter 2.

    >>> roc_points([0, 0, 1, 1], [1, 2, 2, 3]).to_numpy().tolist()
    [[inf, 0.0, 1.0], [3.0, 0.5, 1.0], [2.0, 1.0, 0.5], [1.0, 1.0, 0.0]]
    """
    diseased, ratings = _checked(truth, [rating])
    thresholds = np.append(np.inf, np.unique(ratings[0])[::-1])
    called = ratings[0] >= thresholds[:, None]
    return pd.DataFrame(
        {
            "threshold": thresholds,
            "sensitivity": called[:, diseased].mean(axis=1),
            "specificity": 1 - called[:, ~diseased].mean(axis=1),
        }
    )


def auc_table(
    truth: ArrayLike, rating: ArrayLike, clusters: Sequence[Hashable] | None = None
) -> pd.DataFrame:
    """The trapezoidal AUC with its standard error and 95 % intervals, in one row.

    ``plain_low`` and ``plain_high``: A ± 1.96 SE, cut at 0 and 1. ``logit_low`` and ``logit_high``: the same
    on the scale log(A / (1 - A)), SE / (A (1 - A)), and back; the better one near 1. They are NaN where
    the variance is zero, as for A = 1; ``note`` says so. ``method`` names the variance: DeLong's, or
    Obuchowski's for clusters (``auc_covariance``).

    ValueError: fewer than two diseased or two healthy items (or clusters that have them), ratings all equal.

    Sources: DeLong, DeLong and Clarke-Pearson, Biometrics 1988; 44: 837-845; Obuchowski, Biometrics 1997;
    53: 567-578; logit: Pepe, The Statistical Evaluation of Medical Tests, 2003, section 5.2.5.

    >>> table = auc_table([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6])
    >>> table[["auc", "standard_error", "logit_low", "logit_high"]].round(3).to_numpy().tolist()
    [[0.889, 0.157, 0.261, 0.995]]
    """
    areas, covariance = auc_covariance(truth, [rating], clusters)
    area, error = float(areas[0]), sqrt(max(covariance[0, 0], 0.0))
    varies = error**2 > NO_VARIANCE
    plain, logit = (_plain_interval(area, error), _logit_interval(area, error)) if varies else (UNKNOWN,) * 2
    diseased = np.asarray(truth, bool)
    row = {
        "auc": area,
        "standard_error": error,
        "plain_low": plain.low,
        "plain_high": plain.high,
        "logit_low": logit.low,
        "logit_high": logit.high,
        "diseased": int(diseased.sum()),
        "healthy": int((~diseased).sum()),
        "clusters": nan if clusters is None else len(set(clusters)),
        "method": _method(clusters),
        "note": "" if varies else "the variance is zero, so there is no interval",
    }
    return pd.DataFrame([row])


def compare_auc(
    truth: ArrayLike, first: ArrayLike, second: ArrayLike, clusters: Sequence[Hashable] | None = None
) -> pd.DataFrame:
    """The test that two ratings of the same items have the same AUC, as one row of ``tests_table``.

    z = (A_1 - A_2) / sqrt(V_11 + V_22 - 2 V_12) with the covariance V of ``auc_covariance``: DeLong's, or
    Obuchowski's for clusters. The interval is the plain one.

    ValueError: as ``auc_table``; a difference without variance.

    Sources: as ``auc_table``.

    >>> truth, first, second = [0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6], [2, 4, 3, 1, 3, 5]
    >>> compare_auc(truth, first, second)[["estimate", "statistic", "p"]].round(3).to_numpy().tolist()
    [[0.389, 1.565, 0.118]]
    """
    areas, covariance = auc_covariance(truth, [first, second], clusters)
    difference = float(areas[0] - areas[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    if variance < NO_VARIANCE:
        raise ValueError(
            "the difference of the two AUCs has no variance; ratings are needed that order the items "
            "differently"
        )
    error = sqrt(variance)
    z = difference / error
    row = TestRow(
        test=f"difference of AUCs, {_method(clusters)}",
        estimate=difference,
        low=difference - _Z * error,
        high=difference + _Z * error,
        statistic=z,
        p=2 * _NORMAL.cdf(-abs(z)),
    )
    return tests_table([row])


def auc_covariance(
    truth: ArrayLike, ratings: Sequence[ArrayLike], clusters: Sequence[Hashable] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The AUCs (curves,) of ``ratings`` (curves, items), and their covariance matrix (curves, curves).

    With D_i and H_i the sums, over the diseased and the healthy items of cluster i, of the items' placements
    less the AUC, divided by the number of all diseased (healthy) items::

        V = I_D / (I_D - 1) sum D_i D_i' + I_H / (I_H - 1) sum H_i H_i'
            + I / (I - 1) sum (D_i H_i' + H_i D_i')

    for I clusters, of which I_D have a diseased item and I_H a healthy one. Where every item is its own
    cluster the last term is zero, and V is DeLong's S10 / m + S01 / n.

    ValueError: as ``auc_table``.

    Sources: Obuchowski, Biometrics 1997; 53: 567-578; DeLong, DeLong and Clarke-Pearson, Biometrics 1988;
    44: 837-845.

    >>> areas, covariance = auc_covariance([0, 0, 1, 1], [[1, 2, 2, 3]], clusters=["a", "b", "a", "b"])
    >>> areas.tolist(), covariance.tolist()
    ([0.875], [[0.0]])
    """
    diseased, rated = _checked(truth, ratings)
    if (rated == rated[:, :1]).all(axis=1).any():
        raise ValueError("all items have the same rating; an AUC needs at least two different ratings")
    numbers = cluster_numbers(range(len(diseased)) if clusters is None else clusters)
    if len(numbers) != len(diseased):
        raise ValueError(f"there are {len(diseased)} items and {len(numbers)} clusters; give each item one")
    counts = len(set(numbers[diseased])), len(set(numbers[~diseased])), numbers.max() + 1
    if min(counts) < 2:
        kind = "items" if clusters is None else "clusters with an item of each kind"
        raise ValueError(f"at least two diseased and two healthy {kind} are needed for a variance")
    above, below = placements(diseased, rated)
    areas = above.mean(axis=1)
    of_diseased = cluster_sums(above - areas[:, None], numbers[diseased], counts[2]) / diseased.sum()
    of_healthy = cluster_sums(below - areas[:, None], numbers[~diseased], counts[2]) / (~diseased).sum()
    corrected = [count / (count - 1) for count in counts]
    cross = of_diseased @ of_healthy.T
    covariance = (
        corrected[0] * of_diseased @ of_diseased.T
        + corrected[1] * of_healthy @ of_healthy.T
        + corrected[2] * (cross + cross.T)
    )
    return areas, covariance


def placements(
    diseased: NDArray[np.bool_], ratings: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each diseased item the share of healthy ones rated below it, (curves, diseased), and for each
    healthy item the share of diseased ones rated above it, (curves, healthy); ties count half.

    The mean of either is the trapezoidal AUC. DeLong's structural components V10 and V01, by ranks as
    Sun and Xu, IEEE Signal Process Lett 2014; 21: 1389-1393.

    >>> [part.tolist() for part in placements(np.array([False, False, True]), np.array([[1.0, 2.0, 2.0]]))]
    [[[0.75]], [[1.0, 0.5]]]
    """
    of_diseased, of_healthy = ratings[:, diseased], ratings[:, ~diseased]
    ranks = rankdata(ratings, axis=1)
    above = (ranks[:, diseased] - rankdata(of_diseased, axis=1)) / of_healthy.shape[1]
    below = 1 - (ranks[:, ~diseased] - rankdata(of_healthy, axis=1)) / of_diseased.shape[1]
    return above, below


def cluster_sums(
    values: NDArray[np.float64], numbers: NDArray[np.intp], clusters: int
) -> NDArray[np.float64]:
    """The values (curves, items) added up over the items of each cluster: (curves, clusters).

    >>> cluster_sums(np.array([[1.0, 2.0, 4.0]]), np.array([0, 1, 0]), clusters=2).tolist()
    [[5.0, 2.0]]
    """
    sums = np.zeros((clusters, len(values)))
    np.add.at(sums, numbers, values.T)
    return sums.T


def _checked(truth: ArrayLike, ratings: Sequence[ArrayLike]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Whether diseased (items,), and the ratings (curves, items)."""
    given, curves = np.asarray(truth), [np.asarray(rating, np.float64) for rating in ratings]
    if not np.isin(given, (0, 1)).all():
        raise ValueError("truth must be 0 (healthy) or 1 (diseased) for every item")
    if any(curve.shape != given.shape for curve in curves):
        counts = ", ".join(str(curve.size) for curve in curves)
        raise ValueError(f"there are {given.size} items, and ratings of {counts}; give each item one rating")
    rated = np.stack(curves)
    if not np.isfinite(rated).all():
        raise ValueError(f"{int((~np.isfinite(rated)).sum())} ratings are missing; rate every item")
    diseased = given.astype(bool)
    if diseased.all() or not diseased.any():
        raise ValueError("an ROC curve needs at least one diseased and one healthy item")
    return diseased, rated


def _method(clusters: Sequence[Hashable] | None) -> str:
    return "DeLong 1988" if clusters is None else "Obuchowski 1997, clustered"


def _plain_interval(area: float, error: float) -> Interval:
    return Interval(max(area - _Z * error, 0.0), min(area + _Z * error, 1.0))


def _logit_interval(area: float, error: float) -> Interval:
    center, margin = log(area / (1 - area)), _Z * error / (area * (1 - area))
    return Interval(1 / (1 + exp(margin - center)), 1 / (1 + exp(-margin - center)))
