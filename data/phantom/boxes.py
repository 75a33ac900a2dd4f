"""The boxes and labels of a sampled slice, computed from the object and nothing else."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.boxes import Box
from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.disease import State
from data.phantom.ranges import LABELS
from data.phantom.sampling import Plane, Slice
from data.phantom.skeleton import Frame

_FILLED = 0.5
"""Part of a voxel that a structure must fill to be seen there."""
_DISC_PARTS = (Part.DISC, Part.BULGED, Part.HERNIATED)


@dataclass(frozen=True)
class SeenDisc:
    """What one slice shows of one disc; ``area`` in mm2 of tissue displaced behind the margin."""

    level: str
    label: State
    bulged_area: float
    herniated_area: float


def slice_boxes(
    phantom: Phantom, plane: Plane, sampled: Slice
) -> tuple[tuple[Box, ...], tuple[SeenDisc, ...]]:
    """The boxes of every disc and body whose centre is in the image, and what is seen of the discs.

    Each disc carries ``disc`` and one diagnosis on the same box; a slipped one ``spondylolisthesis``
    besides, over the disc and half of each neighbouring vertebra. Edges in pixels.
    """
    boxes: list[Box] = []
    seen: list[SeenDisc] = []
    for position, disc in enumerate(phantom.skeleton.discs):
        mask = _filled(sampled, position, *_DISC_PARTS)
        if not mask.any() or not _in_image(disc.frame, plane):
            continue
        found = see_disc(phantom, position, plane, sampled)
        seen.append(found)
        boxes += [_box("disc", mask), _box(found.label, mask)]
        if disc.disease.slip >= LABELS.slip:
            halves = _neighbouring_halves(phantom, position, plane, sampled)
            boxes.append(_box("spondylolisthesis", mask | halves))
    for position, body in enumerate(phantom.skeleton.vertebrae):
        mask = _filled(sampled, position, Part.BODY)
        if mask.any() and _in_image(body.frame, plane):
            boxes.append(_box("vertebra", mask))
    return tuple(boxes), tuple(seen)


def see_disc(phantom: Phantom, position: int, plane: Plane, sampled: Slice) -> SeenDisc:
    """The label of a disc in a slice: its diagnosis, where tissue displaced by it is really cut."""
    disc = phantom.skeleton.discs[position]
    behind = _local(disc.frame, plane)[0] > 0
    bulged, herniated = (
        float((sampled.parts[part_code(position, part)] * behind).sum()) * plane.spacing**2
        for part in (Part.BULGED, Part.HERNIATED)
    )
    label: State = "normal"
    if herniated >= LABELS.cut_area:
        label = "herniation"
    elif disc.disease.bulge > 0 and bulged >= LABELS.cut_area:
        label = "bulge"
    return SeenDisc(disc.name, label, round(bulged, 1), round(herniated, 1))


def _filled(sampled: Slice, position: int, *parts: Part) -> NDArray[np.bool_]:
    """The voxels that the parts of a level fill, together, by half or more."""
    codes = [part_code(position, part) for part in parts]
    return sampled.parts[codes].sum(axis=0) >= _FILLED


def _neighbouring_halves(phantom: Phantom, position: int, plane: Plane, sampled: Slice) -> NDArray[np.bool_]:
    """The voxels of the adjoining halves of the vertebrae above and below a disc."""
    disc = phantom.skeleton.discs[position]
    above = _filled(sampled, position, Part.BODY) & (_local(disc.above.frame, plane)[1] < 0)
    code = position - 1 if position > 0 else phantom.sacral_position
    below = _filled(sampled, code, Part.BODY) & (_local(disc.below.frame, plane)[1] > 0)
    return above | below


def _local(frame: Frame, plane: Plane) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(back, up) in mm in a bone's frame, of every pixel's centre."""
    _, y, z = plane.points(np.zeros(3)).reshape(3, plane.rows, plane.columns)
    return frame.local(y, z)


def _in_image(frame: Frame, plane: Plane) -> bool:
    """Whether a bone's centre, moved straight onto the slice, lies in the image."""
    from_corner = np.array([0.0, frame.y, frame.z]) - plane.corner
    from_corner[0] = 0.0
    column, row = from_corner @ plane.across / plane.spacing, from_corner @ plane.down / plane.spacing
    return bool(0 <= column < plane.columns and 0 <= row < plane.rows)


def _box(label: str, mask: NDArray[np.bool_]) -> Box:
    """The smallest box around a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    cut = left == 0 or top == 0 or right == mask.shape[1] or bottom == mask.shape[0]
    return Box(label, float(left), float(top), float(right), float(bottom), truncated=bool(cut))
