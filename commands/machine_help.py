"""Subcommands by which models help annotators: pre-labels, what they gain, and likely label errors."""

import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from annotation.boxes import Box
from commands.console import complain, console, progress_bar, say_runtime
from commands.detection import Runtime, Threads
from errors import BadInputError
from models.runtimes import DEFAULT

if TYPE_CHECKING:
    from annotation.prelabels import Prelabel
    from annotation.progress import AnnotatorProgress
    from annotation.workplace import Workplace
    from benchmarks.label_errors import LabelError
    from detectors.runtime import Detector
    from imaging.windowing import Pixels

_SHOWN = 20

app = typer.Typer()


@app.command()
def prelabel(
    cohort: Annotated[Path, typer.Argument(help="The cohort folder that is annotated.")],
    model: Annotated[Path, typer.Option(help="A model folder, as `discern train` writes it.")],
    annotated_by: Annotated[
        list[str] | None,
        typer.Option(
            help="Leave out the images that this annotator has done; give it again for more. "
            "Otherwise: that anyone has done, or that are in the consensus."
        ),
    ] = None,
    threads: Threads = 2,
    runtime: Runtime = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the queue as JSON.")] = False,
) -> None:
    """Draw a model's boxes on images to annotate, to correct rather than draw; uncertain images first.

    Example: `discern prelabel cohort --model my-model`
    """
    from annotation.prelabels import write_queue
    from annotation.workplace import open_workplace
    from detectors.runtime import load

    workplace = open_workplace(cohort)
    detector = load(model, threads, runtime)
    say_runtime(runtime, [detector.runtime])
    for name in detector.card.classes:
        if name not in workplace.label_set:
            known = ", ".join(workplace.label_set.classes)
            raise BadInputError(model, f"detects {name!r}, the cohort's label set has only {known}")
    waiting = [image for image in workplace.images if not _annotated(workplace, image, annotated_by)]
    prelabels = []
    with progress_bar("images", len(waiting)) as advance:
        for done, image in enumerate(waiting, 1):
            try:
                prelabels.append(_prelabel(workplace, image, detector, model.resolve().name))
            except BadInputError as error:
                complain(error)
            advance(done)
    queue = write_queue(cohort / "prelabels" / "queue.csv", prelabels) if prelabels else []
    if as_json:
        print(json.dumps([asdict(item) for item in queue], indent=1))
    else:
        _print_prelabels(queue, len(workplace.images) - len(waiting))
    if len(prelabels) < len(waiting):
        sys.exit(1)


def _annotated(workplace: "Workplace", image: Path, annotators: list[str] | None) -> bool:
    from data.folder import annotation_path

    if annotators is None and annotation_path(workplace.folder, image.name).exists():
        return True
    names = workplace.annotators if annotators is None else annotators
    return any(workplace.annotation(name, image).exists() for name in names)


def _prelabel(workplace: "Workplace", image: Path, detector: "Detector", model: str) -> "Prelabel":
    from annotation.prelabels import Prelabel, proposed, uncertainty, write_prelabel
    from imaging.pictures import read_picture

    pixels = read_picture(image)
    height, width = pixels.shape
    found = _found(detector, pixels)
    card = detector.card
    thresholds = {name: card.threshold(name) for name in card.classes}
    boxes = proposed(found, thresholds, workplace.label_set, (width, height))
    path = workplace.folder / "prelabels" / f"{image.stem}.xml"
    write_prelabel(path, image, (width, height), boxes, f"{card.detector} in {model}")
    return Prelabel(image.name, uncertainty(found, thresholds), boxes)


def _found(detector: "Detector", pixels: "Pixels") -> list[Box]:
    """Everything that a detector finds, however unsure."""
    found = detector.predict(pixels)
    names = [detector.card.classes[label] for label in found.labels]
    rows = zip(names, found.boxes.tolist(), found.scores.tolist(), strict=True)
    return [Box(name, xmin, ymin, xmax, ymax, score) for name, (xmin, ymin, xmax, ymax), score in rows]


def _print_prelabels(queue: "list[Prelabel]", left_out: int) -> None:
    table = Table(Column("image", overflow="fold"), "uncertainty", "boxes")
    for item in queue[:_SHOWN]:
        table.add_row(item.image, f"{item.uncertainty:.2f}", str(len(item.boxes)))
    console.print(table)
    console.print(f"{len(queue)} images pre-labelled, {left_out} left out: annotated already")


@app.command()
def progress(
    cohort: Annotated[Path, typer.Argument(help="The cohort folder that is annotated.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Show how fast annotators work, with and without pre-labels.

    Example: `discern progress cohort`
    """
    from annotation.progress import measure_progress
    from annotation.workplace import open_workplace
    from benchmarks.results import without_nan

    rows = measure_progress(open_workplace(cohort))
    if as_json:
        print(json.dumps(without_nan([asdict(row) for row in rows]), indent=1))
    else:
        _print_progress(rows)


def _print_progress(rows: "list[AnnotatorProgress]") -> None:
    table = Table("annotator", "pre-labels", "images", "boxes", "hours", "images/h", "boxes/h")
    table.add_column("boxes/h, with : without (95 %)")
    for row in rows:
        for name, pace in (("without", row.without), ("with", row.prelabelled)):
            if pace.images:
                table.add_row(
                    row.annotator,
                    name,
                    str(pace.images),
                    str(pace.boxes),
                    f"{pace.hours:.2f}",
                    _figure(pace.images_per_hour, 0),
                    _figure(pace.boxes_per_hour, 0),
                    _ratio(row) if name == "with" else "",
                )
    console.print(table)
    for row in rows:
        if row.damaged and row.annotator != "all":
            console.print(f"{row.annotator}: {row.damaged} lines of the record were damaged and left out")


def _ratio(row: "AnnotatorProgress") -> str:
    if math.isnan(row.ratio):
        return ""
    return f"{row.ratio:.2f} ({_figure(row.interval.low, 2)} to {_figure(row.interval.high, 2)})"


def _figure(value: float, decimals: int) -> str:
    return "–" if math.isnan(value) else f"{value:.{decimals}f}"


@app.command()
def noise(
    benchmark: Annotated[Path, typer.Argument(help="A finished benchmark of the cohort.")],
    out: Annotated[Path, typer.Option(help="The queue to write, as CSV.")],
    limit: Annotated[int, typer.Option(min=1, help="How many places to list.")] = 100,
    gallery: Annotated[Path | None, typer.Option(help="Show them in one HTML page besides.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the queue as JSON.")] = False,
) -> None:
    """List likely label errors, where detectors that were not trained on an image contradict its annotation.

    Example: `discern noise my-benchmark --out queue.csv --gallery queue.html`
    """
    from annotation.gallery import write_gallery
    from benchmarks.label_errors import ANNOTATION, DETECTORS, error_cards, label_errors, write_errors
    from benchmarks.runner import BenchmarkFolder, prepare

    folder = BenchmarkFolder(benchmark)
    plan = prepare(folder.run(), folder)
    errors = label_errors(plan, folder)[:limit]
    write_errors(out, errors)
    if gallery is not None:
        lead = "Where detectors that were not trained on an image contradict its annotation, worst first."
        who = (ANNOTATION, DETECTORS)
        write_gallery(gallery, "Likely label errors", lead, who, error_cards(errors, plan.cohort))
    if as_json:
        print(json.dumps([asdict(error) for error in errors], indent=1))
    else:
        _print_errors(errors, out)


def _print_errors(errors: "list[LabelError]", out: Path) -> None:
    table = Table(
        Column("image", overflow="fold"), Column("box", no_wrap=True), "annotated", "detected", "score"
    )
    for error in errors[:_SHOWN]:
        edges = ", ".join(f"{edge:.0f}" for edge in error.edges)
        said = (error.given or "nothing", error.suggested or "nothing")
        table.add_row(error.image, edges, *said, f"{error.score:.2f}")
    console.print(table)
    console.print(f"{len(errors)} places in {out}: look at each, and correct what is wrong")
