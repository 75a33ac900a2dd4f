"""Soft tissues around the bones: the canal's contents, the back, and what lies in front."""

import math

import numpy as np
from numpy.typing import NDArray

from data.phantom.course import Coordinates
from data.phantom.patient import Patient
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_Filled = tuple[NDArray[np.integer], NDArray[np.floating]]
_SAC_END = -2.4
"""Level at which the thecal sac ends: S2."""
_CANAL_HALF_WIDTH = 11.5
_ROOTS = 24


class SoftTissue:
    """Fills every point that is not bone or disc."""

    def __init__(self, patient: Patient, body_depths: NDArray[np.float64], texture: Texture) -> None:
        """``body_depths``: mm from front to back of S5 ... S1 and of the vertebrae above, upwards."""
        self._patient = patient
        self._depths = body_depths
        self._texture = texture
        rng = np.random.default_rng([patient.texture_seed, 1])
        self._roots = rng.uniform((-0.75, -0.1), (0.75, 0.85), (_ROOTS, 2)).tolist()
        self._infiltration = float(np.clip((patient.age - 30) / 60 + rng.normal(0, 0.25), 0, 1))

    def at(self, x: Floats, y: Floats, z: Floats, curved: Coordinates) -> tuple[NDArray[np.uint8], Floats]:
        """(tissue, shade) of points in patient mm; the shade multiplies the proton density."""
        half = self._canal_half_depth(curved.level)
        tissue = np.full(len(x), Tissue.FAT, np.uint8)
        shade = np.ones(len(x), np.float32)
        outside = curved.under_skin < 0
        tissue[outside] = Tissue.AIR
        regions = (
            (self._back, (curved.behind > half) & ~outside),
            (self._front, curved.behind < -half),
            (self._canal, (curved.behind / half) ** 2 + (x / _CANAL_HALF_WIDTH) ** 2 < 1),
        )
        for content, region in regions:
            chosen = np.flatnonzero(region)
            tissue[chosen], shade[chosen] = content(
                x[chosen], y[chosen], z[chosen], half[chosen], curved.of(chosen)
            )
        fat = np.flatnonzero((tissue == Tissue.FAT) | (tissue == Tissue.EPIDURAL_FAT))
        shade[fat] *= self._septa(x[fat], y[fat], z[fat])
        return tissue, shade

    def _canal_half_depth(self, level: Floats) -> Floats:
        narrowing = np.clip(1 + 0.17 * (level + 0.6), 0.3, 1)
        return self._patient.canal_depth / 2 * narrowing

    def _septa(self, x: Floats, y: Floats, z: Floats) -> Floats:
        """Thin dark walls between the lobules of fat, and slow changes of its brightness."""
        wall = np.abs(self._texture(x, y, z, 4.0, 1)) < 0.07
        return (1 + 0.04 * self._texture(x, y, z, 9.0, 2)) * np.where(wall, 0.72, 1)

    def _back(self, x: Floats, y: Floats, z: Floats, half: Floats, curved: Coordinates) -> _Filled:
        """Muscle with its fat, ligamentum flavum, fascia, subcutaneous fat and skin."""
        # Fibres run down and backwards; the finer grain blurs where they meet.
        fibre = self._texture(x, y + 0.5 * z, 0.35 * z, 2.6, 3)
        streak = 0.75 * fibre + 0.65 * self._texture(x, y, z, 1.1, 4)
        # Between the spinous processes lies more fat and ligament than muscle.
        midline = np.abs(x) < 4.5
        fatty = streak > np.where(midline, 0.75, 1.75 - 1.5 * self._infiltration)
        tissue = np.where(fatty, Tissue.FAT, Tissue.MUSCLE)
        flavum = np.where(streak > 1.0, Tissue.FAT, Tissue.LIGAMENT)
        tissue = np.where(curved.behind < half + 3.2, flavum, tissue)
        tissue = np.where(curved.under_fascia < 1.3, Tissue.FASCIA, tissue)
        tissue = np.where(curved.under_fascia < 0, Tissue.FAT, tissue)
        tissue = np.where(curved.under_skin < 2.2, Tissue.SKIN, tissue)
        shade = np.where(tissue == Tissue.MUSCLE, 1.8 + 0.6 * streak, 1)
        shade = np.where((tissue == Tissue.FAT) & (curved.under_fascia > 0), 0.55 + 0.15 * streak, shade)
        return tissue, shade.clip(0.4, 2.2)

    def _front(self, x: Floats, y: Floats, z: Floats, half: Floats, curved: Coordinates) -> _Filled:
        """Ligament, prevertebral fat, the great vessels, psoas, and a mixture of bowel and fat."""
        level = curved.level
        depth = np.interp(level, np.arange(len(self._depths)) - 5, self._depths)
        ahead = -curved.behind - half - depth.astype(np.float32)
        coarse = self._texture(x, y, 0.7 * z, 13.0, 5)
        fine = self._texture(x, y, z, 4.0, 6)
        finest = self._texture(x, y, z, 1.4, 11)
        content = coarse + 0.4 * fine
        tissue = np.where(content > 1.1, Tissue.FAT, Tissue.BOWEL)
        tissue = np.where(content < -2.0, Tissue.AIR, tissue)
        fat_end = self._patient.prevertebral_fat + 2 * coarse + 12 * np.clip(-0.4 - level, 0, 1.6)
        tissue = np.where(ahead < fat_end, Tissue.FAT, tissue)
        # In front of L4 the vessels part, and leave the middle for the pelvis.
        parted = np.clip(1.0 - level, 0, 2)
        aorta = (x - 9 - 22 * parted) ** 2 + (ahead - 12) ** 2 < (8.5 - 1.5 * parted) ** 2
        cava = (x + 15 + 22 * parted) ** 2 + (ahead - 10) ** 2 < (9.0 - 1.5 * parted) ** 2
        tissue = np.where(aorta | cava, Tissue.FLOWING_BLOOD, tissue)
        tissue = np.where((ahead > 0) & (ahead < 1.3), Tissue.LIGAMENT, tissue)
        side = np.abs(x)
        psoas = (side > 24) & (side < 24 + 9 * np.clip(5.5 - level, 0, 4)) & (ahead < 4)
        tissue = np.where(psoas, Tissue.MUSCLE, tissue)
        # Behind the vertebrae lie veins in a little fat.
        retrovertebral = (ahead < -5) & (np.abs(x) < 9)
        tissue = np.where(retrovertebral, Tissue.VEIN, tissue)
        mixed = 0.85 + 0.16 * coarse + 0.12 * fine + 0.06 * finest
        shade = np.where(tissue == Tissue.BOWEL, mixed, np.where(retrovertebral, 0.5, 0.7))
        return tissue, shade.clip(0.2, 1.4)

    def _canal(self, x: Floats, y: Floats, z: Floats, half: Floats, curved: Coordinates) -> _Filled:
        """The thecal sac in its epidural fat: CSF, cord down to the conus, then the cauda equina."""
        level, behind = curved.level, curved.behind
        pad = 2.2 * np.cos(np.pi * (level + 0.55)) ** 6
        # Below L5 the sac leaves the discs, with fat before it.
        front = -half + 0.2 + 7 / self._patient.canal_depth * half * np.clip(-level - 0.1, 0, 1.5)
        rear = half - 0.7 - np.where(level > -0.8, pad, 0.5)
        middle, sac_half = (front + rear) / 2, np.maximum((rear - front) / 2, 0.5)
        sac_width = np.clip(8.8 + 2.0 * (level - 0.5), 3.0, 9.2)
        radius = np.sqrt(((behind - middle) / sac_half) ** 2 + (x / sac_width) ** 2)
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
