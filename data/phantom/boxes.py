"""The boxes and labels of a sampled slice, computed from the object and nothing else."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.boxes import Box
from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.disease import State
from data.phantom.ranges import LABELS
from data.phantom.sampling import Plane, Slice
from data.phantom.skeleton import Disc, Frame

Mask = NDArray[np.bool_]
_FILLED = 0.5
"""Part of a voxel that a structure must fill to be seen there."""
_DISC_PARTS = (Part.DISC, Part.BULGED, Part.HERNIATED)


@dataclass(frozen=True)
class SeenDisc:
    """What one slice shows of one disc; the areas, in mm2, are of tissue displaced behind it."""

    level: str
    label: State
    bulged_area: float
    herniated_area: float


class SliceReader:
    """Reads boxes and labels off one sampled slice of a phantom.

    ``seen``: the discs that have boxes, from the lowest upwards.
    """

    def __init__(self, phantom: Phantom, plane: Plane, sampled: Slice) -> None:
        self._skeleton = phantom.skeleton
        self._sacrum = phantom.sacral_position
        self._plane = plane
        self._sampled = sampled
        _, self._y, self._z = plane.points(np.zeros(3)).reshape(3, plane.rows, plane.columns)
        masks = [self._filled(position, *_DISC_PARTS) for position in range(len(self._skeleton.discs))]
        self._discs = [
            (position, disc, mask)
            for position, (disc, mask) in enumerate(zip(self._skeleton.discs, masks, strict=True))
            if mask.any() and self._in_image(disc.frame)
        ]
        self.seen = tuple(self._see(position, disc) for position, disc, _ in self._discs)

    def boxes(self) -> tuple[Box, ...]:
        """The boxes of every disc and body whose centre is in the image; edges in pixels.

        Each disc carries ``disc`` and one diagnosis on the same box; a slipped one
        ``spondylolisthesis`` besides, over the disc and half of each neighbouring vertebra.
        """
        boxes = []
        for (position, disc, mask), seen in zip(self._discs, self.seen, strict=True):
            boxes += [_box("disc", mask), _box(seen.label, mask)]
            if disc.disease.slip >= LABELS.slip:
                boxes.append(_box("spondylolisthesis", mask | self._neighbouring_halves(position, disc)))
        for position, body in enumerate(self._skeleton.vertebrae):
            mask = self._filled(position, Part.BODY)
            if mask.any() and self._in_image(body.frame):
                boxes.append(_box("vertebra", mask))
        return tuple(boxes)

    def _see(self, position: int, disc: Disc) -> SeenDisc:
        """The label is the disc's diagnosis, where tissue displaced by it is really cut."""
        behind = disc.frame.local(self._y, self._z)[0] > 0
        bulged, herniated = (
            float(self._sampled.filling([part_code(position, part)])[behind].sum()) * self._plane.spacing**2
            for part in (Part.BULGED, Part.HERNIATED)
        )
        label: State = "normal"
        if herniated >= LABELS.cut_area:
            label = "herniation"
        elif disc.disease.bulge > 0 and bulged >= LABELS.cut_area:
            label = "bulge"
        return SeenDisc(disc.name, label, round(bulged, 1), round(herniated, 1))

    def _filled(self, position: int, *parts: Part) -> Mask:
        """The voxels that the parts of a level fill, together, by half or more."""
        return self._sampled.filling([part_code(position, part) for part in parts]) >= _FILLED

    def _neighbouring_halves(self, position: int, disc: Disc) -> Mask:
        """The voxels of the adjoining halves of the vertebrae above and below a disc."""
        lower = position - 1 if position > 0 else self._sacrum
        lower_half = disc.above.frame.local(self._y, self._z)[1] < 0
        upper_half = disc.below.frame.local(self._y, self._z)[1] > 0
        return self._filled(position, Part.BODY) & lower_half | self._filled(lower, Part.BODY) & upper_half

    def _in_image(self, frame: Frame) -> bool:
        """Whether a bone's centre, moved straight onto the slice, lies in the image."""
        plane = self._plane
        from_corner = np.array([plane.corner[0], frame.y, frame.z]) - plane.corner
        column, row = from_corner @ plane.across / plane.spacing, from_corner @ plane.down / plane.spacing
        return bool(0 <= column < plane.columns and 0 <= row < plane.rows)


def _box(label: str, mask: Mask) -> Box:
    """The smallest box around a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    cut = left == 0 or top == 0 or right == mask.shape[1] or bottom == mask.shape[0]
    return Box(label, float(left), float(top), float(right), float(bottom), truncated=bool(cut))
