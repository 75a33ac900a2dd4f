"""The phantom itself: a pure function from points in patient millimetres to what is there."""

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from data.phantom.course import build_course
from data.phantom.patient import Patient
from data.phantom.posterior import posterior_depth_inside
from data.phantom.skeleton import Body, Disc, build_skeleton
from data.phantom.soft import SoftTissue
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue, nucleus_properties, tissue_properties

Floats = NDArray[np.floating]


class Part(IntEnum):
    """What of a level a point belongs to; ``part_code`` joins it to the level."""

    BODY = 0
    DISC = 1
    """Disc tissue within the margin of the vertebrae."""
    BULGED = 2
    HERNIATED = 3


NO_PART = -1
_SPINE_MIDDLE, _SPINE_REACH = -5.0, 60.0
"""mm behind the canal's middle line between which bones and discs lie."""


def part_code(position: int, part: Part) -> int:
    """The code of a part of the level at ``position`` (0 is L5 and L5-S1, upwards)."""
    return position * len(Part) + part


@dataclass(frozen=True)
class Matter:
    """What is at n points: ``tissue`` is a row of the phantom's properties; ``part`` a ``part_code``
    or ``NO_PART``; ``shade`` multiplies the proton density."""

    tissue: NDArray[np.uint8]
    part: NDArray[np.int16]
    shade: NDArray[np.float32]


class Phantom:
    """A patient's trunk around the spine, from the lower sacrum to T7.

    ``properties``: (rows, 3) proton density, T1 and T2 in ms; the tissues, then each disc's nucleus.
    ``skeleton``: its vertebrae and discs; ``course``: its canal, in mm. The same points always give
    the same matter.
    """

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self.skeleton = build_skeleton(patient)
        self._texture = Texture(patient.texture_seed)
        bones = (*reversed(self.skeleton.sacrum), *self.skeleton.vertebrae)
        depths = np.array([body.half_depth + body.half_depth_below for body in bones])
        self.course = build_course(patient, self.skeleton)
        self._soft = SoftTissue(patient, depths, self._texture)
        nuclei = [nucleus_properties(disc.disease.degeneration) for disc in self.skeleton.discs]
        self.properties = np.vstack([tissue_properties(), nuclei])
        self.properties[Tissue.MARROW, 0] *= patient.marrow_signal

    @property
    def part_codes(self) -> int:
        """How many different part codes there are."""
        return (self.sacral_position + 1) * len(Part)

    @property
    def sacral_position(self) -> int:
        """The position that stands for S1 in part codes."""
        return len(self.skeleton.vertebrae)

    def at(self, x: Floats, y: Floats, z: Floats) -> Matter:
        """What is at the points (mm, three arrays of n, float32)."""
        x = x - self._bend(z)
        curved = self.course.at(y, z)
        tissue, shade = self._soft.at(x, y, z, curved)
        matter = Matter(tissue, np.full(len(x), NO_PART, np.int16), shade)
        spine = np.flatnonzero(np.abs(curved.behind - _SPINE_MIDDLE) < _SPINE_REACH)
        near = Matter(tissue[spine], matter.part[spine], shade[spine])
        self._put_spine(near, x[spine], y[spine], z[spine])
        matter.tissue[spine], matter.part[spine], matter.shade[spine] = near.tissue, near.part, near.shade
        return matter

    def _put_spine(self, matter: Matter, x: Floats, y: Floats, z: Floats) -> None:
        for body in self.skeleton.vertebrae:
            self._put_posterior(matter, body, x, y, z)
        for position, disc in enumerate(self.skeleton.discs):
            self._put_disc(matter, position, disc, x, y, z)
        for position, body in enumerate(self.skeleton.vertebrae):
            self._put_body(matter, body, part_code(position, Part.BODY), x, y, z)
        for upper, lower in zip(self.skeleton.sacrum, self.skeleton.sacrum[1:], strict=False):
            self._put_sacral_gap(matter, upper, lower, x, y, z)
        for number, body in enumerate(self.skeleton.sacrum):
            code = NO_PART if number else part_code(self.sacral_position, Part.BODY)
            self._put_body(matter, body, code, x, y, z)

    def _bend(self, z: Floats) -> Floats:
        """mm by which a lateral bend moves the spine to the left at a height."""
        return self.patient.scoliosis * np.sin(z * (np.pi / 300))

    def _put_body(self, matter: Matter, body: Body, code: int, x: Floats, y: Floats, z: Floats) -> None:
        chosen = _near(y, z, body.frame.y, body.frame.z, math.hypot(body.half_depth, body.half_height) + 4)
        x, y, z = x[chosen], y[chosen], z[chosen]
        inside, to_wall, back, up = body.depth_inside(x, y, z)
        bone = inside > 0
        chosen, x, y, z = chosen[bone], x[bone], y[bone], z[bone]
        inside, to_wall, back, up = inside[bone], to_wall[bone], back[bone], up[bone]
        # The endplate with its cartilage is thicker than the wall.
        shell = np.where(to_wall - inside > 0.3, 1.1, 0.75)
        vein = (
            (back > 0.5 * body.half_depth)
            & (np.abs(up + 0.5) < 0.4 + 0.2 * (back - 0.5 * body.half_depth))
            & (np.abs(x) < 5)
        )
        marrow = np.where(vein, Tissue.VEIN, Tissue.MARROW)
        matter.tissue[chosen] = np.where(inside < shell, Tissue.CORTEX, marrow)
        matter.part[chosen] = code
        grain = 0.055 * self._texture(x, y, z, 1.3, 7) + 0.06 * self._texture(x, y, z, 6.0, 8)
        # Fatter, brighter marrow under worn endplates is common; a little of it shows everywhere.
        rim = 0.10 * np.clip(np.abs(up) / body.half_height, 0, 1) ** 4
        matter.shade[chosen] = np.where(vein, 0.62, 1.0) * (0.97 + grain + rim)

    def _put_posterior(self, matter: Matter, body: Body, x: Floats, y: Floats, z: Floats) -> None:
        reach = body.frame.moved(body.half_depth + 26, -10, body.frame.tilt)
        chosen = _near(y, z, reach.y, reach.z, 38)
        back, up = body.frame.local(y[chosen], z[chosen])
        inside = posterior_depth_inside(body, self.patient.canal_depth, x[chosen], back, up)
        # No two spinous processes have the same outline.
        inside += 0.8 * self._texture(x[chosen], y[chosen], z[chosen], 6.0, 10)
        bone = inside > 0
        chosen, inside = chosen[bone], inside[bone]
        matter.tissue[chosen] = np.where(inside < 0.9, Tissue.CORTEX, Tissue.MARROW)
        matter.shade[chosen] = 1 + 0.1 * self._texture(x[chosen], y[chosen], z[chosen], 2.5, 7)

    def _put_sacral_gap(
        self, matter: Matter, upper: Body, lower: Body, x: Floats, y: Floats, z: Floats
    ) -> None:
        """The rudimentary discs of the sacrum: thin, never labelled."""
        gap = upper.lower_endplate
        chosen = _near(y, z, gap.y, gap.z, upper.half_depth + 2)
        back, up = gap.local(y[chosen], z[chosen])
        disc = (np.abs(up + 1.3) < 1.6) & (np.abs(back) < lower.half_depth) & (np.abs(x[chosen]) < 16)
        chosen = chosen[disc]
        matter.tissue[chosen] = Tissue.ANNULUS
        matter.shade[chosen] = 1.0

    def _put_disc(self, matter: Matter, position: int, disc: Disc, x: Floats, y: Floats, z: Floats) -> None:
        chosen = _near(y, z, disc.frame.y, disc.frame.z, disc.half_depth + 13)
        x, y, z = x[chosen], y[chosen], z[chosen]
        radius, beyond, above, below, back = disc.coordinates(x, y, z)
        half = (above + below) / 2
        off_middle = np.abs(below - above) / 2
        within = (beyond <= 0) & (above > 0) & (below > 0)

        angle = np.arctan2(x, back)
        broad = disc.disease.broad_depth(angle)
        focal = np.where(back > 0, disc.disease.focal_depth(x), 0)
        # Displaced tissue is rounded, and may be higher than the disc space.
        dome = np.sqrt(np.clip(1 - (off_middle / np.maximum(half + disc.disease.extension, 0.5)) ** 2, 0, 1))
        bulged = (beyond > 0) & (beyond < broad * dome)
        herniated = (beyond > 0) & ~bulged & (beyond < (broad + focal) * dome)
        codes = np.select(
            [within, bulged, herniated],
            [part_code(position, part) for part in (Part.DISC, Part.BULGED, Part.HERNIATED)],
            NO_PART,
        )
        kept = codes != NO_PART
        chosen = chosen[kept]
        matter.part[chosen] = codes[kept]
        grain = self._texture(x[kept], y[kept], z[kept], 0.5, 9)
        matter.tissue[chosen], matter.shade[chosen] = self._disc_matter(
            position, disc, radius[kept], (off_middle / np.maximum(half, 0.5))[kept], beyond[kept], grain
        )

    def _disc_matter(
        self, position: int, disc: Disc, radius: Floats, height: Floats, beyond: Floats, grain: Floats
    ) -> tuple[NDArray[np.uint8], Floats]:
        """The nucleus, fading into the annulus, with a dark cleft once it is no longer young."""
        core = (radius / 0.76) ** 2.5 + (height / 1.1) ** 4
        # The grain mixes the two where they meet, more finely than a voxel sees.
        nucleus = core < 1 + 0.2 * grain
        fade = 1 - 0.4 * np.clip((core - 0.3) / 0.7, 0, 1)
        age = np.clip((disc.disease.degeneration - 1.6) / 1.0, 0, 1)
        cleft = 1 - 0.4 * age * np.exp(-((height / 0.16) ** 2)) * (radius < 0.6)
        # The outer annulus with the ligaments is the darkest; what herniates is nucleus in part.
        outer = np.where(beyond > 0, 0.75, np.where(radius > 0.9, 0.55, 0.85))
        tissue = np.where(nucleus, len(Tissue) + position, Tissue.ANNULUS)
        shade = np.where(nucleus, fade * cleft, outer) * (1 + 0.05 * grain)
        return tissue.astype(np.uint8), shade.astype(np.float32)


def _near(y: Floats, z: Floats, centre_y: float, centre_z: float, reach: float) -> NDArray[np.intp]:
    """Indices of the points within a square of the sagittal plane."""
    return np.flatnonzero((np.abs(y - centre_y) < reach) & (np.abs(z - centre_z) < reach))
