"""How often one reader is right: sensitivity, specificity and their kin, with three intervals each."""

from collections.abc import Hashable, Sequence, Sized
from dataclasses import asdict, dataclass
from math import nan
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.proportion import proportion_confint

from stats import agreement_formulas as formulas
from stats.agreement import Bootstrap
from stats.agreement_formulas import Tables, Values
from stats.intervals import UNKNOWN, Interval, cluster_draws, cluster_numbers, percentile_interval

IntervalMethod = Literal["Wilson", "Clopper-Pearson"]

_STATSMODELS_NAME = {"Wilson": "wilson", "Clopper-Pearson": "beta"}
_BOOTSTRAP = Bootstrap()


@dataclass(frozen=True)
class AccuracyRow:
    """One measure: ``estimate`` = ``correct`` / ``total`` where it is a share, and its 95 % intervals.

    ``wilson`` and ``exact`` (Clopper–Pearson) take all items as independent, ``cluster`` is by bootstrap
    over clusters; each NaN where there is none.
    """

    measure: str
    correct: float = nan
    total: float = nan
    estimate: float = nan
    wilson_low: float = nan
    wilson_high: float = nan
    exact_low: float = nan
    exact_high: float = nan
    cluster_low: float = nan
    cluster_high: float = nan


def booleans(values: ArrayLike, name: str) -> NDArray[np.bool_]:
    """``values`` as booleans (n,): True and False, or 1 and 0. Raises ValueError for any other value."""
    given = np.asarray(values)
    if given.ndim != 1 or pd.isna(given).any() or not np.isin(given, (0, 1)).all():
        raise ValueError(f"{name} must be one row of True and False, with no gaps")
    return given.astype(bool)


def proportion_interval(successes: int, trials: int, method: IntervalMethod = "Wilson") -> Interval:
    """The 95 % interval of a proportion of independent trials.

    "Wilson" inverts the score test: all p with (x/n - p)² <= z² p (1 - p) / n. "Clopper-Pearson" inverts
    the binomial test, so that it covers in at least 95 % of samples, most often in more.

    Sources: Wilson, J Am Stat Assoc 1927; 22: 209-212. Clopper and Pearson, Biometrika 1934; 26: 404-413.

    >>> interval = proportion_interval(81, 263)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.2553, 0.3662)
    """
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(
            f"{successes} of {trials} is no proportion: trials must be 1 or more, successes among them"
        )
    low, high = proportion_confint(successes, trials, method=_STATSMODELS_NAME[method])
    return Interval(float(low), float(high))


def accuracy_table(
    truth: ArrayLike,
    called: ArrayLike,
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap = _BOOTSTRAP,
) -> pd.DataFrame:
    """A reader's calls of one finding against the reference: a row for each measure.

    ``truth``, ``called``: (n,) booleans, whether the item (disc) has the finding and whether the reader
    called it; ``clusters`` the items' patients. With tp, fn, fp and tn items: sensitivity tp / (tp + fn),
    specificity tn / (tn + fp), accuracy (tp + tn) / n, PPV tp / (tp + fp), NPV tn / (tn + fn), balanced
    accuracy (sensitivity + specificity) / 2, and Cohen's kappa against the reference. PPV is NaN where
    nothing was called, NPV where everything was. Where every item is right, the bootstrap's interval has
    no width: read Wilson's there.

    Raises ValueError without items, and where the reference has none with the finding or none without.

    Sources: Altman and Bland, BMJ 1994; 308: 1552 and 309: 102. Balanced accuracy: Brodersen et al., ICPR
    2010, 3121-3124.

    >>> truth, called = [True] * 10 + [False] * 20, [True] * 8 + [False] * 17 + [True] * 5
    >>> table = accuracy_table(truth, called).set_index("measure")
    >>> table.loc[["sensitivity", "specificity"], ["correct", "total", "estimate"]].to_numpy().tolist()
    [[8.0, 10.0, 0.8], [15.0, 20.0, 0.75]]
    """
    has, said = booleans(truth, "the reference"), booleans(called, "the reader's calls")
    _same_lengths(has, said, clusters)
    if has.all() or not has.any():
        raise ValueError(
            f"the finding is in {has.sum()} of {len(has)} items of the reference: "
            "sensitivity and specificity need an item with it and one without"
        )
    tables = _tables_by_cluster((~has).astype(int), (~said).astype(int), 2, clusters)
    shares = [_share(name, tables, cells, bootstrap) for name, cells in _SHARES.items()]
    return pd.DataFrame([asdict(row) for row in [*shares, *_class_rows(tables, 2, bootstrap)]])


def class_accuracy_table(
    truth: Sequence[Hashable],
    called: Sequence[Hashable],
    classes: Sequence[Hashable],
    clusters: Sequence[Hashable] | None = None,
    bootstrap: Bootstrap = _BOOTSTRAP,
) -> pd.DataFrame:
    """A reader's verdicts in more than two classes (normal, bulge, herniation) against the reference.

    ``called`` may hold values beyond ``classes``, such as "not called": they count as wrong. Rows:
    accuracy, balanced accuracy (the mean over ``classes`` of the share of each that was recognised) and
    Cohen's kappa, in the columns of ``accuracy_table``.

    Raises ValueError without items, and for a class that the reference holds no item of.

    Source: Kelleher, Mac Namee and D'Arcy, Fundamentals of Machine Learning, 2015, section 8.4.

    >>> table = class_accuracy_table("nnbbhh", "nnbhhn", "nbh")
    >>> table["estimate"].round(3).tolist()
    [0.667, 0.667, 0.5]
    """
    _same_lengths(truth, called, clusters)
    without_case = [str(name) for name in classes if name not in set(truth)]
    if without_case or set(truth) - set(classes):
        raise ValueError(
            "the classes must be those of the reference, each with an item; "
            f"without one: {', '.join(without_case) or 'none'}"
        )
    columns = {name: index for index, name in enumerate(dict.fromkeys([*classes, *called]))}
    true_column, called_column = ([columns[name] for name in reads] for reads in (truth, called))
    tables = _tables_by_cluster(true_column, called_column, len(columns), clusters)
    every = np.eye(len(columns), dtype=bool), np.ones((len(columns), len(columns)), dtype=bool)
    rows = [_share("accuracy", tables, every, bootstrap), *_class_rows(tables, len(classes), bootstrap)]
    return pd.DataFrame([asdict(row) for row in rows])


_Masks = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""The cells of a table that are counted as right, and those that they are a share of."""

_TP, _FN, _FP, _TN = np.eye(4, dtype=bool).reshape(4, 2, 2)
_SHARES: dict[str, _Masks] = {
    "sensitivity": (_TP, _TP | _FN),
    "specificity": (_TN, _TN | _FP),
    "accuracy": (_TP | _TN, _TP | _FN | _FP | _TN),
    "PPV": (_TP, _TP | _FP),
    "NPV": (_TN, _TN | _FN),
}


def _same_lengths(truth: Sized, called: Sized, clusters: Sized | None) -> None:
    lengths = {len(truth), len(called)}
    if clusters is not None:
        lengths.add(len(clusters))
    if len(lengths) > 1:
        raise ValueError("the reference, the reader's calls and the clusters must be of the same items")
    if lengths == {0}:
        raise ValueError("there are no reads: a reader's accuracy needs one item or more")


def _tables_by_cluster(
    truth: ArrayLike, called: ArrayLike, categories: int, clusters: Sequence[Hashable] | None
) -> Tables:
    """A table of the reference (rows) and the calls (columns) for each cluster; one where there are none."""
    rows = np.asarray(truth)
    numbers = cluster_numbers([None] * len(rows) if clusters is None else clusters)
    tables = np.zeros((numbers.max() + 1, categories, categories))
    np.add.at(tables, (numbers, rows, np.asarray(called)), 1)
    return tables


def _share(name: str, tables: Tables, masks: _Masks, bootstrap: Bootstrap) -> AccuracyRow:
    counted = np.stack([tables[:, mask].sum(axis=1) for mask in masks], axis=1)
    correct, total = counted.sum(axis=0)
    if not total:
        return AccuracyRow(name, correct, total)
    wilson = proportion_interval(int(correct), int(total), "Wilson")
    exact = proportion_interval(int(correct), int(total), "Clopper-Pearson")
    by_cluster = UNKNOWN
    if len(tables) > 1:
        redrawn = cluster_draws(len(tables), bootstrap.resamples, bootstrap.seed) @ counted
        by_cluster = percentile_interval(_quotient(redrawn[:, 0], redrawn[:, 1]))
    intervals = (end for interval in (wilson, exact, by_cluster) for end in (interval.low, interval.high))
    return AccuracyRow(name, correct, total, correct / total, *intervals)


def _class_rows(tables: Tables, classes: int, bootstrap: Bootstrap) -> list[AccuracyRow]:
    """Balanced accuracy over the first ``classes`` rows, and kappa: no shares, so by bootstrap alone."""
    redrawn = np.empty((0, *tables.shape[1:]))
    if len(tables) > 1:
        draws = cluster_draws(len(tables), bootstrap.resamples, bootstrap.seed)
        redrawn = np.einsum("rc,cij->rij", draws, tables)
    rows = []
    for name, formula in (("balanced accuracy", _balanced_accuracy), ("Cohen's kappa", _kappa)):
        interval = percentile_interval(formula(redrawn, classes))
        estimate = float(formula(tables.sum(axis=0), classes))
        rows.append(
            AccuracyRow(name, estimate=estimate, cluster_low=interval.low, cluster_high=interval.high)
        )
    return rows


def _balanced_accuracy(tables: Tables, classes: int) -> Values:
    recognised = np.diagonal(tables, axis1=-2, axis2=-1)
    return np.asarray(_quotient(recognised, tables.sum(axis=-1))[..., :classes].mean(axis=-1))


def _kappa(tables: Tables, classes: int) -> Values:
    return formulas.kappa(tables)


def _quotient(part: Values, whole: Values) -> Values:
    """NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
