"""The report of a reader study on paper."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from imaging.new_folder import write_whole
from reading.report.blocks import Block, Bullets, Cards, Grid, Note, Paragraph, Plate, Report, Rows
from reporting.page import WIDTH, Figure, Page, height_for_width
from reporting.wording import RESEARCH_ONLY

_SIZE, _HEAD, _LEADING, _PADDING = 7.0, 6.5, 3.3, 2.4
"""Points of a table's letters and of its headings; mm from line to line, and beside a cell's text."""
_MUTED, _RULE = (93, 107, 122), (205, 212, 219)
_CARD, _CARDS = 38.0, 24
"""mm: the width of an error card's picture; more cards than this are on the page alone."""
_ROOM, _LINES = 20.0, 14.0
"""mm: of the first rows of a table, and of a paragraph."""
_INCH = 25.4


def write_report_pdf(report: Report, path: Path, when: datetime) -> None:
    """Write it, whole or not at all. Raises OSError."""
    notice = report.warning.split(". ")[0] + ". " + RESEARCH_ONLY if report.warning else RESEARCH_ONLY
    page = _ReportPage(report.title, report.title, notice, when)
    page.paragraph(report.lead)
    if report.warning:
        page.paragraph(report.warning)
    for section in report.sections:
        title = f"{section.title}  ({section.mark})" if section.mark else section.title
        page.heading(title, _LINES + _room(section.blocks))
        for number, block in enumerate(section.blocks):
            if isinstance(block, Paragraph) and page.will_page_break(_room(section.blocks[number:])):
                page.add_page()
            page.block(block, marked=not section.mark)
    write_whole(path, bytes(page.output()))


def _room(blocks: Sequence[Block]) -> float:
    """mm of the first of these that is no paragraph (of a table, its first rows) with the paragraphs
    before it: they introduce it, and stay with it."""
    room = 0.0
    for block in blocks:
        if isinstance(block, Plate):
            width = min(block.drawing.width * _INCH, WIDTH)
            return room + width * height_for_width(block.drawing.png) + _LINES
        if not isinstance(block, Paragraph):
            return room + _ROOM
        room += _LINES
    return room


class _ReportPage(Page):
    """A page that takes the blocks of a report."""

    def block(self, block: Block, marked: bool) -> None:
        """``marked``: parts of tables show their mark."""
        match block:
            case Paragraph(text):
                self.paragraph(text)
            case Note(text):
                self.note(text)
            case Bullets(lines):
                for line in lines:
                    self.entry("•", line, 5.0)
            case Plate(drawing, caption):
                self.figures([Figure(drawing.png, caption)], min(drawing.width * _INCH, WIDTH))
            case Grid():
                self._table(block, marked)
            case Cards():
                self._cards(block)

    def _table(self, grid: Grid, marked: bool) -> None:
        if self.will_page_break(_ROOM):
            self.add_page()
        self.ln(1.5)
        self._choose(_SIZE)
        self.set_draw_color(*_RULE)
        self.set_line_width(0.15)
        aligned = tuple(
            "LEFT" if place in (0, *grid.texts) else "RIGHT" for place in range(len(grid.headings))
        )
        headed = any(grid.headings)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=self._widths(grid),
            width=WIDTH,
            first_row_as_headings=headed,
            headings_style=FontFace(emphasis="", color=_MUTED, size_pt=_HEAD),
            line_height=_LEADING,
            padding=(0.8, _PADDING / 2, 0.8, _PADDING / 2),
            text_align=aligned,
        ) as table:
            if headed:
                table.row([self._lines(heading) for heading in grid.headings])
            for group in grid.groups:
                self._part(table, group, len(grid.headings), marked)
        self.ln(2)

    def _part(self, table: Any, group: Rows, columns: int, marked: bool) -> None:
        if group.title:
            mark = f"  ({group.mark})" if marked and group.mark else ""
            title = self._lines(group.title + mark)
            table.row().cell(title, colspan=columns, align="LEFT", style=FontFace(emphasis="BOLD"))
        for cells in group.rows:
            table.row([self._lines(cell) for cell in cells])

    def _lines(self, cell: str) -> str:
        return "\n".join(map(self._shown, cell.split("\n")))

    def _widths(self, grid: Grid) -> tuple[float, ...]:
        """As wide as what stands in a column, the widest narrowed until all fit; what is left goes to all."""
        rows = [row for group in grid.groups for row in group.rows]
        widths = []
        for place, heading in enumerate(grid.headings):
            texts = [*heading.split(), *(line for row in rows for line in row[place].split("\n"))]
            widths.append(max(map(self.get_string_width, texts), default=0.0) + _PADDING + 0.5)
        while (excess := sum(widths) - WIDTH) > 0.01:
            widest = max(widths)
            second = max((width for width in widths if width < widest), default=0.0)
            many = widths.count(widest)
            narrower = max(second, widest - excess / many)
            widths = [narrower if width == widest else width for width in widths]
        return tuple(width + (WIDTH - sum(widths)) / len(widths) for width in widths)

    def _cards(self, block: Cards) -> None:
        shown = [card for card in block.cards if card.jpeg][:_CARDS]
        figures = []
        for card in shown:
            said = "; ".join(f"{who}: {call}" for who, call in card.said)
            figures.append(Figure(card.jpeg or b"", f"{card.where}. Right: {card.right}. {said}."))
        self.figures(figures, _CARD)
        for card in block.cards if not shown else ():
            said = "; ".join(f"{who}: {call}" for who, call in card.said)
            self.entry(card.where, f"Right: {card.right}. {said}.", _CARD)
        if len(block.cards) > len(shown) > 0:
            self.note(f"{len(block.cards) - len(shown)} more are in report.html.")
