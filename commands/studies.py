"""Subcommands on DICOM studies: export, de-identification, and the phantom's studies."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from commands.console import complain, console, progress_bar, warn
from errors import BadInputError

if TYPE_CHECKING:
    from imaging.batch import Report
    from imaging.picture_form import PictureForm
    from imaging.study import SeriesKind

app = typer.Typer()

Studies = Annotated[list[Path], typer.Argument(help="Studies: folders, ZIPs, DICOMDIRs or DICOM files.")]
Key = Annotated[
    Path,
    typer.Option(
        help="The key file of the pseudonyms; made where there is none. Keep it, and keep it secret."
    ),
]
SeriesNames = Annotated[
    list[str] | None,
    typer.Option("--series", help='A kind of series, such as "sagittal T2"; give it again for more.'),
]


@app.command()
def export(
    studies: Studies,
    out: Annotated[Path, typer.Option(help="The folder to make: images/ and images.csv.")],
    key: Key = Path("pseudonyms.key"),
    picture_format: Annotated[
        Literal["png", "jpeg"], typer.Option("--format", help="png keeps every stored value.")
    ] = "png",
    size: Annotated[str | None, typer.Option(help="Fit pictures into WIDTHxHEIGHT pixels.")] = None,
    window: Annotated[
        str | None, typer.Option(help="`tags`, `percentile`, or LOW:HIGH in stored values.")
    ] = None,
    series: SeriesNames = None,
    middle: Annotated[
        int | None, typer.Option(min=1, help="Of sagittal series only so many slices, around the middle one.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Threads.")] = 2,
) -> None:
    """Export studies as de-identified pictures for annotators, with one table of pseudonyms.

    Example: `discern export studies/* --out cohort --series "sagittal T2" --middle 3`
    """
    from imaging.export import export_studies
    from imaging.pseudonyms import open_key
    from imaging.selection import Selection

    form = _form(picture_format, size, window)
    kinds = series_kinds(series)
    selection = Selection(middle=middle) if kinds is None else Selection(kinds, middle)
    with progress_bar("slices") as advance:
        report = export_studies(studies, out, open_key(key), form, selection, jobs, advance)
    conclude(report, "picture", out)


@app.command()
def deidentify(
    studies: Studies,
    out: Annotated[Path, typer.Option(help="The folder to make: patients, series, slices.")],
    key: Key = Path("pseudonyms.key"),
    jobs: Annotated[int, typer.Option(min=1, help="Threads.")] = 2,
) -> None:
    """Write de-identified copies of studies as DICOM (PS3.15, basic profile; age and sex are kept).

    Example: `discern deidentify studies/* --out shared-studies`
    """
    from imaging.deidentified_studies import deidentify_studies
    from imaging.pseudonyms import open_key

    with progress_bar("files") as advance:
        report = deidentify_studies(studies, out, open_key(key), jobs, advance)
    conclude(report, "file", out)


@app.command()
def phantom(
    out: Annotated[Path, typer.Option(help="The folder to make: a study for each patient.")],
    patients: Annotated[int, typer.Option(min=1)] = 20,
    seed: Annotated[int | None, typer.Option(help="Patients of another seed are other patients.")] = None,
    series: SeriesNames = None,
    slices: Annotated[
        int | None, typer.Option(min=1, help="Slices of each sagittal series; 11 to 17 where not given.")
    ] = None,
    variant: Annotated[
        str, typer.Option(help="Which kind of patients: lumbar, cervical or fracture.")
    ] = "lumbar",
    numbering: Annotated[
        list[str] | None,
        typer.Option(help='Only patients with, say, "six lumbar vertebrae"; give it again for more.'),
    ] = None,
    beside: Annotated[
        Path | None,
        typer.Option(help="Instead: a sheet of phantom pictures beside those of this folder, for the eye."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
) -> None:
    """Make studies of synthetic spines whose truth is known, as DICOM.

    Example: `discern phantom --patients 20 --out phantom`
    """
    from data.phantom.ranges import DEMO_SEED, NUMBERINGS
    from data.phantom.studies import StudyPlan, generate_studies
    from data.phantom.variants import VARIANTS

    chosen = DEMO_SEED if seed is None else seed
    if beside is not None:
        from data.phantom.sheet import write_sheet

        write_sheet(out, beside, chosen)
        console.print(f"a sheet in {out}: look at it, and keep it where the real pictures may be")
        return
    if variant not in VARIANTS:
        raise typer.BadParameter(f"choose one of {', '.join(VARIANTS)}", param_hint="--variant")
    made = VARIANTS[variant].series
    kinds = series_kinds(series) or made
    if not set(kinds) <= set(made):
        raise typer.BadParameter(f"a {variant} phantom study has {', '.join(made)}", param_hint="--series")
    if numbering and variant == "cervical":
        raise typer.BadParameter("cervical phantoms have one numbering", param_hint="--numbering")
    numberings = [item.name for item in NUMBERINGS]
    if not set(numbering or ()) <= set(numberings):
        raise typer.BadParameter(f"a phantom has {', '.join(numberings)}", param_hint="--numbering")
    plan = StudyPlan(kinds, slices, tuple(numbering) if numbering else None, variant)
    with progress_bar("synthetic patients", patients) as advance:
        generate_studies(out, patients, chosen, plan, jobs, advance)
    console.print(f"{patients} {'study' if patients == 1 else 'studies'} in {out}")


@app.command(name="label-phantom")
def label_phantom(
    studies: Annotated[Path, typer.Argument(help="What `discern phantom` made, or a folder of several.")],
    cohort: Annotated[Path, typer.Argument(help="The folder that `discern export` made of it.")],
    key: Annotated[Path, typer.Option(help="The key file of that export.")] = Path("pseudonyms.key"),
    label_set: Annotated[
        str | None,
        typer.Option(
            help="Which boxes: an embedded label set (such as axial) or a .txt file; where not given, the "
            "one of the studies' variant."
        ),
    ] = None,
) -> None:
    """Write the phantom's truth as LabelImg's XML beside its exported pictures.

    Example: `discern label-phantom phantom cohort`
    """
    from annotation.labels import named_label_set
    from data.phantom.labels import label_pictures, label_set_of
    from imaging.pseudonyms import read_key

    opened = read_key(key)
    labels = named_label_set(label_set or label_set_of(studies))
    number = label_pictures(studies, cohort, opened, labels)
    console.print(f"{number} pictures labelled in {cohort}")


def _form(picture_format: Literal["png", "jpeg"], size: str | None, window: str | None) -> "PictureForm":
    from imaging.picture_form import TAGS, PictureForm
    from imaging.windowing import Window

    chosen: Window | Literal["tags"] | None = None
    if window == TAGS:
        chosen = "tags"
    elif window == "percentile":
        chosen = Window()
    elif window is not None:
        edges = re.fullmatch(r"(-?\d+(?:\.\d+)?):(-?\d+(?:\.\d+)?)", window)
        if edges is None or float(edges[1]) >= float(edges[2]):
            raise typer.BadParameter(
                "give tags, percentile, or LOW:HIGH such as 0:900", param_hint="--window"
            )
        chosen = Window("values", float(edges[1]), float(edges[2]))
    sides = re.fullmatch(r"(\d{2,5})x(\d{2,5})", size) if size else None
    if size and sides is None:
        raise typer.BadParameter("give WIDTHxHEIGHT, such as 812x662", param_hint="--size")
    return PictureForm(picture_format, (int(sides[1]), int(sides[2])) if sides else None, chosen)


def series_kinds(names: list[str] | None) -> "tuple[SeriesKind, ...] | None":
    from imaging.study import SeriesKind

    if not names:
        return None
    known = {kind.lower(): kind for kind in SeriesKind}
    for name in names:
        if name.lower() not in known:
            raise typer.BadParameter(f"no kind of series {name!r}; known: {', '.join(known.values())}")
    return tuple(known[name.lower()] for name in names)


def conclude(report: "Report", what: str, out: Path) -> None:
    """Say what was written, what was left out and why; exit code 1 where anything was."""
    for sentence in report.warnings:
        warn(sentence)
    for error in report.left_out:
        complain(error)
    if report.written:
        told = f"{report.written} {what}{'s' * (report.written != 1)} in {out}"
        console.print(escape(told))
    elif not report.left_out:
        complain(BadInputError("studies", "no series of the wanted kinds in them; see --series"))
    if report.left_out or not report.written:
        sys.exit(1)
