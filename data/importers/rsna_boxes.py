"""Boxes around the points of RSNA 2024, and what may be said to be annotated in a picture."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from annotation.boxes import Box
from annotation.labels import LUMBAR
from data.importers.rsna_tables import MarkedPoint, Structure
from imaging.geometry import Floats, SliceGeometry

BOX_SIDE = 20.0
"""mm. A canal is about as wide and a foramen about as high; at neighbouring levels, and on both sides of a
slice, boxes of this size do not lie over each other by more than a little."""
_STILL_SHOWN = 6.0
"""mm from a picture's plane to a point on another slice whose structure the picture shows too: a canal and
a foramen are longer across the slices, and neighbours lie 4 to 5 mm apart."""


@dataclass(frozen=True)
class PlacedPoint:
    """A marked point with its place in the patient, (3,) mm."""

    point: MarkedPoint
    place: Floats


@dataclass(frozen=True)
class Marks:
    """``boxes`` of a picture; ``conditions``: those of which every structure that it shows has one."""

    boxes: tuple[Box, ...]
    conditions: tuple[str, ...]


def marks_of_picture(
    geometry: SliceGeometry,
    instance: int,
    points: Sequence[PlacedPoint],
    grades: Mapping[Structure, str],
    side: float = BOX_SIDE,
) -> Marks:
    """Squares of ``side`` mm around the points of one picture, clipped at its edge. ``points``: its series'.

    Raters marked each structure once, on the slice where they saw it best, which need not be the slice of
    its neighbours. What they marked on a slice close by has a box here too, with the same grade, and is
    ``difficult``: a detector is blamed neither for missing it nor for finding it. A structure without a
    grade has no box; its condition is then not annotated, nor where one of the expected structures was
    marked nowhere close by.
    """
    own = {item.point.structure: item for item in points if item.point.instance == instance}
    near = {
        item.point.structure: item
        for item in points
        if abs(float(geometry.distance(item.place)[0])) <= _STILL_SHOWN
    }
    shown = near | own

    def box_of(structure: Structure) -> Box | None:
        if structure not in shown or structure not in grades:
            return None
        label = f"{structure.condition}-{grades[structure]}"
        return _square(geometry, shown[structure].place, label, side, difficult=structure not in own)

    boxes: list[Box] = []
    complete: list[str] = []
    for condition in dict.fromkeys(structure.condition for structure in own):
        found = [box_of(structure) for structure in expected_structures(condition, own)]
        boxes += [box for box in found if box is not None]
        if None not in found:
            complete.append(condition)
    return Marks(tuple(boxes), tuple(complete))


def expected_structures(condition: str, marked: Iterable[Structure]) -> tuple[Structure, ...]:
    """What else of a condition a picture shows, on which these were marked: an axial slice both subarticular
    zones of its level; a sagittal one the canal, or the foramina of its side, at every level."""
    mine = [structure for structure in marked if structure.condition == condition]
    if condition == "subarticular":
        levels = dict.fromkeys(structure.level for structure in mine)
        return tuple(Structure(condition, side, level) for level in levels for side in ("left", "right"))
    sides = dict.fromkeys(structure.side for structure in mine)
    return tuple(Structure(condition, side, level) for side in sides for level in LUMBAR.levels)


def _square(geometry: SliceGeometry, place: Floats, label: str, side: float, difficult: bool) -> Box | None:
    """None where its middle is not in the picture."""
    x, y = geometry.to_pixels(place)[0].tolist()
    if not (0 <= x <= geometry.columns and 0 <= y <= geometry.rows):
        return None
    down, across = (side / 2 / spacing for spacing in geometry.spacing)
    left, right = max(0, round(x - across)), min(geometry.columns, round(x + across))
    top, bottom = max(0, round(y - down)), min(geometry.rows, round(y + down))
    cut = left == 0 or top == 0 or right == geometry.columns or bottom == geometry.rows
    return Box(label, left, top, right, bottom, truncated=cut, difficult=difficult)
