"""The main job on the embedded data, from DICOM to the report."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.console import console, progress_bar

app = typer.Typer()


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where everything goes.")] = Path("demo"),
    jobs: Annotated[int, typer.Option(min=1, help="Trials at a time.")] = 2,
) -> None:
    """The main job on the embedded data: phantom studies, export, labels, check, five-fold benchmark, report.

    Example: `discern demo`
    """
    from annotation.checking.folder import check_folder
    from annotation.checking.rendering import print_report
    from annotation.labels import named_label_set
    from benchmarks.benchmark import run_benchmark
    from benchmarks.processes import LocalProcesses
    from benchmarks.protocol_file import open_protocol
    from benchmarks.runner import Run

    cohort, phantom = out / "cohort", open_protocol("lumbar", quick=True).phantom
    assert phantom is not None, "the quick form has phantoms"
    if not cohort.exists():
        with progress_bar("synthetic patients", phantom.patients) as advance:
            phantom.make(out, jobs, advance)
        print_report(check_folder(cohort, named_label_set("lumbar")), console)
    run = Run("lumbar", str(cohort.resolve()), False, None, 1, quick=True)
    outcome = run_benchmark(run, out / "benchmark", LocalProcesses(jobs), console)
    if outcome.failed:
        sys.exit(1)
    console.print(
        "Go on in the browser: `discern app` opens with a demo study on phantoms, a demo reader, and the "
        "AI's results.",
        soft_wrap=True,
        highlight=False,
    )
