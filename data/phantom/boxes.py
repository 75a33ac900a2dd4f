"""What a sampled slice shows, with boxes: computed from the object and nothing else."""

import numpy as np
from numpy.typing import NDArray

from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.cervical.disease import CervicalDisc
from data.phantom.disease import State
from data.phantom.landmarks import Landmarks
from data.phantom.ranges import LABELS, SACRALISED
from data.phantom.sampling import SampledSlice, voxel_points
from data.phantom.skeleton import Disc
from data.phantom.truth import Edges, SeenDisc, SeenInjury, SeenVertebra
from imaging.geometry import SliceGeometry
from imaging.recognition import orientation

Mask = NDArray[np.bool_]
_FILLED = 0.5
"""Part of a voxel that a structure must fill to be seen there."""
_DISC_PARTS = (Part.DISC, Part.BULGED, Part.HERNIATED, Part.PRESSING)


class SliceReader:
    """Reads off one sampled slice of a phantom the bodies and discs whose centres lie in the picture.

    ``vertebrae``, ``discs`` and ``injuries`` run from the lowest upwards.
    """

    def __init__(
        self, phantom: Phantom, landmarks: Landmarks, geometry: SliceGeometry, sampled: SampledSlice
    ) -> None:
        self._skeleton = phantom.skeleton
        self._base = phantom.base_position
        self._geometry = geometry
        self._sampled = sampled
        straight = phantom.posture.straighten(*voxel_points(geometry))
        _, self._y, self._z = (axis.reshape(geometry.rows, geometry.columns) for axis in straight)
        self._sagittal = orientation(geometry) == "sagittal"
        self.discs = tuple(
            self._disc(position, disc, mask)
            for position, disc in enumerate(self._skeleton.discs)
            if self._marked(mask := self._filled(position, *_DISC_PARTS))
            and self._in_picture(landmarks.discs[position].centre)
        )
        bodies = [(self._base, self._skeleton.base[0]), *enumerate(self._skeleton.vertebrae)]
        self.vertebrae = tuple(
            SeenVertebra(body.name, *_edges(mask), transitional=body.shape == SACRALISED.vertebra)
            for (position, body), marks in zip(bodies, landmarks.vertebrae, strict=True)
            if (mask := self._filled(position, Part.BODY)).any() and self._in_picture(marks.centre)
        )

        self.injuries = tuple(
            SeenInjury(self._skeleton.discs[position].name, *_edges(mask | self._segment(position)))
            for position in phantom.injured_discs
            if self._area(position, Part.INJURED) >= LABELS.injured_area
            and (mask := self._filled(position, Part.INJURED)).any()
            and self._in_picture(landmarks.discs[position].centre)
        )

    def _disc(self, position: int, disc: Disc, mask: Mask) -> SeenDisc:
        """The label is the disc's diagnosis, where tissue displaced by it is really cut."""
        if isinstance(disc.disease, CervicalDisc):
            return self._cervical_disc(position, disc, mask)
        behind = disc.frame.local(self._y, self._z)[0] > 0
        bulged, herniated = (self._area(position, part, behind) for part in (Part.BULGED, Part.HERNIATED))
        label: State = "normal"
        if herniated >= LABELS.cut_area:
            label = "herniation"
        elif disc.disease.bulge > 0 and bulged >= LABELS.cut_area:
            label = "bulge"
        slipped: Edges | None = None
        if self._sagittal and disc.disease.slip >= LABELS.slip:
            slipped = _edges(self._segment(position))[0]
        return SeenDisc(disc.name, label, *_edges(mask), round(bulged, 1), round(herniated, 1), slipped)

    def _cervical_disc(self, position: int, disc: Disc, mask: Mask) -> SeenDisc:
        """What counts is whether the slice cuts tissue that presses on the cord."""
        pressed = self._area(position, Part.PRESSING)
        label: State = "disc" if pressed >= LABELS.pressed_area else "normal"
        return SeenDisc(disc.name, label, *_edges(mask), 0.0, 0.0, pressed_area=round(pressed, 1))

    def _area(self, position: int, part: Part, where: Mask | None = None) -> float:
        """mm2 of a part of a level that the slice cuts, where a mask allows it."""
        filling = self._sampled.filling([part_code(position, part)])
        pixel = self._geometry.spacing[0] * self._geometry.spacing[1]
        return float((filling if where is None else filling[where]).sum()) * pixel

    def _marked(self, mask: Mask) -> bool:
        """Whether a disc is seen; in an axial slice, whether it is more than grazed."""
        if not mask.any() or self._sagittal:
            return bool(mask.any())
        (left, top, right, bottom), _ = _edges(mask)
        down, across = self._geometry.spacing
        return min((right - left) * across, (bottom - top) * down) >= LABELS.grazed

    def _filled(self, position: int, *parts: Part) -> Mask:
        """The voxels that the parts of a level fill, together, by half or more."""
        return self._sampled.filling([part_code(position, part) for part in parts]) >= _FILLED

    def _segment(self, position: int) -> Mask:
        """The voxels of a disc and of the adjoining halves of the vertebrae above and below it."""
        disc = self._skeleton.discs[position]
        lower = position - 1 if position > 0 else self._base
        lower_half = disc.above.frame.local(self._y, self._z)[1] < 0
        upper_half = disc.below.frame.local(self._y, self._z)[1] > 0
        halves = self._filled(position, Part.BODY) & lower_half | self._filled(lower, Part.BODY) & upper_half
        return self._filled(position, *_DISC_PARTS) | halves

    def _in_picture(self, centre: tuple[float, float, float]) -> bool:
        """Whether a centre, moved straight onto the slice, lies in the picture."""
        column, row = self._geometry.to_pixels([centre])[0]
        return bool(0 <= column <= self._geometry.columns and 0 <= row <= self._geometry.rows)


def _edges(mask: Mask) -> tuple[Edges, bool]:
    """The smallest box around a mask, and whether the picture's edge cuts it."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top, right, bottom = (int(edge) for edge in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    cut = left == 0 or top == 0 or right == mask.shape[1] or bottom == mask.shape[0]
    return (float(left), float(top), float(right), float(bottom)), cut
