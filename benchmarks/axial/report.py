"""What an axial benchmark leaves behind: ``results.json``, the tables and ``report.html``, one page that
needs no network."""

from dataclasses import dataclass
from pathlib import Path

from annotation.labels import DIAGNOSES
from benchmarks.axial import disc_tables, plots, tables
from benchmarks.axial.results import AxialResults, StateFigures, write_axial_results
from benchmarks.page import page
from benchmarks.report import ConfusionLine, confusion_line
from imaging.new_folder import write_whole

_NO_ANSWER = "no answer"


@dataclass(frozen=True)
class StateSection:
    """Stage 4 by level against one kind of truth, as the page shows it."""

    title: str
    explanation: str
    table: tables.Table
    plot: str
    legend: list[tuple[str, str]]
    confusions: list[tuple[str, list[ConfusionLine]]]


def write_axial_report(results: AxialResults, folder: Path) -> None:
    """Write results.json, table.md, table.csv and report.html into a folder."""
    write_axial_results(results, folder / "results.json")
    tables.write_axial_md(results, folder / "table.md")
    tables.write_axial_csv(results, folder / "table.csv")
    write_whole(folder / "report.html", _page(results))


def _page(results: AxialResults) -> str:
    return page(
        "axial/report.html",
        results=results,
        lead=tables.lead(results),
        stage_headings=tables.STAGE_HEADINGS,
        stages=tables.stages(results),
        level_corner=tables.LEVEL_CORNER,
        sections=[_section(item) for item in tables.state_tables(results)],
        classes=(*DIAGNOSES, _NO_ANSWER),
        calibration=tables.calibration(results),
        reliability=plots.reliability_plot(results.calibration) if results.calibration.labels else "",
        disc_sections=disc_tables.sections(results),
        agreements=[(item.name, plots.agreement_plot(item)) for item in results.measures],
        seconds=tables.seconds(results),
        notes=tables.notes(results),
    )


def _section(item: tables.StateTable) -> StateSection:
    return StateSection(
        item.title,
        item.explanation,
        tables.states(item.rows),
        plots.levels_plot(item.rows, item.name),
        plots.legend(item.rows, f"legend-{item.name}"),
        [(tables.level_name(row.level), _confusion(row)) for row in item.rows if row.accuracy.of],
    )


def _confusion(row: StateFigures) -> list[ConfusionLine]:
    return [
        confusion_line(name, (*row.confusion[right], row.unanswered[right]), right)
        for right, name in enumerate(DIAGNOSES)
    ]
