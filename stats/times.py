"""Reading times: medians, the log-normal mixed model, and rank tests paired by case.

A table of times has a row for each read: ``reader``, ``case``, ``seconds``, and ``arm`` where there are arms.
Every function raises ValueError for times that are not positive, a column that is lacking, and a read that
is there twice. Times are compared as times; cut into classes for a chi-square test they lose what they say.
"""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from math import exp, floor, sqrt
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM

from stats.intervals import UNKNOWN, Interval
from stats.mrmc import FIXED_READERS, RANDOM, Estimate, claim, difference_row
from stats.results import TestRow, tests_table

Compared = Literal["reader", "arm"]
"""Whose times are compared."""

_Z = float(stats.norm.ppf(0.975))


def time_quartiles(times: pd.DataFrame, by: Sequence[str] = ("reader",)) -> pd.DataFrame:
    """The columns of ``by``, then ``reads``, ``median``, ``lower_quartile``, ``upper_quartile`` and
    ``geometric_mean`` (exp of the mean log time), all but ``reads`` in seconds.

    Source of the quartiles: Hyndman and Fan, Am Stat 1996; 50: 361-365, definition 7.

    >>> times = pd.DataFrame({"reader": list("AAA"), "case": [1, 2, 3], "seconds": [20, 40, 80]})
    >>> time_quartiles(times).round(1).to_numpy().tolist()
    [['A', 3, 40.0, 30.0, 60.0, 40.0]]
    """
    _check_times(times, by)
    groups = times.groupby(list(by), observed=True)["seconds"]
    return groups.agg(
        reads="size",
        median="median",
        lower_quartile=lambda seconds: seconds.quantile(0.25),
        upper_quartile=lambda seconds: seconds.quantile(0.75),
        geometric_mean=stats.gmean,
    ).reset_index()


def time_ratios(times: pd.DataFrame, compared: Compared) -> pd.DataFrame:
    """The ratio of the geometric mean times of every two readers (or arms), first over second in sorted
    order, by a log-normal mixed model fitted by restricted maximum likelihood::

        readers: log seconds = reader + case + error
        arms:    log seconds = arm + reader + case + reader × arm + error

    Here case, reader and reader × arm are random and crossed; the last two leave the model where one reader
    reads in every arm. ``estimate`` is exp of the difference of two levels, with t's 95 % interval. Its
    degrees of freedom are those of the random term that contains the comparison: (readers - 1)(arms - 1)
    for arms of several readers, else the reads less the rank of the design.

    ValueError: one case; one reader (arm); readers (arms) without common cases; a reader without times in
    one of the arms; readers compared over several arms at once; times without variation.

    Sources: Pinheiro and Bates, Mixed-Effects Models in S and S-PLUS, 2000, chapters 1 and 2; degrees of
    freedom by containment: Littell et al., SAS for Mixed Models, 2nd ed. 2006. Fitted by statsmodels'
    MixedLM.

    >>> seconds = {"A": [20, 44, 83, 31], "B": [38, 95, 150, 66]}
    >>> reads = [(name, case, time) for name, row in seconds.items() for case, time in enumerate(row)]
    >>> times = pd.DataFrame(reads, columns=["reader", "case", "seconds"])
    >>> time_ratios(times, "reader")[["estimate", "low", "high", "df"]].round(3).to_numpy().tolist()
    [[0.502, 0.437, 0.576, 3.0]]
    """
    levels = _check_comparison(times, compared)
    readers = times["reader"].nunique()
    contained = compared == "arm" and readers > 1
    random = ["case", "reader", "reader:arm"] if contained else ["case"]
    df = _residual_df(times, compared, random)
    if contained:
        df = (readers - 1) * (len(levels) - 1)
    note = claim(readers, RANDOM) if contained else ""
    means, covariance = _fit(times, compared, random)
    rows = []
    for i, j in combinations(range(len(levels)), 2):
        error = sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])
        difference = Estimate(float(means[i] - means[j]), error, df)
        row = difference_row(f"log-normal mixed model: {levels[i]} / {levels[j]}", difference, note)
        rows.append(replace(row, estimate=exp(row.estimate), low=exp(row.low), high=exp(row.high)))
    return tests_table(rows)


def wilcoxon_signed_rank(times: pd.DataFrame, compared: Compared) -> pd.DataFrame:
    """The signed-rank test of every two readers (or arms), paired by case: W is the smaller of the sums of
    ranks of the positive and of the negative differences; exact up to 50 cases without ties (scipy).

    With several readers, arms are compared in the mean over readers, then for each reader. ``estimate`` is
    Hodges and Lehmann's: the median of the means of every two differences, in seconds. Its interval ends at
    the C-th of these from either side, C = n (n + 1) / 4 - 1.96 sqrt(n (n + 1) (2 n + 1) / 24); NaN where
    C < 1. Cases that lack one of the times are left out; ``note`` counts those used. Readers are fixed: of
    arms, what readers in general gain is said by ``time_ratios``.

    ValueError: one case; one reader (arm); no case with both times; all differences 0.

    Sources: Wilcoxon, Biometrics Bull 1945; 1: 80-83; Hodges and Lehmann, Ann Math Stat 1963; 34: 598-611;
    Hollander and Wolfe, Nonparametric Statistical Methods, 2nd ed. 1999, sections 3.1 to 3.3.

    >>> seconds = {"A": [20, 44, 83, 31, 52, 60], "B": [38, 95, 150, 66, 50, 99]}
    >>> reads = [(name, case, time) for name, row in seconds.items() for case, time in enumerate(row)]
    >>> times = pd.DataFrame(reads, columns=["reader", "case", "seconds"])
    >>> wilcoxon_signed_rank(times, "reader")[["estimate", "statistic", "p"]].to_numpy().tolist()
    [[-35.0, 1.0, 0.0625]]
    """
    levels = _check_comparison(times, compared)
    groups = [("", times)]
    if compared == "arm" and times["reader"].nunique() > 1:
        readers = times.groupby("reader", observed=True)
        groups = [(", mean of readers", times), *((f", reader {name}", reads) for name, reads in readers)]
    rows = [
        _signed_rank_row(f"{first} − {second}{whose}", _by_case(reads, compared, [first, second]))
        for whose, reads in groups
        for first, second in combinations(levels, 2)
    ]
    return tests_table(rows)


def friedman(times: pd.DataFrame, compared: Compared) -> pd.DataFrame:
    """Friedman's test that three readers (or arms) or more take the same time, by their ranks within each
    case; arms in the mean over readers::

        chi-square = 12 / (n k (k + 1)) sum_j R_j² - 3 n (k + 1),   df = k - 1

    with R_j the sum of ranks over n cases, corrected for ties (scipy). Cases that lack one of the times are
    left out; ``note`` counts those used. Readers are fixed.

    ValueError: one case; fewer than three readers (arms); no case with all times; all times of each case
    equal.

    Source: Friedman, J Am Stat Assoc 1937; 32: 675-701.

    >>> seconds = {"A": [20, 44, 83, 31], "B": [38, 95, 150, 66], "C": [25, 60, 90, 70]}
    >>> reads = [(name, case, time) for name, row in seconds.items() for case, time in enumerate(row)]
    >>> times = pd.DataFrame(reads, columns=["reader", "case", "seconds"])
    >>> friedman(times, "reader")[["statistic", "df", "p"]].round(3).to_numpy().tolist()
    [[6.5, 2.0, 0.039]]
    """
    levels = _check_comparison(times, compared)
    if len(levels) < 3:
        raise ValueError(f"there are two {compared}s; Friedman's test needs three, take the signed-rank test")
    blocks = _by_case(times, compared, levels)
    if (blocks.nunique(axis=1) == 1).all():
        raise ValueError(f"all {compared}s take the same time for every case; a test needs times that differ")
    found = stats.friedmanchisquare(*blocks.to_numpy().T)
    row = TestRow(
        test=f"Friedman over {compared}s",
        statistic=float(found.statistic),
        df=len(levels) - 1,
        p=float(found.pvalue),
        note=_rank_note(blocks),
    )
    return tests_table([row])


def _check_times(times: pd.DataFrame, needed: Sequence[str]) -> None:
    lacking = [name for name in ("reader", "case", "seconds", *needed) if name not in times]
    if lacking:
        raise ValueError(f"the table of times lacks the column {', '.join(dict.fromkeys(lacking))}")
    if times.empty:
        raise ValueError("there are no times")
    seconds = times["seconds"].to_numpy(np.float64)
    wrong = int((~(np.isfinite(seconds) & (seconds > 0))).sum())
    if wrong:
        raise ValueError(
            f"{wrong} of {len(times)} times are not positive numbers of seconds; leave out such reads"
        )
    read = [name for name in ("reader", "case", "arm") if name in times]
    if times[read].isna().any(axis=None):
        raise ValueError(f"a time lacks its {' or '.join(read)}; give every time all of them")
    twice = times.duplicated(read)
    if twice.any():
        raise ValueError(
            f"reader {times['reader'][twice].iloc[0]} has more than one time for a case ({int(twice.sum())} "
            "times too many); give one for each read"
        )


def _check_comparison(times: pd.DataFrame, compared: Compared) -> list[str]:
    """The sorted levels that are compared."""
    _check_times(times, [compared])
    if times["case"].nunique() < 2:
        raise ValueError("all times are of one case; at least two cases are needed")
    if compared == "reader" and "arm" in times and times["arm"].nunique() > 1:
        raise ValueError("the times are of several arms; compare readers within one arm at a time")
    levels = sorted(times[compared].unique())
    if len(levels) < 2:
        raise ValueError(f"all times are of one {compared}; at least two are needed for a comparison")
    pairs = times["reader"].nunique() * len(levels)
    if compared == "arm" and len(times[["reader", "arm"]].drop_duplicates()) < pairs:
        raise ValueError("a reader has no times in one of the arms; every reader must read in every arm")
    return levels


def _by_case(times: pd.DataFrame, compared: Compared, levels: Sequence[str]) -> pd.DataFrame:
    """The times (cases, levels) of the cases that every reader read at every level, mean over readers."""
    columns = ["arm", "reader"] if compared == "arm" else ["reader"]
    reads = times[times[compared].isin(levels)]
    complete = reads.pivot(index="case", columns=columns, values="seconds").dropna()
    if len(complete) < 2:
        raise ValueError(
            f"fewer than two cases have all times of {', '.join(map(str, levels))}; a paired test needs more"
        )
    return complete.T.groupby(level=0).mean().T


def _signed_rank_row(name: str, pairs: pd.DataFrame) -> TestRow:
    difference = (pairs.iloc[:, 0] - pairs.iloc[:, 1]).to_numpy(np.float64)
    if not difference.any():
        raise ValueError(f"no case's times differ in {name}; a test needs times that differ")
    found = stats.wilcoxon(difference)
    first, second = np.triu_indices(len(difference))
    means = np.sort(difference[first] + difference[second]) / 2
    interval = _median_interval(means, len(difference))
    return TestRow(
        test=f"Wilcoxon signed-rank: {name}",
        estimate=float(np.median(means)),
        low=interval.low,
        high=interval.high,
        statistic=float(found.statistic),
        p=float(found.pvalue),
        note=_rank_note(pairs),
    )


def _rank_note(blocks: pd.DataFrame) -> str:
    return f"{len(blocks)} cases; {claim(1, FIXED_READERS)}"


def _median_interval(means: NDArray[np.float64], cases: int) -> Interval:
    """From the sorted means of every two differences."""
    pairs = cases * (cases + 1)
    rank = floor(pairs / 4 - _Z * sqrt(pairs * (2 * cases + 1) / 24))
    return Interval(float(means[rank - 1]), float(means[-rank])) if rank > 0 else UNKNOWN


def _residual_df(times: pd.DataFrame, compared: Compared, random: Sequence[str]) -> int:
    """The reads less the rank of what is compared and the cases."""
    design = np.hstack([_indicators(times, compared), _indicators(times, "case")])
    rank = int(np.linalg.matrix_rank(design))
    if rank < design.shape[1] - 1 or rank == len(times):
        raise ValueError(f"the {compared}s have too few cases in common; let them read the same cases")
    whole = np.hstack([design, *(_indicators(times, term) for term in random[1:])])
    seconds = np.log(times["seconds"].to_numpy(np.float64))
    if np.allclose(whole @ np.linalg.lstsq(whole, seconds)[0], seconds):
        raise ValueError(f"the times follow from case and {compared} without a rest; a model needs a rest")
    return len(times) - rank


def _indicators(times: pd.DataFrame, term: str) -> NDArray[np.float64]:
    """A column for each level of a term such as "case" or "reader:arm"."""
    level = times.groupby(term.split(":"), observed=True).ngroup().to_numpy()
    return np.eye(level.max() + 1)[level]


def _fit(
    times: pd.DataFrame, compared: Compared, random: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean log time of each level compared, and their covariance."""
    components = {term: "0 + " + ":".join(f"C({name})" for name in term.split(":")) for term in random}
    model = MixedLM.from_formula(
        f"np.log(seconds) ~ 0 + C({compared})",
        times,
        re_formula="0",
        vc_formula=components,
        groups=np.zeros(len(times)),
    )
    with warnings.catch_warnings():
        # It warns of a variance component of 0, which is a usual answer.
        warnings.simplefilter("ignore")
        # Methods that follow the gradient get stuck at it. The second run goes on from the first.
        fitted = model.fit(method=["nm", "nm"])
    if not fitted.converged:
        raise ValueError("the mixed model of the times does not converge; take the signed-rank test")
    levels = len(fitted.fe_params)
    return fitted.fe_params.to_numpy(), fitted.cov_params().to_numpy()[:levels, :levels]
