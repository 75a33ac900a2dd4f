"""The command line: ``discern`` and its subcommands, thin around the rooms."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from errors import BadInputError

app = typer.Typer(
    name="discern",
    help="Spine MR lesion detection: LabelImg boxes in, honest detector benchmarks out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
console = Console()
complaints = Console(stderr=True)

PatientPattern = Annotated[
    str | None,
    typer.Option(help="Regular expression with a group `patient`, where there is no images.csv."),
]
Jobs = Annotated[int, typer.Option(min=1, help="Trials at a time.")]
Threads = Annotated[
    int, typer.Option(min=1, help="Processor threads of each trial; results repeat at the same count.")
]


def main() -> None:
    """Run the command line: bad input is one sentence on stderr and exit code 1."""
    try:
        app()
    except BadInputError as error:
        complaints.print(f"[red]error:[/red] {error}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        complaints.print("interrupted; finished trials are kept, run the same command to go on")
        sys.exit(130)


@app.command()
def check(
    folder: Annotated[
        Path, typer.Argument(help="Images and LabelImg's XML, side by side or in images/ and annotations/.")
    ],
    labels: Annotated[str, typer.Option(help="Label set: an embedded name or a .txt file.")] = "lumbar",
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend what is safe; every changed file is backed up first.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> None:
    """Find every problem in a folder of annotations; exit code 1 where there are errors.

    Example: `discern check data/lumbar --fix`
    """


@app.command()
def phantom(
    out: Annotated[Path, typer.Argument(help="The folder to make.")],
    patients: Annotated[int, typer.Option(min=1)] = 40,
    seed: Annotated[int | None, typer.Option(help="Patients of another seed are other patients.")] = None,
    slices: Annotated[int, typer.Option(min=1, help="Sagittal slices of each patient.")] = 3,
) -> None:
    """Make a cohort of synthetic spines whose truth is known.

    Example: `discern phantom phantom-100 --patients 100`
    """
    from data.phantom.generate import generate_cohort
    from data.phantom.ranges import DEMO_SEED

    generate_cohort(out, patients, DEMO_SEED if seed is None else seed, slices)
    console.print(f"{patients} patients × {slices} slices in {out}")


@app.command()
def benchmark(
    protocol: Annotated[str, typer.Argument(help="A protocol: an embedded name or a YAML file.")],
    data: Annotated[Path, typer.Option(help="The cohort folder.")],
    out: Annotated[Path, typer.Option(help="Where trials and tables go; the same folder again goes on.")],
    jobs: Jobs = 1,
    threads: Threads = 1,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Train without start weights.")
    ] = False,
    patient_pattern: PatientPattern = None,
    track: Annotated[str | None, typer.Option(help="Record in MLflow: `local`, or a server's URL.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print results.json instead of the table.")] = False,
) -> None:
    """Run detectors × folds × seeds and write table.md, table.csv, results.json and report.html.

    Example: `discern benchmark lumbar --data my-cohort --out my-benchmark --jobs 2`
    """
    from benchmarks.benchmark import run_benchmark

    outcome = run_benchmark(
        protocol, data, out, jobs=jobs, threads=threads, from_scratch=from_scratch,
        patient_pattern=patient_pattern, console=complaints if as_json else console,
    )  # fmt: skip
    if track:
        from benchmarks.tracking import track_benchmark

        track_benchmark(outcome.results, out, track)
    if as_json:
        print((out / "results.json").read_text(encoding="utf-8"))
    if outcome.failed:
        sys.exit(1)


@app.command()
def train(
    detector: Annotated[str, typer.Argument(help="A detector's name, such as yolov5s.")],
    out: Annotated[Path, typer.Option(help="The model folder to make.")],
    benchmark: Annotated[
        Path | None,
        typer.Option(help="A finished benchmark: its cohort, settings and out-of-fold thresholds."),
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="Without a benchmark: a protocol for the settings.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Without a benchmark: the cohort folder.")] = None,
    seed: Annotated[int, typer.Option()] = 0,
    threads: Threads = 2,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Train without start weights.")
    ] = False,
    patient_pattern: PatientPattern = None,
) -> None:
    """Refit one detector on the whole development cohort and write its model folder.

    Example: `discern train yolov5s --benchmark my-benchmark --out my-model`
    """
    from benchmarks.refit import refit, refit_benchmark
    from benchmarks.runner import Run

    if benchmark is not None:
        refit_benchmark(detector, benchmark, out, seed, threads, console)
    elif protocol is not None and data is not None:
        run = Run(protocol, str(data), from_scratch, patient_pattern, threads)
        refit(run, detector, out, seed, console)
    else:
        raise typer.BadParameter("give --benchmark, or --protocol and --data")


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="A model folder.")],
    images: Annotated[list[Path], typer.Argument(help="Pictures, or folders of them.")],
    out: Annotated[
        Path | None, typer.Option(help="Write LabelImg XML of the boxes into this folder.")
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Score from which a box counts; default: the model's own."),
    ] = None,
    threads: Threads = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print the boxes as JSON.")] = False,
) -> None:
    """Detect on pictures with a trained model.

    Example: `discern predict my-model image.png --out boxes`
    """


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where everything goes.")] = Path("demo"),
    jobs: Jobs = 2,
) -> None:
    """The main job on the embedded data: phantom, five-fold benchmark, report.

    Example: `discern demo`
    """


if __name__ == "__main__":
    main()
