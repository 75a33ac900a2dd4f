"""The table of speed goals on the terminal."""

from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from benchmarks.speed.goal import Outcome

_MET: Final = {True: "[green]yes[/green]", False: "[red]no[/red]", None: ""}


def print_outcomes(outcomes: Sequence[Outcome], console: Console) -> None:
    """A line a goal, and below the table what each one measured. 80 columns are enough."""
    table = Table(
        Column("goal", overflow="fold"),
        *(Column(name, justify="right", no_wrap=True) for name in ("ours", "other", "ratio")),
        Column("from – to", justify="right", no_wrap=True),
        Column("aim", no_wrap=True),
        "met",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    for item in outcomes:
        table.add_row(
            item.name,
            figure(item.ours, item.unit),
            figure(item.other, item.unit),
            f"{item.ratio:.3g} ×",
            f"{item.lowest:.3g} – {item.highest:.3g}",
            item.goal,
            _MET[item.met],
        )
    if outcomes:
        console.print(table)
    for item in outcomes:
        said = f"{item.what}; other: {item.against}; rounds: {item.rounds}"
        note = f". {item.note[0].upper()}{item.note[1:]}" if item.note else ""
        console.print(f"[bold]{item.name}[/bold]: {escape(said + note)}.", highlight=False)


def figure(value: float, unit: str) -> str:
    """Three digits and the unit's symbol, such as "1.25 s"."""
    digits = f"{value:.0f}" if value >= 100 else f"{value:.3g}"
    return f"{digits} {unit.partition(' ')[0]}"
