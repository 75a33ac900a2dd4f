"""What a report is made of, on paper as on a page: sections of paragraphs, tables, drawings and cards."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class Drawing:
    """A plot: ``svg`` for the page, ``png`` for paper; ``width`` in inches, as it was drawn. ``name``: of its
    files."""

    name: str
    svg: str
    png: bytes
    width: float


@dataclass(frozen=True)
class Paragraph:
    kind: ClassVar = "paragraph"
    text: str


@dataclass(frozen=True)
class Note:
    """A paragraph of small print."""

    kind: ClassVar = "note"
    text: str


@dataclass(frozen=True)
class Bullets:
    kind: ClassVar = "bullets"
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """Lines of a table that belong together, under ``title`` and ``mark`` (pre-specified or exploratory);
    both are "" where nothing is to be said. A cell may have a second line, after a line break."""

    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Grid:
    """A table. The columns of ``texts``, by number, hold words; the first does so always."""

    kind: ClassVar = "grid"
    headings: tuple[str, ...]
    groups: tuple[Rows, ...]
    texts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Plate:
    """A drawing with its caption."""

    kind: ClassVar = "plate"
    drawing: Drawing
    caption: str


@dataclass(frozen=True)
class ErrorCard:
    """A disc that somebody called wrong: where it is, what is right, and who said what. ``jpeg``: the
    picture around its box; None where the reference names none. ``path``: that picture's file."""

    where: str
    right: str
    said: tuple[tuple[str, str], ...]
    jpeg: bytes | None = None
    path: Path | None = None


@dataclass(frozen=True)
class Cards:
    kind: ClassVar = "cards"
    cards: tuple[ErrorCard, ...]


Block = Paragraph | Note | Bullets | Grid | Plate | Cards


@dataclass(frozen=True)
class Section:
    """``mark``: pre-specified or exploratory, where all of it is; else ""."""

    title: str
    blocks: tuple[Block, ...]
    mark: str = ""


@dataclass(frozen=True)
class Report:
    """``lead``: what it is, in a sentence or two. ``warning``: what must not be overlooked; "" for
    nothing."""

    title: str
    lead: str
    warning: str
    sections: tuple[Section, ...]
