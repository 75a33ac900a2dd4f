"""A benchmark's table on the terminal."""

from rich.console import Console
from rich.table import Table

from benchmarks.results import BenchmarkResults
from benchmarks.tables import comparable, interval, marked, percent


def print_results(results: BenchmarkResults, console: Console) -> None:
    """mAP50 with its interval and AP50 of each class, in percent, a line a detector."""
    names = [item.name for item in results.classes]
    table = Table("detector", "epochs", "mAP50 (95 %)", *names, title=results.title)
    for item in results.detectors:
        classes = (percent(one.ap50.estimate) for one in item.classes)
        table.add_row(item.name, str(item.epochs), interval(item.map50), *classes)
    table.add_section()
    for paper in comparable(results):
        classes = (percent(paper.ap[name]) if name in paper.ap else "" for name in names)
        table.add_row(marked(paper), "", percent(paper.mean_ap), *classes, style="dim")
    console.print(table)
