"""The plots of a fracture benchmark's report, each one inline SVG."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context

from benchmarks.fracture.answers import Answer, Side, ratings
from benchmarks.fracture.results import FractureResults
from benchmarks.plots import COLOURS, INK, MARKERS, PERCENT_LIMITS, PERCENT_TICKS, RULE, STYLE, Plot
from benchmarks.published import NOTE, PUBLISHED_FRACTURE
from classifiers.reliability import reliability_diagram
from fracture.causes import MALIGNANT
from stats.roc import roc_points

_PAPER = PUBLISHED_FRACTURE
_PUBLISHED = (
    (f"model, {NOTE}", _PAPER.sensitivity, _PAPER.specificity, "D"),
    (f"resident, first year, {NOTE}", _PAPER.first_year_sensitivity, _PAPER.first_year_specificity, "s"),
)
_HOLLOW: Any = {"color": INK, "markerfacecolor": "none", "markersize": 6, "linestyle": "none"}


@rc_context(STYLE)
def roc_plot(results: FractureResults) -> str:
    """The model's ROC curve with the point of its calls, the readers' points and the published ones."""
    plot = Plot("roc", 4.4, 4.3)
    axes = plot.axes
    answered = [item for item in results.answers if item.rating is not None]
    axes.plot([0, 100], [0, 100], color=RULE, linewidth=1, linestyle=(0, (4, 3)))
    if {item.is_malignant for item in answered} == {True, False}:
        points = roc_points([item.is_malignant for item in answered], ratings(answered))
        false_alarms = 100 * (1 - points["specificity"])
        axes.plot(false_alarms, 100 * points["sensitivity"], color=COLOURS[0], linewidth=1.8)
    for number, one in enumerate(_sides(results)):
        axes.plot(
            100 * (1 - one.specificity.value.estimate), 100 * one.sensitivity.value.estimate, **_mark(number)
        )
    for _, sensitivity, specificity, marker in _PUBLISHED:
        axes.plot(100 * (1 - specificity), 100 * sensitivity, marker=marker, **_HOLLOW)
    axes.set(xlim=PERCENT_LIMITS, ylim=PERCENT_LIMITS, xticks=PERCENT_TICKS, yticks=PERCENT_TICKS)
    axes.set(xlabel="benign called malignant (100 − specificity), %", ylabel="sensitivity, %", aspect="equal")
    axes.grid()
    return plot.svg()


def legend(results: FractureResults) -> list[tuple[str, str]]:
    """What the marks of ``roc_plot`` mean, each as a small SVG."""
    names = [f"{one.name} ({one.experience})" if one.experience else one.name for one in _sides(results)]
    own = [(name, _marker(f"legend-roc{number}", _mark(number))) for number, name in enumerate(names)]
    return own + [
        (name, _marker(f"legend-roc-{marker}", {**_HOLLOW, "marker": marker}))
        for name, _, _, marker in _PUBLISHED
    ]


def reliability_plot(answers: Sequence[Answer]) -> str:
    """The reliability diagram of the probability of malignancy; "" where nothing was rated."""
    rated = [item for item in answers if item.rating is not None]
    if not rated:
        return ""
    drawn = reliability_diagram(
        (MALIGNANT,),
        ratings(rated)[:, None],
        np.array([0 if item.is_malignant else 1 for item in rated]),
        [item.patient for item in rated],
    ).decode()
    return re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL).strip()


def _sides(results: FractureResults) -> tuple[Side, ...]:
    return (results.model, *(results.comparison.readers if results.comparison else ()))


def _mark(number: int) -> dict[str, Any]:
    return {
        "marker": MARKERS[number % len(MARKERS)],
        "color": COLOURS[number % len(COLOURS)],
        "markersize": 7,
        "markeredgecolor": "white",
        "markeredgewidth": 0.8,
        "linestyle": "none",
    }


@rc_context(STYLE)
def _marker(name: str, mark: dict[str, Any]) -> str:
    plot = Plot(name, 0.2, 0.2)
    plot.axes.set_axis_off()
    plot.axes.plot(0.5, 0.5, **mark)
    plot.axes.set(xlim=(0, 1), ylim=(0, 1))
    return plot.svg()
