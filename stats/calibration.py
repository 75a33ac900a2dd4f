"""Whether predicted probabilities mean what they say: reliability, calibration error, proper scores.

Everywhere ``probabilities`` are (n, classes), each row summing to 1, and ``labels`` (n,) the indices of the
true classes.
"""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from stats.intervals import UNKNOWN, Interval, cluster_draws, cluster_numbers, percentile_interval

_RESAMPLES = 1000


def reliability(
    predicted: ArrayLike,
    happened: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    bins: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """The reliability of probabilities of one event, in bins of equal width that hold any.

    ``predicted``: (n,) probabilities. ``happened``: (n,) whether it did. ``clusters``: the items' patients.
    A row for each bin: ``low`` < predicted <= ``high`` (0 lies in the first), ``count``, the mean
    ``predicted``, the share ``observed``, and the ends of its 95 % interval by bootstrap over clusters,
    ``observed_low`` and ``observed_high`` (NaN for fewer than two clusters in the bin).

    Source: Murphy and Winkler, J R Stat Soc C 1977; 26: 41-47.
    """
    probability, outcome = np.asarray(predicted, np.float64), np.asarray(happened, np.float64)
    edges = np.linspace(0, 1, bins + 1)
    of_bin = _bin_numbers(probability, bins)
    cluster = cluster_numbers(range(len(probability)) if clusters is None else clusters)
    rows = []
    for number in np.unique(of_bin):
        inside = of_bin == number
        interval = _interval(outcome[inside], cluster[inside], seed)
        rows.append(
            {
                "low": edges[number],
                "high": edges[number + 1],
                "count": int(inside.sum()),
                "predicted": float(probability[inside].mean()),
                "observed": float(outcome[inside].mean()),
                "observed_low": interval.low,
                "observed_high": interval.high,
            }
        )
    return pd.DataFrame(rows)


def expected_calibration_error(probabilities: ArrayLike, labels: ArrayLike, bins: int = 10) -> float:
    """The mean distance between the most probable class's probability and how often it is right, over
    bins weighted by their counts: sum_b n_b / n · abs(observed_b - predicted_b).

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017, equation 3.

    >>> round(expected_calibration_error([[0.8, 0.2], [0.6, 0.4]], [0, 1]), 3)
    0.4
    """
    given = np.asarray(probabilities, np.float64)
    return _binned_error(given.max(axis=1), given.argmax(axis=1) == np.asarray(labels), bins)


def classwise_calibration_error(probabilities: ArrayLike, labels: ArrayLike, bins: int = 10) -> float:
    """The calibration error of each class's probability against all others, averaged over the classes.

    It also sees what the most probable class hides: a rare class that is never the most probable.

    Source: Kull et al., Beyond Temperature Scaling, NeurIPS 2019, section 2.

    >>> round(classwise_calibration_error([[0.8, 0.2], [0.6, 0.4]], [0, 1]), 3)
    0.4
    """
    given, truth = np.asarray(probabilities, np.float64), np.asarray(labels)
    return float(np.mean([_binned_error(given[:, k], truth == k, bins) for k in range(given.shape[1])]))


def brier_score(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """The mean over items of sum_k (p_k - y_k)², from 0 (sure and right) to 2 (sure and wrong).

    Source: Brier, Mon Weather Rev 1950; 78: 1-3.

    >>> round(brier_score([[0.8, 0.2], [0.6, 0.4]], [0, 1]), 3)
    0.4
    """
    given = np.asarray(probabilities, np.float64)
    truth = np.eye(given.shape[1])[np.asarray(labels)]
    return float(((given - truth) ** 2).sum(axis=1).mean())


def negative_log_likelihood(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """The mean over items of -log of the true class's probability; infinite where one is 0.

    Source: Good, J R Stat Soc B 1952; 14: 107-114 (the logarithmic score).

    >>> round(negative_log_likelihood([[0.8, 0.2], [0.6, 0.4]], [0, 1]), 3)
    0.57
    """
    given, truth = np.asarray(probabilities, np.float64), np.asarray(labels)
    with np.errstate(divide="ignore"):
        return float(-np.log(given[np.arange(len(truth)), truth]).mean())


def _bin_numbers(probability: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    inner_edges = np.linspace(0, 1, bins + 1)[1:-1]
    return np.searchsorted(inner_edges, probability, side="left")


def _binned_error(predicted: NDArray[np.float64], happened: NDArray[np.bool_], bins: int) -> float:
    of_bin = _bin_numbers(predicted, bins)
    difference = np.bincount(of_bin, happened) - np.bincount(of_bin, predicted)
    return float(np.abs(difference).sum() / len(predicted))


def _interval(outcome: NDArray[np.float64], clusters: NDArray[np.intp], seed: int) -> Interval:
    """Of the share of outcomes, by bootstrap over clusters."""
    distinct, number = np.unique(clusters, return_inverse=True)
    if len(distinct) < 2:
        return UNKNOWN
    draws = cluster_draws(len(distinct), _RESAMPLES, seed)
    happened = draws @ np.bincount(number, outcome)
    return percentile_interval(happened / (draws @ np.bincount(number)))
