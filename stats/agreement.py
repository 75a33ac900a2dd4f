"""Agreement between readers who put the same items into categories.

Every coefficient comes with 95 % intervals: by bootstrap over clusters, the primary one where items are
clustered (discs in patients), and the asymptotic one, which takes all items as independent.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import nan
from statistics import NormalDist

import numpy as np
import pandas as pd

from stats import agreement_formulas as formulas
from stats.agreement_formulas import Tables, Values, Weights
from stats.intervals import UNKNOWN, Interval, cluster_draws, cluster_numbers, percentile_interval

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Coefficient:
    """A coefficient of agreement with its 95 % intervals.

    ``by_cluster`` is NaN for fewer than two clusters, ``asymptotic`` where no formula is in use.
    ``undefined`` says why ``estimate`` is NaN; "" where it is a number.
    """

    name: str
    estimate: float
    by_cluster: Interval
    asymptotic: Interval
    items: int
    clusters: int
    undefined: str = ""


@dataclass(frozen=True)
class Bootstrap:
    """How clusters are resampled."""

    resamples: int = 2000
    seed: int = 0


_BOOTSTRAP = Bootstrap()


def cohen_kappa(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    categories: Sequence[Hashable] | None = None,
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap = _BOOTSTRAP,
) -> Coefficient:
    """Cohen's kappa, unweighted: (p_o - p_e) / (1 - p_e), where p_e comes from each reader's own shares of
    the categories, p_e = sum_k p_k. p_.k.

    ``first`` and ``second`` are the readers' categories of the same items; ``clusters`` the items'
    patients. The asymptotic interval is statsmodels'. Undefined where p_e = 1.

    Sources: Cohen, Educ Psychol Meas 1960; 20: 37-46. Variance: Fleiss, Cohen and Everitt, Psychol
    Bull 1969; 72: 323-327.

    >>> first, second = ["yes"] * 25 + ["no"] * 25, ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    >>> round(cohen_kappa(first, second).estimate, 3)
    0.4
    """
    tables = _tables(first, second, categories, clusters)
    found = _coefficient("Cohen's kappa", tables, formulas.kappa, len(first), clusters, bootstrap)
    return _with_asymptotic(found, tables.sum(axis=0), formulas.kappa_error)


def weighted_kappa(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    categories: Sequence[Hashable],
    weights: Weights = "quadratic",
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap = _BOOTSTRAP,
) -> Coefficient:
    """Cohen's weighted kappa of ordered ``categories``: 1 - sum_ij d_ij p_ij / sum_ij d_ij p_i. p_.j, where a
    disagreement weighs d_ij = abs(i - j) (``linear``) or (i - j)² (``quadratic``).

    The asymptotic interval is statsmodels'. Undefined where both readers use one and the same category.

    Sources: Cohen, Psychol Bull 1968; 70: 213-220. Weights: Cicchetti and Allison, Am J EEG Technol 1971;
    11: 101-110 (linear); Fleiss and Cohen, Educ Psychol Meas 1973; 33: 613-619 (quadratic). Variance:
    Fleiss, Cohen and Everitt, Psychol Bull 1969; 72: 323-327.

    >>> first, second = [0, 0, 1, 1, 2, 2, 3, 3], [0, 1, 1, 1, 2, 3, 3, 1]
    >>> round(weighted_kappa(first, second, range(4), "linear").estimate, 3)
    0.579
    """
    tables = _tables(first, second, categories, clusters)
    name, formula = f"Cohen's kappa, {weights} weights", partial(formulas.weighted_kappa, weights=weights)
    found = _coefficient(name, tables, formula, len(first), clusters, bootstrap)
    error = partial(formulas.weighted_kappa_error, weights=weights)
    return _with_asymptotic(found, tables.sum(axis=0), error)


def gwet_ac1(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    categories: Sequence[Hashable] | None = None,
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap = _BOOTSTRAP,
) -> Coefficient:
    """Gwet's AC1 of two readers: (p_o - p_e) / (1 - p_e), p_e = sum_k q_k (1 - q_k) / (K - 1), where q_k is
    the mean of both readers' shares of category k.

    It stays high where kappa falls because almost all items are of one category. It depends on K, the
    number of ``categories`` of the scale: name them all, used or not. Undefined for K = 1.

    Source: Gwet, Br J Math Stat Psychol 2008; 61: 29-48, with its variance for two raters.

    >>> first, second = ["yes"] * 123 + ["no"] * 2, ["yes"] * 118 + ["no"] * 5 + ["yes"] * 2
    >>> round(gwet_ac1(first, second).estimate, 3), round(cohen_kappa(first, second).estimate, 3)
    (0.941, -0.023)
    """
    tables = _tables(first, second, categories, clusters)
    found = _coefficient("Gwet's AC1", tables, formulas.ac1, len(first), clusters, bootstrap)
    return _with_asymptotic(found, tables.sum(axis=0), formulas.ac1_error)


def krippendorff_alpha(
    ratings: Sequence[Sequence[Hashable]],
    categories: Sequence[Hashable] | None = None,
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap = _BOOTSTRAP,
) -> Coefficient:
    """Krippendorff's alpha for nominal categories, two readers or more: 1 - D_o / D_e, the observed over the
    expected disagreement of all pairs of ratings of one item.

    ``ratings`` is a row for each item with each reader's rating, None where there is none; an item with
    fewer than two says nothing and is left out. It has no asymptotic interval. Undefined where all
    ratings are of one category.

    Source: Krippendorff, Content Analysis, 4th ed. 2018, chapter 12.

    >>> round(krippendorff_alpha([("a", "a", "a"), ("a", "b", None), ("b", "b", "b")]).estimate, 4)
    0.5625
    """
    rated = [[item for item in row if item is not None] for row in ratings]
    kept = [index for index, row in enumerate(rated) if len(row) > 1]
    coincidences = _coincidences([rated[index] for index in kept], categories)
    clusters = None if clusters is None else [clusters[index] for index in kept]
    tables = _by_cluster(coincidences, clusters)
    return _coefficient("Krippendorff's alpha", tables, formulas.alpha, len(kept), clusters, bootstrap)


def fleiss_kappa(
    ratings: Sequence[Sequence[Hashable]],
    categories: Sequence[Hashable] | None = None,
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap = _BOOTSTRAP,
) -> Coefficient:
    """Fleiss' kappa of two readers or more: (p_o - p_e) / (1 - p_e), where p_o is the share of agreeing pairs
    of ratings of one item and p_e = sum_k p_k² comes from the shares of the categories, all readers pooled.

    ``ratings`` is a row for each item with each reader's rating. Raises ValueError where items have
    different numbers of ratings, or one alone: Krippendorff's alpha takes gaps. Undefined where all
    ratings are of one category.

    Sources: Fleiss, Psychol Bull 1971; 76: 378-382. Variance, which also holds where readers do agree:
    Gwet, Educ Psychol Meas 2021; 81: 781-790.

    >>> round(fleiss_kappa([("a", "a", "a"), ("a", "b", "a"), ("b", "b", "b")]).estimate, 4)
    0.55
    """
    counts = {sum(rating is not None for rating in row) for row in ratings} | {len(row) for row in ratings}
    if len(counts) > 1 or counts & {0, 1}:
        raise ValueError(
            "Fleiss' kappa needs a rating of each of two readers or more for every item; "
            "leave out the items with gaps, or take Krippendorff's alpha"
        )
    coincidences = _coincidences(ratings, categories)
    tables = _by_cluster(coincidences, clusters)
    found = _coefficient("Fleiss' kappa", tables, formulas.fleiss_kappa, len(ratings), clusters, bootstrap)
    return _with_asymptotic(found, coincidences, formulas.fleiss_kappa_error)


def observed_agreement(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap = _BOOTSTRAP,
) -> Coefficient:
    """The share of items that both readers put into the same category; chance is in it.

    >>> round(observed_agreement("aab", "abb").estimate, 3)
    0.667
    """
    tables = _tables(first, second, None, clusters)
    return _coefficient("observed agreement", tables, formulas.observed, len(first), clusters, bootstrap)


def positive_agreement(
    first: Sequence[bool],
    second: Sequence[bool],
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap = _BOOTSTRAP,
) -> Coefficient:
    """How far two readers agree on what either found: 2 a / (2 a + b + c), where both found ``a``, and only
    one of them ``b`` and ``c``.

    For findings whose absences cannot be counted, such as boxes; kappa tends to it as the absences grow
    (Hripcsak and Rothschild, J Am Med Inform Assoc 2005; 12: 296-298). It is Dice's coefficient, and the
    F1 of one reader against the other. Undefined where nothing was found.

    >>> round(positive_agreement([True, True, True, False], [True, True, False, True]).estimate, 3)
    0.667
    """
    tables = _tables(first, second, (True, False), clusters)
    return _coefficient("positive agreement", tables, formulas.positive, len(first), clusters, bootstrap)


def agreement_table(
    first: Sequence[Hashable], second: Sequence[Hashable], categories: Sequence[Hashable] | None = None
) -> pd.DataFrame:
    """How many items the first reader (rows) and the second (columns) put into each category.

    >>> agreement_table("aab", "abb").to_numpy().tolist()
    [[1, 1], [0, 1]]
    """
    names = list(_columns([*first, *second], categories))
    return pd.DataFrame(_tables(first, second, names, None)[0].astype(int), index=names, columns=names)


def _columns(ratings: Sequence[Hashable], categories: Sequence[Hashable] | None) -> dict[Hashable, int]:
    """The column of each category; where no categories are given, of those in use."""
    names = sorted(set(ratings), key=str) if categories is None else categories
    unknown = set(ratings).difference(names)
    if unknown:
        raise ValueError(f"not among the categories: {', '.join(sorted(map(str, unknown)))}")
    return {name: index for index, name in enumerate(names)}


def _coincidences(ratings: Sequence[Sequence[Hashable]], categories: Sequence[Hashable] | None) -> Tables:
    """Each item's pairs of ratings of different readers, counted by their categories, over its ratings
    less one: (items, categories, categories)."""
    columns = _columns([rating for row in ratings for rating in row], categories)
    coincidences = np.zeros((len(ratings), len(columns), len(columns)))
    for matrix, row in zip(coincidences, ratings, strict=True):
        counts = np.bincount([columns[rating] for rating in row], minlength=len(columns))
        matrix[:] = (np.outer(counts, counts) - np.diag(counts)) / (len(row) - 1)
    return coincidences


def _tables(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    categories: Sequence[Hashable] | None,
    clusters: Sequence[Hashable] | None,
) -> Tables:
    columns = _columns([*first, *second], categories)
    items = np.zeros((len(first), len(columns), len(columns)))
    for table, one, other in zip(items, first, second, strict=True):
        table[columns[one], columns[other]] = 1
    return _by_cluster(items, clusters)


def _by_cluster(items: Tables, clusters: Sequence[Hashable] | None) -> Tables:
    """The items' tables added up, one for each cluster, one in all where there are none."""
    numbers = cluster_numbers([None] * len(items) if clusters is None else clusters)
    tables = np.zeros((numbers.max(initial=0) + 1, *items.shape[1:]))
    np.add.at(tables, numbers, items)
    return tables


def _coefficient(
    name: str,
    tables: Tables,
    formula: Callable[[Tables], Values],
    items: int,
    clusters: Sequence[Hashable] | None,
    bootstrap: Bootstrap,
) -> Coefficient:
    """The coefficient of all clusters together, with its interval by clusters."""
    count = len(set(clusters or ()))
    if not items:
        return Coefficient(name, nan, UNKNOWN, UNKNOWN, 0, 0, "no items")
    estimate = float(formula(tables.sum(axis=0)))
    if np.isnan(estimate):
        return Coefficient(name, nan, UNKNOWN, UNKNOWN, items, count, "all items are in one category")
    interval = UNKNOWN
    if count > 1:
        draws = cluster_draws(count, bootstrap.resamples, bootstrap.seed)
        redrawn = np.einsum("rc,cij->rij", draws, tables)
        interval = percentile_interval(formula(redrawn))
    return Coefficient(name, estimate, interval, UNKNOWN, items, count)


def _with_asymptotic(
    found: Coefficient, counts: Tables, standard_error: Callable[[Tables], float]
) -> Coefficient:
    """With estimate ± 1.96 standard errors, cut at -1 and 1."""
    if found.undefined:
        return found
    margin = _Z * standard_error(counts)
    ends = Interval(max(found.estimate - margin, -1.0), min(found.estimate + margin, 1.0))
    return replace(found, asymptotic=ends)
