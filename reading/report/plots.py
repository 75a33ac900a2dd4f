"""The plots of a reader study's report."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from benchmarks.plots import INK, MUTED, PERCENT_LIMITS, PERCENT_TICKS, RULE, STYLE, Plot
from reading.analysis.comparison import Comparison
from reading.analysis.result_tables import records
from reading.report.blocks import Drawing
from reading.report.sides import Side, sides

_WIDTH, _ROW = 7.2, 0.3
"""Inches: of a plot as wide as the text, and of one line of it."""
_DOTS = 200
"""Per inch, on paper."""
_STEP, _LATEST = 20, 80
"""Percent: an axis of shares begins at a multiple of the first, below all intervals and at the second."""
_MARK: Any = {"markersize": 5.5, "markeredgecolor": "white", "markeredgewidth": 0.8, "clip_on": False}
_SCALE_POINTS = 8
"""A curve of more points is one of probabilities, and its points are not marked."""
_TICK_SECONDS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)


@rc_context(STYLE)
def accuracy_forest(
    comparison: Comparison, endpoint: str, measures: Sequence[str], name: str
) -> Drawing | None:
    """Measures of every reader side by side, in percent with 95 % intervals by patients; None where there is
    nothing to draw."""
    table = comparison.accuracy
    table = table[
        (table["endpoint"] == endpoint) & table["measure"].isin(measures) & table["estimate"].notna()
    ]
    shown = [side for side in sides(comparison) if len(_of(table, side))]
    if not shown:
        return None
    plot, panels = _panels(name, len(measures), len(shown))
    lowest = 100 * table[["estimate", "cluster_low"]].min().min()
    least = int(min(lowest // _STEP * _STEP, _LATEST))
    for axes, measure in zip(panels, measures, strict=True):
        for height, side in enumerate(shown):
            for row in records(_of(table[table["measure"] == measure], side)):
                ends = row["cluster_low"], row["cluster_high"]
                _interval(axes, height, ends, side.colour)
                axes.plot(100 * row["estimate"], height, side.marker, color=side.colour, **_MARK)
        axes.set_title(f"{measure}, %", fontsize=9, color=INK, loc="left")
        axes.set(xlim=(least, 101), xticks=range(least, 101, 10 if least >= 2 * _STEP else _STEP))
    return _finished(plot, panels, [side.name for side in shown])


@rc_context(STYLE)
def differences_forest(tests: pd.DataFrame, measures: Sequence[str], name: str) -> Drawing | None:
    """Differences with their 95 % intervals, in percentage points, against zero: a panel for each measure, a
    line for each value of ``row``; a filled mark is significant after Holm. None where there are none."""
    tests = tests[tests["estimate"].notna() & tests["measure"].isin(measures)]
    names = list(dict.fromkeys(tests["row"]))
    if not names:
        return None
    plot, panels = _panels(name, len(measures), len(names))
    limit = max(1.08 * np.nanmax(100 * tests[["estimate", "low", "high"]].abs().to_numpy()), 1.0)
    for axes, measure in zip(panels, measures, strict=True):
        axes.axvline(0, color=MUTED, linewidth=0.9)
        for row in records(tests[tests["measure"] == measure]):
            height = names.index(row["row"])
            _interval(axes, height, (row["low"], row["high"]), INK)
            face = INK if row["significant"] else "white"
            look = {**_MARK, "markerfacecolor": face, "markeredgecolor": INK}
            axes.plot(100 * row["estimate"], height, "o", **look)
        axes.set_title(f"{measure}, percentage points", fontsize=9, color=INK, loc="left")
        axes.set_xlim(-limit, limit)
    return _finished(plot, panels, names)


@rc_context(STYLE)
def roc_curves(comparison: Comparison) -> Drawing | None:
    """The ROC curves of all who gave likelihoods, a panel for each endpoint; None where nobody did."""
    rated = comparison.roc[comparison.roc["auc"].notna()] if "auc" in comparison.roc else comparison.roc[:0]
    endpoints = list(dict.fromkeys(rated["endpoint"])) if len(rated) else []
    if not endpoints:
        return None
    plot = Plot("roc", 3.6 * len(endpoints), 3.5)
    plot.figure.clear()
    panels = plot.figure.subplots(1, len(endpoints), squeeze=False)[0]
    for axes, endpoint in zip(panels, endpoints, strict=True):
        axes.plot([0, 100], [0, 100], color=RULE, linewidth=0.8, linestyle=(0, (4, 3)))
        for side in sides(comparison):
            points = comparison.roc_points[comparison.roc_points["endpoint"] == endpoint]
            for row in records(_of(rated[rated["endpoint"] == endpoint], side)):
                _curve(axes, side, row["auc"], _of(points, side))
        axes.set(xlim=PERCENT_LIMITS, xticks=PERCENT_TICKS, xlabel="100 − specificity, %")
        axes.set(ylim=PERCENT_LIMITS, yticks=PERCENT_TICKS, ylabel="sensitivity, %")
        axes.set_title(endpoint, fontsize=9, color=INK, loc="left")
        axes.grid()
        axes.set_aspect("equal")
        small = {"fontsize": 7.5, "title_fontsize": 7.5, "framealpha": 0.9, "edgecolor": "none"}
        axes.legend(title="AUC", loc="lower right", **small)
    return drawn(plot)


@rc_context(STYLE)
def time_distributions(comparison: Comparison) -> Drawing | None:
    """Every reading's time, with median and quartiles, on a logarithmic scale; None without times."""
    reads = comparison.matched.reads.dropna(subset="seconds")
    shown = [side for side in sides(comparison) if len(_of(reads, side))]
    if not shown:
        return None
    plot = Plot("times", _WIDTH, 0.6 + 0.42 * len(shown))
    axes = plot.axes
    rng = np.random.default_rng(0)
    for height, side in enumerate(shown):
        seconds = _of(reads, side)["seconds"].to_numpy()
        heights = height + rng.uniform(-0.2, 0.2, len(seconds))
        axes.plot(seconds, heights, "o", color=side.colour, markersize=3, markeredgewidth=0, alpha=0.35)
        low, middle, high = np.quantile(seconds, [0.25, 0.5, 0.75])
        axes.plot([low, high], [height] * 2, color=INK, linewidth=2.2)
        axes.plot(middle, height, "|", color=INK, markersize=13, markeredgewidth=2.2)
    axes.set_xscale("log")
    least, most = reads["seconds"].min(), reads["seconds"].max()
    axes.set_xticks([tick for tick in _TICK_SECONDS if 0.7 * least <= tick <= 1.4 * most])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("seconds for a case")
    return _finished(plot, [axes], [side.name for side in shown])


def drawn(plot: Plot) -> Drawing:
    """A finished plot for page and paper; called within the style in which it was made."""
    stream = io.BytesIO()
    plot.figure.savefig(stream, format="png", dpi=_DOTS, metadata={"Software": None})
    return Drawing(plot.name, plot.svg(), stream.getvalue(), float(plot.figure.get_figwidth()))


def _of(table: pd.DataFrame, side: Side) -> pd.DataFrame:
    return table[(table["reader"] == side.reader) & (table["arm"] == side.arm)]


def _curve(axes: Axes, side: Side, area: float, points: pd.DataFrame) -> None:
    look: dict[str, Any] = {
        **_MARK,
        "markersize": 4.5,
        "clip_on": True,
        "color": side.colour,
        "linewidth": 1.4,
    }
    marker = side.marker if len(points) <= _SCALE_POINTS else ""
    across, up = 100 * (1 - points["specificity"]), 100 * points["sensitivity"]
    axes.plot(across, up, marker=marker, label=f"{side.name}: {area:.2f}", **look)


def _panels(name: str, columns: int, rows: int) -> tuple[Plot, list[Axes]]:
    """A plot of panels beside each other."""
    plot = Plot(name, _WIDTH, 0.62 + _ROW * rows)
    plot.figure.clear()
    return plot, list(plot.figure.subplots(1, columns, sharey=True, squeeze=False)[0])


def _interval(axes: Axes, height: float, ends: Sequence[float], colour: str) -> None:
    """A line between two shares, in percent."""
    axes.plot([100 * end for end in ends], [height] * 2, color=colour, linewidth=1.6, clip_on=False)


def _finished(plot: Plot, panels: Sequence[Axes], names: Sequence[str]) -> Drawing:
    panels[0].set_yticks(range(len(names)), names, color=INK)
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    for axes in panels:
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
    return drawn(plot)
