"""Subcommands that benchmark: any system by its protocol, and finished benchmarks side by side."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from commands.console import complaints, console, progress_bar
from commands.detection import FromScratch, PatientPattern, Threads
from commands.ray_option import Address, join_cluster
from errors import BadInputError

if TYPE_CHECKING:
    from benchmarks.jobs import Executor
    from benchmarks.protocol_file import ProtocolFile

app = typer.Typer()

Jobs = Annotated[int, typer.Option(min=1, help="Trials at a time.")]


@app.command()
def benchmark(
    protocol: Annotated[
        str | None, typer.Argument(help="A protocol: an embedded name or a YAML file.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The cohort folder; the protocol's phantoms where not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where trials and tables go; the same folder again goes on.")
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Show the systems that come with Discern, and their papers.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="The protocol's quick form: minutes on two processor cores.")
    ] = False,
    jobs: Jobs = 1,
    executor: Annotated[
        Literal["local", "ray"],
        typer.Option(help="Where trials run: on this machine, or on a Ray cluster, which needs no --jobs."),
    ] = "local",
    address: Address = None,
    gpus_per_trial: Annotated[
        float | None, typer.Option(min=0, help="Ray: GPUs of each trial; 0.5: two trials share one.")
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            help="Ray: where the machines do not share --out, a URL that trials come home through, such as "
            "s3://bucket/folder."
        ),
    ] = None,
    threads: Threads = 1,
    from_scratch: FromScratch = False,
    patient_pattern: PatientPattern = None,
    view: Annotated[str | None, typer.Option(help="Another view than the protocol's.")] = None,
    folds: Annotated[
        Path | None, typer.Option(help="The folds.json of another benchmark of these patients.")
    ] = None,
    track: Annotated[str | None, typer.Option(help="Record in MLflow: `local`, or a server's URL.")] = None,
    activation_maps: Annotated[
        bool,
        typer.Option(
            "--activation-maps", help="Fractures: show class activation maps of the calls in the report."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print results.json instead of the table.")] = False,
) -> None:
    """Cross-validate a system by patient and write its tables, results.json and report.html.

    Example: `discern benchmark lumbar --data my-cohort --out my-benchmark --jobs 2`
    """
    from benchmarks.protocol_file import open_protocol

    if listed:
        _print_list(as_json)
        return
    if protocol is None or out is None:
        raise typer.BadParameter("give a protocol and --out, or --list")
    file = open_protocol(protocol, quick)
    if activation_maps and file.system != "fracture":
        raise typer.BadParameter(
            "--activation-maps is for fractures alone; of an axial study `discern read-study "
            "--activation-maps` shows them, and detectors have none"
        )
    if file.system != "detection" and (from_scratch or patient_pattern or view or folds or track):
        raise typer.BadParameter(
            "--from-scratch, --patient-pattern, --view, --folds and --track are for detectors alone"
        )
    chosen = _executor(executor, jobs, address, gpus_per_trial, storage)
    cohort = data or _phantoms(file, out, jobs)
    said = complaints if as_json else console
    if file.system == "detection":
        from benchmarks.benchmark import run_benchmark
        from benchmarks.runner import Run

        run = Run(protocol, str(cohort.resolve()), from_scratch, patient_pattern, threads, view, quick)
        outcome = run_benchmark(run, out, chosen, said, folds)
        failed, finished = bool(outcome.failed), outcome.results is not None
        if track and outcome.results:
            from benchmarks.tracking import track_benchmark

            track_benchmark(outcome.results, out, track)
    else:
        failed, finished = _other_system(file, quick, cohort, out, chosen, threads, said, activation_maps)
    if as_json and finished:
        print((out / "results.json").read_text(encoding="utf-8"), end="")
    if failed:
        sys.exit(1)


def _other_system(
    file: "ProtocolFile",
    quick: bool,
    cohort: Path,
    out: Path,
    executor: "Executor",
    threads: int,
    said: Console,
    activation_maps: bool,
) -> tuple[bool, bool]:
    """Run a benchmark that is not of detectors: whether some of it failed, and whether there are results."""
    if file.system == "axial":
        from benchmarks.axial.benchmark import run_axial_benchmark
        from benchmarks.axial.protocol import read_axial_protocol

        axial = run_axial_benchmark(
            read_axial_protocol(str(file.path), quick), cohort, out, executor, threads, said
        )
        return bool(axial.failed), axial.results is not None
    from benchmarks.fracture.benchmark import run_fracture_benchmark
    from benchmarks.fracture.protocol import read_fracture_protocol

    fracture = run_fracture_benchmark(
        read_fracture_protocol(str(file.path), quick), cohort, out, executor, threads, said, activation_maps
    )
    return bool(fracture.failed), fracture.results is not None


def _executor(
    name: Literal["local", "ray"],
    jobs: int,
    address: str | None,
    gpus_per_trial: float | None,
    storage: str | None,
) -> "Executor":
    from benchmarks.processes import LocalProcesses

    if name == "local":
        if address is not None or gpus_per_trial is not None or storage is not None:
            raise typer.BadParameter("only --executor ray takes --address, --gpus-per-trial and --storage")
        return LocalProcesses(jobs)
    cluster = join_cluster(address)
    from benchmarks.ray_tasks import RayTasks
    from cluster.storage import open_storage

    return RayTasks(cluster, gpus_per_trial or 0, open_storage(storage) if storage else None)


def _phantoms(file: "ProtocolFile", out: Path, jobs: int) -> Path:
    """The cohort of the protocol's phantom patients, made in ``out`` where it is not there yet."""
    if file.phantom is None:
        raise BadInputError(file.path, "names no phantoms; give a cohort by --data, or use --quick")
    with progress_bar("synthetic patients", file.phantom.patients) as advance:
        return file.phantom.make(out / "phantom", jobs, advance)


def _print_list(as_json: bool) -> None:
    from benchmarks.protocol_file import generalised_systems

    systems = generalised_systems()
    if as_json:
        listed = [
            {"protocol": item.name, "system": item.system, "title": item.title, "paper": asdict(item.paper)}
            for item in systems
            if item.paper
        ]
        print(json.dumps(listed, indent=1, ensure_ascii=False))
        return
    table = Table("protocol", "the published system that it generalises", box=box.SIMPLE_HEAD, pad_edge=False)
    for item in systems:
        if item.paper:
            table.add_row(f"[bold]{item.name}[/bold]", f"{item.paper.title}\n[dim]{item.paper.data}[/dim]")
    console.print(table)
    console.print(
        "Each runs as published on a cohort of yours, or in minutes on phantoms: "
        "`discern benchmark NAME --quick --out FOLDER`. docs/protocols.md says how to add another.",
        highlight=False,
        markup=False,
    )


@app.command(name="compare-benchmarks")
def compare_benchmarks(
    benchmarks: Annotated[list[Path], typer.Argument(help="Finished benchmarks of one cohort.")],
    view: Annotated[str, typer.Option(help="The view in which all are scored.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Score finished benchmarks in one view and take their differences, patient by patient.

    Example: `discern compare-benchmarks by-diagnosis by-diagnosis-and-vertebra --view diagnosis`
    """
    from benchmarks.compare import compare
    from benchmarks.results import without_nan
    from benchmarks.terminal import print_comparison

    comparison = compare(benchmarks, view)
    if as_json:
        print(json.dumps(without_nan(asdict(comparison)), indent=1))
    else:
        print_comparison(comparison, console)
