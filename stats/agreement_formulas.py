"""Coefficients of agreement as formulas: of one table of counts, or of a stack of tables at once.

A table counts items by one reader's category (rows) and the other's (columns); it holds an item at
least. Where a coefficient is undefined it is NaN. Meanings and sources: ``stats.agreement``.
"""

from math import nan, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.inter_rater import cohens_kappa

Tables = NDArray[np.float64]
"""Counts (..., categories, categories)."""

Values = NDArray[np.float64]
"""One number a table: (...)."""

Weights = Literal["linear", "quadratic"]
"""How fast a disagreement grows with the distance between two categories."""


def observed(tables: Tables) -> Values:
    """The share of items in the same category."""
    return np.asarray(np.trace(tables, axis1=-2, axis2=-1) / tables.sum(axis=(-2, -1)))


def kappa(tables: Tables) -> Values:
    """Cohen's kappa."""
    expected = (tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1) / tables.sum(axis=(-2, -1)) ** 2
    return _beyond_chance(observed(tables), expected)


def kappa_error(table: Tables) -> float:
    """The standard error of kappa, items independent."""
    return _cohens_error(table, None)


def weighted_kappa(tables: Tables, weights: Weights) -> Values:
    """Cohen's weighted kappa; the categories are in their order."""
    category = np.arange(tables.shape[-1])
    distance = np.abs(category[:, None] - category) ** (1 if weights == "linear" else 2)
    by_chance = tables.sum(axis=-1)[..., :, None] * tables.sum(axis=-2)[..., None, :]
    expected = (distance * by_chance).sum(axis=(-2, -1)) / tables.sum(axis=(-2, -1))
    return 1 - _quotient((distance * tables).sum(axis=(-2, -1)), expected)


def weighted_kappa_error(table: Tables, weights: Weights) -> float:
    """The standard error of weighted kappa, items independent."""
    return _cohens_error(table, weights)


def ac1(tables: Tables) -> Values:
    """Gwet's AC1; the scale has as many categories as the table."""
    return _beyond_chance(observed(tables), _ac1_chance(tables))


def ac1_error(table: Tables) -> float:
    """The standard error of AC1, items independent: each cell's linear part in AC1, over the items."""
    shares = _mean_shares(table)
    chance = (1 - (shares[:, None] + shares) / 2) / (len(table) - 1)
    cells = np.eye(len(table)) - 2 * (1 - float(ac1(table))) * chance
    probability = table / table.sum()
    variance = (probability * cells**2).sum() - (probability * cells).sum() ** 2
    return sqrt(max(float(variance), 0.0) / table.sum()) / (1 - float(_ac1_chance(table)))


def alpha(coincidences: Tables) -> Values:
    """Krippendorff's alpha of coincidence matrices, nominal."""
    ratings = coincidences.sum(axis=(-2, -1))
    of_category = coincidences.sum(axis=-1)
    expected = (of_category * (of_category - 1)).sum(axis=-1) / (ratings * (ratings - 1))
    return _beyond_chance(observed(coincidences), expected)


def fleiss_kappa(coincidences: Tables) -> Values:
    """Fleiss' kappa of coincidence matrices of items with the same number of ratings."""
    return _beyond_chance(observed(coincidences), _pooled_chance(coincidences))


def fleiss_kappa_error(items: Tables) -> float:
    """The standard error of Fleiss' kappa from the coincidence matrix of each item, items independent."""
    if len(items) < 2:
        return nan
    pooled = items.sum(axis=0)
    value, chance = float(fleiss_kappa(pooled)), float(_pooled_chance(pooled))
    own_chance = items.sum(axis=-1) @ pooled.sum(axis=-1) / (items[0].sum() * pooled.sum())
    parts = (observed(items) - chance - 2 * (1 - value) * (own_chance - chance)) / (1 - chance)
    return sqrt(float(((parts - value) ** 2).sum()) / (len(items) * (len(items) - 1)))


def positive(tables: Tables) -> Values:
    """Positive agreement; the categories are found and not found."""
    both = 2 * tables[..., 0, 0]
    return _quotient(both, both + tables[..., 0, 1] + tables[..., 1, 0])


def _cohens_error(table: Tables, weights: Weights | None) -> float:
    # It divides by a variance of 0 besides, and rounding may leave one just below 0.
    with np.errstate(divide="ignore", invalid="ignore"):
        return sqrt(max(float(cohens_kappa(table, wt=weights).var_kappa), 0.0))


def _ac1_chance(tables: Tables) -> Values:
    shares = _mean_shares(tables)
    # A scale of one category leaves nothing to chance: agreement is certain.
    others = tables.shape[-1] - 1
    return (shares * (1 - shares)).sum(axis=-1) / others if others else np.ones(tables.shape[:-2])


def _pooled_chance(coincidences: Tables) -> Values:
    """Agreement by chance of readers who share one distribution."""
    shares = coincidences.sum(axis=-1) / coincidences.sum(axis=(-2, -1))[..., None]
    return np.asarray((shares**2).sum(axis=-1))


def _mean_shares(tables: Tables) -> Tables:
    """The mean of both readers' shares of each category: (..., categories)."""
    return (tables.sum(axis=-1) + tables.sum(axis=-2)) / (2 * tables.sum(axis=(-2, -1)))[..., None]


def _beyond_chance(agreement: Values, expected: Values) -> Values:
    return _quotient(agreement - expected, 1 - expected)


def _quotient(part: Values, whole: Values) -> Values:
    """NaN where the whole is 0, but for rounding."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=np.asarray(whole) > 1e-12)
