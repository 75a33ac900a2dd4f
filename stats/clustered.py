"""Two readers on items that come in clusters, the discs of patients: tests that allow for it.

Paired reads of the same items: three clustered McNemar tests, **Obuchowski's the primary**. Readers of
different patients: Rao and Scott's chi-square. The formulas take stacks of data sets at once, for
simulations.
"""

from collections.abc import Hashable, Sequence
from math import nan
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from stats.chi_square import chi_square_row
from stats.intervals import Interval, cluster_numbers
from stats.paired import mcnemar_statistic, paired_booleans
from stats.proportions import booleans
from stats.results import TestRow, tests_table

Cells = NDArray[np.float64]
"""Counts (..., clusters, 4) of a cluster's items: right by both, by the first alone, by the second alone, by
neither."""

Values = NDArray[np.float64]
"""One number a data set: (...)."""

OBUCHOWSKI = "clustered McNemar, Obuchowski"
F_REFERENCE = "clustered McNemar, F reference"
DURKALSKI = "clustered McNemar, Durkalski"
ELIASZIW_DONNER = "clustered McNemar, Eliasziw-Donner"
RAO_SCOTT = "Rao-Scott chi-square"

_ONE_CORRELATION = "takes all pairs of a patient as equally correlated"
_Z = NormalDist().inv_cdf(0.975)


def cells_by_cluster(first: ArrayLike, second: ArrayLike, clusters: Sequence[Hashable]) -> Cells:
    """The cells (clusters, 4) of two readers' reads, each (n,) booleans, of the same items.

    >>> cells_by_cluster([1, 1, 0], [1, 0, 0], ["p", "p", "q"]).tolist()
    [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """
    one, other = paired_booleans(first, second)
    if len(clusters) != len(one):
        raise ValueError(f"each item needs its patient: {len(one)} items, {len(clusters)} patients named")
    numbers = cluster_numbers(clusters)
    cells = np.zeros((numbers.max() + 1, 4))
    np.add.at(cells, (numbers, 2 * ~one + ~other), 1)
    return cells


def clustered_mcnemar(first: ArrayLike, second: ArrayLike, clusters: Sequence[Hashable]) -> pd.DataFrame:
    """Whether two readers of the same items are right equally often, where items come in clusters.

    ``first``, ``second``: (n,) booleans, whether each reader was right (or called the finding);
    ``clusters`` the items' patients. The tests, their sources and errors: ``clustered_mcnemar_of_cells``.

    >>> first, second = [1, 1, 1, 1, 0, 1, 1, 1], [0, 0, 1, 1, 1, 1, 0, 1]
    >>> row = clustered_mcnemar(first, second, list("aabbccdd")).iloc[0]
    >>> row["test"], float(row["estimate"]), float(row["statistic"])
    ('clustered McNemar, Obuchowski', 0.25, 0.5)
    """
    return clustered_mcnemar_of_cells(cells_by_cluster(first, second, clusters))


def clustered_mcnemar_of_cells(cells: ArrayLike) -> pd.DataFrame:
    """The clustered McNemar tests of the ``cells`` (clusters, 4): see ``Cells``. A row for each test:

    - Obuchowski, the primary one: ``obuchowski``, against chi-square. The interval of the difference is
      ± 1.96 times its standard error in ``difference_f``, without the null's pooling, so that near p = 0.05
      test and interval may disagree.
    - ``difference_f``: for few patients. Not published as such; where all n_k are equal it is the paired t
      test of the patients' differences.
    - Durkalski: ``durkalski``, whose estimate is the mean of the patients' differences.
    - Eliasziw–Donner: ``eliasziw_donner``.

    Raises ValueError for fewer than two clusters, and where the two differ on no item.

    >>> cells = [[1, 2, 0, 0], [3, 1, 0, 1], [2, 0, 1, 0], [1, 2, 0, 2], [4, 0, 0, 1]]
    >>> clustered_mcnemar_of_cells(cells)["statistic"].round(3).tolist()
    [1.28, 1.964, 1.153, 2.667]
    """
    counted = _compared_cells(cells)
    difference, error = map(float, _difference(counted))
    by_patient = float(((counted[:, 1] - counted[:, 2]) / counted.sum(axis=1)).mean())
    df = len(counted) - 1
    f, margin = float(difference_f(counted)), float(stats.t.ppf(0.975, df)) * error
    interval = Interval(difference - _Z * error, difference + _Z * error)
    return tests_table(
        [
            chi_square_row(OBUCHOWSKI, obuchowski(counted), 1, difference, interval, "primary"),
            TestRow(
                F_REFERENCE,
                difference,
                difference - margin,
                difference + margin,
                f,
                df=1,
                df2=df,
                p=float(stats.f.sf(f, 1, df)),
                note="for few patients; not as published",
            ),
            chi_square_row(DURKALSKI, durkalski(counted), 1, by_patient, note="each patient counts the same"),
            chi_square_row(ELIASZIW_DONNER, eliasziw_donner(counted), 1, difference, note=_ONE_CORRELATION),
        ]
    )


def obuchowski(cells: Cells) -> Values:
    """Obuchowski's statistic: (K - 1) / K · (sum b_k - c_k)² / sum (b_k - c_k)², chi-square with 1 df.

    b_k and c_k are the items of cluster k that the first and the second reader alone got right, K the
    number of clusters: her difference of two ratio estimates, with the variances and the covariance under
    the null, the readers' shares pooled. 0 where b_k = c_k in every cluster, and never above K - 1, so that
    fewer than five clusters cannot reject at 0.05.

    Source: Obuchowski, Stat Med 1998; 17: 1495-1507, in the form of Yang, Sun and Hardin, Biom J 2010;
    52: 638-652.

    >>> float(obuchowski(np.array([[0, 2, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])))
    0.4444444444444444
    """
    excess = cells[..., 1] - cells[..., 2]
    clusters = cells.shape[-2]
    return _quotient((clusters - 1) / clusters * excess.sum(axis=-1) ** 2, (excess**2).sum(axis=-1))


def difference_f(cells: Cells) -> Values:
    """The difference sum (b_k - c_k) / n over its standard error, squared: F with 1 and K - 1 df.

    The variance is that of a ratio over K clusters, K / (K - 1) · sum (b_k - c_k - n_k difference)² / n²;
    NaN where every cluster has the same difference. Source: as ``obuchowski``, without pooling.

    >>> round(float(difference_f(np.array([[0, 2, 0, 0], [0, 1, 0, 1], [0, 0, 1, 1]]))), 4)
    0.5714
    """
    difference, error = _difference(cells)
    return np.asarray((difference / error) ** 2)


def durkalski(cells: Cells) -> Values:
    """Durkalski's statistic: (sum (b_k - c_k) / n_k)² / sum ((b_k - c_k) / n_k)², chi-square with 1 df.

    A cluster of n_k items counts as much as any other. 0 where b_k = c_k in every cluster.

    Source: Durkalski et al., Stat Med 2003; 22: 2417-2428.

    >>> float(durkalski(np.array([[0, 2, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1]])))
    1.0
    """
    share = (cells[..., 1] - cells[..., 2]) / cells.sum(axis=-1)
    return _quotient(share.sum(axis=-1) ** 2, (share**2).sum(axis=-1))


def eliasziw_donner(cells: Cells) -> Values:
    """Eliasziw and Donner's statistic: McNemar's over 1 + (m - 1) rho, chi-square with 1 df.

    m = sum S_k² / sum S_k, S_k = b_k + c_k, is the mean size of the discordant clusters, weighted by size,
    and rho = r / (r + P (1 - r)) the correlation among discordant pairs, where P is their share and r the
    intracluster correlation of the four kinds of pairs by analysis of variance. A negative r counts as 0.

    Source: Eliasziw and Donner, Stat Med 1991; 10: 1981-1991.

    >>> float(eliasziw_donner(np.array([[0, 2, 0, 0], [2, 0, 0, 0], [0, 0, 2, 0], [2, 0, 0, 0]])))
    0.0
    """
    discordant = cells[..., 1] + cells[..., 2]
    plain = mcnemar_statistic(cells[..., 1].sum(axis=-1), cells[..., 2].sum(axis=-1))
    share = discordant.sum(axis=-1) / cells.sum(axis=(-2, -1))
    correlation = np.maximum(_correlation_of_pairs(cells), 0)
    rho = correlation / (correlation + share * (1 - correlation))
    mean_size = (discordant**2).sum(axis=-1) / discordant.sum(axis=-1)
    return np.asarray(plain / (1 + (mean_size - 1) * rho))


def rao_scott(
    first: ArrayLike,
    first_clusters: Sequence[Hashable],
    second: ArrayLike,
    second_clusters: Sequence[Hashable],
) -> pd.DataFrame:
    """Whether two readers (or arms) that read different patients are right equally often.

    ``first``, ``second``: booleans, of each reader's own items; the clusters are their patients. The
    interval of the difference is ± 1.96 times the root of the sum of both variances (see
    ``rao_scott_statistic``).

    Raises ValueError where a patient occurs on both sides, where a side has fewer than two, and where a side
    has no right or no wrong item at all.

    >>> found = rao_scott([1, 1, 0, 1, 1, 0], list("aabbcc"), [1, 0, 0, 0, 1, 0], list("ddeeff"))
    >>> found["statistic"].round(4).tolist()
    [1.7778]
    """
    if set(first_clusters) & set(second_clusters):
        raise ValueError("a patient occurs on both sides: reads of the same patients need a paired test")
    one, other = _by_patient(first, first_clusters), _by_patient(second, second_clusters)
    (share, variance), (other_share, other_variance) = _ratio(*one), _ratio(*other)
    difference = float(share - other_share)
    margin = _Z * float(np.sqrt(variance + other_variance))
    interval = Interval(difference - margin, difference + margin)
    statistic = rao_scott_statistic(*one, *other)
    return tests_table(
        [chi_square_row(RAO_SCOTT, statistic, 1, difference, interval, "different patients on both sides")]
    )


def rao_scott_statistic(
    first_right: Values, first_items: Values, second_right: Values, second_items: Values
) -> Values:
    """Rao and Scott's chi-square of two clustered proportions, each given by clusters: (..., clusters).

    Each side's share p = x / n has the variance v = m / (m - 1) · sum (x_k - n_k p)² / n² of a ratio over
    its m clusters, and so the design effect d = v n / (p (1 - p)). Pearson's chi-square of x / d and n / d,
    1 degree of freedom.

    Source: Rao and Scott, Biometrics 1992; 48: 577-585.

    >>> items = np.array([2, 2, 2])
    >>> round(float(rao_scott_statistic(np.array([2, 1, 1]), items, np.array([1, 0, 1]), items)), 4)
    1.7778
    """
    shares, effective = [], []
    for right, items in ((first_right, first_items), (second_right, second_items)):
        share, variance = _ratio(right, items)
        shares.append(share)
        effective.append(share * (1 - share) / variance)
    pooled = (shares[0] * effective[0] + shares[1] * effective[1]) / (effective[0] + effective[1])
    squares = sum(size * (share - pooled) ** 2 for share, size in zip(shares, effective, strict=True))
    return np.asarray(squares / (pooled * (1 - pooled)))


def _difference(cells: Cells) -> tuple[Values, Values]:
    """The readers' difference, and its standard error (NaN where it is 0)."""
    size, excess, clusters = cells.sum(axis=-1), cells[..., 1] - cells[..., 2], cells.shape[-2]
    total = size.sum(axis=-1)
    difference = excess.sum(axis=-1) / total
    squares = ((excess - size * difference[..., None]) ** 2).sum(axis=-1)
    variance = clusters / (clusters - 1) * squares / total**2
    return difference, np.sqrt(np.where(variance > 1e-12, variance, nan))


def _compared_cells(cells: ArrayLike) -> Cells:
    """The cells of the clusters that have items."""
    counted = np.asarray(cells, dtype=np.float64)
    if counted.ndim != 2 or counted.shape[1] != 4 or not (counted >= 0).all():
        raise ValueError("the cells need a row for each patient: both, first alone, second alone, neither")
    counted = counted[counted.sum(axis=1) > 0]
    if len(counted) < 2:
        raise ValueError("the discs are of fewer than two patients: a clustered test needs two or more")
    if not counted[:, 1:3].any():
        raise ValueError("the two agree on every disc: a paired test needs a disc on which they differ")
    return counted


def _quotient(part: ArrayLike, whole: ArrayLike) -> Values:
    """The one over the other; 0 where both are 0."""
    above, below = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _correlation_of_pairs(cells: Cells) -> Values:
    """The intracluster correlation of the four kinds of pairs, by analysis of variance; 0 where no cluster
    has two items."""
    size = cells.sum(axis=-1, keepdims=True)
    clusters, mean_size = cells.shape[-2], size.mean(axis=(-2, -1))
    shares = cells.sum(axis=-2, keepdims=True) / size.sum(axis=-2, keepdims=True)
    between = ((cells - size * shares) ** 2 / size).sum(axis=(-2, -1)) / clusters
    pooled = (cells * (size - cells) / size).sum(axis=(-2, -1)) / clusters
    within = np.divide(pooled, mean_size - 1, out=np.copy(between), where=mean_size > 1)
    spread = ((size[..., 0] - mean_size[..., None]) ** 2).sum(axis=-1) / (clusters - 1)
    typical_size = mean_size - spread / (clusters * mean_size)
    return _quotient(between - within, between + (typical_size - 1) * within)


def _by_patient(right: ArrayLike, clusters: Sequence[Hashable]) -> tuple[Values, Values]:
    """The right items and all items of each patient of one side."""
    reads = booleans(right, "the reads of a side")
    if len(clusters) != len(reads):
        raise ValueError(f"each item needs its patient: {len(reads)} items, {len(clusters)} patients named")
    numbers = cluster_numbers(clusters)
    items = np.bincount(numbers).astype(np.float64)
    if len(items) < 2:
        raise ValueError("a side has reads of fewer than two patients: a clustered test needs two or more")
    if reads.all() or not reads.any():
        raise ValueError("a side is right on every disc or on none: its variance cannot be estimated")
    return np.bincount(numbers, reads).astype(np.float64), items


def _ratio(right: Values, items: Values) -> tuple[Values, Values]:
    """The share of right items, and its variance over clusters."""
    clusters, total = items.shape[-1], items.sum(axis=-1)
    share = right.sum(axis=-1) / total
    squares = ((right - items * share[..., None]) ** 2).sum(axis=-1)
    return share, clusters / (clusters - 1) * squares / total**2
