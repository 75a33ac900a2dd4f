"""Readers compared by a marginal logistic model, whose errors allow for clusters (GEE)."""

import warnings
from collections.abc import Hashable, Sequence
from math import exp
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from statsmodels.genmod.cov_struct import Exchangeable
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_estimating_equations import GEE, GEEResults
from statsmodels.tools.sm_exceptions import ConvergenceWarning, IterationLimitWarning

from stats.chi_square import chi_square_row
from stats.intervals import Interval, cluster_numbers
from stats.proportions import booleans
from stats.results import tests_table

GEE_BIAS_REDUCED = "GEE, bias-reduced"

_Z = NormalDist().inv_cdf(0.975)


def gee_odds_ratios(
    correct: ArrayLike, arms: Sequence[Hashable], clusters: Sequence[Hashable]
) -> pd.DataFrame:
    """How the odds of being right differ between arms (readers, or reading with and without the AI).

    ``correct``: (n,) booleans, a read each; ``arms`` which arm it is of, ``clusters`` which patient's. The
    model is logit P(correct) = a_arm, fitted by generalised estimating equations with an exchangeable
    correlation of all reads of a patient, and errors by the sandwich with Mancl and DeRouen's correction.

    A row for each arm after the first: ``estimate`` is the odds ratio of the first arm to it, 95 % interval
    exp(log OR ± 1.96 SE), ``statistic`` Wald's (log OR / SE)² with 1 degree of freedom; of three arms and
    more a last row tests all of them together.

    Raises ValueError for fewer than two arms or two clusters, for an arm that is right on every item or on
    none (its odds are infinite or 0), and where the model does not converge.

    Sources: Liang and Zeger, Biometrika 1986; 73: 13-22. Mancl and DeRouen, Biometrics 2001; 57: 126-134.

    >>> correct, arms = [1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0], ["alone", "aided"] * 6
    >>> row = gee_odds_ratios(correct, arms, list("aaaabbbbcccc")).iloc[0]
    >>> row["note"], round(float(row["estimate"]), 2)
    ('odds ratio of alone to aided', 10.0)
    """
    reads = booleans(correct, "what is right")
    if not len(reads) == len(arms) == len(clusters):
        raise ValueError("each read needs its arm and its patient")
    names = list(dict.fromkeys(arms))
    _check(reads, names, arms, clusters)
    # Each column holds the reads of one later arm, negated: its coefficient is first less later.
    later = np.column_stack([np.ones(len(reads)), *(-_of_arm(arms, name) for name in names[1:])])
    fitted = _fit(reads.astype(np.float64), later, cluster_numbers(clusters))
    rows = []
    for name, log_ratio, error in zip(names[1:], fitted.params[1:], fitted.bse[1:], strict=True):
        interval = Interval(exp(log_ratio - _Z * error), exp(log_ratio + _Z * error))
        note = f"odds ratio of {names[0]} to {name}"
        statistic = (log_ratio / error) ** 2
        rows.append(chi_square_row(GEE_BIAS_REDUCED, statistic, 1, exp(log_ratio), interval, note))
    if len(names) > 2:
        together = fitted.wald_test(np.eye(len(names))[1:], scalar=True).statistic
        rows.append(chi_square_row(GEE_BIAS_REDUCED, together, len(names) - 1, note="all arms together"))
    return tests_table(rows)


def _check(
    reads: NDArray[np.bool_],
    names: Sequence[Hashable],
    arms: Sequence[Hashable],
    clusters: Sequence[Hashable],
) -> None:
    if len(names) < 2:
        raise ValueError(f"there are reads of {len(names)} arm: a comparison needs two or more")
    if len(set(clusters)) < 2:
        raise ValueError("all reads are of one patient: a marginal model needs two patients or more")
    for name in names:
        share = reads[_of_arm(arms, name) > 0].mean()
        if share in (0, 1):
            right = "every item" if share else "no item"
            raise ValueError(f"{name} is right on {right}: an odds ratio needs items both right and wrong")


def _of_arm(arms: Sequence[Hashable], name: Hashable) -> NDArray[np.float64]:
    return np.array([arm == name for arm in arms], dtype=np.float64)


def _fit(reads: NDArray[np.float64], columns: NDArray[np.float64], clusters: NDArray[np.intp]) -> GEEResults:
    model = GEE(reads, columns, groups=clusters, family=Binomial(), cov_struct=Exchangeable())
    failed = "the marginal model does not converge: there are too few patients or reads for it"
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", IterationLimitWarning)
        try:
            fitted = model.fit(cov_type="bias_reduced")
        except (ConvergenceWarning, IterationLimitWarning, np.linalg.LinAlgError) as error:
            raise ValueError(failed) from error
    if not np.isfinite(fitted.bse).all() or not (fitted.bse > 0).all():
        raise ValueError(failed)
    return fitted
