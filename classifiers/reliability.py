"""Reliability diagrams: what a classifier's probabilities say against what was found, by class."""

import io
from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from stats.calibration import reliability

_INK, _MUTED, _RULE, _COLOUR = "#1d2733", "#5d6b7a", "#d5dbe1", "#0072B2"
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "reliability",
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 9,
    "text.color": _INK,
    "axes.labelcolor": _MUTED,
    "axes.edgecolor": _RULE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}
_TICKS = (0, 25, 50, 75, 100)


def reliability_diagram(
    classes: Sequence[str],
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    patients: Sequence[Hashable],
    form: Literal["png", "svg"] = "svg",
) -> bytes:
    """A picture with a panel for each class: in bins of its probability, how often it was found, with the
    95 % interval over patients (none in a bin of one patient), and below how many samples lie in the bin.

    ``probabilities``: (n, classes), of samples the classifier did not learn from. ``labels``: (n,). The
    same input gives the same bytes.
    """
    with rc_context(_STYLE):
        figure = Figure(figsize=(2.5 * len(classes) + 0.4, 3.5), layout="constrained")
        grid = figure.subplots(2, len(classes), sharex=True, squeeze=False, height_ratios=(4, 1))
        for index, name in enumerate(classes):
            table = reliability(probabilities[:, index], labels == index, patients)
            grid[0, index].set_title(name, fontsize=10, loc="left")
            grid[0, index].tick_params(labelleft=index == 0)
            _dots(grid[0, index], table)
            _counts(grid[1, index], table)
        grid[0, 0].set_ylabel("found, %")
        grid[1, 0].set_ylabel("samples")
        figure.supxlabel("probability given, %", fontsize=9, color=_MUTED)
        stream = io.BytesIO()
        undated = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        figure.savefig(stream, format=form, dpi=160, metadata=undated)
    return stream.getvalue()


def _dots(axes: Axes, table: pd.DataFrame) -> None:
    """Larger where there are more samples: a bin of one says nothing."""
    given, found = 100 * table["predicted"], 100 * table["observed"]
    area = 8 + 60 * np.sqrt(table["count"] / table["count"].sum())
    axes.plot([0, 100], [0, 100], color=_MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.vlines(given, 100 * table["observed_low"], 100 * table["observed_high"], _COLOUR, linewidth=1.2)
    axes.scatter(given, found, area, color=_COLOUR, edgecolors="white", linewidths=0.8, zorder=3)
    axes.set(xlim=(-2, 102), ylim=(-2, 102), xticks=_TICKS, yticks=_TICKS)
    axes.grid(color=_RULE, linewidth=0.6)


def _counts(axes: Axes, table: pd.DataFrame) -> None:
    width = 100 * (table["high"] - table["low"])
    bars = axes.bar(100 * table["low"], table["count"], width, align="edge", color=_COLOUR, alpha=0.35)
    axes.bar_label(bars, fontsize=6.5, color=_MUTED, padding=1)
    axes.set_yticks([])
    axes.margins(y=0.3)
