"""What a fracture benchmark leaves behind: ``results.json``, the tables and ``report.html``, one page that
needs no network."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.fracture import plots, tables
from benchmarks.fracture.results import FractureResults, write_fracture_results
from benchmarks.report import ConfusionCell
from fracture.causes import CAUSES
from imaging.new_folder import write_whole

_TEMPLATES = Path(__file__).parent.parent
_NO_ANSWER = "no answer"


@dataclass(frozen=True)
class ConfusionLine:
    """What was called of the patients with one cause."""

    name: str
    count: int
    cells: tuple[ConfusionCell, ...]


def write_fracture_report(results: FractureResults, folder: Path) -> None:
    """Write results.json, table.md, table.csv, feature_tests.csv where there are features, and report.html
    into a folder."""
    write_fracture_results(results, folder / "results.json")
    tables.write_fracture_md(results, folder / "table.md")
    tables.write_fracture_csv(results, folder / "table.csv")
    if results.features:
        tables.write_features_csv(results.features, folder / "feature_tests.csv")
    write_whole(folder / "report.html", _page(results))


def _page(results: FractureResults) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    comparison = results.comparison
    return environment.get_template("fracture/report.html").render(
        results=results,
        lead=tables.lead(results),
        figures=tables.figures(results),
        notes=tables.notes(results),
        roc=plots.roc_plot(results),
        legend=plots.legend(results),
        columns=(*CAUSES, *([_NO_ANSWER] if any(results.unanswered) else [])),
        confusion=_confusion(results),
        calibration=tables.calibration(results),
        reliability=plots.reliability_plot(results.answers),
        readers=tables.readers(comparison, results.model) if comparison else None,
        reader_tests=tables.reader_tests(comparison) if comparison else None,
        simulated=tables.SIMULATED_NOTE if comparison and comparison.simulated else "",
        features=tables.features(results.features) if results.features else None,
        feature_note=tables.feature_note(results.features) if results.features else "",
    )


def _confusion(results: FractureResults) -> list[ConfusionLine]:
    lines = []
    for right, name in enumerate(CAUSES):
        missing = [results.unanswered[right]] if any(results.unanswered) else []
        counts = (*results.confusion[right], *missing)
        total = sum(counts)
        cells = (
            ConfusionCell(count, count / max(total, 1), said == right) for said, count in enumerate(counts)
        )
        lines.append(ConfusionLine(name, total, tuple(cells)))
    return lines
