"""The subcommand that hands a cohort to other programs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from commands.console import console, warn
from errors import BadInputError

if TYPE_CHECKING:
    from data.cohort import Cohort

app = typer.Typer()


@app.command()
def convert(
    cohort: Annotated[Path, typer.Argument(help="A cohort folder.")],
    to: Annotated[str, typer.Option(help="coco, yolo or roboflow (its Pascal VOC).")],
    out: Annotated[Path, typer.Option(help="The folder to make.")],
    view: Annotated[
        str | None, typer.Option(help="Its classes instead of the label set's: a view's name or YAML file.")
    ] = None,
    valid: Annotated[float, typer.Option(min=0, max=0.9, help="Share of the patients to validate on.")] = 0.2,
    test: Annotated[float, typer.Option(min=0, max=0.9, help="Share of the patients to test on.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Deals out the patients.")] = 0,
    complete: Annotated[
        bool, typer.Option("--complete", help="Leave out pictures in which not every class was annotated.")
    ] = False,
    eight_bit: Annotated[
        bool, typer.Option("--eight-bit", help="Window pictures of 16 bits by their percentiles.")
    ] = False,
    patient_pattern: Annotated[
        str | None, typer.Option(help="Read the patient from the file name: a group `(?P<patient>…)`.")
    ] = None,
) -> None:
    """Write a cohort as COCO, YOLO or Roboflow's VOC, split by patient.

    Example: `discern convert cohort --to yolo --out for-ultralytics --view diagnosis`
    """
    from annotation.views import named_view
    from data.exporters.cohort_export import (
        BOX_FORMATS,
        Shares,
        completely_annotated,
        convert_cohort,
        of_view,
    )
    from data.folder import read_cohort

    if to not in BOX_FORMATS:
        raise typer.BadParameter(f"choose one of {', '.join(BOX_FORMATS)}", param_hint="--to")
    found = read_cohort(cohort, patient_pattern=patient_pattern)
    for exclusion in found.excluded:
        warn(f"left out: {exclusion.name}: {exclusion.reason}")
    if view is not None:
        left = of_view(found, named_view(view, found.label_set))
        _tell(cohort, found, left, "none of the view's classes was annotated", "name another --view")
        found = left
    if complete:
        left = completely_annotated(found)
        _tell(cohort, found, left, "not every class was annotated", "leave --complete away, or name a --view")
        found = left
    conversion = convert_cohort(found, to, out, Shares(valid, test, seed), eight_bit)
    for sentence in conversion.warnings:
        warn(sentence)
    for side in conversion.sides:
        patients = len({image.patient for image in side.images})
        console.print(f"{side.name}: {len(side.images)} pictures of {patients} patients")
    console.print(escape(f"in {out}"))


def _tell(folder: Path, before: "Cohort", after: "Cohort", where: str, advice: str) -> None:
    """Say which pictures were left out. Raises BadInputError where these are all."""
    kept = {image.name for image in after.images}
    out = [image.name for image in before.images if image.name not in kept]
    if not kept:
        raise BadInputError(folder, f"in all of its pictures {where}; {advice}")
    if out:
        warn(f"left out: {len(out)} pictures, such as {out[0]}: {where} in them")
