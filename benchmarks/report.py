"""What a benchmark leaves behind: ``results.json``, the table and ``report.html``, one page that needs
no network."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import plots
from benchmarks.page import page
from benchmarks.results import BenchmarkResults, ClassResult, DetectorResult, write_results
from benchmarks.tables import notes, overview, per_class, percent, write_table_csv, write_table_md
from imaging.new_folder import write_whole


@dataclass(frozen=True)
class ConfusionCell:
    """A count, and its share of its row's annotated boxes in [0, 1] (0 in the background row)."""

    count: int
    share: float
    right: bool


@dataclass(frozen=True)
class ConfusionLine:
    """What was said of all that are of one class: a cell a class, and one of those without an answer."""

    name: str
    count: int
    cells: tuple[ConfusionCell, ...]


@dataclass(frozen=True)
class Operating:
    """A class's operating point as it is shown, seeds averaged."""

    name: str
    threshold: str
    sensitivity: str
    precision: str


def write_report(results: BenchmarkResults, folder: Path) -> None:
    """Write results.json, table.md, table.csv and report.html into a folder."""
    write_results(results, folder / "results.json")
    write_table_md(results, folder / "table.md")
    write_table_csv(results, folder / "table.csv")
    write_whole(folder / "report.html", _page(results))


def confusion_line(name: str, counts: Sequence[int], right: int) -> ConfusionLine:
    """``counts``: of each cell; ``right``: the place of the class itself among them."""
    total = sum(counts)
    cells = (ConfusionCell(count, count / max(total, 1), said == right) for said, count in enumerate(counts))
    return ConfusionLine(name, total, tuple(cells))


def _page(results: BenchmarkResults) -> str:
    shown = plots.trained(results)
    return page(
        "report.html",
        results=results,
        shown=shown,
        overview=overview(results),
        per_class=per_class(results),
        notes=notes(results),
        legends=[plots.legend(results, name) for name in ("legend-ap", "legend-pr")],
        ap_plot=plots.average_precision_plot(results) if shown else "",
        curves=[
            (item.name, plots.precision_recall_plot(results, label))
            for label, item in enumerate(results.classes)
            if item.boxes and shown
        ],
        folds_plot=plots.folds_plot(results) if shown else "",
        differences_plot=plots.differences_plot(results) if results.differences else "",
        confusions=[(item, _confusion(item)) for item in shown],
        operating=[(item, [_operating(one) for one in item.classes]) for item in shown],
    )


def _confusion(item: DetectorResult) -> list[list[ConfusionCell]]:
    background = len(item.classes)
    return [
        [
            ConfusionCell(count, count / max(sum(line), 1) if row < background else 0.0, row == column)
            for column, count in enumerate(line)
        ]
        for row, line in enumerate(item.confusion)
    ]


def _operating(item: ClassResult) -> Operating:
    points = [point for point in item.operating if point]
    if not points:
        return Operating(item.name, "–", "–", "–")
    count = len(points)
    return Operating(
        item.name,
        f"{sum(point.threshold for point in points) / count:.2f}",
        percent(sum(point.sensitivity for point in points) / count),
        percent(sum(point.precision for point in points) / count),
    )
