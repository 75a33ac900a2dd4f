"""The benchmark table, to read (``table.md``) and to compute with (``table.csv``)."""

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bootstrap import Interval
from benchmarks.published import NOTE, PublishedResult
from benchmarks.results import BenchmarkResults, DetectorResult
from imaging.new_folder import write_whole

NOT_DEFINED = "–"


@dataclass(frozen=True)
class TableRow:
    """One line as it is shown; ``published`` lines hold the papers' numbers."""

    name: str
    cells: tuple[str, ...]
    published: bool = False


@dataclass(frozen=True)
class Table:
    """Lines under headings; the first column, the detector's name, has none of its own."""

    headings: tuple[str, ...]
    rows: tuple[TableRow, ...]


def percent(value: float) -> str:
    """A fraction in percent, one decimal; an en dash where it is not defined."""
    return NOT_DEFINED if math.isnan(value) else f"{100 * value:.1f}".replace("-", "−")


def interval(value: Interval) -> str:
    """``81.2 (77.0 to 85.1)``, in percent."""
    if math.isnan(value.low):
        return percent(value.estimate)
    return f"{percent(value.estimate)} ({percent(value.low)} to {percent(value.high)})"


def overview(results: BenchmarkResults) -> Table:
    """One line a detector, then the published ones where they compare."""
    headings = (
        "Epochs",
        "mAP50 (95 % interval)",
        "Mean ± sd of folds",
        "mAP@[.5:.95]",
        "Parameters (M)",
        "Model (MB)",
        "Training (min a fold)",
        "ms an image",
    )
    published = (
        TableRow(
            marked(name),
            ("", f"{100 * paper.mean_ap:.2f}", *[""] * 5, milliseconds(paper)),
            published=True,
        )
        for name, paper in results.published.items()
    )
    return Table(headings, (*(_overview_row(results, item) for item in results.detectors), *published))


def per_class(results: BenchmarkResults) -> Table:
    """AP50 of each class with its interval, then the published ones."""
    names = tuple(item.name for item in results.classes)
    ours = (
        TableRow(item.name, tuple(interval(one.ap50) for one in item.classes)) for item in results.detectors
    )
    published = (
        TableRow(
            marked(detector),
            tuple(f"{100 * paper.ap[name]:.2f}" if name in paper.ap else "" for name in names),
            published=True,
        )
        for detector, paper in results.published.items()
        if paper.ap.keys() & set(names)
    )
    return Table(names, (*ours, *published))


def notes(results: BenchmarkResults) -> list[str]:
    """What a reader must know about the figures."""
    said = [
        "In percent. AP50 is Pascal VOC's average precision at IoU 0.5, every-point interpolation; "
        "mAP@[.5:.95] is COCO's. Both of predictions by the exported models on patients that they "
        "were not trained on, the folds ranked together, without a limit on detections an image. mAP is the "
        "mean over the classes that have a box to find.",
        f"95 % intervals: percentiles of {results.resamples:,} resamples of patients. They are conditional "
        "on the trained models: another training, on other patients, would vary more.",
        "Mean ± sd of folds is the spread of the folds' own mAP50, each on a few patients; not an interval.",
    ]
    if results.published:
        said.append(
            "Published, other data: a study's numbers on its own private images; beside ours, no target."
        )
    empty = [item.name for item in results.classes if not item.boxes]
    if empty:
        said.append(f"No annotated box of {', '.join(empty)}: no AP, and left out of mAP.")
    for name, count in _sparse(results).items():
        said.append(
            f"{name}: {count:,} of the {results.resamples:,} resamples have no box of it; "
            "it is left out of those resamples' mAP."
        )
    for item in results.detectors:
        if item.images < results.images:
            said.append(
                f"{item.name} is scored on {item.images} of {results.images} images: folds are missing."
            )
    return said


def _sparse(results: BenchmarkResults) -> dict[str, int]:
    """Classes that some, not all, resamples lack, and how many (the most of any detector)."""
    counts: dict[str, int] = {}
    for detector in results.detectors:
        for item in detector.classes:
            if 0 < item.resamples_without < results.resamples:
                counts[item.name] = max(counts.get(item.name, 0), item.resamples_without)
    return counts


def write_table_md(results: BenchmarkResults, path: Path) -> None:
    """The tables in Markdown, with their notes below."""
    blocks = [
        f"# {results.title}",
        f"{results.images} images of {results.patients} patients, patient-level cross-validation.",
        markdown("Detector", overview(results)),
        markdown("AP50 (95 % interval)", per_class(results)),
        "\n".join(f"- {note}" for note in notes(results)),
    ]
    if results.failures:
        failed = (f"{item.detector} {item.place}" for item in results.failures)
        blocks.append(f"Failed trials: {', '.join(failed)}.")
    write_whole(path, "\n\n".join(blocks) + "\n")


def markdown(corner: str, table: Table) -> str:
    """A table as Markdown; ``corner`` heads its first column."""
    lines = [(corner, *table.headings), ("---", *["---:"] * len(table.headings))]
    lines += [(row.name, *row.cells) for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_table_csv(results: BenchmarkResults, path: Path) -> None:
    """One line a detector; AP as fractions, empty where not defined."""
    stream = io.StringIO()
    classes = [item.name for item in results.classes]
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(
        ["detector", "note", "seeds", "folds", "images", "patients", "epochs"]
        + ["map50", "map50_low", "map50_high", "fold_mean", "fold_sd", "coco_map"]
        + [f"{figure}_{name}" for name in classes for figure in ("ap50", "ap50_low", "ap50_high", "coco_ap")]
        + ["parameters", "model_bytes", "train_seconds", "milliseconds_an_image"]
    )
    for item in results.detectors:
        figures = [
            item.map50.estimate,
            item.map50.low,
            item.map50.high,
            item.fold_mean,
            item.fold_sd,
            item.coco_map,
        ]
        for one in item.classes:
            figures += [one.ap50.estimate, one.ap50.low, one.ap50.high, one.coco_ap]
        writer.writerow(
            [item.detector, item.note, len(item.seeds), item.folds, item.images, item.patients, item.epochs]
            + ["" if math.isnan(value) else f"{value:.6f}" for value in figures]
            + [item.parameters, item.model_bytes, *(f"{value:.2f}" for value in mean_timing(results, item))]
        )
    for name, paper in results.published.items():
        ap = [value for one in classes for value in (paper.ap.get(one, ""), "", "", "")]
        writer.writerow(
            [name, NOTE, *[""] * 5, paper.mean_ap, *[""] * 5, *ap, *[""] * 3, milliseconds(paper)]
        )
    write_whole(path, stream.getvalue())


def mean_timing(results: BenchmarkResults, detector: DetectorResult) -> tuple[float, float]:
    """Training in seconds a trial and prediction in milliseconds an image, means over its trials."""
    timings = results.timings_of(detector)
    train = sum(item.train_seconds for item in timings) / len(timings)
    return train, sum(item.milliseconds_an_image for item in timings) / len(timings)


def milliseconds(paper: PublishedResult) -> str:
    """A published detector's time of an image, where it was reported."""
    return "" if paper.seconds is None else f"{1000 * paper.seconds:.0f}"


def marked(detector: str) -> str:
    """A published detector's name with what it is."""
    return f"{detector} ({NOTE})"


def _overview_row(results: BenchmarkResults, item: DetectorResult) -> TableRow:
    train_seconds, milliseconds = mean_timing(results, item)
    spread = "" if math.isnan(item.fold_sd) else f" ± {percent(item.fold_sd)}"
    cells = (
        str(item.epochs),
        interval(item.map50),
        percent(item.fold_mean) + spread,
        percent(item.coco_map),
        f"{item.parameters / 1e6:.1f}",
        f"{item.model_bytes / 1e6:.1f}",
        f"{train_seconds / 60:.1f}",
        f"{milliseconds:.0f}",
    )
    return TableRow(item.name, cells)
