"""A study's result on the terminal."""

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from commands.console import console

if TYPE_CHECKING:
    from axial.findings import Finding, Measure
    from axial.result import StudyResult

_COLUMNS = ("disc", "state", "slip", "height", "into canal", "level sure")


def show_result(result: "StudyResult", as_json: bool, whole: bool) -> None:
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
