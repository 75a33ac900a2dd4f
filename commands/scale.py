"""Subcommand on scale: what a study and a trial cost, measured here and now."""

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from commands.console import console, warn
from commands.ray_option import needs_ray

if TYPE_CHECKING:
    from batch.scale import ScaleCosts

app = typer.Typer()
_MANY = 100_000


@app.command(name="measure-scale")
def measure_scale(
    studies: Annotated[int, typer.Option(min=2, help="How many to read, each way.")] = 20,
    out: Annotated[Path | None, typer.Option(help="Write the figures as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON instead of the table.")] = False,
) -> None:
    """Measure what a study and a trial cost, here and on a Ray cluster of this machine alone, and what a
    hundred thousand studies take by that.

    Some minutes.

    Example: `discern measure-scale --out scale.json`
    """
    from benchmarks.speed.machine import this_machine
    from imaging.new_folder import check_writable, write_whole

    machine = this_machine()
    if machine.is_busy:
        warn(f"the machine is busy (load {machine.load:.1f}): these figures are a first look")
    if out is not None:
        check_writable(out)
    with needs_ray():
        from batch.scale import measure_scale as measure
    with TemporaryDirectory(prefix="discern-scale-") as folder:
        costs = measure(Path(folder), studies)
    said = {
        "machine": asdict(machine),
        "batch": studies,
        **asdict(costs),
        "by arithmetic": costs.of_many(_MANY),
    }
    written = json.dumps(said, indent=1, ensure_ascii=False) + "\n"
    if out is not None:
        write_whole(out, written)
    if as_json:
        print(written, end="")
        return
    _print(costs)
    console.print(escape(f"On {machine}."), highlight=False)


def _print(costs: "ScaleCosts") -> None:
    figures = ("a further one", "spent once", "memory")
    table = Table("study", *(Column(name, justify="right", no_wrap=True) for name in figures))
    for study in costs.studies:
        table.add_row(study.how, f"{study.seconds:.2f} s", f"{study.start:.1f} s", f"{study.peak:.0f} MB")
    table.add_section()
    for trial in costs.trials:
        table.add_row(f"a trial that trains nothing, {trial.how}", f"{trial.seconds:.2f} s")
    console.print(table)
    many = costs.of_many(_MANY)
    said = [f"{value:g} {name}" for name, value in many.items() if name != "studies"]
    console.print(f"{_MANY:,} studies, by arithmetic: {', '.join(said)}.", highlight=False)
