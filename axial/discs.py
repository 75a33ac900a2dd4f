"""Stage 3: where the disc is on an axial picture, by any trained detector."""

import math
from dataclasses import dataclass

from axial.pictures import StudyPicture
from detectors.runtime import Detector
from imaging.coordinates import Point

DISC = "disc"
_REACH = 35.0
"""mm from where the spine must be, within which a disc's box has its middle."""


@dataclass(frozen=True)
class DiscRegion:
    """A disc's box on an axial picture: xmin, ymin, xmax, ymax in pixels, and its score."""

    edges: tuple[float, float, float, float]
    score: float


def find_disc(detector: Detector, picture: StudyPicture, near: Point | None = None) -> DiscRegion | None:
    """The disc on an axial picture, None where the model sees none.

    ``near``: a point of the patient in mm by which the disc lies, if one is known: the best box there is
    taken, else the best of all.
    """
    found = detector.predict(picture.pixels, detector.card.threshold(DISC))
    disc = detector.card.classes.index(DISC)
    for edges, score, label in zip(found.boxes.tolist(), found.scores.tolist(), found.labels, strict=True):
        left, top, right, bottom = edges
        in_picture = left < right and top < bottom
        if label == disc and in_picture and (near is None or _beside(picture, edges, near)):
            return DiscRegion((left, top, right, bottom), score)
    return None


def _beside(picture: StudyPicture, edges: list[float], near: Point) -> bool:
    geometry = picture.geometry
    middle = geometry.to_patient([((edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2)])[0]
    on_slice = geometry.to_patient(geometry.to_pixels([near]))[0]
    return math.dist(middle, on_slice) < _REACH
