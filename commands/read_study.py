"""The subcommand that reads studies: results, reports, and a page over a batch."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from commands.console import complain, console, progress_bar, say_runtime
from commands.detection import Runtime, Threads
from errors import BadInputError
from models.runtimes import DEFAULT

if TYPE_CHECKING:
    from axial.findings import Finding, Measure
    from axial.models import AxialModels
    from axial.pictures import StudyPictures
    from axial.result import StudyResult
    from imaging.study import Study
    from reporting.contact import FailedStudy, StudyCard

app = typer.Typer()
_COLUMNS = ("disc", "state", "slip", "height", "into canal", "level sure")


@app.command(name="read-study")
def read_study(
    studies: Annotated[list[Path], typer.Argument(help="Studies, or folders with one in each subfolder.")],
    out: Annotated[
        Path | None, typer.Option(help="Write results and reports into this folder, and a page over a batch.")
    ] = None,
    models: Annotated[
        Path | None, typer.Option(help="The models; those of the phantom where not given.")
    ] = None,
    without_levels: Annotated[
        bool, typer.Option("--without-levels", help="Problem areas only: no numbering of the vertebrae.")
    ] = False,
    without_reports: Annotated[
        bool, typer.Option("--without-reports", help="Write <study>.json alone: no PDF, no DICOM, no page.")
    ] = False,
    activation_maps: Annotated[
        bool,
        typer.Option(
            "--activation-maps", help="Add what spoke for the classifier's verdicts on axial slices."
        ),
    ] = False,
    threads: Threads = 2,
    runtime: Runtime = DEFAULT,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON; several, a line each.")
    ] = False,
) -> None:
    """Read studies: vertebrae, levels, the state of each disc from both sides, slips and heights in mm.

    Writes <study>.json, a report as <study>.pdf and as DICOM (<study>.pdf.dcm), and a DICOM Structured Report
    (<study>.sr.dcm).

    Example: `discern read-study study --out results`
    """
    from axial.models import PHANTOM_MODELS, open_models
    from imaging.batch import patients_apart
    from reporting.contact import write_contact_page

    opened = open_models(models or PHANTOM_MODELS, threads, runtime)
    say_runtime(runtime, opened.runtimes)
    sources = [source for given in studies for source in patients_apart(given)]
    names = Counter(map(_name, sources))
    for source in sources:
        if out and names[_name(source)] > 1:
            raise BadInputError(source, "another study has the same name; rename one of their folders")
    whole = len(sources) == 1
    page = _Page()
    with progress_bar("studies", len(sources)) as advance:
        for done, source in enumerate(sources, start=1):
            try:
                for read in _read(source, opened, not without_levels, activation_maps):
                    _write(read, out, without_reports, page, activation_maps)
                    _show(read.result, as_json, whole)
            except BadInputError as error:
                complain(error)
                page.fail(source, error)
            advance(done)
    if out and page.cards and not whole:
        write_contact_page(page.cards, page.failed, out / "index.html")
    if out and not as_json and len(page.failed) < len(sources):
        _say_where(out, without_reports, whole)
    if page.failed:
        sys.exit(1)


@dataclass(frozen=True)
class _Read:
    study: "Study"
    pictures: "StudyPictures"
    result: "StudyResult"


@dataclass
class _Page:
    """What the page over a batch will show."""

    cards: "list[StudyCard]" = field(default_factory=list)
    failed: "list[FailedStudy]" = field(default_factory=list)

    def fail(self, source: Path, error: BadInputError) -> None:
        from reporting.contact import FailedStudy

        self.failed.append(FailedStudy(_name(source), str(error)))


def _read(source: Path, models: "AxialModels", with_levels: bool, activation_maps: bool) -> Iterator[_Read]:
    from axial.pictures import pictures_of
    from axial.reading import read_pictures
    from imaging.reading import read_studies

    found = read_studies(source)
    name = _name(source)
    names = [name] if len(found) == 1 else [f"{name}-{number + 1}" for number in range(len(found))]
    for name, study in zip(names, found, strict=True):
        pictures = pictures_of(study)
        result = read_pictures(name, pictures, models, with_levels, activations=activation_maps)
        yield _Read(study, pictures, result)


def _name(source: Path) -> str:
    """What results call a study: its folder, or its file without the ending."""
    path = Path(os.path.abspath(source))
    return path.name if path.is_dir() else path.stem


def _write(read: _Read, out: Path | None, without_reports: bool, page: _Page, activation_maps: bool) -> None:
    """Write a study's result and reports, and its card on the page."""
    if out is None:
        return
    name = read.result.study
    out.mkdir(parents=True, exist_ok=True)
    read.result.write(out / f"{name}.json")
    if without_reports:
        return
    from reporting.contact import study_card
    from reporting.encapsulated import write_encapsulated_pdf
    from reporting.pdf import write_pdf
    from reporting.source import read_source
    from reporting.structured import write_structured_report

    source, now = read_source(read.study, read.pictures), datetime.now().astimezone()
    path = out / f"{name}.pdf"
    pdf = write_pdf(read.result, read.pictures, path, source, now, maps=activation_maps)
    write_encapsulated_pdf(pdf, source, out / f"{name}.pdf.dcm", now)
    write_structured_report(read.result, source, out / f"{name}.sr.dcm", now)
    files = path.name, f"{name}.json"
    page.cards.append(study_card(read.result, read.pictures, *files, maps=activation_maps))


def _say_where(out: Path, without_reports: bool, whole: bool) -> None:
    """What was written, and what to open first."""
    if without_reports:
        console.print(f"results in {escape(str(out))}", highlight=False)
    elif whole:
        console.print(f"result and report in {escape(str(out))}", highlight=False)
    else:
        page = out / "index.html"
        console.print(
            f"results and reports in {escape(str(out))}; begin at {escape(str(page))}", highlight=False
        )


def _show(result: "StudyResult", as_json: bool, whole: bool) -> None:
    """Print a result: all of it where it is the only one, else a line."""
    if as_json:
        print(result.as_json(one_line=not whole), end="")
    elif whole:
        _print(result)
    else:
        console.print(f"{escape(result.study)}: {_summary(result)}", highlight=False)


def _summary(result: "StudyResult") -> str:
    """What was found, in one line, and what is doubtful or could not be done."""
    verdicts = [(finding.place, finding.verdict) for finding in result.findings if finding.verdict] or [
        (item.picture, item.verdict) for item in result.slices if item.verdict
    ]
    found = [f"{where} {verdict}" for where, verdict in verdicts if verdict != "normal"]
    found += [
        f"{finding.place} slip {finding.slip.distance.value:.0f} mm"
        for finding in result.findings
        if finding.slip and finding.slip.grade
    ]
    said = ", ".join(found) or ("no finding" if verdicts else "no disc could be judged")
    remarks = dict.fromkeys([*result.doubts, *(stage.reason for stage in result.stages if not stage.ran)])
    return f"{said}  [yellow]{'; '.join(remarks)}[/yellow]" if remarks else said


def _findings(result: "StudyResult") -> Table:
    """A row for each disc of which something is known, from the highest to the lowest; columns in which
    something stands."""
    rows = [_row(finding) for finding in reversed(result.findings)]
    rows = [row for row in rows if row.keys() - {"disc", "level sure"}]
    columns = [name for name in _COLUMNS if any(name in row for row in rows)]
    table = Table()
    for name in columns:
        table.add_column(name, no_wrap=name != "state")
    for row in rows:
        table.add_row(*(row.get(name, "") for name in columns))
    return table


def _row(finding: "Finding") -> dict[str, str]:
    """The cells of a disc that are not empty, by column."""
    row: dict[str, str] = {}
    if finding.verdict:
        others = [item for item in finding.opinions if item.verdict != finding.verdict]
        said = [f"{finding.verdict} {finding.probabilities[finding.verdict]:.2f}"]
        row["state"] = ", ".join([*said, *(f"{item.side}: {item.verdict}" for item in others)])
    if finding.slip:
        grade = f", grade {finding.slip.grade}" if finding.slip.grade else ""
        row["slip"] = _millimetres(finding.slip.distance) + grade
    if finding.height:
        row["height"] = _millimetres(finding.height)
    if finding.herniation:
        row["into canal"] = _millimetres(finding.herniation.extent)
    if finding.level:
        row["level sure"] = f"{finding.confidence:.2f}"
    return {"disc": finding.place} | row


def _millimetres(measure: "Measure") -> str:
    return f"{round(measure.value, 1) + 0.0:.1f} mm"  # no "-0.0"


def _print(result: "StudyResult") -> None:
    found = _findings(result)
    if found.row_count:
        console.print(found)
    if result.slices and not result.opinions("axial"):
        table = Table("slice", "level", "verdict")
        for item in result.slices:
            table.add_row(item.picture, item.level or item.reason, item.verdict or "")
        console.print(table)
    for doubt in result.doubts:
        console.print(f"[yellow]doubtful numbering:[/yellow] {doubt}", highlight=False)
    for warning in result.warnings:
        console.print(f"[yellow]warning:[/yellow] {escape(warning)}", highlight=False)
    for number, stage in enumerate(result.stages, start=1):
        what = f"{stage.seconds:.2f} s" if stage.ran else f"[yellow]did not run:[/yellow] {stage.reason}"
        console.print(f"stage {number}, {stage.name}: {what}", highlight=False)
