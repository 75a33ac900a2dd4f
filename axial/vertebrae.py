"""Stage 1: the vertebrae on the mid-sagittal picture, by any trained detector."""

import re
from collections.abc import Sequence

from annotation.boxes import pairwise_iou
from axial.chain import SACRUM, TRANSITIONAL, Candidate
from axial.pictures import StudyPicture
from detectors.detections import Detections
from detectors.runtime import Detector
from imaging.geometry import SliceGeometry

_NAME = re.compile(r"S1|[LT]\d+|transitional")
_VERTEBRA = "vertebra"
_SAME_BODY_IOU = 0.5
_LEAST_SCORE = 0.02
"""Of a body worth considering: the chain decides."""
_EDGE = 1.5
"""Pixels of the network's input: a box that ends nearer to the picture's edge is cut by it."""


def find_vertebrae(detector: Detector, picture: StudyPicture) -> list[Candidate]:
    """What a detector takes for vertebrae, each body once.

    Its classes are ``vertebra`` and names (S1, T12, transitional), of which one body can carry several, or
    names alone (L1 ... L5, S1).
    """
    found = detector.predict(picture.pixels, _LEAST_SCORE)
    edge = _EDGE * max(picture.pixels.shape) / detector.card.image_size
    return bodies(found, detector.card.classes, picture.geometry, edge)


def names_vertebrae(classes: tuple[str, ...]) -> bool:
    """Whether a model with these classes can do stage 1: it must know S1."""
    return SACRUM in classes


def bodies(
    found: Detections, classes: Sequence[str], geometry: SliceGeometry, edge: float = 0.0
) -> list[Candidate]:
    """Boxes by which several classes mark one body, as one candidate each. A box without area is none:
    it lay beside the picture.

    ``edge``: pixels; a box that ends nearer to the picture's edge, or on it, is cut by it.
    """
    left_over = [
        number
        for number, (edges, label) in enumerate(zip(found.boxes.tolist(), found.labels, strict=True))
        if is_vertebra(classes[label]) and edges[0] < edges[2] and edges[1] < edges[3]
    ]
    candidates = []
    while left_over:
        first = left_over[0]  # the best score of those that are left
        overlap = pairwise_iou(found.boxes[first], found.boxes[left_over])[0]
        same = [number for number, iou in zip(left_over, overlap, strict=True) if iou > _SAME_BODY_IOU]
        left_over = [number for number in left_over if number not in same]
        scores: dict[str, float] = {}
        for number in same:
            name = classes[found.labels[number]]
            scores[name] = max(scores.get(name, 0.0), float(found.scores[number]))
        left, top, right, bottom = (float(edge) for edge in found.boxes[first])
        x, y, z = geometry.to_patient([((left + right) / 2, (top + bottom) / 2)])[0].tolist()
        candidates.append(
            Candidate(
                edges=(left, top, right, bottom),
                centre=(x, y, z),
                score=max((score for name, score in scores.items() if _above_sacrum(name)), default=0.0),
                names={name: scores.get(name, 0.0) for name in classes if _NAME.fullmatch(name)},
                cut=min(left, top, geometry.columns - right, geometry.rows - bottom) <= edge,
            )
        )
    return candidates


def is_vertebra(name: str) -> bool:
    """Whether a class of a detector marks a vertebra, by its name or as one among others."""
    return name == _VERTEBRA or _NAME.fullmatch(name) is not None


def _above_sacrum(name: str) -> bool:
    """A class that makes its body a vertebra above the sacrum."""
    return name not in (SACRUM, TRANSITIONAL)
