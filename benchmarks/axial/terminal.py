"""The figures of an axial benchmark on the terminal."""

from rich.console import Console
from rich.table import Table

from annotation.labels import DIAGNOSES
from benchmarks.axial.results import AxialResults, StateFigures
from benchmarks.axial.scoring import Share
from benchmarks.published import NOTE
from benchmarks.tables import NOT_DEFINED, percent


def print_axial(results: AxialResults, console: Console) -> None:
    """The stages' figures, then stage 4 by level, with 95 % intervals over patients."""
    table = Table("stage", "figure", "% (95 %)", "of", NOTE, title=results.title)
    for figure in results.figures:
        published = "" if figure.published is None else percent(figure.published)
        table.add_row(str(figure.stage), figure.name, shown(figure.value), str(figure.value.of), published)
    console.print(table)
    for title, rows in (
        ("stage 4, discs by their slices", results.discs),
        ("stage 4, discs against the phantom's own", results.object_discs),
        ("stage 4, single slices", results.slices),
    ):
        if rows:
            console.print(_states(title, rows))
    for name, seconds in results.seconds:
        console.print(f"{name}: {seconds:.2f} s a study", highlight=False)


def _states(title: str, rows: tuple[StateFigures, ...]) -> Table:
    recalls = (f"recall {name}" for name in DIAGNOSES)
    table = Table("level", "of", "accuracy", "balanced", *recalls, NOTE, title=title)
    for row in rows:
        published = "" if row.published is None else percent(row.published)
        table.add_row(
            row.level,
            str(row.accuracy.of),
            shown(row.accuracy),
            shown(row.balanced_accuracy),
            *map(shown, row.recalls),
            published,
        )
    return table


def shown(share: Share) -> str:
    """A share in percent with its interval."""
    if share.of == 0:
        return NOT_DEFINED
    return f"{percent(share.share)} ({percent(share.low)} to {percent(share.high)})"
