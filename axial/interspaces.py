"""The spaces between neighbouring vertebrae of a spine, where its discs are."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from axial.chain import Candidate, Numbering
from imaging.coordinates import Point


@dataclass(frozen=True)
class Interspace:
    """The space between two vertebrae that were found one above the other. ``level``: None where they have no
    names; ``place`` then counts from the lowest upwards. ``confidence``: of the level."""

    level: str | None
    place: str
    above: Candidate
    below: Candidate
    confidence: float

    @property
    def middle(self) -> Point:
        """Half-way between the two centres, patient mm."""
        x, y, z = ((np.array(self.above.centre) + np.array(self.below.centre)) / 2).tolist()
        return x, y, z

    @property
    def length(self) -> float:
        """mm between the two centres."""
        return float(np.linalg.norm(np.subtract(self.above.centre, self.below.centre)))


def interspaces(numbering: Numbering) -> list[Interspace]:
    """From the lowest upwards; none next to a vertebra that was not found."""
    spaces = []
    for number, (below, above) in enumerate(pairwise(numbering.vertebrae), start=1):
        if below.candidate is None or above.candidate is None:
            continue
        level, place = disc_between(above.name, below.name, number)
        confidence = round(min(below.confidence, above.confidence), 4)
        spaces.append(Interspace(level, place, above.candidate, below.candidate, confidence))
    return spaces


def disc_between(above: str | None, below: str | None, number: int) -> tuple[str | None, str]:
    """Level and place of the disc between two vertebrae by their names, so many from below."""
    level = f"{above}-{below}" if above and below else None
    return level, level or f"disc {number} from below"
