"""Subcommand on scale: what a study and a trial cost, measured here and now."""

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from commands.console import warn
from commands.ray_option import needs_ray

app = typer.Typer()
_MANY = 100_000


@app.command(name="measure-scale")
def measure_scale(
    studies: Annotated[int, typer.Option(min=2, help="How many to read, each way.")] = 20,
    out: Annotated[Path | None, typer.Option(help="Write the figures as JSON.")] = None,
) -> None:
    """Measure what a study and a trial cost, here and on a Ray cluster of this machine alone, as JSON.

    Some minutes. docs/scale.md says what a hundred thousand studies take by these figures.

    Example: `discern measure-scale --out scale.json`
    """
    from benchmarks.speed.machine import this_machine
    from imaging.new_folder import write_whole

    machine = this_machine()
    if machine.is_busy:
        warn(f"the machine is busy (load {machine.load:.1f}): these figures are a first look")
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
    print(written, end="")
