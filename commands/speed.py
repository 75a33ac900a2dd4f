"""Subcommand on speed: every goal's ratio, measured here and now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from commands.console import complaints, console, warn

if TYPE_CHECKING:
    from benchmarks.speed.goal import Outcome
    from benchmarks.speed.report import Report

app = typer.Typer()


@app.command()
def speed(
    only: Annotated[
        list[str] | None, typer.Option(help="A goal by its name; give it again for more.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="A goal to leave out; give it again for more.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="How often each side runs, one after the other.")] = 5,
    scale: Annotated[
        float,
        typer.Option(min=0.0001, max=1, help="Of the full numbers of images and studies: a first look."),
    ] = 1.0,
    out: Annotated[
        Path | None, typer.Option(help="Write machine and figures as JSON, anew after each goal.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON instead of the table.")] = False,
) -> None:
    """Measure the speed goals: ours beside another way to the same answer, interleaved, on all cores.

    The goal `memory` alone takes most of an hour, and comes last; `--scale` takes a part of each. What cannot
    be measured here, or fails, is told, and the others are measured.

    Examples: `discern speed --only voc --only export`, `discern speed --without memory`
    """
    from benchmarks.speed.goal import Setting
    from benchmarks.speed.goals import chosen, measure
    from benchmarks.speed.machine import this_machine
    from benchmarks.speed.report import Report
    from benchmarks.speed.terminal import print_outcomes
    from imaging.new_folder import check_writable

    report = Report(this_machine(), scale)
    if report.machine.is_busy:
        warn(f"the machine is busy (load {report.machine.load:.1f}): these figures are a first look")
    with TemporaryDirectory(prefix="discern-speed-") as folder, _status() as tell:
        try:
            measured = measure(chosen(only or [], without or []), Setting(Path(folder), rounds, scale, tell))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        if out is not None:
            check_writable(out)
        interrupted = _measure(measured, report, out)
    if as_json:
        print(report.as_json(), end="")
    else:
        print_outcomes(report.outcomes, console)
        part = f"; scale {scale:g}" if scale < 1 else ""
        console.print(escape(f"On {report.machine}{part}."), highlight=False)
    if interrupted:
        warn("interrupted: these are the goals measured until then; the same command begins anew")
    elif report.last_load and report.machine.got_busy(report.last_load):
        warn(f"the machine got busy (load {report.last_load:.1f} at the end): these figures are a first look")
    if report.failed or interrupted:
        raise typer.Exit(1)


def _measure(
    measured: Iterator[tuple[str, list["Outcome"] | Exception]], report: "Report", out: Path | None
) -> bool:
    """Each goal into the report, and that into the file; whether that was interrupted."""
    try:
        for name, found in measured:
            told = report.add(name, found)
            if told:
                warn(told)
            _keep(report, out)
    except KeyboardInterrupt:
        return True
    return False


def _keep(report: "Report", out: Path | None) -> None:
    from imaging.new_folder import write_whole

    if out is not None:
        write_whole(out, report.as_json())


@contextmanager
def _status() -> Iterator[Callable[[str], None]]:
    """A line on a terminal that says what is being done, nothing elsewhere."""
    if not complaints.is_terminal:
        yield lambda words: None
        return
    with complaints.status("") as status:
        yield lambda words: status.update(escape(words))
