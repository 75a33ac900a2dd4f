"""Boxes from SPIDER's masks: discs, vertebral bodies without their arches, and the place of a slip."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from annotation.boxes import Edges

CANAL, PARTLY, DISC = 100, 100, 200
"""Mask values: the canal; what is added to the number of a partly visible vertebra; and to a disc's."""
_BESIDE = 0.5
"""Part of a vertebra's rows that must show the canal too; pedicles close it at its sides."""
_STRAY = 0.1
"""Of the largest part of the canal; a smaller one was drawn by mistake. A stenosis may part a canal."""
_SMALLEST = 3
"""Pixels; what is smaller in the picture is grazed, not seen."""
_LEFT, _TOP, _WIDTH, _HEIGHT, _AREA = 0, 1, 2, 3, 4
"""Columns of OpenCV's statistics of components."""


@dataclass(frozen=True)
class SeenVertebra:
    """The body of a vertebra in one slice; ``partly``: the volume cuts it off. ``told`` is False where it
    has no canal beside it: then the canal's front is drawn on from the next vertebra's, straight up or
    down."""

    edges: Edges
    partly: bool
    told: bool = True


@dataclass(frozen=True)
class SeenSpine:
    """What a slice's mask shows, by number from the lowest upwards; edges are pixels as boxes have them.
    ``vertebrae`` is None where the slice does not cut the canal, so that no body is told from its arch."""

    discs: Mapping[int, Edges]
    vertebrae: Mapping[int, SeenVertebra] | None


def canal_front(masks: NDArray[np.integer]) -> NDArray[np.float64]:
    """Where the canal begins from the front: masks (slices, rows, columns) -> the column of each row, the
    foremost of all slices, as the canal is round and narrows to its sides; NaN in a row without canal.
    Voxels that hang together with no tenth of it are not of it."""
    front = np.full(masks.shape[1], np.nan)
    canal = masks == CANAL
    box = ndimage.find_objects(canal.view(np.uint8))
    if not box:
        return front
    parts, _ = ndimage.label(canal[box[0]], np.ones((3, 3, 3)))
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    seen = (sizes > _STRAY * sizes.max())[parts].any(axis=0)
    rows = seen.any(axis=1)
    front[box[0][1]][rows] = box[0][2].start + seen.argmax(axis=1)[rows]
    return front


def see_spine(mask: NDArray[np.integer], front: NDArray[np.float64]) -> SeenSpine:
    """The discs and bodies in a slice (rows, columns) of a volume with this ``canal_front``."""
    discs = {
        value - DISC: box
        for value in np.unique(mask[mask > DISC]).tolist()
        if (box := _extent(mask == value)) is not None
    }
    return SeenSpine(discs, _bodies(mask, front))


def slip_box(discs: Mapping[int, Edges], number: int, rows: int) -> Edges | None:
    """A slip at a disc of a picture of so many rows: the disc, and half of each vertebra beside it, as wide
    as the disc.

    The middle of a vertebra is taken halfway between the middles of its discs; where one of them is not
    seen (S1 has none), as far as on the other side. None where neither is.
    """
    left, top, right, bottom = discs[number]
    middle = (top + bottom) / 2
    heights = [
        abs(middle - (discs[other][1] + discs[other][3]) / 2) / 2
        for other in (number + 1, number - 1)
        if other in discs
    ]
    if not heights:
        return None
    return (
        left,
        max(min(top, middle - heights[0]), 0.0),
        right,
        min(max(bottom, middle + heights[-1]), float(rows)),
    )


def _bodies(mask: NDArray[np.integer], front: NDArray[np.float64]) -> dict[int, SeenVertebra] | None:
    """Of each vertebra the part before the canal; None where a whole one, or each, has no canal beside half
    of it or more."""
    vertebrae = np.unique(mask[(mask > 0) & (mask < DISC) & (mask != CANAL)]).tolist()
    known = np.flatnonzero(~np.isnan(front))
    if not vertebrae or not known.size:
        return None if vertebrae else {}
    canal, bodies, any_told = (mask == CANAL).any(axis=1), dict[int, SeenVertebra](), False
    limit = np.interp(np.arange(len(front)), known, front[known])
    for value in vertebrae:
        vertebra = mask == value
        told = bool(canal[vertebra.any(axis=1)].mean() >= _BESIDE)
        if not told and value < PARTLY and not vertebra[[0, -1]].any():
            return None
        any_told |= told
        edges = _extent(vertebra & (np.arange(mask.shape[1]) < limit[:, None]))
        if edges is None:
            continue
        body = SeenVertebra(edges, value > PARTLY or at_edge(edges, mask.shape), told)
        number = value % PARTLY
        bodies[number] = max(body, bodies.get(number, body), key=lambda one: _area(one.edges))
    return bodies if any_told else None


def at_edge(edges: Edges, shape: tuple[int, ...]) -> bool:
    """Whether a box touches the edge of its picture (rows, columns), beyond which it may go on."""
    left, top, right, bottom = edges
    return left <= 0 or top <= 0 or right >= shape[1] or bottom >= shape[0]


def _area(edges: Edges) -> float:
    left, top, right, bottom = edges
    return (right - left) * (bottom - top)


def _extent(structure: NDArray[np.bool_]) -> Edges | None:
    """The edges of its largest connected part; None where that is none, or only grazed."""
    rows, columns = np.flatnonzero(structure.any(axis=1)), np.flatnonzero(structure.any(axis=0))
    if not rows.size:
        return None
    part = structure[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint8)
    _, _, statistics, _ = cv2.connectedComponentsWithStats(part)
    largest = statistics[1 + int(statistics[1:, _AREA].argmax())].tolist()
    if min(largest[_WIDTH], largest[_HEIGHT]) < _SMALLEST:
        return None
    left, top = float(columns[0] + largest[_LEFT]), float(rows[0] + largest[_TOP])
    return left, top, left + largest[_WIDTH], top + largest[_HEIGHT]
