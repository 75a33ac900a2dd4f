"""What a perfect reader of one slice can reach: the phantom's states overlap by design."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from data.phantom.discs import LEAST_HALF_HEIGHT
from data.phantom.disease import DiscDisease, State
from data.phantom.patient import Segment, draw_patient
from data.phantom.ranges import LABELS, SCANNERS


@dataclass(frozen=True)
class Ceiling:
    """Accuracies of the perfect reader; ``merged`` counts bulge and herniation as one.

    ``lumbar`` is over the lumbar discs, ``all_discs`` over the eight lowest, T10-T11 downwards.
    """

    lumbar: float
    all_discs: float
    lumbar_merged: float


_SEEN_DISCS = 8


def reading_ceiling(patients: int = 6000, seed: int = 0) -> Ceiling:
    """Estimate the Bayes accuracy of a slice's label from all that a slice can show of its disc.

    The reader is given, free of noise and without partial volume, the displacement behind and in
    front in mm, the height of the displaced tissue, the degeneration, the loss of height and the
    level; it learns the generating distribution from half of the simulated patients and is
    tested on the other half. What one slice cannot show is what it lies beside: whether a
    displacement is broad or focal.
    """
    features, labels, in_lumbar = _simulate(patients, seed)
    half = len(labels) // 2
    reader = HistGradientBoostingClassifier(max_iter=80, learning_rate=0.12, random_state=0)
    reader.fit(features[:half], labels[:half])
    predicted, truth = reader.predict(features[half:]), labels[half:]
    right, lumbar = predicted == truth, in_lumbar[half:]
    right_merged = (predicted == "normal") == (truth == "normal")
    return Ceiling(
        lumbar=float(right[lumbar].mean()),
        all_discs=float(right.mean()),
        lumbar_merged=float(right_merged[lumbar].mean()),
    )


def _simulate(patients: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.str_], NDArray[np.bool_]]:
    """(features (n, 6), labels (n,), whether lumbar (n,)) of the discs in one random slice a patient."""
    rng = np.random.default_rng(seed)
    rows, labels, lumbar = [], [], []
    for index in range(patients):
        slice_offset = rng.normal(0, 1) + SCANNERS.slice_step.draw(rng) * rng.integers(-1, 2)
        for level, segment in enumerate(draw_patient(seed, index).segments[:_SEEN_DISCS]):
            broad, focal, front = visible_displacement(segment.disease, segment, slice_offset)
            height = max(_rim_half_height(segment) + segment.disease.extension, LEAST_HALF_HEIGHT)
            rows.append(
                (
                    broad + focal,
                    front,
                    height if broad + focal > 1 else 0.0,
                    segment.disease.degeneration,
                    segment.disease.height_loss,
                    level,
                )
            )
            labels.append(_label(segment.disease, broad, focal, height))
            lumbar.append(segment.level.region == "lumbar")
    return np.array(rows), np.array(labels), np.array(lumbar)


def visible_displacement(
    disease: DiscDisease, segment: Segment, slice_offset: float
) -> tuple[float, float, float]:
    """(broad and focal displacement behind, displacement in front) in mm in a slice that lies
    ``slice_offset`` mm to the left of the disc's middle."""
    lateral = np.array(slice_offset)
    angle = np.arctan2(lateral, segment.depth / 2)
    broad = disease.broad_depth(angle)
    front = disease.broad_depth(np.array(np.pi))
    return float(broad), float(disease.focal_depth(lateral)), float(front)


def _rim_half_height(segment: Segment) -> float:
    """Half the disc's height at its posterior rim, mm."""
    return (segment.disc_height - np.radians(segment.disc_wedge) * segment.depth / 2) / 2


def _label(disease: DiscDisease, broad: float, focal: float, half_height: float) -> State:
    """The slice's label from the area of half an ellipse, as the object's displaced tissue has."""
    quarter = 0.5 * np.pi * half_height
    if quarter * focal >= LABELS.cut_area:
        return "herniation"
    if disease.bulge > 0 and quarter * broad >= LABELS.cut_area:
        return "bulge"
    return "normal"
