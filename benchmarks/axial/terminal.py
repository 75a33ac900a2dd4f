"""The figures of an axial benchmark on the terminal, in 80 columns."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from annotation.labels import DIAGNOSES
from benchmarks.axial import disc_tables
from benchmarks.axial.results import AxialResults, StateFigures
from benchmarks.axial.tables import calibration, lead, seconds, shown, stages, state_tables
from benchmarks.published import NOTE
from benchmarks.tables import percent

_PUBLISHED = NOTE.replace(" ", "\n")


def print_axial(results: AxialResults, console: Console) -> None:
    """The stages' figures, then stage 4 by level, with 95 % intervals over patients."""
    console.print(f"[bold]{escape(results.title)}[/bold]", highlight=False)
    console.print(lead(results), highlight=False)
    console.print(_stages(results))
    for item in state_tables(results):
        console.print(_states(item.title, item.rows))
    (row,) = calibration(results).rows
    of, expected, _, brier = row.cells
    console.print(
        f"Calibration on {of} slices: expected error {expected} points, Brier score {brier}.",
        highlight=False,
    )
    for section in disc_tables.sections(results):
        console.print(_section(section))
        if section.conclusion:
            console.print(section.conclusion, highlight=False)
    times = (f"{row.name} {row.cells[0]}" for row in seconds(results).rows)
    console.print(f"Seconds a study: {'; '.join(times)}.", highlight=False)


def _stages(results: AxialResults) -> Table:
    table = _table("", _figures("% (95 %)"), _figures("of"), _figures(_PUBLISHED))
    for name, content in stages(results):
        table.add_row(f"[bold]{name}[/bold]")
        for row in content.rows:
            table.add_row(row.name, *map(_short, row.cells))
    return table


def _states(title: str, rows: tuple[StateFigures, ...]) -> Table:
    """Recalls without their intervals, which the report has."""
    compared = any(row.published is not None for row in rows)
    table = _table(
        Column("level", no_wrap=True),
        _figures("of"),
        _figures("accuracy,\n% (95 %)"),
        _figures("balanced,\n% (95 %)"),
        _figures(f"recall of\n{', '.join(DIAGNOSES[:-1])},\n{DIAGNOSES[-1]}"),
        *([_figures(_PUBLISHED)] if compared else []),
        title=title,
    )
    for row in rows:
        table.add_row(
            row.level,
            f"{row.accuracy.of:,}",
            _short(shown(row.accuracy)),
            _short(shown(row.balanced_accuracy)),
            "".join(_short(percent(recall.share)).rjust(5) for recall in row.recalls),
            *([] if row.published is None else [_short(percent(row.published))]),
        )
    return table


def _section(section: disc_tables.Section) -> Table:
    """Without intervals, which the report has."""
    headings = (heading.replace(" ", "\n") for heading in section.table.headings)
    table = _table("", *map(_figures, headings), title=section.title)
    for row in section.table.rows:
        table.add_row(row.name, *(_short(cell.split(" (")[0]) for cell in row.cells))
    return table


def _table(*columns: Column | str, title: str | None = None) -> Table:
    return Table(
        *columns, title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )


def _figures(header: str) -> Column:
    return Column(header, justify="right", no_wrap=True)


def _short(cell: str) -> str:
    """An interval in fewer columns."""
    return cell.replace(" to ", "–").replace("100.0", "100")
