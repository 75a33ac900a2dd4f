"""Subcommands of the axial path: train its models and evaluate them."""

from pathlib import Path
from typing import Annotated

import typer

from commands.console import console, progress_bar
from commands.detection import Runtime, Threads
from models.runtimes import DEFAULT

app = typer.Typer()

StudyCohort = Annotated[
    Path, typer.Option(help="Exported studies, sagittal and axial, with the label set `axial`.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]
Models = Annotated[Path | None, typer.Option(help="The models; those of the phantom where not given.")]


@app.command(name="train-axial")
def train_axial(
    data: StudyCohort,
    out: Annotated[Path, typer.Option(help="The folder of models to make.")],
    protocol: Annotated[str, typer.Option(help="An embedded name or a YAML file.")] = "study",
    quick: Annotated[bool, typer.Option("--quick", help="The protocol's quick form.")] = False,
    threads: Threads = 2,
) -> None:
    """Train the models of the axial path on all studies of a cohort.

    Example: `discern train-axial --data cohort --out axial-models`
    """
    from benchmarks.axial.benchmark import train_axial as train
    from benchmarks.axial.protocol import read_axial_protocol

    train(read_axial_protocol(protocol, quick), data, out, threads, console)


@app.command(name="halve-models")
def halve_models(
    models: Annotated[Path, typer.Argument(help="A model folder, or a folder of them.")],
    out: Annotated[Path, typer.Argument(help="The folder to make.")],
) -> None:
    """Write models in half precision, for shipping: they read as before, but training cannot go on from them.

    Example: `discern halve-models axial-models small-models`
    """
    from models.half_precision import halve_folders

    halve_folders(models, out)


@app.command(name="evaluate-axial")
def evaluate_axial(
    studies: Annotated[Path, typer.Argument(help="The folder that `discern phantom` made.")],
    out: Annotated[Path, typer.Option(help="Where tables and report go.")],
    models: Models = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    runtime: Runtime = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Score every stage on phantom studies that the models were not trained on.

    Example: `discern evaluate-axial phantom --out axial-evaluation`
    """
    from axial.models import PHANTOM_MODELS
    from benchmarks.axial.phantom import evaluate_phantoms
    from benchmarks.axial.report import write_axial_report
    from benchmarks.axial.terminal import print_axial

    out.mkdir(parents=True, exist_ok=True)
    with progress_bar("studies") as advance:
        results = evaluate_phantoms(models or PHANTOM_MODELS, studies, jobs, advance, runtime)
    write_axial_report(results, out)
    if as_json:
        print((out / "results.json").read_text(encoding="utf-8"), end="")
    else:
        print_axial(results, console)
