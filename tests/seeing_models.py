"""Models that see the truth in the grays of made-up studies (scenery_studies.py), and are always right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scenery_studies import BODIES, LEVELS, SAGITTAL_STATES, STATES, corners, displaced, patches

from annotation.labels import DIAGNOSES, SLIP
from axial.combination import Combination
from axial.fusion import FusionRules
from axial.models import ANY_LEVEL, AxialModels, AxialRules
from axial.result import ModelIdentity
from classifiers.runtime import Classification, Classifier
from detectors.detections import Detections
from detectors.model_folder import DEFAULT_THRESHOLD
from detectors.runtime import Detector
from imaging.coordinates import Pixel
from landmarks.patch import in_mm
from landmarks.runtime import LandmarkModel, Landmarks

Gray = NDArray[np.uint16]


@dataclass(frozen=True)
class Card:
    """What the four stages ask of a model's card."""

    classes: tuple[str, ...]
    categories: tuple[str, ...] = ()
    image_size: int = 256
    thresholds: dict[str, float] = field(default_factory=dict)

    def threshold(self, name: str) -> float:
        return self.thresholds.get(name, DEFAULT_THRESHOLD)


@dataclass(frozen=True)
class SeeingDetector:
    """Finds each patch of one gray, and knows by the gray what it is."""

    card: Card
    labels: Mapping[int, tuple[str, ...]]

    def predict(self, pixels: Gray, score_threshold: float = 0.001) -> Detections:
        found = [
            (box, self.card.classes.index(label))
            for gray, labels in self.labels.items()
            for box in patches(pixels == gray)
            for label in labels
        ]
        return Detections(
            np.array([box for box, _ in found], np.float32).reshape(-1, 4),
            np.full(len(found), 0.9, np.float32),
            np.array([label for _, label in found], np.int64),
        ).above(score_threshold)


@dataclass(frozen=True)
class SeeingClassifier:
    """Knows a disc's state by the gray in its middle; ``told``: every category it was told."""

    card: Card
    told: list[str | None] = field(default_factory=list)

    def classify(
        self, pictures: Sequence[Gray], region: Sequence[float], category: str | None = None
    ) -> Classification:
        self.told.append(category)
        (pixels,), (left, top, right, bottom) = pictures, region
        gray = int(pixels[int(top + bottom) // 2, int(left + right) // 2])
        hit = np.array([gray == STATES[name] for name in self.card.classes])
        shares = np.where(hit, 0.9, 0.05)
        verdict = self.card.classes[int(hit.argmax())]
        # Of the right class it speaks for the lower right corner, of the others nothing does.
        activation = hit[:, None, None] * np.array([[0, 0], [0, 8.125]], np.float32)
        return Classification(
            np.log(shares).astype(np.float32), shares, verdict, activation, (left, top, right, bottom)
        )


@dataclass(frozen=True)
class KnowingLandmarks:
    """Knows where the points of a place lie from its guides alone; 0.5 mm of standard deviation each."""

    points_at: Callable[..., tuple[Pixel, ...]]

    def find(
        self, picture: Gray, spacing: tuple[float, float], places: Sequence[Sequence[Pixel]]
    ) -> list[Landmarks]:
        return [self._landmarks(np.array(self.points_at(*guides)), spacing) for guides in places]

    def _landmarks(self, points: NDArray[np.float64], spacing: tuple[float, float]) -> Landmarks:
        return Landmarks(points, in_mm(points, spacing), np.tile(0.25 * np.eye(2), (len(points), 1, 1)))


COMBINATION = Combination(
    coefficients=((-1.0, 0.0), (0.5, -0.5), (0.0, 1.0)), intercepts=(0.0, 0.0, 0.0), frequencies=(1 / 3,) * 3
)
BOTH = Combination(
    coefficients=tuple((*row, *row) for row in COMBINATION.coefficients),
    intercepts=COMBINATION.intercepts,
    frequencies=COMBINATION.frequencies,
)
"""Both sides, each with the same weight."""


def four_stage_models(per_level: Sequence[str] = ()) -> AxialModels:
    """Those of the four stages alone: one classifier that is told the level, or one for each of these."""
    classifiers = {
        level: SeeingClassifier(Card(DIAGNOSES, () if level else LEVELS))
        for level in per_level or (ANY_LEVEL,)
    }
    return AxialModels(
        cast(Detector, SeeingDetector(Card(("vertebra", "S1", "T12", "transitional")), BODIES)),
        cast(Detector, SeeingDetector(Card(("disc",)), {gray: ("disc",) for gray in STATES.values()})),
        cast(Mapping[str, Classifier], classifiers),
        AxialRules(FusionRules(COMBINATION)),
        (ModelIdentity("vertebrae", "vertebrae", "made up", "0" * 12),),
    )


def seeing_models(per_level: Sequence[str] = ()) -> AxialModels:
    """Of every stage."""
    return replace(
        four_stage_models(per_level),
        rules=AxialRules(FusionRules(COMBINATION, COMBINATION, BOTH)),
        sagittal=cast(Detector, SeeingDetector(Card((*DIAGNOSES, SLIP)), SAGITTAL_STATES)),
        endplates=cast(LandmarkModel, KnowingLandmarks(corners)),
        herniations=cast(LandmarkModel, KnowingLandmarks(displaced)),
    )
