"""Where the disc of a table's row is: its level, or its box on an image."""

import re
from dataclasses import dataclass

from data.table import TableRow

Edges = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax in pixels of an image."""
_LEVEL = re.compile("[CTL][0-9]{1,2}-[CTLS][0-9]{1,2}")
BOX_COLUMNS = ("xmin", "ymin", "xmax", "ymax")
PLACE_COLUMNS = ("level", "image", *BOX_COLUMNS)


@dataclass(frozen=True)
class DiscPlace:
    """Where a disc is: its ``level``, such as L4-L5, or its box (``edges``) on an ``image``, or all of it."""

    level: str | None = None
    image: str | None = None
    edges: Edges | None = None

    def cells(self) -> list[str]:
        """The cells of PLACE_COLUMNS."""
        edges = [f"{edge:.10g}" for edge in self.edges] if self.edges else [""] * len(BOX_COLUMNS)
        return [self.level or "", self.image or "", *edges]


def disc_place(row: TableRow) -> DiscPlace | None:
    """Where a row's disc is; None where it says nothing of it. Raises BadInputError."""
    level = row.cells.get("level") or None
    if level is not None and not _LEVEL.fullmatch(level):
        raise row.error("level is none; write it as L4-L5")
    numbers = [row.number(column) for column in BOX_COLUMNS]
    given = [number for number in numbers if number is not None]
    image = row.cells.get("image") or None
    if not given:
        return DiscPlace(level, image) if level else None
    if len(given) < len(BOX_COLUMNS) or image is None:
        raise row.error(f"half a box; give image, {', '.join(BOX_COLUMNS)}, or a level alone")
    left, top, right, bottom = given
    if not (left < right and top < bottom):
        raise row.error("a box without area; xmin lies left of xmax, ymin above ymax")
    return DiscPlace(level, image, (left, top, right, bottom))
