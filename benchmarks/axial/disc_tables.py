"""The tables of what both sides together say of a phantom's discs, and of their measures."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from annotation.labels import DIAGNOSES
from axial.reading import STAGES
from benchmarks.axial.fusion import FusionFigures, VerdictFigures
from benchmarks.axial.measures import MeasureAgreement
from benchmarks.axial.results import AxialResults
from benchmarks.axial.scoring import Share
from benchmarks.bootstrap import Interval
from benchmarks.tables import NOT_DEFINED, Table, TableRow, interval

_INTERVAL = "(95 % interval)"
_FUSION, _MEASURES = (STAGES.index(name) + 1 for name in ("sagittal discs", "measures"))


@dataclass(frozen=True)
class Section:
    """A table under its title; ``corner`` heads its first column. ``conclusion``: what follows from it."""

    title: str
    explanation: str
    corner: str
    table: Table
    conclusion: str = ""


def sections(results: AxialResults) -> list[Section]:
    """What there is of the two: both sides together, and measures."""
    found = []
    if results.fusion:
        said = " ".join(map(_conclusion, results.fusion.differences))
        table = fusion(results.fusion)
        found.append(Section("Both sides together", _fused(results.fusion), _INTERVAL, table, said))
    if results.measures:
        found.append(Section("Measures", _MEASURED, _INTERVAL, measures(results.measures)))
    return found


def fusion(figures: FusionFigures) -> Table:
    """Each side, both, and the differences: shares in percent, differences of them in points."""
    headings = ("Balanced accuracy, %", *(f"Recall of {name}, %" for name in DIAGNOSES), "Brier score")
    return Table(headings, tuple(map(_verdict_row, (*figures.sides, *figures.differences))))


def measures(agreements: Sequence[MeasureAgreement]) -> Table:
    """Of each measure, a column, its bias and limits of agreement, and how often it is near the truth."""
    lengths = {
        "Bias, mm": [item.bias for item in agreements],
        "Standard deviation, mm": [item.deviation for item in agreements],
        "Lower limit of agreement, mm": [item.lower for item in agreements],
        "Upper limit of agreement, mm": [item.upper for item in agreements],
    }
    shares = {
        "Within the tolerance, %": [item.near for item in agreements],
        "95 % interval holds the truth, %": [item.covered for item in agreements],
    }
    rows = (
        TableRow("Discs", tuple(f"{item.near.of:,}" for item in agreements)),
        *(TableRow(name, tuple(_decimals(value, 2) for value in own)) for name, own in lengths.items()),
        TableRow("Tolerance", tuple(item.tolerance for item in agreements)),
        *(TableRow(name, tuple(interval(_interval(share)) for share in own)) for name, own in shares.items()),
    )
    return Table(tuple(item.name for item in agreements), rows)


def figures(results: AxialResults) -> Iterator[tuple[int, str, str, Share]]:
    """For table.csv: stage, of what, the figure's name, and its value in mm, as a fraction or a score."""
    if results.fusion:
        of = sum(results.fusion.counts)
        for row in (*results.fusion.sides, *results.fusion.differences):
            yield _FUSION, row.name, "balanced accuracy", _share(row.balanced_accuracy, of)
            for name, recall, count in zip(DIAGNOSES, row.recalls, results.fusion.counts, strict=True):
                yield _FUSION, row.name, f"recall of {name}", _share(recall, count)
            yield _FUSION, row.name, "Brier score", _share(row.brier, of)
    for item in results.measures:
        named = {
            "bias, mm": item.bias,
            "standard deviation, mm": item.deviation,
            "lower limit of agreement, mm": item.lower,
            "upper limit of agreement, mm": item.upper,
        }
        for name, value in named.items():
            yield _MEASURES, item.name, name, _share(value, item.near.of)
        yield _MEASURES, item.name, f"within {item.tolerance} of the truth", item.near
        yield _MEASURES, item.name, "95 % interval holds the truth", item.covered


_MEASURED = (
    "Measured less true, of the discs between whole vertebrae that were found under their level; a "
    "herniation’s extent where it was called one. 95 % of differences lie between the limits of agreement, "
    "1.96 standard deviations from the bias, where they are normally distributed (Bland and Altman, Lancet "
    "1986;1:307-10)."
)


def _fused(figures: FusionFigures) -> str:
    *counts, last = (f"{count:,} {name}" for count, name in zip(figures.counts, DIAGNOSES, strict=True))
    return (
        f"The {sum(figures.counts):,} discs of which both sides say something ({', '.join(counts)}, {last}); "
        "right is what the phantom’s disc is. Differences are paired, by patient, in points; of the Brier "
        "score, less is better."
    )


def _conclusion(difference: VerdictFigures) -> str:
    """Whether both are better than a side alone, by the interval of the difference."""
    value = difference.balanced_accuracy
    alone = difference.name.split()[-1]
    verdict = "better than" if value.low > 0 else "worse than" if value.high < 0 else "not told apart from"
    points = f"balanced accuracy differs by {interval(value)} points"
    return f"Both together are {verdict} the {alone} side alone: {points}."


def _verdict_row(row: VerdictFigures) -> TableRow:
    shares = map(interval, (row.balanced_accuracy, *row.recalls))
    return TableRow(row.name.capitalize(), (*shares, _decimals(row.brier, 3)))


def _decimals(value: Interval, places: int) -> str:
    estimate, low, high = (
        # Adding 0 takes the sign from a rounded zero.
        NOT_DEFINED if math.isnan(number) else f"{round(number, places) + 0.0:.{places}f}".replace("-", "−")
        for number in (value.estimate, value.low, value.high)
    )
    return estimate if math.isnan(value.low) else f"{estimate} ({low} to {high})"


def _interval(share: Share) -> Interval:
    return Interval(share.share, share.low, share.high)


def _share(value: Interval, of: int) -> Share:
    return Share(value.estimate, value.low, value.high, of)
