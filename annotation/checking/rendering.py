"""A check's report as a table for people and as plain values for programs."""

from collections import defaultdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from annotation.checking.fixing import Fixes
from annotation.checking.folder import Report
from annotation.problems import Kind, Problem, Severity

_COLOURS: dict[Severity, str] = {"error": "red", "warning": "yellow", "hint": "blue"}
_MOST_ROWS = 30
_EXAMPLES = 3


def print_report(report: Report, console: Console) -> None:
    """Print what there is and what is wrong; more problems than fit a look are grouped by kind."""
    boxes = ", ".join(f"{label} {count}" for label, count in report.labels.most_common())
    total = report.labels.total()
    console.print(f"{report.images} images, {report.annotations} XML files, {total} boxes ({escape(boxes)})")
    if not report.problems:
        console.print("[green]nothing wrong[/green]")
        return
    grouped = len(report.problems) > _MOST_ROWS
    console.print(_by_kind(report) if grouped else _one_by_one(report))
    counts = [(report.count(severity), severity) for severity in _COLOURS]
    console.print(", ".join(f"{count} {severity}{'s' * (count != 1)}" for count, severity in counts))
    if grouped:
        console.print("Every problem of every file: --json")
    if any(problem.kind.fixable for problem in report.problems):
        console.print("--fix mends what is marked with *, after a backup")


def print_fixes(fixes: Fixes, console: Console) -> None:
    """Print what was mended and where the files are as they were."""
    count = len(fixes.problems)
    if fixes.backup:
        console.print(
            f"mended {count} problem{'s' * (count != 1)}; the files as they were: {escape(str(fixes.backup))}"
        )
    else:
        console.print("nothing to mend")
    for error in fixes.left:
        console.print(f"[red]left as it was[/red] {escape(str(error))}")


def as_dict(report: Report) -> dict[str, object]:
    """The report as values that JSON knows."""
    return {
        "folder": str(report.folder),
        "images": report.images,
        "annotations": report.annotations,
        "boxes": dict(report.labels),
        "errors": report.count("error"),
        "warnings": report.count("warning"),
        "hints": report.count("hint"),
        "problems": [_problem_as_dict(problem) for problem in report.problems],
    }


def _problem_as_dict(problem: Problem) -> dict[str, object]:
    return {
        "kind": problem.kind.title,
        "severity": problem.severity,
        "file": str(problem.file),
        "line": problem.line,
        "box": problem.box,
        "message": problem.message,
        "remedy": problem.kind.remedy,
        "fixable": problem.kind.fixable,
    }


def _one_by_one(report: Report) -> Table:
    table = Table("", "file", "box", "problem", "what to do")
    for problem in report.problems:
        table.add_row(
            _severity(problem.kind),
            escape(_place(report, problem)),
            str(problem.box or ""),
            escape(problem.message),
            escape(problem.kind.remedy),
        )
    return table


def _by_kind(report: Report) -> Table:
    groups: dict[Kind, list[Problem]] = defaultdict(list)
    for problem in report.problems:
        groups[problem.kind].append(problem)
    table = Table("", "problem", "times", "files", "for example", "what to do")
    for kind in sorted(groups, key=lambda kind: [*_COLOURS].index(kind.severity)):
        problems = groups[kind]
        table.add_row(
            _severity(kind),
            kind.title,
            str(len(problems)),
            str(len({problem.file for problem in problems})),
            escape("\n".join(_example(report, problem) for problem in problems[:_EXAMPLES])),
            escape(kind.remedy),
        )
    return table


def _severity(kind: Kind) -> str:
    return f"[{_COLOURS[kind.severity]}]{kind.severity}{' *' if kind.fixable else ''}[/]"


def _example(report: Report, problem: Problem) -> str:
    box = f" box {problem.box}" if problem.box else ""
    return f"{_place(report, problem)}{box}: {problem.message}"


def _place(report: Report, problem: Problem) -> str:
    path = problem.file.relative_to(report.folder).as_posix()
    return f"{path}:{problem.line}" if problem.line else path
