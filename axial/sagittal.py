"""What the sagittal pictures say of each disc, by any detector of diagnoses."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from annotation.labels import DIAGNOSES, SLIP
from axial.interspaces import Interspace
from axial.pictures import StudyPicture
from detectors.detections import Detections
from detectors.runtime import Detector
from imaging.geometry import SliceGeometry
from models.side_by_side import each

_COLUMNS = (*DIAGNOSES, SLIP)
_LEAST_SCORE = 0.02
_SHOWN = 0.1
"""Score of its best class from which a picture shows a disc."""
_REACH = 0.4
"""How far from the middle between two vertebrae their disc's box may lie, as a part of their distance."""


@dataclass
class SagittalDisc:
    """Of one disc: for each of the ``pictures`` that show it, ``probabilities`` of DIAGNOSES (their scores,
    of sum 1), and the best score of a ``slip`` on any."""

    pictures: list[str] = field(default_factory=list)
    probabilities: list[tuple[float, ...]] = field(default_factory=list)
    slip: float = 0.0


def knows_diagnoses(classes: Sequence[str]) -> bool:
    """Whether a model with these classes can do this: it must know every state, and the slip."""
    return set(_COLUMNS) <= set(classes)


def sagittal_discs(
    detector: Detector,
    pictures: Sequence[StudyPicture],
    spaces: Sequence[Interspace],
    at_once: int = 1,
) -> list[SagittalDisc]:
    """What a detector says of the disc in each space, over all sagittal pictures: off the middle a disc may
    show what it does not show there. ``at_once``: pictures that it looks at side by side."""
    if not spaces:
        return []
    discs = [SagittalDisc() for _ in spaces]
    of_pictures = each(lambda picture: detector.predict(picture.pixels, _LEAST_SCORE), at_once, pictures)
    for picture, found in zip(pictures, of_pictures, strict=True):
        scores = scores_at(spaces, found, detector.card.classes, picture.geometry)
        for disc, own in zip(discs, scores, strict=True):
            states, slip = own[: len(DIAGNOSES)], float(own[-1])
            disc.slip = max(disc.slip, slip)
            if states.max() >= _SHOWN:
                disc.pictures.append(picture.name)
                disc.probabilities.append(tuple((states / states.sum()).tolist()))
    return discs


def scores_at(
    spaces: Sequence[Interspace], found: Detections, classes: Sequence[str], geometry: SliceGeometry
) -> NDArray[np.float64]:
    """(spaces, 4) the best score of each of DIAGNOSES and of a slip among the boxes at each space, of what
    was found on one picture. A box belongs to the space that is nearest to its middle."""
    scores = np.zeros((len(spaces), len(_COLUMNS)))
    if not len(found.boxes) or not spaces:
        return scores
    middles = np.column_stack([found.boxes[:, [0, 2]].mean(axis=1), found.boxes[:, [1, 3]].mean(axis=1)])
    places = geometry.to_pixels([space.middle for space in spaces])
    down, across = geometry.spacing
    away = np.linalg.norm((middles[:, None] - places[None]) * (across, down), axis=2)
    for box, space in enumerate(away.argmin(axis=1).tolist()):
        name = classes[found.labels[box]]
        if name in _COLUMNS and away[box, space] <= _REACH * spaces[space].length:
            column = _COLUMNS.index(name)
            scores[space, column] = max(scores[space, column], float(found.scores[box]))
    return scores
