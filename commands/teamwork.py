"""Subcommands for annotators who work together: who does what, how far they are, and their consensus."""

import json
import sys
from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from commands.console import complain, console, warn
from errors import BadInputError

if TYPE_CHECKING:
    from annotation.adjudication.folder import Report
    from annotation.adjudication.panel import Panel
    from annotation.status import Status
    from annotation.workplace import Workplace

app = typer.Typer()

_MOST_ROWS = 30

Cohort = Annotated[Path, typer.Argument(help="A cohort folder with pictures, as `discern export` makes it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@app.command()
def assign(
    cohort: Cohort,
    annotators: Annotated[list[str], typer.Argument(help="Everyone who annotates from now on.")],
    times: Annotated[int, typer.Option(min=1, help="Annotators for each image.")] = 2,
    overlap: Annotated[
        float, typer.Option(min=0, max=1, help="Share annotated so many times; the rest by one.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Decides between annotators who have equally much.")] = 0,
    by_patient: Annotated[
        bool, typer.Option("--by-patient/--by-image", help="Keep the images of a patient together.")
    ] = True,
    patient_pattern: Annotated[
        str | None, typer.Option(help="Read the patient from the file name: a group `(?P<patient>…)`.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say who annotates what; again later, with other annotators, it deals out what is not yet done.

    Example: `discern assign cohort anna ben carla --times 2 --overlap 0.2`
    """
    from annotation.assignment import deal_out
    from annotation.status import done_by, status_of
    from annotation.workplace import open_workplace

    workplace = open_workplace(cohort)
    for name in annotators:
        workplace.folder_of(name)  # refuses what is no name
    groups = _groups(workplace, by_patient, patient_pattern)
    done = done_by(workplace)
    workplace.assign(deal_out(groups, annotators, done, times, overlap, seed))
    _print_status(status_of(workplace), as_json)


@app.command()
def status(cohort: Cohort, as_json: AsJson = False) -> None:
    """Show how far each annotator is, and how many images have been annotated how often.

    Example: `discern status cohort`
    """
    from annotation.status import status_of
    from annotation.workplace import open_workplace

    found = status_of(open_workplace(cohort))
    _print_status(found, as_json)
    if found.unreadable:
        sys.exit(1)


@app.command()
def adjudicate(
    cohort: Cohort,
    readers: Annotated[list[str], typer.Argument(help="Annotators, two to an image; or folders of XML.")],
    senior: Annotated[str, typer.Option("--by", help="Who decides where they differ.")],
    iou: Annotated[float, typer.Option(min=0.5, max=1, help="Overlap from which two boxes are one.")] = 0.7,
    accept_single: Annotated[
        bool, typer.Option("--accept-single", help="Take what one reader alone annotated as it is.")
    ] = False,
    opened: Annotated[
        bool, typer.Option("--open/--no-open", help="Open LabelImg on what the readers differ on.")
    ] = True,
    out: Annotated[
        Path | None, typer.Option(help="Where annotations/ and provenance.json go; else into the cohort.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Merge what two readers agree on, let a senior decide the rest in LabelImg, and write the consensus.

    Exit code 1 until every image that two readers have annotated is decided. Run it again to go on.

    Example: `discern adjudicate cohort anna ben --by senior`
    """
    from annotation.adjudication.folder import adjudicate as adjudicate_all
    from annotation.adjudication.panel import form_panel
    from annotation.workplace import open_workplace

    panel = form_panel(open_workplace(cohort), readers, senior, iou, accept_single, out)
    report = adjudicate_all(panel)
    if report.awaiting and opened:
        _open(panel, report)
        report = adjudicate_all(panel)
    if as_json:
        print(json.dumps(_report_as_dict(report), indent=2, ensure_ascii=False))
    else:
        _print_report(report, panel)
    for error in report.errors:
        complain(error)
    if not report.complete:
        sys.exit(1)


def _groups(workplace: "Workplace", by_patient: bool, pattern: str | None) -> list[tuple[str, ...]]:
    """The pictures by patient, or one by one; those that the table excludes are left out."""
    from data.image_table import read_image_table, rows_by_pattern

    names = [image.name for image in workplace.images]
    if not by_patient:
        return [(name,) for name in names]
    table = workplace.folder / "images.csv"
    if pattern is not None:
        rows = {row.image: row for row in rows_by_pattern(workplace.images, pattern)}
    elif table.exists():
        rows = {row.image: row for row in read_image_table(table, workplace.label_set)}
    else:
        raise BadInputError(
            table, "no such table to tell the patients; write it, or give --patient-pattern or --by-image"
        )
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if name not in rows:
            raise BadInputError(table, f"no row for {name}; add it, or give --by-image")
        if not rows[name].excluded:
            groups[rows[name].patient].append(name)
    return [tuple(group) for group in groups.values()]


def _print_status(status: "Status", as_json: bool) -> None:
    for error in status.unreadable:
        complain(error)
    if as_json:
        print(json.dumps(_status_as_dict(status), indent=2, ensure_ascii=False))
        return
    table = Table("annotator", "assigned", "done", "left", "boxes", "last save (UTC)")
    for item in status.annotators:
        last = f"{item.last_save:%Y-%m-%d %H:%M}" if item.last_save else ""
        table.add_row(item.name, *map(str, (item.assigned, item.done, item.left, item.boxes)), last)
    console.print(table)
    for times, number in status.annotated.items():
        console.print(f"{number} of {len(status.images)} images annotated by {times or 'nobody'}")


def _status_as_dict(status: "Status") -> dict[str, Any]:
    return {
        "annotators": [
            {**asdict(item), "last_save": item.last_save and item.last_save.isoformat(timespec="seconds")}
            for item in status.annotators
        ],
        "images": [asdict(item) for item in status.images],
        "annotated": status.annotated,
        "unreadable": [str(error) for error in status.unreadable],
    }


def _open(panel: "Panel", report: "Report") -> None:
    from annotation.labelimg.session import open_labelimg
    from annotation.labelimg.task import Task

    images = tuple(item.image for item in report.awaiting)
    open_labelimg(Task(panel.senior, images, panel.folder, panel.opinions, panel.label_set))


def _print_report(report: "Report", panel: "Panel") -> None:
    states = Counter(record.state for record in report.records.values())
    boxes = Counter(box.how for record in report.records.values() for box in record.boxes)
    for title, counts in (("images", states), ("boxes", boxes)):
        what = ", ".join(f"{number} {name}" for name, number in counts.most_common())
        console.print(f"{title}: {what or 'none'}")
    for reason, number in Counter(report.passed_over.values()).most_common():
        warn(f"{number} images left out: {reason}")
    if report.awaiting:
        table = Table("image", "unresolved")
        saved = sorted(report.awaiting, key=lambda item: report.records[item.image.name].decision is None)
        for item in saved[:_MOST_ROWS]:
            table.add_row(escape(item.image.name), escape(", ".join(item.unresolved)))
        console.print(table)
        if len(saved) > _MOST_ROWS:
            console.print(f"and {len(saved) - _MOST_ROWS} more: --json")
        console.print(
            f"{len(report.awaiting)} images await {panel.senior}: in LabelImg (the same command opens it)"
            " give the box that is right its plain class, and delete the other"
        )
    console.print(f"the consensus: {escape(str(panel.out / 'annotations'))}")


def _report_as_dict(report: "Report") -> dict[str, Any]:
    return {
        "images": {name: record.state for name, record in report.records.items()},
        "boxes": Counter(box.how for record in report.records.values() for box in record.boxes),
        "awaiting": {item.image.name: item.unresolved for item in report.awaiting},
        "passed_over": dict(report.passed_over),
        "errors": [str(error) for error in report.errors],
    }
