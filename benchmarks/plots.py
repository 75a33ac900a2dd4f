"""The report's plots, each one inline SVG: no file beside it, no script, text stays text."""

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.bootstrap import Interval
from benchmarks.precision import RECALLS
from benchmarks.results import BenchmarkResults, DetectorResult

INK, MUTED, RULE = "#1d2733", "#5d6b7a", "#d5dbe1"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, told apart with any common colour blindness."""
LINES = ("-", "--", ":", "-.")
PERCENT_LIMITS, PERCENT_TICKS = (-1, 102), (0, 25, 50, 75, 100)
MARKERS = ("o", "s", "D", "^", "v", "P", "X")

STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": RULE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
}


def trained(results: BenchmarkResults) -> list[DetectorResult]:
    """The rows to plot: those without a note."""
    return [item for item in results.detectors if not item.note]


@rc_context(STYLE)
def average_precision_plot(results: BenchmarkResults) -> str:
    """AP50 of each class and mAP50 with intervals, detectors side by side."""
    shown = trained(results)
    groups = ["mAP50", *(item.name for item in results.classes)]
    values = [[item.map50, *(one.ap50 for one in item.classes)] for item in shown]
    step = 0.72 / max(len(shown), 1)
    plot = Plot("ap", 6.4, 0.45 + len(groups) * (0.22 * len(shown) + 0.22))
    axes = plot.axes
    for index, detector in enumerate(values):
        offset = (index - (len(shown) - 1) / 2) * step
        _intervals(axes, detector, np.arange(len(groups)) + offset, index)
    axes.set_yticks(range(len(groups)), groups, color=INK)
    axes.set_ylim(len(groups) - 0.45, -0.55)
    for line in range(1, len(groups)):
        axes.axhline(line - 0.5, color=RULE, linewidth=0.6)
    axes.set(xlim=PERCENT_LIMITS, xticks=PERCENT_TICKS)
    axes.grid(axis="x")
    return plot.svg()


@rc_context(STYLE)
def precision_recall_plot(results: BenchmarkResults, label: int) -> str:
    """One class's precision-recall curves at IoU 0.5, seeds averaged; a dot at the best F1."""
    plot = Plot(f"pr{label}", 3.1, 2.9)
    axes = plot.axes
    for index, detector in enumerate(trained(results)):
        one = detector.classes[label]
        curve = 100 * np.array(one.curve)
        reached = int(np.flatnonzero(curve > 0).max(initial=0)) + 1
        axes.plot(100 * RECALLS[:reached], curve[:reached], color=_colour(index), linestyle=_line(index))
        points = [point for point in one.operating if point]
        if points:
            sensitivity, precision = np.mean(
                [(point.sensitivity, point.precision) for point in points], axis=0
            )
            _dot(axes, 100 * sensitivity, 100 * precision, index)
    axes.set(xlim=PERCENT_LIMITS, xticks=PERCENT_TICKS, xlabel="sensitivity (recall), %")
    axes.set(ylim=PERCENT_LIMITS, yticks=PERCENT_TICKS, ylabel="precision, %")
    axes.grid()
    axes.set_aspect("equal")
    return plot.svg()


@rc_context(STYLE)
def folds_plot(results: BenchmarkResults) -> str:
    """mAP50 of every trial, one row a detector: how much folds and seeds differ."""
    shown = trained(results)
    plot = Plot("folds", 6.4, 0.5 + 0.34 * len(shown))
    axes = plot.axes
    for index, detector in enumerate(shown):
        scores = [
            score for score in results.trials if (score.detector, score.note) == (detector.detector, "")
        ]
        order = {seed: place for place, seed in enumerate(detector.seeds)}
        heights = [index + 0.24 * (order[score.seed] - (len(order) - 1) / 2) for score in scores]
        values = [100 * score.map50 for score in scores]
        axes.plot(
            values, heights, MARKERS[index % len(MARKERS)], color=_colour(index), alpha=0.75, markersize=5
        )
    axes.set_yticks(range(len(shown)), [item.detector for item in shown], color=INK)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set(xlim=PERCENT_LIMITS, xticks=PERCENT_TICKS)
    axes.grid(axis="x")
    return plot.svg()


@rc_context(STYLE)
def differences_plot(results: BenchmarkResults) -> str:
    """Paired differences of mAP50 with intervals, in percentage points, against zero."""
    values = [item.map50 for item in results.differences]
    names = [f"{item.first} − {item.second}" for item in results.differences]
    plot = Plot("differences", 6.4, 0.5 + 0.34 * len(names))
    axes = plot.axes
    for row, value in enumerate(values):
        axes.plot([100 * value.low, 100 * value.high], [row, row], color=INK, linewidth=1.4)
        axes.plot(100 * value.estimate, row, "o", color=INK, markersize=5)
    axes.axvline(0, color=COLOURS[1], linewidth=1)
    axes.set_yticks(range(len(names)), names, color=INK)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel("difference of mAP50, percentage points")
    axes.margins(x=0.08)
    axes.grid(axis="x")
    return plot.svg()


@rc_context(STYLE)
def legend(results: BenchmarkResults, name: str) -> list[tuple[str, str]]:
    """Each plotted detector and its line and marker as a small SVG; ``name`` of the legend on the page."""
    return [(item.detector, _marker(index, f"{name}{index}")) for index, item in enumerate(trained(results))]


def _marker(index: int, name: str) -> str:
    plot = Plot(name, 0.42, 0.16)
    axes = plot.axes
    axes.set_axis_off()
    axes.plot([0, 1], [0, 0], color=_colour(index), linestyle=_line(index))
    _dot(axes, 0.5, 0, index)
    axes.set_xlim(-0.05, 1.05)
    axes.set_ylim(-1, 1)
    return plot.svg()


def _intervals(axes: Axes, values: Sequence[Interval], heights: Iterable[float], index: int) -> None:
    for value, height in zip(values, heights, strict=True):
        axes.plot([100 * value.low, 100 * value.high], [height, height], color=_colour(index), linewidth=1.6)
        _dot(axes, 100 * value.estimate, height, index)


def _dot(axes: Axes, x: float, y: float, index: int) -> None:
    marker = MARKERS[index % len(MARKERS)]
    axes.plot(
        x, y, marker, color=_colour(index), markersize=5.5, markeredgecolor="white", markeredgewidth=0.8
    )


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def _line(index: int) -> str:
    return LINES[index % len(LINES)]


class Plot:
    """A figure in inches, and its name, which keeps its ids apart from those of others on the page."""

    def __init__(self, name: str, width: float, height: float) -> None:
        self.name = name
        self.figure = Figure(figsize=(width, height), layout="constrained")
        self.axes = self.figure.add_subplot()

    def svg(self) -> str:
        """The ``<svg>`` element alone, scaling with the page, the same from run to run."""
        stream = io.StringIO()
        with rc_context({"svg.hashsalt": self.name}):
            self.figure.savefig(
                stream, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
            )
        svg = stream.getvalue()
        svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL).strip()
        return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{self.name}-", svg)
