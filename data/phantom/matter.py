"""What lies at points of the phantom."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
NO_PART = -1


class Part(IntEnum):
    """What of a level a point belongs to; ``part_code`` joins it to the level."""

    BODY = 0
    DISC = 1
    """Disc tissue within the margin of the vertebrae."""
    BULGED = 2
    HERNIATED = 3
    PRESSING = 4
    """Displaced disc tissue where the spinal cord would be."""
    INJURED = 5
    """What an injury has changed in cord, ligaments and the tissue around them."""


def part_code(position: int, part: Part) -> int:
    """The code of a part of the level at ``position`` (0 is the lowest vertebra and the disc below it)."""
    return position * len(Part) + part


@dataclass(frozen=True)
class Matter:
    """What is at n points: ``tissue`` is a row of the phantom's properties; ``part`` a ``part_code``
    or ``NO_PART``; ``shade`` multiplies the proton density."""

    tissue: NDArray[np.uint8]
    part: NDArray[np.int16]
    shade: NDArray[np.float32]


@dataclass(frozen=True)
class Points:
    """Points near the spine in the order of their ``level``, with the matter to fill in."""

    x: Floats
    y: Floats
    z: Floats
    level: Floats
    matter: Matter

    def between(self, low: float, high: float) -> "Points":
        """Views of those between two levels; what is put there is put here."""
        run = slice(*np.searchsorted(self.level, np.array((low, high), np.float32)))
        matter = Matter(self.matter.tissue[run], self.matter.part[run], self.matter.shade[run])
        return Points(self.x[run], self.y[run], self.z[run], self.level[run], matter)
