"""Subcommand on the agreement of annotators."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.console import complain, complaints, console, warn
from errors import BadInputError

if TYPE_CHECKING:
    from annotation.agreement import Agreement
    from annotation.opinions import Readings
    from annotation.workplace import Workplace

app = typer.Typer()


@app.command()
def agree(
    cohort: Annotated[Path, typer.Argument(help="The cohort folder that they annotate.")],
    readers: Annotated[
        list[str],
        typer.Argument(help="Two annotators or more: names, or folders of XML.", show_default=False),
    ],
    iou: Annotated[
        float, typer.Option(min=0, max=1, help="The least overlap of two boxes of the same structure.")
    ] = 0.5,
    gallery: Annotated[
        Path | None, typer.Option(help="Write the disagreements, worst first, as one HTML page.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most disagreements in the gallery.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Compare annotators: kappa, AC1 and alpha, missed structures, IoU; exit code 1 where XML is unusable.

    Example: `discern agree cohort anna ben --gallery disagreements.html`
    """
    from annotation.agreement import compare_readers
    from annotation.agreement_tables import print_agreement, print_left_out
    from annotation.opinions import find_readers, read_opinions
    from annotation.workplace import open_workplace

    if len(readers) < 2:
        raise typer.BadParameter("name two annotators or more", param_hint="READERS")
    workplace = open_workplace(cohort)
    readings = read_opinions(workplace, find_readers(workplace, readers))
    patients = _patients(workplace, readings)
    agreement = compare_readers(readings, patients, workplace.label_set, iou)
    if as_json:
        print(_as_json(agreement, readings))
    else:
        print_agreement(agreement, console)
        print_left_out(readings, console)
    for error in readings.errors:
        complain(error)
    if gallery is not None:
        shown = _write_gallery(gallery, readings, patients, iou, limit)
        (complaints if as_json else console).print(f"{shown} in {gallery}", soft_wrap=True)
    if readings.errors:
        sys.exit(1)


def _patients(workplace: "Workplace", readings: "Readings") -> dict[str, str]:
    """Each image's patient. Without a table every image counts as a patient of its own."""
    from data.image_table import read_image_table

    images = [item.image.name for item in readings.images]
    path = workplace.folder / "images.csv"
    if not path.exists():
        warn(f"no {path}: every image counts as a patient of its own, so the intervals are too narrow")
        return {name: name for name in images}
    patients = {row.image: row.patient for row in read_image_table(path, workplace.label_set)}
    for name in images:
        if name not in patients:
            raise BadInputError(path, f"no row for {name}; write one, with its patient")
    return patients


def _write_gallery(path: Path, readings: "Readings", patients: dict[str, str], iou: float, limit: int) -> str:
    """Write the worst disagreements; returns how many of how many."""
    from annotation.disagreements import TIGHT_IOU, disagreement_cards
    from annotation.gallery import write_gallery

    cards = disagreement_cards(readings, patients, iou)
    shown = f"{min(limit, len(cards))} of {len(cards)} disagreements"
    names = f"{', '.join(readings.readers[:-1])} and {readings.readers[-1]}"
    lead = (
        f"{shown} in {len(readings.images)} images that all of them annotated, worst first: different "
        "diagnoses, then discs, slips and other structures that only some drew, then boxes of one structure "
        f"with an IoU under {TIGHT_IOU:g}."
    )
    write_gallery(path, f"Where {names} disagree", lead, readings.readers, cards[:limit])
    return shown


def _as_json(agreement: "Agreement", readings: "Readings") -> str:
    from benchmarks.results import without_nan

    left_out = {
        "some_only": [asdict(item) for item in readings.some_only],
        "errors": [{"file": str(error.path), "reason": error.reason} for error in readings.errors],
    }
    return json.dumps(without_nan({**asdict(agreement), **left_out}), indent=2, ensure_ascii=False)
