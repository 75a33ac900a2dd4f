"""What a comparison leaves behind: its tables, its plots, and the report as a page and on paper."""

from datetime import datetime
from pathlib import Path

from imaging.new_folder import write_whole
from reading.analysis.comparison import Comparison
from reading.report.about import AboutModels
from reading.report.blocks import Plate, Report
from reading.report.files import PAGE, PAPER, PLOTS_FOLDER, TABLES_FOLDER
from reading.report.gallery import error_cards
from reading.report.pdf import write_report_pdf
from reading.report.report import report_of, write_html

_CARDS = 60


def write_comparison(
    comparison: Comparison, models: AboutModels, out: Path, cards: int = _CARDS, when: datetime | None = None
) -> Report:
    """Write ``tables/`` (CSV), ``plots/`` (SVG and PNG), ``report.html`` and ``report.pdf`` into ``out``, an
    existing folder, with the pictures of so many discs that were called wrong. ``when``: the report's date.

    Raises BadInputError where a picture that the reference names cannot be read, OSError where nothing can be
    written.
    """
    report = report_of(comparison, models, *error_cards(comparison, cards))
    for name in (TABLES_FOLDER, PLOTS_FOLDER):
        (out / name).mkdir()
    for name, table in comparison.tables().items():
        write_whole(out / TABLES_FOLDER / f"{name}.csv", table.to_csv(index=False, float_format="%.6g"))
    plates = [block for section in report.sections for block in section.blocks if isinstance(block, Plate)]
    for drawing in (plate.drawing for plate in plates):
        write_whole(out / PLOTS_FOLDER / f"{drawing.name}.svg", drawing.svg)
        write_whole(out / PLOTS_FOLDER / f"{drawing.name}.png", drawing.png)
    write_html(report, out / PAGE)
    write_report_pdf(report, out / PAPER, when or datetime.now().astimezone())
    return report
