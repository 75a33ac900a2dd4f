"""What lies in the spinal canal: the thecal sac with cord and cauda equina, in epidural fat."""

import math

import numpy as np
from numpy.typing import NDArray

from data.phantom.patient import Patient
from data.phantom.surroundings import Filled, Surroundings
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_SAC_END = -2.4
"""Level at which the thecal sac ends: S2."""
_ROOTS = 24


class Canal:
    """Fills the points inside the canal."""

    def __init__(self, patient: Patient) -> None:
        self._patient = patient
        rng = np.random.default_rng([patient.texture_seed, 1])
        self._roots = rng.uniform((-0.75, -0.1), (0.75, 0.85), (_ROOTS, 2)).tolist()

    def at(self, points: Surroundings) -> Filled:
        """(tissue, shade): CSF, cord down to the conus, then the cauda equina."""
        x, level, behind, half = points.x, points.level, points.behind, points.canal_half_depth
        pad = 2.2 * np.cos(np.pi * (level + 0.55)) ** 6
        # Below the lowest vertebra the sac leaves the discs, with fat before it.
        front = -half + 0.2 + 7 / self._patient.canal_depth * half * np.clip(-level - 0.1, 0, 1.5)
        rear = half - 0.7 - np.where(level > -0.8, pad, 0.5)
        middle, sac_half = (front + rear) / 2, np.maximum((rear - front) / 2, 0.5)
        sac_width = np.clip(8.8 + 2.0 * (level - 0.5), 3.0, 9.2)
        # Narrower behind, between the ligamenta flava.
        narrow = 1 + 0.28 * np.clip((behind - middle) / sac_half, 0, 1)
        radius = np.sqrt(((behind - middle) / sac_half) ** 2 + (x * narrow / sac_width) ** 2)
        inside = sac_half * (1 - radius)
        ended = level < _SAC_END
        tissue = np.where((inside > 0) & ~ended, Tissue.CSF, Tissue.EPIDURAL_FAT)
        tissue = np.where((np.abs(inside) < 0.4) & ~ended, Tissue.LIGAMENT, tissue)

        roots = self._in_root(x, level, behind, half) & (inside > 0.3)
        tissue = np.where(roots & (level < self._patient.conus_level), Tissue.ROOT, tissue)
        taper = np.clip((level - self._patient.conus_level) / 0.55, 0, 1) ** 0.5
        cord = ((behind - 0.2) / 3.6) ** 2 + (x / 4.8) ** 2 < taper**2
        tissue = np.where(cord, Tissue.CORD, tissue)
        return tissue, np.ones(len(x), np.float32)

    def _in_root(self, x: Floats, level: Floats, behind: Floats, half: Floats) -> NDArray[np.bool_]:
        """Whether a point lies in a nerve root: they hang behind and come forwards as they leave."""
        found = np.zeros(len(x), bool)
        descent = np.clip((self._patient.conus_level - level) / 6.5, 0, 1)
        for number, (lateral, place) in enumerate(self._roots):
            # Roots leave level by level; those that are left spread over the sac.
            leaves = 0.25 + 0.75 * number / _ROOTS
            towards_exit = np.clip((descent - leaves + 0.25) / 0.25, 0, 1)
            aside = 7.5 * lateral * (1 - towards_exit) + 9.0 * math.copysign(1, lateral) * towards_exit
            back = half * (0.15 + 0.5 * place) * (1 - 0.8 * descent)
            near = (x - aside) ** 2 + (behind - back) ** 2 < 0.8**2
            found |= near & (towards_exit < 1)
        return found
