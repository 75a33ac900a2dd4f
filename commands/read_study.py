"""The subcommand that reads studies: results, reports, and a page over a batch."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from commands.console import complain, complaints, console, progress_bar, say_runtime
from commands.detection import Runtime
from commands.ray_option import Address, join_cluster
from commands.study_result import show_result
from models.runtimes import DEFAULT, RuntimeName

if TYPE_CHECKING:
    from axial.models import AxialModels
    from batch.manifest import Manifest
    from batch.sources import StudySource
    from batch.studies import Executor, Outcome, Task
    from cluster.storage import Storage

app = typer.Typer()


@app.command(name="read-study")
def read_study(
    studies: Annotated[list[Path], typer.Argument(help="Studies, or folders with one in each subfolder.")],
    out: Annotated[
        str | None,
        typer.Option(
            metavar="<path>",
            help="Write results and reports, and a page over a batch, into this folder or to a URL such as "
            "s3://bucket/results; the same one again goes on with a batch.",
        ),
    ] = None,
    models: Annotated[
        Path | None, typer.Option(help="The models; those of the phantom where not given.")
    ] = None,
    without_levels: Annotated[
        bool, typer.Option("--without-levels", help="Problem areas only: no numbering of the vertebrae.")
    ] = False,
    without_reports: Annotated[
        bool, typer.Option("--without-reports", help="Write STUDY.json alone: no PDF, no DICOM, no page.")
    ] = False,
    activation_maps: Annotated[
        bool,
        typer.Option(
            "--activation-maps", help="Add what spoke for the classifier's verdicts on axial slices."
        ),
    ] = False,
    executor: Annotated[
        Literal["local", "ray"], typer.Option(help="Where studies are read: here, or on a Ray cluster.")
    ] = "local",
    address: Address = None,
    actors: Annotated[
        int | None,
        typer.Option(min=1, help="Ray: how many read at a time; as many as fit where not given."),
    ] = None,
    gpus_per_actor: Annotated[
        float | None, typer.Option(min=0, help="Ray: GPUs of each of them; 0.5: two share one.")
    ] = None,
    threads: Annotated[
        int,
        typer.Option(min=1, help="Processor threads; Ray: of each actor. Results repeat at the same count."),
    ] = 2,
    runtime: Runtime = DEFAULT,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON; several, a line each.")
    ] = False,
) -> None:
    """Read studies: vertebrae, levels, the state of each disc from both sides, slips and heights in mm.

    Writes STUDY.json, a report as STUDY.pdf and as DICOM (STUDY.pdf.dcm), and a DICOM Structured Report
    (STUDY.sr.dcm).

    Example: `discern read-study study --out results`
    """
    from axial.models import PHANTOM_MODELS, open_models
    from batch.manifest import MANIFEST, BatchSettings, Manifest, ReadingOptions
    from batch.sources import check_names, numbered_names, study_sources
    from batch.studies import Task
    from cluster.storage import open_storage

    if executor == "local" and (address is not None or actors is not None or gpus_per_actor is not None):
        raise typer.BadParameter("only --executor ray takes --address, --actors and --gpus-per-actor")
    storage = open_storage(out) if out else None
    on = _Place(executor, address, actors, gpus_per_actor or 0, models or PHANTOM_MODELS, threads, runtime)
    computing = _Computing(runtime)
    # What the machines of a cluster compute with, this one need not have.
    opened = open_models(on.models, threads, runtime if executor == "local" else DEFAULT)
    if executor == "local":
        computing.say(opened.runtimes)
    options = ReadingOptions(not without_levels, not without_reports, activation_maps)
    sources = study_sources(studies)
    whole = len(sources) == 1
    if storage:
        check_names(sources)
        storage.clean(MANIFEST)
    chosen = _executor(on, opened, whole)
    manifest, taken = None, frozenset[str]()
    # A single study needs no manifest; where a batch lies, it is one more of it.
    if storage and (not whole or Manifest(storage).was_begun()):
        manifest = Manifest.open(storage, BatchSettings.of(opened, runtime, options))
        taken = numbered_names([*manifest.names(), *(source.name for source in sources)])
        sources = _unread(manifest, sources)
    failed = _read(chosen, sources, Task(options, storage, manifest, taken), computing, as_json, whole)
    if manifest and options.reports:
        _write_pages(manifest, failed)
    if storage and not as_json and (len(failed) < len(sources) or not sources):
        _say_where(storage, without_reports, whole)
    if failed:
        sys.exit(1)


@dataclass
class _Computing:
    """What computes where ``asked`` for, said once each; the machines of a cluster may take several."""

    asked: RuntimeName
    said: set[str] = field(default_factory=set)

    def say(self, taken: "Sequence[str]") -> None:
        new = [name for name in taken if name not in self.said]
        if new:
            say_runtime(self.asked, new)
        self.said.update(new)


@dataclass(frozen=True)
class _Place:
    """Where studies are read, and with what, as the options say it."""

    executor: Literal["local", "ray"]
    address: str | None
    actors: int | None
    gpus: float
    models: Path
    threads: int
    runtime: RuntimeName


def _executor(on: _Place, opened: "AxialModels", whole: bool) -> "Executor":
    if on.executor == "local":
        from batch.local import LocalReading

        return LocalReading(opened, alone=whole)
    cluster = join_cluster(on.address)
    from batch.ray_data import RayDataReading

    return RayDataReading(cluster, on.models, opened.identities, on.threads, on.runtime, on.gpus, on.actors)


def _unread(manifest: "Manifest", sources: "list[StudySource]") -> "list[StudySource]":
    """The studies of a batch that are still to be read; says so where some are not."""
    waiting = manifest.unread(sources)
    if len(waiting) < len(sources):
        left = f"going on with {len(waiting):,}" if waiting else "nothing is left to read"
        complaints.print(
            f"{len(sources) - len(waiting):,} of {len(sources):,} studies were read before; {left}",
            highlight=False,
            soft_wrap=True,
        )
    return waiting


def _read(
    executor: "Executor",
    sources: "Sequence[StudySource]",
    task: "Task",
    computing: _Computing,
    as_json: bool,
    whole: bool,
) -> "list[Outcome]":
    """Read the studies and say what becomes of each; returns those that failed."""
    failed = []
    with progress_bar("studies", len(sources)) as advance:
        for done, outcome in enumerate(executor.read(sources, task), start=1):
            if outcome.error:
                complain(outcome.error)
                failed.append(outcome)
            for result in outcome.results:
                computing.say(result.runtimes)
                show_result(result, as_json, whole)
            advance(done)
    return failed


def _write_pages(manifest: "Manifest", failed: "Sequence[Outcome]") -> None:
    from batch.page import write_pages
    from reporting.contact import FailedStudy

    in_order = sorted(failed, key=lambda outcome: outcome.source.name)
    write_pages(manifest, [FailedStudy(item.source.name, str(item.error)) for item in in_order])


def _say_where(storage: "Storage", without_reports: bool, whole: bool) -> None:
    """What was written, and what to open first."""
    from batch.page import FIRST_PAGE

    folder = escape(storage.address())
    if without_reports:
        said = f"results in {folder}"
    elif whole:
        said = f"result and report in {folder}"
    else:
        said = f"results and reports in {folder}; begin at {escape(storage.address(FIRST_PAGE))}"
    console.print(said, highlight=False)
