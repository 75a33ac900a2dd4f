"""What a fracture benchmark leaves behind: ``results.json``, the tables and ``report.html``, one page that
needs no network."""

from pathlib import Path

from benchmarks.fracture import plots, tables
from benchmarks.fracture.activation_maps import MapGallery
from benchmarks.fracture.results import FractureResults, write_fracture_results
from benchmarks.page import page
from benchmarks.report import ConfusionLine, confusion_line
from fracture.causes import CAUSES
from imaging.new_folder import write_whole

_NO_ANSWER = "no answer"


def write_fracture_report(results: FractureResults, folder: Path, maps: MapGallery | None = None) -> None:
    """Write results.json, table.md, table.csv, feature_tests.csv where there are features, and report.html,
    with ``maps`` where they are given, into a folder."""
    write_fracture_results(results, folder / "results.json")
    tables.write_fracture_md(results, folder / "table.md")
    tables.write_fracture_csv(results, folder / "table.csv")
    if results.features:
        tables.write_features_csv(results.features, folder / "feature_tests.csv")
    write_whole(folder / "report.html", _page(results, maps))


def _page(results: FractureResults, maps: MapGallery | None) -> str:
    comparison = results.comparison
    return page(
        "fracture/report.html",
        results=results,
        lead=tables.lead(results),
        figures=tables.figures(results),
        notes=tables.notes(results),
        roc=plots.roc_plot(results),
        legend=plots.legend(results),
        columns=(*CAUSES, *([_NO_ANSWER] if any(results.unanswered) else [])),
        confusion_lines=_confusion(results),
        calibration=tables.calibration(results),
        reliability=plots.reliability_plot(results.answers),
        readers=tables.readers(comparison, results.model) if comparison else None,
        reader_tests=tables.reader_tests(comparison) if comparison else None,
        simulated=tables.SIMULATED_NOTE if comparison and comparison.simulated else "",
        features=tables.features(results.features) if results.features else None,
        feature_note=tables.feature_note(results.features) if results.features else "",
        maps=maps,
    )


def _confusion(results: FractureResults) -> list[ConfusionLine]:
    counts = zip(results.confusion, results.unanswered, strict=True)
    lines = [(*said, missing) if any(results.unanswered) else said for said, missing in counts]
    return [confusion_line(name, lines[right], right) for right, name in enumerate(CAUSES)]
