"""The subcommand that opens LabelImg."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.console import complain, console, warn
from commands.studies import Key

app = typer.Typer()


@app.command()
def annotate(
    cohort: Annotated[
        Path, typer.Argument(help="A cohort folder with pictures, as `discern export` makes it.")
    ],
    annotator: Annotated[
        str, typer.Option("--as", help="Who annotates; the XML goes into a folder of this name.")
    ],
    study: Annotated[
        list[Path] | None,
        typer.Option(help="Where there is no cohort yet: a study to export first; give it again for more."),
    ] = None,
    key: Key = Path("pseudonyms.key"),
) -> None:
    """Open LabelImg on an annotator's images, at the first that is not done; check them when it is closed.

    Exit code 1 where there are errors. The guide for annotators: docs/annotating.md.

    Example: `discern annotate cohort --as anna`
    """
    from annotation.checking.rendering import print_report
    from annotation.labelimg.session import annotators_task, check_done, open_labelimg
    from annotation.workplace import open_workplace

    if study and not cohort.exists():
        _export(study, cohort, key)
    workplace = open_workplace(cohort)
    open_labelimg(annotators_task(workplace, annotator))
    report = check_done(workplace, annotator)
    if report.annotations:
        print_report(report, console)
    console.print(f"{annotator}: {report.annotations} of {report.images} images done")
    if report.count("error"):
        sys.exit(1)


def _export(studies: list[Path], cohort: Path, key: Path) -> None:
    """All sagittal slices; for another choice there is `discern export`."""
    from imaging.export import export_studies
    from imaging.pseudonyms import open_key
    from imaging.selection import Selection
    from imaging.study import SeriesKind

    sagittal = tuple(kind for kind in SeriesKind if kind.startswith("sagittal"))
    report = export_studies(studies, cohort, open_key(key), selection=Selection(sagittal))
    for sentence in report.warnings:
        warn(sentence)
    for error in report.left_out:
        complain(error)
