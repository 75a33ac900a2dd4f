"""The cervical phantom: a pure function from points in patient millimetres to what is there."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from data.phantom.anatomy import Phantom
from data.phantom.cervical.canal import canal_half_depth
from data.phantom.cervical.injuries import InjuredLevel, swelling
from data.phantom.cervical.neck import NeckTissue
from data.phantom.cervical.patient import CervicalPatient
from data.phantom.cervical.posterior import CervicalBones
from data.phantom.cervical.spine import build_neck, neck_course
from data.phantom.discs import put_disc
from data.phantom.matter import NO_PART, Part, Points, part_code
from data.phantom.texture import Texture

Floats = NDArray[np.floating]
_ATLAS = 9.7
"""Level of the first vertebra."""
_DISPLACED = (Part.BULGED, Part.HERNIATED)


class CervicalPhantom(Phantom):
    """A patient's neck, from T7 to the base of the skull, in the coordinates of ``Phantom``.

    Levels: T4 is 0, C7 is 4, C2 is 9. Displaced disc tissue where the cord would be is ``Part.PRESSING``, all
    other disc tissue ``Part.DISC``; what an injury has changed is ``Part.INJURED`` of its disc.
    """

    def __init__(self, patient: CervicalPatient) -> None:
        texture = Texture(patient.texture_seed)
        skeleton = build_neck(patient)
        swollen = swelling(patient.injuries, skeleton)
        soft = NeckTissue(patient, skeleton, patient.cord, patient.throat, swollen, texture)
        self._assemble(patient, skeleton, neck_course(patient, skeleton), soft, texture)
        self._cervical = CervicalBones(patient.canal_depth, patient.scale, texture)
        self._neck = patient
        self._injuries = [
            InjuredLevel(injury, skeleton.discs[injury.position], patient.cord, patient.canal_depth, texture)
            for injury in patient.injuries
        ]

    @property
    def injured_discs(self) -> tuple[int, ...]:
        return tuple(injury.position for injury in self._neck.injuries)

    def _put_spine(self, points: Points) -> None:
        bones, vertebrae, base = self._cervical, self.skeleton.vertebrae, self.skeleton.base
        bodies = [*((-1 - number, body) for number, body in enumerate(base)), *enumerate(vertebrae)]
        for level, body in bodies:
            half = self._half_depth(level)
            bones.put_arch(points.between(level - 3.2, level + 1.2), body, half)
        for position, disc in enumerate(self.skeleton.discs):
            near = points.between(position - 1.4, position + 0.4)
            put_disc(near, position, disc, self._texture)
            self._mark_pressing(near, position)
        for number, (upper, lower) in enumerate(pairwise(base)):
            bones.put_sacral_gap(points.between(-number - 2.5, -number - 0.5), upper, lower)
        for level, body in bodies:
            code = part_code(level if level >= 0 else self.base_position, Part.BODY)
            bones.put_body(points.between(level - 0.9, level + 0.9), body, code if level >= -1 else NO_PART)
        near = points.between(_ATLAS - 1.5, _ATLAS + 1.5)
        bones.put_dens_and_atlas(near, vertebrae[-1], self._half_depth(_ATLAS))
        for injury in self._injuries:
            injury.put(points, self.course.at(points.y, points.z).behind)

    def _half_depth(self, level: float) -> float:
        return float(canal_half_depth(self._neck.canal_depth, np.array(level)))

    def _mark_pressing(self, points: Points, position: int) -> None:
        """Tell displaced tissue that takes the cord's place from what is only disc."""
        part = points.matter.part
        codes = [part_code(position, displaced) for displaced in _DISPLACED]
        chosen = np.flatnonzero(np.isin(part, codes))
        if not len(chosen):
            return
        curved = self.course.at(points.y[chosen], points.z[chosen])
        cord = self._neck.cord.at_rest(points.x[chosen], curved.level, curved.behind) < 1
        part[chosen] = np.where(cord, part_code(position, Part.PRESSING), part_code(position, Part.DISC))
