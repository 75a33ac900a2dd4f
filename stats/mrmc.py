"""Many readers, many cases: Obuchowski and Rockette's analysis of variance with Hillis's degrees of freedom.

The model of a figure of merit: theta_ij = mu + treatment_i + reader_j + interaction_ij + error_ij, with the
errors' variance, and covariances Cov1 (same reader, other treatment), Cov2 (other reader, same treatment)
and Cov3 (both differ), over the sampling of cases.
"""

from dataclasses import dataclass, replace
from itertools import combinations
from math import inf, nan, sqrt
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc, stdtr, stdtrit

from stats.intervals import Interval
from stats.jackknife import Merit, Merits, crossed_reads, jackknifed_merits
from stats.results import TestRow, tests_table
from stats.roc import NO_VARIANCE

Analysis = Literal["random readers and cases", "fixed readers, random cases", "random readers, fixed cases"]
"""What is a random sample of many; of what is fixed, the result speaks only about what was in the study."""

RANDOM: Analysis = "random readers and cases"
FIXED_READERS: Analysis = "fixed readers, random cases"
FIXED_CASES: Analysis = "random readers, fixed cases"

FEWEST_READERS = 5


@dataclass(frozen=True)
class Components:
    """Mean squares of treatments, readers and their interaction, and the errors' variance and covariances."""

    ms_treatment: float
    ms_reader: float
    ms_interaction: float
    error: float
    cov1: float
    cov2: float
    cov3: float


@dataclass(frozen=True)
class Estimate:
    """A value with its standard error and their degrees of freedom, infinite for a normal one."""

    value: float
    error: float
    df: float

    @property
    def interval(self) -> Interval:
        """The 95 % interval by Student's t."""
        margin = float(stdtrit(self.df, 0.975)) * self.error
        return Interval(self.value - margin, self.value + margin)


def obuchowski_rockette(
    table: pd.DataFrame, merit: Merit = "auc", analysis: Analysis = RANDOM
) -> pd.DataFrame:
    """The test that all treatments (arms) have the same mean merit over readers, as a ``tests_table``.

    ``table`` has a row for each read: ``reader``, ``treatment``, ``case``, ``truth`` (1 diseased), ``rating``
    (for sensitivity and specificity the call, 0 or 1), and ``patient`` where patients have several cases
    (discs): the jackknife then leaves out patients. The first row is the test; with two treatments it has
    their difference, first less second in sorted order. With more there follows a row for each pair. The
    last rows are the treatments' means, each from its own treatment alone. For t treatments, r readers::

        random readers and cases:    F = MS(T) / (MS(TR) + r max(Cov2 - Cov3, 0)),
                                     df2 = (t - 1) (r - 1) (that denominator / MS(TR))²
        fixed readers, random cases: chi-square = (t - 1) MS(T) / (Var - Cov1 + (r - 1) (Cov2 - Cov3))
        random readers, fixed cases: F = MS(T) / MS(TR), df2 = (t - 1) (r - 1)

    with df = t - 1; a difference's standard error is sqrt(2 / r · denominator).

    ValueError: reads that are missing or double, one treatment, one reader where readers are random, what
    ``jackknifed_merits`` refuses, merits without any variance.

    Sources: Obuchowski and Rockette, Commun Stat Simul Comput 1995; 24: 285-308; Hillis, Stat Med 2007; 26:
    596-619; Hillis, Berbaum and Metz, Acad Radiol 2008; 15: 647-661; Smith and Hillis, Proc SPIE 2020;
    11316: 113160K.

    >>> calls = {("Ann", "alone"): "110100", ("Ann", "with AI"): "111100", ("Bo", "alone"): "011000",
    ...          ("Bo", "with AI"): "111010", ("Cy", "alone"): "100001", ("Cy", "with AI"): "110101"}
    >>> reads = [(reader, arm, case, int(case < 4), int(call))
    ...          for (reader, arm), row in calls.items() for case, call in enumerate(row)]
    >>> table = pd.DataFrame(reads, columns=["reader", "treatment", "case", "truth", "rating"])
    >>> found = obuchowski_rockette(table, "sensitivity")
    >>> found[["estimate", "statistic", "df", "df2", "p"]].head(1).round(3).to_numpy().tolist()
    [[-0.333, 16.0, 1.0, 2.0, 0.057]]
    """
    return compare_treatments(jackknifed_merits(crossed_reads(table), merit), analysis)


def compare_treatments(merits: Merits, analysis: Analysis = RANDOM) -> pd.DataFrame:
    """What ``obuchowski_rockette`` says, from merits that are there already."""
    rows = [treatments_test(merits, analysis)]
    note, pairs = rows[0].note, combinations(range(len(merits.treatments)), 2)
    if len(merits.treatments) > 2:
        denominator = _denominator(merits, analysis)
        rows += [_pair_row(merits, i, j, denominator, note) for i, j in pairs]
    for i, treatment in enumerate(merits.treatments):
        mean = readers_mean(merits.values[i], merits.covariance[i, :, i], analysis)
        rows.append(mean_row(f"mean of {treatment}", mean, note))
    return tests_table(rows)


def treatments_test(merits: Merits, analysis: Analysis = RANDOM) -> TestRow:
    """The first row of ``obuchowski_rockette`` alone, for simulations."""
    treatments, readers = merits.values.shape
    if treatments < 2:
        raise ValueError("there is one treatment; at least two are needed for a comparison")
    note = claim(readers, analysis)
    denominator = _denominator(merits, analysis)
    ratio, df = components(merits).ms_treatment / denominator.value, treatments - 1
    name = f"Obuchowski–Rockette, {analysis}"
    if denominator.df == inf:
        row = TestRow(name, statistic=df * ratio, df=df, p=float(chdtrc(df, df * ratio)), note=note)
    else:
        p = float(fdtrc(df, denominator.df, ratio))
        row = TestRow(name, statistic=ratio, df=df, df2=denominator.df, p=p, note=note)
    if treatments > 2:
        return row
    pair = _pair_row(merits, 0, 1, denominator, note)
    return replace(row, test=f"{name}: {pair.test}", estimate=pair.estimate, low=pair.low, high=pair.high)


def variance_components(table: pd.DataFrame, merit: Merit = "auc") -> pd.DataFrame:
    """The model's mean squares, error variance and covariances, ``component`` and ``value``.

    ``table`` and the errors as in ``obuchowski_rockette``; 0 what a single reader or treatment has not.

    Source: Hillis, Stat Med 2007; 26: 596-619, section 3.

    >>> calls = {("Ann", 1): "1101", ("Ann", 2): "1111", ("Bo", 1): "0110", ("Bo", 2): "1110"}
    >>> reads = [(reader, arm, case, 1, int(call))
    ...          for (reader, arm), row in calls.items() for case, call in enumerate(row)]
    >>> table = pd.DataFrame(reads, columns=["reader", "treatment", "case", "truth", "rating"])
    >>> variance_components(table, "sensitivity").head(3).round(4).to_numpy().tolist()
    [['ms_treatment', 0.0625], ['ms_reader', 0.0625], ['ms_interaction', 0.0]]
    """
    found = components(jackknifed_merits(crossed_reads(table), merit))
    return pd.DataFrame(list(vars(found).items()), columns=["component", "value"])


def components(merits: Merits) -> Components:
    """The model's components, from merits that are there already."""
    values, covariance = merits.values, merits.covariance
    treatments, readers = values.shape
    of_treatment = values.mean(axis=1, keepdims=True) - values.mean()
    of_reader = values.mean(axis=0, keepdims=True) - values.mean()
    rest = values - values.mean() - of_treatment - of_reader
    same_treatment = np.eye(treatments, dtype=bool)[:, None, :, None]
    same_reader = np.eye(readers, dtype=bool)[None, :, None, :]
    return Components(
        ms_treatment=readers * _mean_square(of_treatment, treatments - 1),
        ms_reader=treatments * _mean_square(of_reader, readers - 1),
        ms_interaction=_mean_square(rest, (treatments - 1) * (readers - 1)),
        error=_mean(covariance[same_treatment & same_reader]),
        cov1=_mean(covariance[~same_treatment & same_reader]),
        cov2=_mean(covariance[same_treatment & ~same_reader]),
        cov3=_mean(covariance[~same_treatment & ~same_reader]),
    )


def readers_mean(
    values: NDArray[np.float64], covariance: NDArray[np.float64], analysis: Analysis
) -> Estimate:
    """The mean over readers of ``values`` (readers,), such as their merits under one treatment, with its
    standard error; ``covariance`` (readers, readers) is that of the values' errors::

        random readers and cases:    variance MS(R) / r + max(Cov2, 0),
                                     df = (r - 1) ((MS(R) + r max(Cov2, 0)) / MS(R))²
        fixed readers, random cases: (Var + (r - 1) Cov2) / r, normal
        random readers, fixed cases: MS(R) / r, df = r - 1

    Source: Hillis, Stat Med 2007; 26: 596-619, section 5.3.

    >>> found = readers_mean(np.array([0.8, 0.9, 1.0]), np.full((3, 3), 0.01), RANDOM)
    >>> round(found.value, 3), round(found.error, 3), round(found.df, 3)
    (0.9, 0.115, 32.0)
    """
    readers, mean = len(values), float(values.mean())
    if analysis == FIXED_READERS:
        return Estimate(mean, sqrt(max(float(covariance.mean()), 0.0)), inf)
    ms_reader = float(values.var(ddof=1))
    common = 0.0
    if analysis == RANDOM:
        common = max(_mean(covariance[~np.eye(readers, dtype=bool)]), 0.0)
    total = ms_reader + readers * common
    return Estimate(mean, sqrt(total / readers), hillis_df(total, ms_reader, readers - 1))


def hillis_df(total: float, mean_square: float, df: float) -> float:
    """The degrees of freedom of a denominator ``total``, of which ``mean_square`` is estimated with ``df``.

    Source: Hillis, Stat Med 2007; 26: 596-619, section 4.

    >>> hillis_df(total=2, mean_square=1, df=3)
    12.0
    """
    return df * (total / mean_square) ** 2 if mean_square > NO_VARIANCE else inf


def claim(readers: int, analysis: Analysis) -> str:
    """What a result from so many readers supports, for the ``note`` of its row.

    ValueError: no such analysis; one reader where readers are random.
    """
    if analysis not in get_args(Analysis):
        raise ValueError(f"no such analysis: {analysis}; there are: {'; '.join(get_args(Analysis))}")
    if analysis == FIXED_READERS:
        return "speaks about these readers only"
    if readers < 2:
        raise ValueError("there is one reader; random readers need at least two, take readers as fixed")
    said = ["speaks about these cases only"] if analysis == FIXED_CASES else []
    if readers < FEWEST_READERS:
        said.append(f"{readers} readers: a claim about readers in general is not supported")
    return "; ".join(said)


def mean_row(name: str, mean: Estimate, note: str) -> TestRow:
    """A mean merit with its interval, cut at 0 and 1; without interval where there is no variance."""
    if mean.error**2 < NO_VARIANCE:
        return TestRow(name, mean.value, note="; ".join(filter(None, ["no variance, so no interval", note])))
    ends = mean.interval
    return TestRow(name, mean.value, max(ends.low, 0.0), min(ends.high, 1.0), df=_finite(mean.df), note=note)


def difference_row(name: str, difference: Estimate, note: str) -> TestRow:
    """A difference with its interval and the t test that it is 0."""
    statistic, ends = difference.value / difference.error, difference.interval
    return TestRow(
        test=name,
        estimate=difference.value,
        low=ends.low,
        high=ends.high,
        statistic=statistic,
        df=_finite(difference.df),
        p=2 * float(stdtr(difference.df, -abs(statistic))),
        note=note,
    )


@dataclass(frozen=True)
class _Denominator:
    """The denominator of F, and its degrees of freedom, infinite where the test is a chi-square."""

    value: float
    df: float


def _denominator(merits: Merits, analysis: Analysis) -> _Denominator:
    treatments, readers = merits.values.shape
    found = components(merits)
    common, df = found.cov2 - found.cov3, (treatments - 1) * (readers - 1)
    if analysis == FIXED_READERS:
        # Not cut at 0: this is the jackknife's own variance of the difference, which cannot be negative.
        term = _Denominator(found.error - found.cov1 + (readers - 1) * common, inf)
    elif analysis == FIXED_CASES:
        term = _Denominator(found.ms_interaction, df)
    else:
        total = found.ms_interaction + readers * max(common, 0.0)
        term = _Denominator(total, hillis_df(total, found.ms_interaction, df))
    if term.value < NO_VARIANCE:
        raise ValueError(
            "the differences between treatments have no variance, over readers or over cases; a test needs "
            "differences that vary"
        )
    return term


def _pair_row(merits: Merits, i: int, j: int, denominator: _Denominator, note: str) -> TestRow:
    """The difference of two treatments, by t (z where the degrees of freedom are infinite)."""
    means, readers = merits.values.mean(axis=1), len(merits.readers)
    error = sqrt(2 / readers * denominator.value)
    difference = Estimate(float(means[i] - means[j]), error, denominator.df)
    return difference_row(f"{merits.treatments[i]} − {merits.treatments[j]}", difference, note)


def _mean(values: NDArray[np.float64]) -> float:
    """0 of nothing: what a single reader or treatment has none of is multiplied by 0."""
    return float(values.mean()) if values.size else 0.0


def _mean_square(deviations: NDArray[np.float64], df: int) -> float:
    return float((deviations**2).sum()) / df if df else 0.0


def _finite(df: float) -> float:
    return df if df < inf else nan
