"""Subcommands of the axial four-stage path: train, benchmark, read."""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from commands.console import complain, complaints, console, progress_bar
from commands.detection import Jobs, Threads
from errors import BadInputError

if TYPE_CHECKING:
    from axial.models import AxialModels
    from axial.result import StudyResult

app = typer.Typer()

StudyCohort = Annotated[
    Path, typer.Option(help="Exported studies, sagittal and axial, with the label set `axial`.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")]
Models = Annotated[Path | None, typer.Option(help="The models; those of the phantom where not given.")]


@app.command(name="read-study")
def read_study(
    studies: Annotated[list[Path], typer.Argument(help="Studies, or folders with one in each subfolder.")],
    out: Annotated[Path | None, typer.Option(help="Write <study>.json into this folder.")] = None,
    models: Models = None,
    without_levels: Annotated[
        bool, typer.Option("--without-levels", help="Problem areas only: no numbering of the vertebrae.")
    ] = False,
    threads: Threads = 2,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON; several, a line each.")
    ] = False,
) -> None:
    """Read studies: vertebrae, the level of each axial slice, discs, and their state.

    Example: `discern read-study study --out results`
    """
    from axial.models import PHANTOM_MODELS, open_models
    from imaging.batch import patients_apart

    opened = open_models(models or PHANTOM_MODELS, threads)
    sources = [source for given in studies for source in patients_apart(given)]
    names = Counter(map(_name, sources))
    for source in sources:
        if out and names[_name(source)] > 1:
            raise BadInputError(source, "another study has the same name; rename one of their folders")
    failed = False
    with progress_bar("studies", len(sources)) as advance:
        for done, source in enumerate(sources, start=1):
            try:
                for result in _read(source, opened, not without_levels):
                    _give(result, out, as_json, whole=len(sources) == 1)
            except BadInputError as error:
                complain(error)
                failed = True
            advance(done)
    if failed:
        sys.exit(1)


@app.command(name="train-axial")
def train_axial(
    data: StudyCohort,
    out: Annotated[Path, typer.Option(help="The folder of models to make.")],
    protocol: Annotated[str, typer.Option(help="An embedded name or a YAML file.")] = "axial",
    threads: Threads = 2,
) -> None:
    """Train the models of the axial path on all studies of a cohort.

    Example: `discern train-axial --data cohort --out axial-models`
    """
    from benchmarks.axial.benchmark import train_axial as train

    train(protocol, data, out, threads, console)


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


@app.command(name="benchmark-axial")
def benchmark_axial(
    data: StudyCohort,
    out: Annotated[
        Path, typer.Option(help="Where folds, tables and report go; the same folder again goes on.")
    ],
    protocol: Annotated[str, typer.Option(help="An embedded name or a YAML file.")] = "axial",
    jobs: Jobs = 1,
    threads: Threads = 1,
    as_json: AsJson = False,
) -> None:
    """Train and test the axial path in folds by patient, and score every stage.

    Example: `discern benchmark-axial --data cohort --out axial-benchmark --jobs 2`
    """
    from benchmarks.axial.benchmark import run_axial_benchmark
    from benchmarks.axial.terminal import print_axial

    outcome = run_axial_benchmark(protocol, data, out, jobs, threads, complaints if as_json else console)
    if outcome.results and as_json:
        print((out / "results.json").read_text(encoding="utf-8"), end="")
    elif outcome.results:
        print_axial(outcome.results, console)
    if outcome.failed:
        sys.exit(1)


@app.command(name="evaluate-axial")
def evaluate_axial(
    studies: Annotated[Path, typer.Argument(help="The folder that `discern phantom` made.")],
    out: Annotated[Path, typer.Option(help="Where tables and report go.")],
    models: Models = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
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
        results = evaluate_phantoms(models or PHANTOM_MODELS, studies, jobs, advance)
    write_axial_report(results, out)
    if as_json:
        print((out / "results.json").read_text(encoding="utf-8"), end="")
    else:
        print_axial(results, console)


def _read(source: Path, models: "AxialModels", with_levels: bool) -> "list[StudyResult]":
    from axial.pictures import pictures_of
    from axial.reading import read_pictures
    from imaging.reading import read_studies

    found = read_studies(source)
    name = _name(source)
    names = [name] if len(found) == 1 else [f"{name}-{number + 1}" for number in range(len(found))]
    return [
        read_pictures(name, pictures_of(study), models, with_levels)
        for name, study in zip(names, found, strict=True)
    ]


def _name(source: Path) -> str:
    """What results call a study: its folder, or its file without the ending."""
    path = Path(os.path.abspath(source))
    return path.name if path.is_dir() else path.stem


def _give(result: "StudyResult", out: Path | None, as_json: bool, whole: bool) -> None:
    """Write and print a result: all of it where it is the only one, else a line."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        result.write(out / f"{result.study}.json")
    if as_json:
        print(result.as_json(one_line=not whole), end="")
    elif whole:
        _print(result)
    else:
        console.print(f"{escape(result.study)}: {_summary(result)}", highlight=False)


def _summary(result: "StudyResult") -> str:
    """What was found, in one line, and what is doubtful or could not be done."""
    verdicts = [(disc.level, disc.verdict) for disc in result.discs] or [
        (item.picture, item.verdict) for item in result.slices if item.verdict
    ]
    found = [f"{where} {verdict}" for where, verdict in verdicts if verdict != "normal"]
    said = ", ".join(found) or ("no finding" if verdicts else "no disc could be judged")
    remarks = dict.fromkeys([*result.doubts, *(stage.reason for stage in result.stages if not stage.ran)])
    return f"{said}  [yellow]{'; '.join(remarks)}[/yellow]" if remarks else said


def _print(result: "StudyResult") -> None:
    if result.discs:
        table = Table("disc", "verdict", *result.discs[0].probabilities, "slices", "level sure")
        for disc in reversed(result.discs):
            shares = (f"{share:.2f}" for share in disc.probabilities.values())
            table.add_row(
                disc.level, disc.verdict, *shares, str(len(disc.pictures)), f"{disc.confidence:.2f}"
            )
    else:
        table = Table("slice", "level", "verdict")
        for item in result.slices:
            table.add_row(item.picture, item.level or item.reason, item.verdict or "")
    console.print(table)
    for doubt in result.doubts:
        console.print(f"[yellow]doubtful numbering:[/yellow] {doubt}", highlight=False)
    for warning in result.warnings:
        console.print(f"[yellow]warning:[/yellow] {escape(warning)}", highlight=False)
    for number, stage in enumerate(result.stages, start=1):
        what = f"{stage.seconds:.2f} s" if stage.ran else f"[yellow]did not run:[/yellow] {stage.reason}"
        console.print(f"stage {number}, {stage.name}: {what}", highlight=False)
