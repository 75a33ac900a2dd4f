"""The phantom itself: a pure function from points in patient millimetres to what is there."""

from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.phantom.bones import Bones
from data.phantom.course import Coordinates, Course, build_course
from data.phantom.discs import put_disc
from data.phantom.fracture.marrow import lesion_tissue
from data.phantom.fracture.mass import put_mass
from data.phantom.implant import implant
from data.phantom.matter import NO_PART, Matter, Part, Points, part_code
from data.phantom.patient import Patient
from data.phantom.posture import build_posture
from data.phantom.skeleton import Skeleton, build_skeleton
from data.phantom.soft import SoftTissue
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue, nucleus_properties, tissue_properties

Floats = NDArray[np.floating]
_SPINE_MIDDLE, _SPINE_REACH = -5.0, 60.0
"""mm behind the canal's middle line between which bones and discs lie."""
_SPINE_SIDE = 62.0
"""mm to the side within which bones and discs lie."""


class Filling(Protocol):
    """What fills every point that is not bone or disc."""

    def at(self, x: Floats, y: Floats, z: Floats, curved: Coordinates) -> tuple[NDArray[np.uint8], Floats]:
        """(tissue, shade) of points in straight mm; the shade multiplies the proton density."""
        ...


class Phantom:
    """A patient's trunk around the spine, from the lower sacrum to T6.

    ``properties``: (rows, 3) proton density, T1 and T2 in ms; the tissues, then each disc's nucleus.
    ``skeleton``: its vertebrae and discs, and ``course``: its canal, in the straight coordinates that
    ``posture`` leads to and from. ``metal``: an implant's solids, in patient mm. The same points always
    give the same matter.
    """

    def __init__(self, patient: Patient) -> None:
        texture = Texture(patient.texture_seed)
        skeleton = build_skeleton(patient)
        soft = SoftTissue(patient, skeleton, texture)
        self._assemble(patient, skeleton, build_course(patient, skeleton), soft, texture)

    def _assemble(
        self, patient: Patient, skeleton: Skeleton, course: Course, soft: Filling, texture: Texture
    ) -> None:
        self.patient = patient
        self.skeleton = skeleton
        self.posture = build_posture(patient, skeleton)
        self.course = course
        self.metal = implant(patient.implant, skeleton, patient.canal_depth, self.posture)
        self._texture = texture
        self._bones = Bones(patient.canal_depth, texture)
        self._soft = soft
        nuclei = [nucleus_properties(disc.disease.degeneration) for disc in self.skeleton.discs]
        self.properties = np.vstack([tissue_properties(), nuclei])
        self.properties[Tissue.MARROW, 0] *= patient.marrow_signal
        if patient.fractured:
            _, fracture = patient.fractured
            self.properties[lesion_tissue(fracture), 1:] = fracture.t1, fracture.t2

    @property
    def injured_discs(self) -> tuple[int, ...]:
        """Positions of the discs at whose level cord or ligaments are injured."""
        return ()

    @property
    def part_codes(self) -> int:
        """How many different part codes there are."""
        return (self.base_position + 1) * len(Part)

    @property
    def base_position(self) -> int:
        """The position that stands for the highest bone of the base (S1) in part codes."""
        return len(self.skeleton.vertebrae)

    def at(self, x: Floats, y: Floats, z: Floats) -> Matter:
        """What is at the points (patient mm, three arrays of n, float32)."""
        matter = self._straight_at(*self.posture.straighten(x, y, z))
        for solid in self.metal:
            inside = solid.depth_inside(x, y, z) > 0
            matter.tissue[inside], matter.part[inside] = Tissue.METAL, NO_PART
        return matter

    def _straight_at(self, x: Floats, y: Floats, z: Floats) -> Matter:
        curved = self.course.at(y, z)
        tissue, shade = self._soft.at(x, y, z, curved)
        matter = Matter(tissue, np.full(len(x), NO_PART, np.int16), shade)
        spine = np.flatnonzero(
            (np.abs(curved.behind - _SPINE_MIDDLE) < _SPINE_REACH) & (np.abs(x) < _SPINE_SIDE)
        )
        # In the order of their levels, so that each bone finds its points in one run of them.
        spine = spine[np.argsort(curved.level[spine])]
        near = Points(
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

    def _put_spine(self, points: Points) -> None:
        vertebrae, sacrum = self.skeleton.vertebrae, self.skeleton.base
        for level, body in enumerate((sacrum[0], *vertebrae), start=-1):
            self._bones.put_root(points.between(level - 2.0, level + 0.2), body)
        for level, body in enumerate(vertebrae):
            if body.fracture:
                put_mass(points.between(level - 1.2, level + 1.2), body, body.fracture, self._texture)
        for number, body in enumerate(sacrum):
            self._bones.put_wings(points.between(-number - 2.2, -number + 0.2), body, number)
        for level, body in enumerate(vertebrae):
            self._bones.put_posterior(points.between(level - 2.4, level + 0.9), body)
        for level, disc in enumerate(self.skeleton.discs):
            self._bones.put_facets(points.between(level - 1.6, level + 0.6), disc)
        for level, disc in enumerate(self.skeleton.discs):
            put_disc(points.between(level - 1.4, level + 0.4), level, disc, self._texture)
        for level, body in enumerate(vertebrae):
            self._bones.put_body(points.between(level - 0.9, level + 0.9), body, part_code(level, Part.BODY))
        for number, (upper, lower) in enumerate(pairwise(sacrum)):
            self._bones.put_sacral_gap(points.between(-number - 2.5, -number - 0.5), upper, lower)
        # S1 last: its endplate below is measured.
        for number, body in reversed(list(enumerate(sacrum))):
            code = NO_PART if number else part_code(self.base_position, Part.BODY)
            self._bones.put_body(points.between(-number - 1.9, -number - 0.1), body, code)
