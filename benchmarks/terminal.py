"""A benchmark's table on the terminal, the comparison of several, and the scores of one model."""

import math
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from benchmarks.compare import Comparison
from benchmarks.evaluation import Evaluation
from benchmarks.results import BenchmarkResults
from benchmarks.tables import NOT_DEFINED, interval, marked, mean_timing, milliseconds, percent


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Each benchmark's detectors in one view, then their differences in percentage points."""
    title = f"{comparison.view}: {comparison.images} images of {comparison.patients} patients"
    table = Table("benchmark: detector", "seeds", "mAP50 (95 %)", *comparison.classes, title=title)
    for item in comparison.contenders:
        table.add_row(item.name, str(item.seeds), interval(item.map50), *map(interval, item.ap50))
    table.add_section()
    for difference in comparison.differences:
        name = f"{difference.first} − {difference.second}"
        figures = (interval(value) for value in (difference.map50, *difference.ap50))
        table.add_row(name, str(difference.seeds), *figures)
    console.print(table)
    if not comparison.same_folds:
        console.print("The benchmarks' folds differ: part of a difference is the training patients'.")


def print_results(results: BenchmarkResults, console: Console) -> None:
    """mAP50 with its interval, AP50 of each class, in percent, and an image's time; a line a detector."""
    names = [item.name for item in results.classes]
    whole = Column("detector", min_width=max((len(item.detector) for item in results.detectors), default=0))
    table = Table(whole, "epochs", "mAP50 (95 %)", *names, "ms an\nimage", title=results.title)
    for item in results.detectors:
        classes = (percent(one.ap50.estimate) for one in item.classes)
        time = f"{mean_timing(results, item)[1]:.0f}"
        table.add_row(item.name, str(item.epochs), interval(item.map50), *classes, time)
    table.add_section()
    for detector, paper in results.published.items():
        classes = (percent(paper.ap[name]) if name in paper.ap else "" for name in names)
        table.add_row(
            marked(detector), "", percent(paper.mean_ap), *classes, milliseconds(paper), style="dim"
        )
    console.print(table)


def print_warnings(warnings: Iterable[str], console: Console) -> None:
    """What is odd about a benchmark's folds."""
    for warning in warnings:
        console.print(f"[yellow]warning[/yellow]  {escape(warning)}", highlight=False)


def print_evaluation(evaluation: Evaluation, console: Console) -> None:
    """AP50 with its interval and AP@[.5:.95], the mean's and each class's, in percent: a block a runtime,
    then what the later ones have more than the first, in percentage points. 80 columns are enough."""
    title = f"{evaluation.detector}: images {evaluation.images}, patients {evaluation.patients}"
    figures = (Column(name, justify="right", no_wrap=True) for name in ("AP50 (95 %)", "AP@[.5:.95]"))
    table = Table(evaluation.view, *figures, title=title)
    for item in evaluation.runtimes:
        table.add_row(f"[bold]{item.runtime}[/bold]")
        for one in item.precision:
            table.add_row(one.name, interval(one.ap50), percent(one.coco_ap))
        table.add_section()
    for item in evaluation.runtimes[1:]:
        table.add_row(f"[bold]{item.runtime} − {evaluation.runtimes[0].runtime}[/bold]")
        for one in item.difference:
            ends = f"({_points(one.ap50.low)} to {_points(one.ap50.high)})"
            table.add_row(one.name, f"{_points(one.ap50.estimate)} {ends}", _points(one.coco_ap))
        table.add_section()
    console.print(table)
    for item in evaluation.runtimes:
        console.print(f"{item.runtime}: {item.computed_by}", highlight=False, markup=False)
    if evaluation.patients == 1:
        console.print("Of one patient there is no interval: its ends are the figure itself.", highlight=False)


def _points(fraction: float) -> str:
    """Percentage points, two decimals, for what may be small."""
    return NOT_DEFINED if math.isnan(fraction) else f"{round(100 * fraction, 2) + 0.0:.2f}".replace("-", "−")
