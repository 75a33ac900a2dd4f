"""The flow diagram of a reader study: cases and discs, who read them, and what became of each disc."""

from collections.abc import Sequence
from textwrap import fill

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from benchmarks.plots import INK, MUTED, RULE, STYLE, Plot
from reading.analysis.comparison import Comparison
from reading.analysis.matching import NOT_CALLED
from reading.report.blocks import Drawing
from reading.report.plots import drawn
from reading.report.sides import Side, sides

_WIDTH, _FIRST, _STEP, _TALL = 7.2, 0.82, 0.56, 0.42
"""Inches: of all, from the top to the first reader, from reader to reader, and of a box."""
_BOXES = ((0.18, 1.72), (2.14, 1.05), (3.43, 1.3), (4.97, 1.15), (6.3, 0.82))
"""Left edges and widths of a reader's boxes, inches."""
_LETTERS = 27
"""Of a reader's name, in a line."""


@rc_context(STYLE)
def flow_diagram(comparison: Comparison) -> Drawing:
    """What the reference has; then for each reader and arm the cases read, the discs called right and wrong
    (by their verdict), those without a verdict, and the calls that belong to no reference disc."""
    readers, discs = sides(comparison), comparison.reference.discs
    height = _FIRST + _STEP * len(readers)
    plot = Plot("flow", _WIDTH, height)
    plot.figure.set_layout_engine("none")
    axes = plot.axes
    axes.set_position((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set(xlim=(0, _WIDTH), ylim=(height, 0))
    patients, cases = ({getattr(disc, name) for disc in discs} for name in ("patient", "case"))
    grading = comparison.grading
    states = [f"{sum(disc.verdict == name for disc in discs):,} {name}" for name in grading.states]
    states += [f"{sum(disc.slip for disc in discs):,} slipped"] if grading.slip else []
    head = f"Reference standard: {len(patients):,} patients, {len(cases):,} cases, {len(discs):,} discs"
    _box(axes, (0.04, 0.04, _WIDTH - 0.08, 0.48), (head, ", ".join(states)), INK)
    middles = [_FIRST + _STEP * row + _TALL / 2 - 0.08 for row in range(len(readers))]
    axes.plot([0.08, 0.08], [0.52, middles[-1]], color=MUTED, linewidth=0.9)
    for side, middle in zip(readers, middles, strict=True):
        _row(axes, side, _words(comparison, side), middle)
    return drawn(plot)


def _words(comparison: Comparison, side: Side) -> list[tuple[str, str]]:
    """Two lines for each box after the reader's."""
    of_side = [
        table[(table["reader"] == side.reader) & (table["arm"] == side.arm)]
        for table in (comparison.readings, comparison.extra, comparison.matched.calls)
    ]
    (read,), (extra,) = (table.to_dict("records") for table in of_side[:2])
    calls = of_side[2]
    called = calls[calls["call"] != NOT_CALLED]
    right = int((called["call"] == called["truth"]).sum())
    without = calls[calls["call"] == NOT_CALLED]
    unclear = int(without["indeterminate"].sum())
    return [
        (f"{read['cases']:,} cases read", f"{read['cases_not_read']:,} not read"),
        (f"{len(called):,} discs called", f"{right:,} right, {len(called) - right:,} wrong"),
        (f"{len(without):,} no verdict", f"{len(without) - unclear:,} left out, {unclear:,} unclear"),
        (f"{extra['extra']:,} extra", "no such disc"),
    ]


def _row(axes: Axes, side: Side, words: list[tuple[str, str]], middle: float) -> None:
    name = fill(side.name, _LETTERS).split("\n", 1)
    _arrow(axes, 0.08, _BOXES[0][0], middle)
    for number, ((left, width), lines) in enumerate(zip(_BOXES, [name, *words], strict=True)):
        place = (left, middle - _TALL / 2, width, _TALL)
        _box(axes, place, lines, side.colour if number == 0 else RULE)
        if number in (1, 2):  # what is not called leaves the way; extra calls were never on it
            _arrow(axes, sum(_BOXES[number - 1]), left, middle)
    axes.plot([sum(_BOXES[2]), _BOXES[3][0]], [middle] * 2, color=MUTED, linewidth=0.9, linestyle=(0, (2, 2)))


def _box(axes: Axes, place: tuple[float, float, float, float], lines: Sequence[str], edge: str) -> None:
    """A box with one line, or a second smaller one below it."""
    left, top, width, height = place
    shape = FancyBboxPatch((left, top), width, height, boxstyle="round,pad=0,rounding_size=0.04")
    shape.set(facecolor="white", edgecolor=edge, linewidth=1.1)
    axes.add_patch(shape)
    centre, apart = top + height / 2, 0.085 if len(lines) > 1 else 0.0
    looks = ((-apart, 8.0, INK), (apart, 7.2, MUTED))
    for line, (below, size, colour) in zip(lines, looks, strict=False):
        middle = left + width / 2, centre + below
        axes.text(*middle, line, ha="center", va="center", fontsize=size, color=colour)


def _arrow(axes: Axes, start: float, end: float, height: float) -> None:
    look = {
        "arrowstyle": "-|>",
        "color": MUTED,
        "linewidth": 0.9,
        "shrinkA": 0,
        "shrinkB": 1,
        "mutation_scale": 7,
    }
    axes.annotate("", (end, height), (start, height), arrowprops=look)
