"""Subcommand on speed: every goal's ratio, measured here and now."""

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from commands.console import console, warn

if TYPE_CHECKING:
    from benchmarks.speed.goal import Outcome

app = typer.Typer()


@app.command()
def speed(
    only: Annotated[
        list[str] | None, typer.Option(help="A goal by its name; give it again for more.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each side runs, one after the other.")] = 5,
    scale: Annotated[
        float,
        typer.Option(min=0.0001, max=1, help="Of the full numbers of images and studies: a first look."),
    ] = 1.0,
    out: Annotated[Path | None, typer.Option(help="Write machine and figures as JSON.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON instead of the table.")] = False,
) -> None:
    """Measure the speed goals: ours beside another way to the same answer, interleaved, on all cores.

    The whole takes most of an hour, nearly all of it the goal `memory`.

    Example: `discern speed --only voc --only export`
    """
    from benchmarks.speed.goal import Setting
    from benchmarks.speed.goals import GOALS, NotMeasurableError, measure
    from benchmarks.speed.machine import this_machine
    from benchmarks.speed.terminal import print_outcomes
    from imaging.new_folder import write_whole

    machine = this_machine()
    if machine.is_busy:
        warn(f"the machine is busy (load {machine.load:.1f}): these figures are a first look")
    outcomes: list[Outcome] = []
    missing: dict[str, str] = {}
    with TemporaryDirectory(prefix="discern-speed-") as folder:
        try:
            measured = measure(only or list(GOALS), Setting(Path(folder), rounds, scale))
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--only") from None
        for name, found in measured:
            if isinstance(found, NotMeasurableError):
                missing[name] = str(found)
                warn(f"{name} was not measured: {found}")
            else:
                outcomes += found
    said = {
        "machine": asdict(machine),
        "scale": scale,
        "outcomes": [asdict(item) for item in outcomes],
        "not_measured": missing,
    }
    written = json.dumps(said, indent=1, ensure_ascii=False) + "\n"
    if out is not None:
        write_whole(out, written)
    if as_json:
        print(written, end="")
        return
    print_outcomes(outcomes, console)
    console.print(escape(f"On {machine}{f'; scale {scale:g}' if scale < 1 else ''}."), highlight=False)
