"""The tables of an axial benchmark, to read (``table.md``) and to compute with (``table.csv``)."""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation.labels import DIAGNOSES
from axial.reading import STAGES
from benchmarks.axial import disc_tables
from benchmarks.axial.results import ALL_LEVELS, AxialResults, StateFigures
from benchmarks.axial.scoring import Figure, Share
from benchmarks.bootstrap import Interval
from benchmarks.published import NOTE
from benchmarks.tables import NOT_DEFINED, Table, TableRow, interval, markdown, percent
from imaging.new_folder import write_whole

_INTERVAL = "% (95 % interval)"
STAGE_HEADINGS = (_INTERVAL, "Of", f"%, {NOTE}")
"""Of the stages' table, after the figures' names."""
LEVEL_CORNER = _INTERVAL
"""Of a table of states, over the levels."""


@dataclass(frozen=True)
class StateTable:
    """Stage 4 by level against one kind of truth. ``name`` is short, in file names' letters."""

    name: str
    title: str
    explanation: str
    rows: tuple[StateFigures, ...]


def state_tables(results: AxialResults) -> list[StateTable]:
    """Stage 4 by level: discs, single slices and, of a phantom, its own discs."""
    tables = [
        StateTable(
            "discs",
            "Stage 4: discs by their slices",
            "One verdict a disc, from all of its slices; right is the most severe state that they show.",
            results.discs,
        ),
        StateTable(
            "slices",
            "Stage 4: single slices",
            "One verdict a slice that shows a disc; right is the state as far as this slice shows it.",
            results.slices,
        ),
        StateTable(
            "phantom",
            "Stage 4: discs against the phantom's own",
            "The verdicts on discs again; right is what the phantom's disc is, even where no slice shows it.",
            results.object_discs,
        ),
    ]
    return [table for table in tables if table.rows]


def stages(results: AxialResults) -> list[tuple[str, Table]]:
    """The figures of each stage that has some, under the stage's name."""
    figures = [
        *results.figures,
        *(
            Figure(4, f"State of {what}, {name}", share)
            for what, rows in (("discs", results.discs), ("single slices", results.slices))
            for name, share in (
                ("accuracy", rows[-1].accuracy),
                ("balanced accuracy", rows[-1].balanced_accuracy),
            )
        ),
    ]
    return [
        (f"{number}. {name.capitalize()}", Table(STAGE_HEADINGS, tuple(map(_stage_row, own))))
        for number, name in enumerate(STAGES, start=1)
        if (own := [item for item in figures if item.stage == number])
    ]


def states(rows: Sequence[StateFigures]) -> Table:
    """Accuracy, balanced accuracy and the recall of each class, a line a level."""
    compared = any(row.published is not None for row in rows)
    headings = (
        "Of",
        "Accuracy",
        "Balanced accuracy",
        *(f"Recall of {name}" for name in DIAGNOSES),
        *([f"Accuracy, {NOTE}"] if compared else []),
    )
    return Table(headings, tuple(_state_row(row, compared) for row in rows))


def seconds(results: AxialResults) -> Table:
    """The stages' mean seconds a study."""
    rows = (
        TableRow(
            f"{number}. {item.name.capitalize()}",
            (NOT_DEFINED if math.isnan(item.seconds) else f"{item.seconds:.2f}", f"{item.studies:,}"),
        )
        for number, item in enumerate(results.seconds, start=1)
    )
    return Table(("Seconds a study", "Studies in which it ran"), tuple(rows))


def calibration(results: AxialResults) -> Table:
    """Calibration errors and the Brier score of stage 4's probabilities."""
    found = results.calibration
    cells = (f"{len(found.labels):,}", percent(found.expected_error), percent(found.classwise_error))
    brier = NOT_DEFINED if math.isnan(found.brier) else f"{found.brier:.3f}"
    headings = ("Of", "Expected calibration error, points", "Mean of the classes' own, points", "Brier score")
    return Table(headings, (TableRow("Single slices", (*cells, brier)),))


def lead(results: AxialResults) -> str:
    """What was read, in two sentences."""
    flagged = f"{results.flagged:,} ({percent(results.flagged / results.studies)} %)"
    return (
        f"{_counted(results.studies, 'study', 'studies')} of "
        f"{_counted(results.patients, 'patient', 'patients')}, with "
        f"{results.slices_a_study:.1f} axial slices a study, taken through the four stages. "
        f"The numbering of {flagged} was flagged as doubtful."
    )


def notes(results: AxialResults) -> list[str]:
    """What a reader must know about the figures."""
    *levels, every = (row.accuracy.of for row in results.discs)
    said = [
        "95 % intervals: percentiles of resamples of patients, each with all that belongs to it. They are "
        "conditional on the trained models: another training, on other patients, would vary more. Of very "
        "few patients, or where all is right, an interval is too narrow.",
        "Flagged: the numbering is in doubt, and the result says why. The first figure of stage 1 leaves "
        "flagged studies out; all others hold them too.",
        "Levels and disc regions are scored on axial slices: a level where the slice shows a disc, a region "
        "by Pascal VOC's average precision at IoU 0.5 at every score. After stage 1 means as it runs in "
        "use, errors of the stage before included.",
        "States are what all stages said together. Nothing said counts as wrong and is “no answer” in the "
        "confusions: no disc was found on a slice, or no slice was given a disc's level.",
        "Balanced accuracy is the mean recall of the classes that there are. Where most discs are of one "
        "class, accuracy alone flatters.",
        "Published, other data: a study's numbers on 500 patients' private images, stage 4 on single images; "
        "beside ours, no target.",
    ]
    if results.fusion or results.measures:
        said.append(
            "Stages 5 and 6 are scored on the discs that can be compared with the phantom’s own: those "
            "between two vertebrae that the mid-sagittal picture shows whole, both found and named right."
        )
    if others := every - sum(levels):
        said.append(
            f"“All levels” holds {_counted(others, 'disc', 'discs')} of other levels, such as T12-L1."
        )
    return said


def shown(share: Share) -> str:
    """A share in percent with its interval."""
    return interval(Interval(share.share, share.low, share.high))


def level_name(level: str) -> str:
    return "All levels" if level == ALL_LEVELS else level


def write_axial_md(results: AxialResults, path: Path) -> None:
    """The tables in Markdown, with their notes below."""
    blocks = [f"# {results.title}", lead(results)]
    blocks += [markdown(name, table) for name, table in stages(results)]
    for item in state_tables(results):
        blocks += [f"## {item.title}", item.explanation, markdown(LEVEL_CORNER, states(item.rows))]
    blocks += [
        "## Calibration",
        markdown("Probabilities of", calibration(results)),
    ]
    for section in disc_tables.sections(results):
        blocks += [f"## {section.title}", section.explanation, markdown(section.corner, section.table)]
        blocks += [section.conclusion] if section.conclusion else []
    blocks += [
        "## Time",
        markdown("Stage", seconds(results)),
        "\n".join(f"- {note}" for note in notes(results)),
    ]
    write_whole(path, "\n\n".join(blocks) + "\n")


def write_axial_csv(results: AxialResults, path: Path) -> None:
    """One line a figure; shares as fractions, empty where not defined."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["stage", "what", "level", "figure", "value", "low", "high", "of", "published"])
    for figure in results.figures:
        writer.writerow([figure.stage, "", "", figure.name, *_cells(figure.value, figure.published)])
    for table in state_tables(results):
        for row in table.rows:
            for name, share, published in _figures(row):
                writer.writerow([4, table.name, row.level, name, *_cells(share, published)])
    found = results.calibration
    for name, value in (
        ("expected calibration error", found.expected_error),
        ("classwise calibration error", found.classwise_error),
        ("Brier score", found.brier),
    ):
        share = Share(value, math.nan, math.nan, len(found.labels))
        writer.writerow([4, "slices", ALL_LEVELS, name, *_cells(share, None)])
    for stage, what, name, share in disc_tables.figures(results):
        writer.writerow([stage, what, ALL_LEVELS, name, *_cells(share, None)])
    write_whole(path, stream.getvalue())


def _figures(row: StateFigures) -> Iterator[tuple[str, Share, float | None]]:
    yield "accuracy", row.accuracy, row.published
    yield "balanced accuracy", row.balanced_accuracy, None
    for name, share in zip(DIAGNOSES, row.recalls, strict=True):
        yield f"recall of {name}", share, None


def _cells(share: Share, published: float | None) -> list[str]:
    values = ("" if math.isnan(value) else f"{value:.6f}" for value in (share.share, share.low, share.high))
    return [*values, str(share.of), "" if published is None else str(published)]


def _stage_row(figure: Figure) -> TableRow:
    return TableRow(figure.name, (shown(figure.value), f"{figure.value.of:,}", _published(figure.published)))


def _state_row(row: StateFigures, compared: bool) -> TableRow:
    shares = map(shown, (row.accuracy, row.balanced_accuracy, *row.recalls))
    published = [_published(row.published)] if compared else []
    return TableRow(level_name(row.level), (f"{row.accuracy.of:,}", *shares, *published))


def _published(value: float | None) -> str:
    return "" if value is None else percent(value)


def _counted(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
