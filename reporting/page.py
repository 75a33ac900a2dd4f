"""The typography of the report: one font in four sizes, wide margins, thin rules."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TextEmphasis
from fpdf.fonts import FontFace
from PIL import Image

from reporting.fonts import BOLD, MISSING, REGULAR, east_asian, is_rare, printable

MARGIN, WIDTH = 20.0, 170.0
"""mm: beside the text, and of the text."""
_TITLE, _HEADING, _BODY, _SMALL = 17.0, 10.5, 9.0, 7.5
"""Points."""
_INK, _MUTED, _RULE, _ALARM = (29, 39, 51), (93, 107, 122), (205, 212, 219), (154, 52, 18)
_LEADING = 1.45 * 25.4 / 72
"""mm from line to line, for each point of size."""
_IN_A_ROW, _GAP = 4, 6.0
_FAMILY = "body"
logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
"""It warns of tables that a font has for its editor alone."""


@dataclass(frozen=True)
class Figure:
    """A JPEG with what is said below it."""

    jpeg: bytes
    caption: str


class Page(FPDF):
    """An A4 document that is filled from top to bottom; page numbers and ``notice`` stand below each page,
    ``running`` at the top of all but the first."""

    def __init__(self, title: str, running: str, notice: str, when: datetime) -> None:
        super().__init__()
        self._running, self._notice = running, notice
        self.unprintable = False
        """Whether a letter was replaced by a mark so far."""
        self._all_letters = False
        self.add_font(_FAMILY, "", REGULAR)
        self.add_font(_FAMILY, "B", BOLD)
        self.set_margins(MARGIN, 16, MARGIN)
        self.set_auto_page_break(True, 24)
        self.c_margin = 0
        self.set_title(title)
        self.set_creator("Discern")
        self.set_creation_date(when)
        self.set_lang("en")
        self.add_page()
        self._write(title, _TITLE, bold=True)
        self.ln(0.5)
        self._write(notice, _BODY, bold=True, colour=_ALARM)

    def header(self) -> None:
        if self.page_no() > 1:
            self._write(self._running, _SMALL, colour=_MUTED)
            self.ln(1)
            self._line()
            self.ln(4)

    def footer(self) -> None:
        self.set_y(-16)
        self._choose(_SMALL, colour=_MUTED)
        self.cell(WIDTH / 2, 4, f"Page {self.page_no()} of {{nb}}")
        self.cell(WIDTH / 2, 4, self._notice, align="R")

    def heading(self, text: str, room: float = 30.0) -> None:
        """A heading that stays with the ``room`` mm below it."""
        if self.will_page_break(room):
            self.add_page()
        self.ln(4.5)
        self._write(text, _HEADING, bold=True)
        self.ln(1)

    def paragraph(self, text: str) -> None:
        self._write(text, _BODY)
        self.ln(1.2)

    def note(self, text: str) -> None:
        """A paragraph of small print."""
        self.ln(1.5)
        self._write(text, _SMALL, colour=_MUTED)

    def numbered(self, lines: Sequence[str]) -> None:
        for number, line in enumerate(lines, start=1):
            self.entry(f"{number}.", line, 8.5)

    def entry(self, label: str, text: str, column: float = 20.0) -> None:
        """A label in a ``column`` of its own, mm, and what is said of it beside."""
        if self.will_page_break(2 * _LEADING * _BODY):
            self.add_page()
        page, top = self.page, self.get_y()
        self._write(label, _BODY, bold=True, width=column - 2)
        below = self.get_y()
        if self.page == page:
            self.set_xy(MARGIN + column, top)
        self._write(text, _BODY, left=column)
        self.set_y(max(below, self.get_y()) + 1.0 if self.page == page else self.get_y() + 1.0)

    def fields(self, fields: Sequence[tuple[str, str]]) -> None:
        """Short values under their labels between two rules, several in a row."""
        self.ln(2.5)
        self._line()
        each = WIDTH / _IN_A_ROW
        for start in range(0, len(fields), _IN_A_ROW):
            self.ln(2.5)
            top, lowest = self.get_y(), 0.0
            for number, (label, value) in enumerate(fields[start : start + _IN_A_ROW]):
                self.set_y(top)
                self._write(label, _SMALL, colour=_MUTED, left=number * each, width=each - 4)
                self._write(value, _BODY, left=number * each, width=each - 4)
                lowest = max(lowest, self.get_y())
            self.set_y(lowest)
        self.ln(2.5)
        self._line()

    def grid(self, columns: Sequence[tuple[str, float]], lines: Sequence[tuple[Sequence[str], bool]]) -> None:
        """A table: headings with widths in mm; lines of cells, those that are marked in bold."""
        self.ln(1.5)
        self._choose(_SMALL + 0.5)
        self.set_draw_color(*_RULE)
        self.set_line_width(0.15)
        heads = FontFace(emphasis=TextEmphasis.NONE, color=_MUTED, size_pt=_SMALL)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=tuple(width for _, width in columns),
            width=WIDTH,
            headings_style=heads,
            line_height=_LEADING * _SMALL,
            padding=(1.0, 1.5, 1.0, 0),
            text_align="LEFT",
        ) as table:
            for cells, marked in (([heading for heading, _ in columns], False), *lines):
                row = table.row()
                for cell in cells:
                    row.cell(self._shown(cell), style=FontFace(emphasis="BOLD") if marked else None)
        self.ln(3)

    def plate(self, figure: Figure, width: float, legend: Sequence[tuple[str, str]]) -> None:
        """A picture with its legend beside it: colours as #rrggbb, or none, and what they stand for."""
        page, top = self.page, self.get_y() + 2
        self.figures([figure], width)
        assert self.page == page, "the heading kept room for it"
        below = self.get_y()
        self.set_y(top)
        for colour, text in legend:
            if colour:
                self.set_fill_color(colour)
                self.set_draw_color(*_RULE)
                self.rect(MARGIN + width + _GAP, self.get_y() + 0.6, 3, 3, "DF")
            self._write(text, _SMALL, left=width + _GAP + 5)
            self.ln(1.2)
        self.set_y(below)

    def figures(self, figures: Sequence[Figure], width: float) -> None:
        """Pictures so many mm wide, side by side as far as they go, each with its caption."""
        in_a_row = max(1, int((WIDTH + _GAP) // (width + _GAP)))
        for start in range(0, len(figures), in_a_row):
            row = figures[start : start + in_a_row]
            heights = [width * height_for_width(figure.jpeg) for figure in row]
            if self.will_page_break(max(heights) + 12):
                self.add_page()
            top, lowest = self.get_y() + 2, 0.0
            for number, (figure, height) in enumerate(zip(row, heights, strict=True)):
                left = number * (width + _GAP)
                self.image(BytesIO(figure.jpeg), MARGIN + left, top, width, height, alt_text=figure.caption)
                self.set_y(top + height + 1)
                self._write(figure.caption, _SMALL, left=left, width=width)
                lowest = max(lowest, self.get_y())
            self.set_y(lowest + 2)

    def _shown(self, text: str) -> str:
        shown = printable(text)
        self.unprintable |= MISSING in shown
        if not self._all_letters and is_rare(shown):
            self._take_all_letters()
        return re.sub(r"(?<=[0-9]) (?=mm|%|×)|(?<=×) ", "\u00a0", shown)

    def _take_all_letters(self) -> None:
        """From here on: large fonts and the shaping of words take a second, and few reports need them."""
        self._all_letters = True
        for path in east_asian():
            self.add_font(path.stem, "", path)
        self.set_fallback_fonts([path.stem for path in east_asian()], exact_match=False)
        self.set_text_shaping(True, direction="ltr")

    def _choose(self, size: float, bold: bool = False, colour: tuple[int, int, int] = _INK) -> None:
        self.set_font(_FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)

    def _write(
        self,
        text: str,
        size: float,
        bold: bool = False,
        colour: tuple[int, int, int] = _INK,
        left: float = 0.0,
        width: float = 0.0,
    ) -> None:
        """Lines of text from ``left`` mm on, ending at the start of the next line."""
        self._choose(size, bold, colour)
        self.set_x(MARGIN + left)
        shown, wide = self._shown(text), width or WIDTH - left
        self.multi_cell(wide, _LEADING * size, shown, align="L", new_x="LMARGIN", new_y="NEXT")

    def _line(self) -> None:
        self.set_draw_color(*_RULE)
        self.set_line_width(0.2)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())


def height_for_width(jpeg: bytes) -> float:
    """Of a picture, as a share of its width."""
    with Image.open(BytesIO(jpeg)) as image:
        return image.height / image.width
