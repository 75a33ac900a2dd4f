"""The main job on the embedded data, from DICOM to the report."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.console import console, progress_bar

DEMO_PATIENTS, DEMO_SLICES = 40, 3

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
    from benchmarks.runner import Run
    from data.phantom.cohort import make_cohort
    from data.phantom.ranges import DEMO_SEED

    cohort = out / "cohort"
    if not cohort.exists():
        with progress_bar("synthetic patients", DEMO_PATIENTS) as advance:
            make_cohort(out, DEMO_PATIENTS, DEMO_SEED, DEMO_SLICES, jobs, advance)
        print_report(check_folder(cohort, named_label_set("lumbar")), console)
    outcome = run_benchmark(
        Run("demo", str(cohort.resolve()), False, None, 1), out / "benchmark", jobs, console
    )
    if outcome.failed:
        sys.exit(1)
    console.print(
        "Go on in the browser: `discern app` opens with a demo study on phantoms, a demo reader, and the "
        "AI's results.",
        soft_wrap=True,
        highlight=False,
    )
