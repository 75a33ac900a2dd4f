"""A benchmark's table on the terminal, and the comparison of several."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from benchmarks.compare import Comparison
from benchmarks.results import BenchmarkResults
from benchmarks.tables import interval, marked, mean_timing, milliseconds, percent


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
