"""CSV tables that people write: every cell read as what it must be, every mistake named by its line."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from errors import BadInputError
from imaging.new_folder import write_whole


def whole_number(cell: object) -> int | None:
    """A whole number of none or more, leading zeros or the point of a spreadsheet ("7.0") or not; None for
    anything else."""
    text = str(cell).strip().removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() else None


@dataclass(frozen=True)
class TableRow:
    """A line of a table: its cells by column, without blanks around them."""

    path: Path
    line: int
    cells: Mapping[str, str]

    def error(self, reason: str) -> BadInputError:
        return BadInputError(self.path, reason, self.line)

    def text(self, column: str) -> str:
        """A cell that must not be empty."""
        if not self.cells.get(column):
            raise self.error(f"no {column} in this row; fill it in")
        return self.cells[column]

    def one_of(self, column: str, choices: Sequence[str]) -> str | None:
        """One of ``choices``; None where the cell is empty."""
        cell = self.cells.get(column) or None
        if cell is not None and cell not in choices:
            raise self.error(f"{column} is none of {', '.join(choices)}; write one of them")
        return cell

    def flag(self, column: str) -> bool | None:
        """0 or 1; None where the cell is empty."""
        cell = self.one_of(column, ("0", "1"))
        return None if cell is None else cell == "1"

    def number(self, column: str) -> float | None:
        """A finite number; None where the cell is empty."""
        cell = self.cells.get(column) or None
        try:
            value = None if cell is None else float(cell)
        except ValueError:
            value = math.nan
        if value is not None and not math.isfinite(value):
            raise self.error(f"{column} is no number; write one such as 12.5")
        return value

    def whole(self, column: str, low: int = 0, high: int | None = None) -> int:
        """A whole number within bounds; the cell must not be empty."""
        value = whole_number(self.text(column))
        if value is None or value < low or (high is not None and value > high):
            bounds = f"of {low} or more" if high is None else f"from {low} to {high}"
            raise self.error(f"{column} is no whole number {bounds}; correct it")
        return value


def read_table(path: Path, required: Sequence[str], known: Sequence[str] | None = None) -> list[TableRow]:
    """The rows of a CSV table with a line of column names, blank lines left out.

    ``known``: all the columns that it may have; None for any. Raises BadInputError where the file cannot be
    read, lacks a ``required`` column, has one that is not ``known`` or stands twice, or holds no row.
    """
    try:
        reader = csv.reader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True), strict=True)
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
    except OSError:
        raise BadInputError(path, f"cannot be read; give a table with {', '.join(required)}") from None
    except (UnicodeDecodeError, csv.Error):
        raise BadInputError(path, "not a CSV table in UTF-8; save it again") from None
    columns = lines[0][1] if lines else []
    for name in required:
        if name not in columns:
            raise BadInputError(path, f"no column {name!r}; give {', '.join(required)}, separated by commas")
    for name in columns:
        if columns.count(name) > 1:
            raise BadInputError(path, f"column {name!r} is there twice; remove one")
        if known is not None and name not in known:
            raise BadInputError(path, f"column {name!r} is unknown; known are {', '.join(known)}")
    rows = [TableRow(path, line, dict(zip(columns, cells, strict=False))) for line, cells in lines[1:]]
    for row, (_, cells) in zip(rows, lines[1:], strict=True):
        if len(cells) != len(columns):
            raise row.error(f"{len(cells)} cells under {len(columns)} columns; quote what has commas in it")
    if not rows:
        raise BadInputError(path, "no rows in this table; write one at least")
    return rows


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV table, whole or not at all. Raises OSError."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    write_whole(path, text.getvalue())
