"""The figures of a fracture benchmark on the terminal, in 80 columns."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column
from rich.table import Table as RichTable

from benchmarks.fracture import tables
from benchmarks.fracture.results import FractureResults
from benchmarks.tables import Table
from fracture.features import FeatureTest

_IN_REPORT = ("Sensitivity, %", "Specificity, %", "Odds ratio (95 % interval)")
"""Columns of the features that stand in the report alone."""


def print_fracture(results: FractureResults, console: Console) -> None:
    """The model's figures, then readers and features where there are some."""
    console.print(f"[bold]{escape(results.title)}[/bold]", highlight=False)
    console.print(tables.lead(results), highlight=False)
    console.print(_shown(tables.figures(results)))
    (row,) = tables.calibration(results).rows
    _, expected, brier = row.cells
    console.print(f"Calibration: expected error {expected} points, Brier score {brier}.", highlight=False)
    if results.comparison:
        if results.comparison.simulated:
            console.print(f"[yellow]{tables.SIMULATED_NOTE}[/yellow]")
        readers = tables.readers(results.comparison, results.model)
        console.print(_shown(readers, without=("Patients",), title="Readers, without intervals"))
        tests = tables.reader_tests(results.comparison)
        alone = ("Patients", "Model alone right", "Reader alone right")
        console.print(_shown(tests, without=alone, title="Model less reader, percentage points"))
    if results.features:
        print_features(results.features, console)


def print_features(tests: Sequence[FeatureTest], console: Console) -> None:
    """The features without the columns that stand in the report."""
    console.print(_shown(tables.features(tests), without=_IN_REPORT, title="Features"))
    console.print(tables.feature_note(tests), highlight=False)


def _shown(table: Table, without: Sequence[str] = (), title: str | None = None) -> RichTable:
    """A table with its intervals in fewer columns; of wide ones without them."""
    kept = [place for place, heading in enumerate(table.headings) if heading not in without]
    headings = [
        table.headings[place].replace(" (95 % interval)", "").replace(", published", ",\npublished")
        for place in kept
    ]
    columns = [Column(heading, justify="right", no_wrap="\n" in heading) for heading in headings]
    drawn = RichTable(
        "",
        *columns,
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for row in table.rows:
        drawn.add_row(row.name, *(_short(row.cells[place], len(kept) > 3) for place in kept))
    return drawn


def _short(cell: str, wide: bool) -> str:
    """An interval in fewer columns, or none."""
    if wide and " to " in cell:
        cell = cell.split(" (")[0]
    return cell.replace(" to ", "–").replace("100.0", "100")
