"""Subcommands that turn public datasets and other box formats into cohorts."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.console import console, progress_bar, warn
from commands.studies import SeriesNames, conclude, series_kinds

if TYPE_CHECKING:
    from data.importers.box_source import BoxSource
    from data.importers.download import Download

app = typer.Typer()
imports = typer.Typer(
    name="import",
    help="Turn a public dataset, or boxes in another format, into a cohort.",
    no_args_is_help=True,
)
app.add_typer(imports)

Folder = Annotated[Path, typer.Argument(help="The download, unpacked.")]
Out = Annotated[Path, typer.Option(help="The cohort folder to make; the same command goes on after a kill.")]
Jobs = Annotated[int, typer.Option(min=1, help="Threads.")]


def _import(
    download: "Download",
    out: Path,
    jobs: int,
    what: str,
    sum_up: Callable[[list[str]], list[str]] = list,
) -> None:
    from data.importers.cohort_import import import_cohort

    with progress_bar(what) as advance:
        report = import_cohort(download, out, jobs, advance)
    report.warnings = sum_up(report.warnings)
    conclude(report, "picture", out)


@imports.command()
def spider(
    folder: Folder,
    out: Out,
    sequence: Annotated[
        list[str] | None,
        typer.Option(help="Only volumes of this sequence: t1, t2 or t2_SPACE; give it again for more."),
    ] = None,
    middle: Annotated[
        int | None, typer.Option(min=1, help="Of each volume only so many slices, around the middle one.")
    ] = None,
    jobs: Jobs = 2,
) -> None:
    """Import the SPIDER lumbar MR dataset: discs, vertebrae, diagnoses, slips and gradings.

    Example: `discern import spider SPIDER --out spider --sequence t2 --middle 3`
    """
    from data.importers.spider import KINDS, open_spider

    known = {name.lower(): name for name in KINDS}
    for name in sequence or ():
        if name.lower() not in known:
            raise typer.BadParameter(f"choose one of {', '.join(KINDS)}", param_hint="--sequence")
    chosen = [known[name.lower()] for name in sequence or KINDS]
    download = open_spider(folder, chosen, middle)
    for sentence in download.warnings:
        warn(sentence)
    _import(download, out, jobs, "volumes")


@imports.command(name="rsna-2024")
def rsna(
    folder: Folder,
    out: Out,
    series: SeriesNames = None,
    all_slices: Annotated[
        bool, typer.Option("--all-slices", help="Pictures without points too, and series without any.")
    ] = False,
    box_side: Annotated[
        float | None, typer.Option(min=5, max=60, help="Of the squares, mm; 20 where not given.")
    ] = None,
    jobs: Jobs = 2,
) -> None:
    """The RSNA 2024 lumbar spine data: pictures with points, as boxes of stenoses; levels of axial pictures.

    Example: `discern import rsna-2024 rsna-2024-lumbar-spine-degenerative-classification --out cohort`
    """
    from data.importers.rsna import RSNA_KINDS, RsnaDownload, sum_up
    from data.importers.rsna_boxes import BOX_SIDE

    kinds = series_kinds(series) or RSNA_KINDS
    if not set(kinds) <= set(RSNA_KINDS):
        raise typer.BadParameter(f"the dataset has {', '.join(RSNA_KINDS)}", param_hint="--series")
    download = RsnaDownload(folder, kinds, all_slices, box_side or BOX_SIDE)
    for sentence in download.warnings:
        warn(sentence)
    if not all_slices:
        console.print("Pictures with points alone; --all-slices for the others too.")
    _import(download, out, jobs, "studies", sum_up)


Pattern = Annotated[
    str | None,
    typer.Option("--patient-pattern", help="Read the patient from the file name: a group `(?P<patient>…)`."),
]
Patients = Annotated[
    Path | None, typer.Option(help="A table of image and patient; the folder's patients.csv if not given.")
]
Labels = Annotated[
    str | None,
    typer.Option(help="Label set: an embedded name or a .txt file; the download's own if not given."),
]
Rename = Annotated[
    list[str] | None, typer.Option(help="OLD=NEW: a class by another name, OLD= to leave it out; repeatable.")
]


@imports.command()
def coco(
    folder: Annotated[Path, typer.Argument(help="The JSON, or the folder with it.")],
    out: Out,
    images: Annotated[Path | None, typer.Option(help="Where the pictures lie, if not beside.")] = None,
    pattern: Pattern = None,
    patients: Patients = None,
    labels: Labels = None,
    rename: Rename = None,
    jobs: Jobs = 2,
) -> None:
    """Import boxes in COCO's JSON.

    Example: `discern import coco discs.json --out cohort --patient-pattern "^(?P<patient>[0-9]+)_"`
    """
    from data.importers.coco import open_coco

    _import_boxes(open_coco(folder, images), out, pattern, patients, labels, rename, jobs)


@imports.command()
def yolo(
    folder: Annotated[Path, typer.Argument(help="The folder with data.yaml or classes.txt, or a data.yaml.")],
    out: Out,
    pattern: Pattern = None,
    patients: Patients = None,
    labels: Labels = None,
    rename: Rename = None,
    jobs: Jobs = 2,
) -> None:
    """Import boxes in YOLO's text files.

    Example: `discern import yolo discs --out cohort --patients whose.csv --labels lumbar --rename Disc=disc`
    """
    from data.importers.yolo import open_yolo

    _import_boxes(open_yolo(folder), out, pattern, patients, labels, rename, jobs)


@imports.command()
def roboflow(
    folder: Folder,
    out: Out,
    pattern: Pattern = None,
    patients: Patients = None,
    labels: Labels = None,
    rename: Rename = None,
    jobs: Jobs = 2,
) -> None:
    """Import boxes in Roboflow's Pascal VOC: pictures and XML side by side in train, valid and test.

    Example: `discern import roboflow discs.v1i.voc --out cohort --patients whose.csv`
    """
    from data.importers.roboflow import open_roboflow

    _import_boxes(open_roboflow(folder), out, pattern, patients, labels, rename, jobs)


def _import_boxes(
    source: "BoxSource",
    out: Path,
    pattern: str | None,
    table: Path | None,
    labels: str | None,
    rename: list[str] | None,
    jobs: int,
) -> None:
    from annotation.labels import named_label_set
    from data.importers.box_download import open_download
    from data.importers.class_names import name_classes
    from data.importers.picture_patients import open_patients

    for item in rename or ():
        if "=" not in item:
            raise typer.BadParameter("give OLD=NEW, such as Disc=disc", param_hint="--rename")
    renamed = {old.strip(): new.strip() for old, new in (item.split("=", 1) for item in rename or ())}
    label_set = named_label_set(labels) if labels else None
    classes = name_classes(source.place, source.classes, label_set, renamed)
    patients = open_patients(source.place, pattern, table, classes)
    download = open_download(source, patients, classes)
    for sentence in download.warnings:
        warn(sentence)
    _import(download, out, jobs, "pictures")


@imports.command()
def sudirman(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="The folder to make: cases.csv and levels.csv.")],
    report: Annotated[
        Path | None, typer.Option(help="Radiologists Report.xlsx; looked for in the folder where not given.")
    ] = None,
    jobs: Jobs = 2,
) -> None:
    """Sudirman's lumbar spine MRI: a list of its examinations, the radiologists' notes, and levels in them.

    Example: `discern import sudirman lumbar-spine-mri --out sudirman`
    """
    from data.importers.sudirman import import_sudirman

    with progress_bar("examinations") as advance:
        done = import_sudirman(folder, out, jobs, advance, report)
    conclude(done, "examination", out)
