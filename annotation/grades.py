"""Grades that readers give."""

import math
from typing import Literal

MeyerdingGrade = Literal[0, 1, 2, 3, 4, 5]
LEAST_SLIP = 3.0
"""mm from which a translation is called a slip."""


def meyerding_grade(slip: float, endplate_length: float, least: float = LEAST_SLIP) -> MeyerdingGrade:
    """The grade of a slip in mm on an upper endplate of a length in mm: 0 below ``least`` mm, then I to IV by
    quarters, V beyond (Meyerding, Surg Gynecol Obstet 1932;54:371-7)."""
    if slip < least:
        return 0
    quarters: tuple[MeyerdingGrade, ...] = (1, 2, 3, 4, 5)
    return quarters[min(math.floor(4 * slip / endplate_length), 4)]
