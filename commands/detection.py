"""Subcommands that train and use detectors."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from annotation.boxes import Box
from annotation.voc import new_voc, write_voc
from commands.console import complain, console, say_runtime
from errors import BadInputError
from models.runtimes import DEFAULT, RuntimeName

if TYPE_CHECKING:
    from detectors.runtime import Detector
    from imaging.windowing import Pixels

app = typer.Typer()

PatientPattern = Annotated[
    str | None,
    typer.Option(help="Regular expression with a group `patient`, where there is no images.csv."),
]
FromScratch = Annotated[bool, typer.Option("--from-scratch", help="Train without start weights.")]
Threads = Annotated[int, typer.Option(min=1, help="Processor threads; results repeat at the same count.")]
Runtime = Annotated[
    RuntimeName,
    typer.Option("--runtime", help="What computes; auto: a GPU, else the faster one on the CPU in f32."),
]


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
    quick: Annotated[bool, typer.Option("--quick", help="The protocol's quick form.")] = False,
    from_scratch: FromScratch = False,
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
        run = Run(protocol, str(data), from_scratch, patient_pattern, threads, quick=quick)
        refit(run, detector, out, seed, console)
    else:
        raise typer.BadParameter("give --benchmark, or --protocol and --data")


@app.command(name="start-weights")
def start_weights(
    model: Annotated[Path, typer.Argument(help="A model folder.")],
    out: Annotated[Path, typer.Argument(help="The safetensors file to write.")],
) -> None:
    """Write a model's weights, in half precision, for other trainings to begin from.

    Example: `discern start-weights my-model start.safetensors`
    """
    from detectors.model_folder import write_start_weights

    write_start_weights(model, out)


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
    runtime: Runtime = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the boxes as JSON.")] = False,
) -> None:
    """Detect on pictures with a trained model, on as many side by side as there are threads.

    Example: `discern predict my-model image.png --out boxes`
    """
    from detectors.runtime import load
    from imaging.pictures import pictures_in, read_picture
    from models.side_by_side import each

    detector = load(model, threads, runtime, at_once=threads)
    say_runtime(runtime, [detector.runtime])

    def look(path: Path) -> list[Box] | BadInputError:
        try:
            pixels = read_picture(path)
            boxes = _boxes(detector, pixels, threshold)
            if out is not None:
                _write_boxes(out, path, pixels, boxes)
        except BadInputError as error:
            return error
        return boxes

    found: dict[str, list[Box]] = {}
    failed = False
    paths = [path for given in images for path in pictures_in(given)]
    for path, seen in zip(paths, each(look, threads, paths), strict=True):
        if isinstance(seen, BadInputError):
            complain(seen)
            failed = True
        else:
            found[str(path)] = seen
    if as_json:
        print(json.dumps({path: [asdict(box) for box in boxes] for path, boxes in found.items()}, indent=1))
    else:
        _print_boxes(found)
    if failed:
        sys.exit(1)


def _boxes(detector: "Detector", pixels: "Pixels", threshold: float | None) -> list[Box]:
    """Detections as boxes: those over the model's operating thresholds, or over the one given."""
    from detectors.runtime import SCORE_FLOOR

    card = detector.card
    lowest = min(map(card.threshold, card.classes)) if threshold is None else threshold
    # A box at the threshold counts; what scores less is not decoded, and changes nothing above.
    found = detector.predict(pixels, max(SCORE_FLOOR, lowest - 1e-6))
    boxes = []
    for edges, score, label in zip(found.boxes, found.scores, found.labels, strict=True):
        name = card.classes[label]
        if score >= (card.threshold(name) if threshold is None else threshold):
            xmin, ymin, xmax, ymax = (round(float(edge), 2) for edge in edges)
            boxes.append(Box(name, xmin, ymin, xmax, ymax, round(float(score), 4)))
    return boxes


def _write_boxes(out: Path, image: Path, pixels: "Pixels", boxes: list[Box]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    height, width = pixels.shape
    write_voc(new_voc(out / f"{image.stem}.xml", image, (width, height, 1), boxes))


def _print_boxes(found: dict[str, list[Box]]) -> None:
    table = Table("image", "label", "score", "xmin, ymin, xmax, ymax")
    for image, boxes in found.items():
        for box in boxes:
            edges = ", ".join(f"{edge:.1f}" for edge in box.edges)
            table.add_row(Path(image).name, box.label, f"{box.score:.2f}", edges)
    console.print(table)
