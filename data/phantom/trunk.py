"""The soft tissues beside and in front of the spine: muscles, vessels, kidneys and bowel."""

import numpy as np
from numpy.typing import NDArray

from data.phantom.patient import Patient
from data.phantom.surroundings import DEEP_FAT_SHADE, Filled, Surroundings
from data.phantom.texture import Texture
from data.phantom.tissue import Tissue

Floats = NDArray[np.floating]
_KIDNEY_LEVEL = 3.6
"""Between L1 and L2."""
_FLANK = 14.0
"""Thickness of the wall of muscle at the flanks, mm."""
# Level; then mm to the side and behind the canal of its middle, and its radius.
_PSOAS = np.array(
    [
        (-2.5, 62.0, -72.0, 15.0),
        (-1.5, 56.0, -60.0, 17.0),
        (-0.5, 47.0, -42.0, 18.5),
        (0.5, 41.0, -30.0, 19.0),
        (1.5, 37.0, -26.0, 16.5),
        (2.5, 33.0, -24.0, 13.0),
        (3.5, 29.0, -22.0, 8.5),
        (4.6, 25.0, -20.0, 0.0),
    ]
)


class Trunk:
    """Fills the points beside and in front of the canal."""

    def __init__(self, patient: Patient, texture: Texture) -> None:
        self._patient = patient
        self._texture = texture

    def at(self, points: Surroundings) -> Filled:
        side, level, behind, ahead = points.side, points.level, points.behind, points.ahead
        tissue = np.full(len(side), Tissue.FAT, np.uint8)
        shade = np.full(len(side), DEEP_FAT_SHADE, np.float32)
        fat_end = self._patient.prevertebral_fat + 12 * np.clip(-0.4 - level, 0, 1.6)
        # It lies deeper beside the spine.
        beyond = ahead - fat_end + np.minimum(0.005 * side * side, 30)
        bowel = np.flatnonzero(beyond > -10)
        tissue[bowel], shade[bowel] = self._bowel(points.of(bowel), beyond[bowel])
        self._put_kidneys(points, tissue, shade)
        self._put_vessels(points, ahead, tissue)
        tissue[(ahead > 0) & (ahead < 1.3) & (side < 9)] = Tissue.LIGAMENT
        # Behind the vertebrae lie veins in a little fat.
        veins = (ahead < -5) & (behind < -points.canal_half_depth) & (side < 9)
        tissue[veins], shade[veins] = Tissue.VEIN, 0.5
        self._put_muscles(points, tissue, shade)
        return tissue, shade

    def _bowel(self, points: Surroundings, beyond: Floats) -> Filled:
        """A mixture of bowel and fat, from ``beyond`` 0 mm on."""
        x, y, z = points.x, points.y, points.z
        fine = self._texture(x, y, z, 4.0, 6)
        finest = self._texture(x, y, z, 1.4, 11)
        # The finest grain blurs the cells of the coarse one.
        coarse = self._texture(x + 0.8 * finest, y - 0.8 * finest, 0.7 * z, 13.0, 5)
        content = coarse + 0.4 * fine
        tissue = np.where(content > 1.1, Tissue.FAT, Tissue.BOWEL)
        tissue = np.where(content < -2.0, Tissue.AIR, tissue)
        tissue = np.where(beyond < 4 * coarse, Tissue.FAT, tissue)
        mixed = 0.85 + 0.16 * coarse + 0.12 * fine + 0.06 * finest
        return tissue, np.where(tissue == Tissue.BOWEL, mixed, DEEP_FAT_SHADE).clip(0.2, 1.4)

    def _put_vessels(self, points: Surroundings, ahead: Floats, tissue: NDArray[np.uint8]) -> None:
        """Aorta and vena cava, which part in front of the lowest but one vertebra."""
        x, side = points.x, points.side
        parted = np.clip(0.9 - points.level, 0, 2.5)
        aorta = (x - 9) ** 2 + (ahead - 11.5) ** 2 < 8.5**2
        cava = ((x + 15) / 10.5) ** 2 + ((ahead - 9) / 7.5) ** 2 < 1
        artery = (side - 8 - 20 * parted) ** 2 + (ahead - 11 - 2 * parted) ** 2 < 5.5**2
        vein = ((side - 9 - 15 * parted) / 7.5) ** 2 + ((ahead - 5 + 2 * parted) / 5) ** 2 < 1
        tissue[np.where(parted > 0, artery | vein, aorta | cava)] = Tissue.FLOWING_BLOOD

    def _put_kidneys(self, points: Surroundings, tissue: NDArray[np.uint8], shade: Floats) -> None:
        """Kidneys in their fat, with a fatty sinus towards the middle; their lower ends lie outwards."""
        up = points.level - _KIDNEY_LEVEL
        lateral, deep = points.side - 66 + 4 * up, points.behind + 30
        from_middle = (lateral / 25) ** 2 + (deep / 21) ** 2 + (up / 1.55) ** 2
        around = np.flatnonzero(from_middle < 1.5)
        lateral, deep, up, from_middle = lateral[around], deep[around], up[around], from_middle[around]
        sinus = ((lateral + 12) / 13) ** 2 + (deep / 7) ** 2 + (up / 0.8) ** 2 < 1
        kidney = (from_middle < 1) & ~sinus
        tissue[around] = np.where(kidney, Tissue.KIDNEY, Tissue.FAT)
        shade[around] = np.where(kidney, 0.8 + 0.15 * (from_middle > 0.6), DEEP_FAT_SHADE)

    def _put_muscles(self, points: Surroundings, tissue: NDArray[np.uint8], shade: Floats) -> None:
        """Psoas, quadratus lumborum, and the flanks' wall."""
        side, level, behind = points.side, points.level, points.behind
        psoas_side, psoas_behind, radius = (
            np.interp(level, _PSOAS[:, 0], column).astype(np.float32) for column in _PSOAS[:, 1:].T
        )
        radius = radius * np.float32(self._patient.scale)
        muscle = (side - psoas_side) ** 2 / 0.85 + (behind - psoas_behind) ** 2 / 1.15 < radius**2
        tilted = behind + 10 + 0.3 * (side - 52)
        muscle |= ((side - 52) / 17) ** 2 + (tilted / 7) ** 2 + ((level - 2.2) / 2.6) ** 4 < 1
        fat = 2.2 + 0.45 * self._patient.subcutaneous_fat
        muscle |= (points.under_skin > fat) & (points.under_skin < fat + _FLANK) & (side > 80)
        chosen = np.flatnonzero(muscle)
        x, y, z = points.x[chosen], points.y[chosen], points.z[chosen]
        fibre = self._texture(x, y, 0.3 * z, 3.0, 3)
        tissue[chosen] = Tissue.MUSCLE
        shade[chosen] = 1 + 0.1 * fibre + 0.3 * (np.abs(fibre) < 0.05)
