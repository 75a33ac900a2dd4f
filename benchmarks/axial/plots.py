"""The plots of an axial benchmark's report, each one inline SVG."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context

from annotation.labels import DIAGNOSES
from benchmarks.axial.measures import MeasureAgreement
from benchmarks.axial.results import Calibration, StateFigures
from benchmarks.axial.tables import level_name
from benchmarks.plots import COLOURS, INK, MARKERS, PERCENT_LIMITS, PERCENT_TICKS, RULE, STYLE, Plot
from benchmarks.published import NOTE
from classifiers.reliability import reliability_diagram

_SERIES = ("accuracy", "balanced accuracy")
_APART = 0.26
"""Between the marks of one level, in rows."""
_PUBLISHED: Any = {
    "marker": "D",
    "color": INK,
    "markerfacecolor": "none",
    "markersize": 6,
    "linestyle": "none",
    "clip_on": False,
}
"""Hollow: it is none of ours."""

_DISC: Any = {
    "marker": "o",
    "color": COLOURS[0],
    "markersize": 3,
    "markeredgewidth": 0,
    "alpha": 0.4,
    "linestyle": "none",
}


@rc_context(STYLE)
def levels_plot(rows: Sequence[StateFigures], name: str) -> str:
    """Accuracy and balanced accuracy of each level with intervals, and the published accuracy as a mark."""
    plot = Plot(name, 4.4, 0.45 + 0.5 * len(rows))
    axes = plot.axes
    above = _APART * (1 if _compared(rows) else 0.5)
    for row, figures in enumerate(rows):
        for index, share in enumerate((figures.accuracy, figures.balanced_accuracy)):
            height = row + index * _APART - above
            axes.plot([100 * share.low, 100 * share.high], [height] * 2, color=COLOURS[index], linewidth=1.6)
            axes.plot(100 * share.share, height, **_mark(index))
        if figures.published is not None:
            axes.plot(100 * figures.published, row + 2 * _APART - above, **_PUBLISHED)
    axes.set_yticks(range(len(rows)), [level_name(figures.level) for figures in rows], color=INK)
    axes.set_ylim(len(rows) - 0.45, -0.55)
    for line in range(1, len(rows)):
        axes.axhline(line - 0.5, color=RULE, linewidth=0.6)
    axes.set(xlim=PERCENT_LIMITS, xticks=PERCENT_TICKS)
    axes.grid(axis="x")
    return plot.svg()


def legend(rows: Sequence[StateFigures], name: str) -> list[tuple[str, str]]:
    """What the marks of ``levels_plot`` mean, each as a small SVG; ``name`` of the legend on the page."""
    entries = [(series, _marker(index, f"{name}{index}")) for index, series in enumerate(_SERIES)]
    if _compared(rows):
        entries.append((f"accuracy, {NOTE}", _marker(None, f"{name}-published")))
    return entries


def reliability_plot(calibration: Calibration) -> str:
    """The reliability diagram of stage 4's classes."""
    drawn = reliability_diagram(
        DIAGNOSES,
        np.array(calibration.probabilities),
        np.array(calibration.labels),
        calibration.patients,
    ).decode()
    return re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL).strip()


@rc_context(STYLE)
def agreement_plot(item: MeasureAgreement) -> str:
    """Bland and Altman's plot of a measure, its differences from the truth over the truth, in mm."""
    plot = Plot(f"agreement-{item.name.split()[-1].lower()}", 3.3, 2.9)
    axes = plot.axes
    true = np.array(item.true)
    axes.axhline(0, color=RULE, linewidth=1)
    axes.plot(true, np.array(item.measured) - true, **_DISC)
    for line, style in ((item.bias, "-"), (item.lower, "--"), (item.upper, "--")):
        axes.axhline(line.estimate, color=COLOURS[1], linestyle=style, linewidth=1.2)
    axes.set(xlabel="true, mm", ylabel="measured − true, mm")
    axes.grid(axis="y")
    return plot.svg()


def _compared(rows: Sequence[StateFigures]) -> bool:
    return any(row.published is not None for row in rows)


def _mark(index: int) -> dict[str, Any]:
    return {
        "marker": MARKERS[index],
        "color": COLOURS[index],
        "markersize": 5.5,
        "markeredgecolor": "white",
        "markeredgewidth": 0.8,
    }


@rc_context(STYLE)
def _marker(index: int | None, name: str) -> str:
    plot = Plot(name, 0.42, 0.16)
    axes = plot.axes
    axes.set_axis_off()
    if index is None:
        axes.plot(0.5, 0, **_PUBLISHED)
    else:
        axes.plot([0, 1], [0, 0], color=COLOURS[index], linewidth=1.6)
        axes.plot(0.5, 0, **_mark(index))
    axes.set_xlim(-0.05, 1.05)
    axes.set_ylim(-1, 1)
    return plot.svg()
