"""What lies in front of a neck's spine: oesophagus, airway, tongue, jaw, and the mediastinum below."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from data.phantom.surroundings import DEEP_FAT_SHADE, Filled, Surroundings
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_STEP, _SMOOTHING = 0.02, 0.16
"""Levels from entry to entry of the smoothed tables, and over which they are smoothed."""


def _smoothed(*rows: tuple[float, ...]) -> Floats:
    """A table of a few levels as one without corners, a column a row."""
    table = np.array(rows).T
    levels = np.arange(table[0, 0], table[0, -1], _STEP)
    smooth = [
        gaussian_filter1d(np.interp(levels, table[0], column), _SMOOTHING / _STEP, mode="nearest")
        for column in table[1:]
    ]
    return np.vstack([levels, *smooth])


# Level (T4 is 0, C7 4, C2 9); then mm before the vertebral bodies.
_SKIN = _smoothed(
    (-1.0, 96.0), (1.0, 82.0), (2.0, 68.0), (3.0, 56.0), (4.0, 48.0), (5.0, 44.0), (6.0, 43.0), (6.8, 46.0),
    (7.3, 62.0), (7.8, 84.0), (8.5, 90.0), (9.0, 86.0), (9.5, 92.0), (10.2, 104.0), (11.0, 104.0),
    (12.5, 96.0),
)  # fmt: skip
_BEFORE_SPINE = _smoothed(
    (-1.0, 3.0), (3.0, 3.5), (5.0, 4.0), (6.5, 3.4), (8.5, 3.6), (9.7, 6.0), (10.6, 10.0),
)  # fmt: skip
# Back and front of the airway.
_AIRWAY = _smoothed(
    (-1.0, 8.0, 23.0), (3.0, 9.5, 25.0), (4.8, 12.0, 27.0), (5.3, 15.0, 26.0), (5.8, 18.0, 23.0),
    (6.2, 14.0, 25.0), (6.8, 7.0, 20.0), (7.6, 5.0, 18.0), (8.6, 5.0, 14.0), (9.4, 6.5, 16.0),
    (10.0, 8.0, 20.0), (10.5, 12.0, 30.0), (10.9, 16.0, 30.0), (11.0, 20.0, 20.0),
)  # fmt: skip


class Throat:
    """Fills the points beside and in front of the canal; ``scale`` stretches them forwards."""

    def __init__(self, scale: float, swelling: Callable[[Floats], Floats], texture: Texture) -> None:
        self._scale = scale
        self._swelling = swelling
        self._texture = texture

    def at(self, points: Surroundings) -> Filled:
        x, y, z, side = points.x, points.y, points.z, points.side
        fine = self._texture(x, y, z, 2.2, 6)
        coarse = self._texture(x, y, z, 7.0, 5)
        smooth = self._texture(x, y, z, 16.0, 9)
        swollen = self._swelling(points.level) / self._scale
        # Nothing here has straight borders; what lies on the spine follows it.
        ahead = points.ahead / self._scale
        free = np.clip((ahead - 8) / 12, 0, 1)
        ahead = ahead + 1.6 * smooth * free
        level = points.level + 0.06 * free * self._texture(x, y, z, 13.0, 2)
        points = replace(points, level=level)
        # Muscle and fat, unless one of what follows lies here.
        mixed = coarse + 0.5 * fine
        tissue = np.where(mixed > 0.75, Tissue.FAT, Tissue.MUSCLE).astype(np.uint8)
        shade = np.where(tissue == Tissue.FAT, DEEP_FAT_SHADE, 1 + 0.18 * fine).astype(np.float32)
        self._put_mouth(points, ahead, fine, tissue, shade)
        self._put_neck(points, ahead, fine, tissue, shade)
        self._put_airway(points, ahead, swollen, fine, tissue, shade)
        self._put_before_spine(points, ahead, swollen, fine, tissue, shade)
        self._put_vessels(points, ahead, tissue, shade)
        self._put_chest(points, ahead, coarse, tissue, shade)
        skin = np.interp(level, *_SKIN) - 0.012 * np.maximum(side - 8, 0) ** 2 * (level < 7.5)
        under = skin - ahead
        fat = (under < 6 + 2 * coarse) & (ahead > 25)
        tissue[fat], shade[fat] = Tissue.FAT, 0.95
        tissue[(under < 2) & (ahead > 25)] = Tissue.SKIN
        tissue[under < 0] = Tissue.AIR
        return tissue, shade

    def _put_before_spine(
        self,
        points: Surroundings,
        ahead: Floats,
        swollen: Floats,
        fine: Floats,
        tissue: NDArray[np.uint8],
        shade: Floats,
    ) -> None:
        """The anterior longitudinal ligament, the prevertebral muscles, and the oesophagus."""
        side, level = points.side, points.level
        before = np.interp(level, *_BEFORE_SPINE) + swollen
        muscle = (ahead > 0) & (ahead < before + 0.008 * side**2) & (side < 18)
        tissue[muscle], shade[muscle] = Tissue.MUSCLE, 1 + 0.15 * fine[muscle]
        mucosa = (ahead >= before) & (ahead < before + 1.6) & (side < 12) & (level > 6)
        tissue[mucosa], shade[mucosa] = Tissue.MUCOSA, 0.9
        middle = before + 3.6
        lumen = np.sqrt(((ahead - middle) / 3.6) ** 2 + (points.x / 8.0) ** 2)
        oesophagus = (lumen < 1) & (level < 5.4)
        tissue[oesophagus] = np.where(lumen[oesophagus] < 0.35, Tissue.MUCOSA, Tissue.MUSCLE)
        shade[oesophagus] = 0.95
        tissue[(ahead > 0) & (ahead < 1.1) & (side < 8)] = Tissue.LIGAMENT
        # The tissue under the skull before atlas and dens.
        under_skull = (level > 9.3) & (ahead > -1.5) & (ahead < before) & (side < 14)
        tissue[under_skull], shade[under_skull] = Tissue.MUCOSA, 0.75 + 0.1 * fine[under_skull]
        around_dens = (level > 9.4) & (ahead <= -1.5) & (side < 20)
        tissue[around_dens], shade[around_dens] = Tissue.FAT, 0.7
        apical = around_dens & (points.behind > -points.canal_half_depth - 2.5)
        tissue[apical], shade[apical] = Tissue.LIGAMENT, 1.0

    def _put_airway(
        self,
        points: Surroundings,
        ahead: Floats,
        swollen: Floats,
        fine: Floats,
        tissue: NDArray[np.uint8],
        shade: Floats,
    ) -> None:
        """Pharynx, larynx with epiglottis, and trachea with its rings."""
        side, level = points.side, points.level
        back, front = (np.interp(level, _AIRWAY[0], column) for column in _AIRWAY[1:])
        back = back + swollen
        front = np.maximum(front, back + 2)
        middle, half = (back + front) / 2, (front - back) / 2
        wide = np.interp(level, (4.6, 5.8, 6.6, 7.4), (8.0, 4.0, 9.0, 13.0))
        place = np.sqrt(((ahead - middle) / half) ** 2 + (side / wide) ** 2)
        wall = (place < 1 + 2.4 / half) & (level < 11)
        ring = (level < 5.2) & (np.abs((level * 3.2) % 1 - 0.5) < 0.3)
        tissue[wall] = np.where(ring[wall], Tissue.MUSCLE, Tissue.MUCOSA)
        shade[wall] = np.where(ring[wall], 0.8, 0.85 + 0.1 * fine[wall])
        air = (place < 1) & (level < 11)
        # The epiglottis stands in it, leaning back.
        leaf = np.abs(ahead - 17.5 + 3.2 * (level - 6.8)) < 1.3
        epiglottis = leaf & (level > 6.6) & (level < 8.0) & (side < 9)
        tissue[air & ~epiglottis] = Tissue.AIR

    def _put_mouth(
        self, points: Surroundings, ahead: Floats, fine: Floats, tissue: NDArray[np.uint8], shade: Floats
    ) -> None:
        """Tongue, palate, nose, teeth and jaw."""
        x, y, z, side, level = points.x, points.y, points.z, points.side, points.level
        fibre = self._texture(x, y + 0.6 * z, 0.4 * z, 2.4, 9)
        tongue = ((level - 8.75) / 1.05) ** 2 + ((ahead - 44) / 30) ** 2 + (side / 24) ** 2 < 1
        tissue[tongue], shade[tongue] = Tissue.MUSCLE, 1.3 + 0.3 * fibre[tongue]
        nose = (level > 10.15) & (ahead > 26) & (side < 18)
        shell = self._texture(x, 0.35 * y, z, 4.0, 6) + 0.3 * fine
        tissue[nose] = np.where(shell[nose] > -0.3, Tissue.MUCOSA, Tissue.AIR)
        shade[nose] = 0.9 + 0.12 * fine[nose]
        palate = (np.abs(level - 10.05) < 0.11) & (ahead > 38) & (ahead < 88) & (side < 20)
        tissue[palate], shade[palate] = Tissue.MARROW, 0.75
        soft = np.abs(level - 10.02 + 0.0016 * np.maximum(40 - ahead, 0) ** 2) < 0.14
        soft &= (ahead > 15) & (ahead < 40) & (side < 14)
        tissue[soft], shade[soft] = Tissue.MUCOSA, 0.8
        gap = (np.abs(level - 9.82) < 0.05) & (ahead > 20) & (ahead < 72) & (side < 12)
        tissue[gap] = Tissue.AIR
        teeth = (ahead > 75) & (ahead < 81) & (level > 8.85) & (level < 9.9) & (side < 22)
        tissue[teeth], shade[teeth] = Tissue.CORTEX, 1.0
        depth = 1 - np.sqrt(((level - 8.35) / 0.5) ** 2 + ((ahead - 77) / 6) ** 2)
        jaw = (depth > 0) & (side < 25)
        tissue[jaw] = np.where(depth[jaw] < 0.25, Tissue.CORTEX, Tissue.MARROW)
        shade[jaw] = 1.0

    def _put_neck(
        self, points: Surroundings, ahead: Floats, fine: Floats, tissue: NDArray[np.uint8], shade: Floats
    ) -> None:
        """Hyoid, thyroid cartilage, and the muscles and the fat before and above them."""
        side, level = points.side, points.level
        # Under the chin, and before the epiglottis.
        fat = (level > 6.75 - 0.004 * (ahead - 34)) & (level < 8.2) & (ahead > 36)
        fat |= ((level - 7.15) / 0.5) ** 2 + ((ahead - 25) / 8) ** 2 < 1
        tissue[fat], shade[fat] = Tissue.FAT, 0.85 + 0.05 * fine[fat]
        floor = ((level - 7.72 - 0.004 * (ahead - 50)) / 0.3) ** 2 + ((ahead - 50) / 25) ** 2 < 1
        floor &= side < 22
        tissue[floor], shade[floor] = Tissue.MUSCLE, 1.1 + 0.15 * fine[floor]
        cartilage = (np.abs(ahead - 30.5 - 0.1 * side) < 2.2) & (level > 5.5) & (level < 6.6) & (side < 14)
        tissue[cartilage], shade[cartilage] = Tissue.MARROW, 0.7 + 0.2 * fine[cartilage]
        hyoid = ((level - 7.05) / 0.2) ** 2 + ((ahead - 33) / 4.0) ** 2 < 1
        hyoid &= side < 16
        tissue[hyoid], shade[hyoid] = Tissue.MARROW, 0.8
        thyroid = ((level - 4.4) / 0.55) ** 2 + ((ahead - 31) / 3.5) ** 2 + (side / 20) ** 2 < 1
        tissue[thyroid], shade[thyroid] = Tissue.MUCOSA, 1.1
        strap = (level > 2.6) & (level < 6.8) & (np.abs(ahead - 37) < 2.2) & (side < 14)
        tissue[strap], shade[strap] = Tissue.MUSCLE, 1.0

    def _put_vessels(
        self, points: Surroundings, ahead: Floats, tissue: NDArray[np.uint8], shade: Floats
    ) -> None:
        """Carotid artery and jugular vein beside the airway, the vertebral artery beside the bodies."""
        side, level = points.side, points.level
        carotid = (side - 22) ** 2 + (ahead - 8) ** 2 < 3.6**2
        jugular = ((side - 30) / 6) ** 2 + ((ahead - 6) / 4.5) ** 2 < 1
        vertebral = (side - 15.5) ** 2 + (points.behind + points.canal_half_depth + 4) ** 2 < 2.2**2
        chosen = (carotid | jugular | (vertebral & (level > 4.5))) & (level < 10) & (level > 2)
        tissue[chosen], shade[chosen] = Tissue.FLOWING_BLOOD, 1.0

    def _put_chest(
        self, points: Surroundings, ahead: Floats, coarse: Floats, tissue: NDArray[np.uint8], shade: Floats
    ) -> None:
        """Great vessels in fat behind the breastbone, and the tips of the lungs."""
        side, level = points.side, points.level
        low = (level < 2.6) & (ahead > 25) & (side < 30)
        tissue[low], shade[low] = Tissue.FAT, 0.8 + 0.08 * coarse[low]
        vessel = ((level - 0.9) / 0.75) ** 2 + ((ahead - 42) / 8) ** 2 < 1
        vessel |= np.abs(ahead - 33 - 4 * (level - 2.0)) < 3.2
        vessel &= low & (level < 2.4)
        tissue[vessel], shade[vessel] = Tissue.FLOWING_BLOOD, 1.0
        front = np.interp(level, *_SKIN) - 16
        bone = 7 - np.abs(ahead - front + 2)
        breast = (bone > 0) & (level < 1.9) & (side < 26)
        tissue[breast] = np.where(bone[breast] < 1.2, Tissue.CORTEX, Tissue.MARROW)
        shade[breast] = 0.95
        lung = (
            (side > 20 + 6 * np.maximum(level - 1, 0)) & (level < 2.6) & (ahead > -14) & (ahead < front - 8)
        )
        tissue[lung] = Tissue.AIR
