"""The phantom itself: a pure function from points in patient millimetres to what is there."""

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

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


LEAST_HALF_HEIGHT = 2.0
"""mm; displaced tissue swells, however narrow the disc space that it comes from."""


@dataclass(frozen=True)
class Matter:
    """What is at n points: ``tissue`` is a row of the phantom's properties; ``part`` a ``part_code``
    or ``NO_PART``; ``shade`` multiplies the proton density."""

    tissue: NDArray[np.uint8]
    part: NDArray[np.int16]
    shade: NDArray[np.float32]


@dataclass(frozen=True)
class _Points:
    """Points near the spine in the order of their ``level``, with the matter to fill in."""

    x: Floats
    y: Floats
    z: Floats
    level: Floats
    matter: Matter

    def between(self, low: float, high: float) -> "_Points":
        """Views of those between two levels; what is put there is put here."""
        run = slice(*np.searchsorted(self.level, np.array((low, high), np.float32)))
        matter = Matter(self.matter.tissue[run], self.matter.part[run], self.matter.shade[run])
        return _Points(self.x[run], self.y[run], self.z[run], self.level[run], matter)


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
        # In the order of their levels, so that each bone finds its points in one run of them.
        spine = spine[np.argsort(curved.level[spine])]
        near = _Points(
            x[spine],
            y[spine],
            z[spine],
            curved.level[spine],
            Matter(tissue[spine], matter.part[spine], shade[spine]),
        )
        self._put_spine(near)
        matter.tissue[spine], matter.part[spine] = near.matter.tissue, near.matter.part
        matter.shade[spine] = near.matter.shade
        return matter

    def _put_spine(self, points: _Points) -> None:
        vertebrae, sacrum = self.skeleton.vertebrae, self.skeleton.sacrum
        for level, body in enumerate(vertebrae):
            self._put_posterior(points.between(level - 2.4, level + 0.9), body)
        for level, disc in enumerate(self.skeleton.discs):
            self._put_disc(points.between(level - 1.4, level + 0.4), level, disc)
        for level, body in enumerate(vertebrae):
            self._put_body(points.between(level - 0.9, level + 0.9), body, part_code(level, Part.BODY))
        for number, (upper, lower) in enumerate(pairwise(sacrum)):
            self._put_sacral_gap(points.between(-number - 2.5, -number - 0.5), upper, lower)
        for number, body in enumerate(sacrum):
            code = NO_PART if number else part_code(self.sacral_position, Part.BODY)
            self._put_body(points.between(-number - 1.9, -number - 0.1), body, code)

    def _bend(self, z: Floats) -> Floats:
        """mm by which a lateral bend moves the spine to the left at a height."""
        return self.patient.scoliosis * np.sin(z * (np.pi / 300))

    def _put_body(self, points: _Points, body: Body, code: int) -> None:
        reach, rise = body.reach
        chosen = body.frame.within(points.y, points.z, (-reach, reach), (-rise, rise))
        x, y, z = points.x[chosen], points.y[chosen], points.z[chosen]
        back, up = body.frame.local(y, z)
        inside, to_wall = body.depth_inside(x, back, up)
        bone = inside > 0
        chosen, x, y, z = chosen[bone], x[bone], y[bone], z[bone]
        inside, to_wall, back, up = inside[bone], to_wall[bone], back[bone], up[bone]
        # The endplate with its cartilage is thicker than the wall.
        shell = np.where(to_wall - inside > 0.3, 1.05, 0.5)
        vein = (
            (back > 0.5 * body.half_depth)
            & (np.abs(up + 0.5) < 0.4 + 0.2 * (back - 0.5 * body.half_depth))
            & (np.abs(x) < 5)
        )
        marrow = np.where(vein, Tissue.VEIN, Tissue.MARROW)
        points.matter.tissue[chosen] = np.where(inside < shell, Tissue.CORTEX, marrow)
        points.matter.part[chosen] = code
        grain = 0.055 * self._texture(x, y, z, 1.3, 7) + 0.06 * self._texture(x, y, z, 6.0, 8)
        # Fatter, brighter marrow under worn endplates is common; a little of it shows everywhere.
        rim = 0.10 * np.clip(np.abs(up) / body.half_height, 0, 1) ** 4
        points.matter.shade[chosen] = np.where(vein, 0.62, 1.0) * (0.97 + grain + rim)

    def _put_posterior(self, points: _Points, body: Body) -> None:
        depth = body.half_depth
        chosen = body.frame.within(points.y, points.z, (depth - 10, depth + 62), (-45, 20))
        x, y, z = points.x[chosen], points.y[chosen], points.z[chosen]
        inside = posterior_depth_inside(body, self.patient.canal_depth, x, *body.frame.local(y, z))
        # No two spinous processes have the same outline.
        inside += 0.8 * self._texture(x, y, z, 6.0, 10)
        bone = inside > 0
        chosen, inside = chosen[bone], inside[bone]
        points.matter.tissue[chosen] = np.where(inside < 0.7, Tissue.CORTEX, Tissue.MARROW)
        points.matter.shade[chosen] = 1 + 0.1 * self._texture(x[bone], y[bone], z[bone], 2.5, 7)

    def _put_sacral_gap(self, points: _Points, upper: Body, lower: Body) -> None:
        """The rudimentary discs of the sacrum: thin, never labelled."""
        gap = upper.lower_endplate
        chosen = gap.within(points.y, points.z, (-lower.half_depth, lower.half_depth), (-1.9, 0.3))
        chosen = chosen[np.abs(points.x[chosen]) < 16]
        points.matter.tissue[chosen] = Tissue.ANNULUS
        points.matter.shade[chosen] = 0.4

    def _put_disc(self, points: _Points, position: int, disc: Disc) -> None:
        reach, rise = disc.reach
        chosen = disc.frame.within(points.y, points.z, (-reach, reach), (-rise, rise))
        x, y, z = points.x[chosen], points.y[chosen], points.z[chosen]
        radius, beyond, above, below, back = disc.coordinates(x, y, z)
        half = (above + below) / 2
        off_middle = np.abs(below - above) / 2
        within = (beyond <= 0) & (above > 0) & (below > 0)

        angle = np.arctan2(x, back)
        broad = disc.disease.broad_depth(angle)
        focal = np.where(back > 0, disc.disease.focal_depth(x), 0)
        # Displaced tissue is rounded, and may be higher than the disc space.
        half_height = np.maximum(half + disc.disease.extension, LEAST_HALF_HEIGHT)
        dome = np.sqrt(np.clip(1 - (off_middle / half_height) ** 2, 0, 1))
        bulged = (beyond > 0) & (beyond < broad * dome)
        herniated = (beyond > 0) & ~bulged & (beyond < (broad + focal) * dome)
        codes = np.select(
            [within, bulged, herniated],
            [part_code(position, part) for part in (Part.DISC, Part.BULGED, Part.HERNIATED)],
            NO_PART,
        )
        kept = codes != NO_PART
        chosen = chosen[kept]
        points.matter.part[chosen] = codes[kept]
        grain = self._texture(x[kept], y[kept], z[kept], 0.5, 9)
        points.matter.tissue[chosen], points.matter.shade[chosen] = self._disc_matter(
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
