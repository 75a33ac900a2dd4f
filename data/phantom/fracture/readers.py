"""Simulated readers of the phantom's fractures, so that a comparison with a model has somebody to print.

They are no people, and nothing about people follows from them. Each sees the features that were ticked, with
errors of its own on top, and weighs them as they are distributed in the two causes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.phantom.fracture.features import FeatureRow
from data.table import write_table

READINGS_FILE = "readings.csv"
_STREAM = 20
"""Of random numbers, beside those of the patients."""
_STEPS = (0.1, 0.35, 0.65, 0.9)
"""Probabilities of malignancy from which the likelihood is 2, 3, 4 and 5."""


@dataclass(frozen=True)
class SimulatedReader:
    """``errors``: of the features, the share that is seen wrongly."""

    name: str
    experience: str
    errors: float


READERS = (
    SimulatedReader("simulated A", "senior radiologist", 0.0),
    SimulatedReader("simulated B", "resident, fourth year", 0.08),
    SimulatedReader("simulated C", "resident, first year", 0.3),
)


def write_simulated_readings(cohort: Path, rows: Sequence[FeatureRow]) -> None:
    """Write ``readings.csv`` into a cohort folder: reader, experience, patient, answer and likelihood (1 to
    5)."""
    ordered = sorted(rows, key=lambda item: item.patient)
    ticked = np.array([list(row.features.values()) for row in ordered], bool)
    malignant = np.array([row.cause == "malignant" for row in ordered])
    weights = _log_ratios(ticked, malignant)
    lines = []
    for number, reader in enumerate(READERS):
        wrong = np.random.default_rng([_STREAM, number]).random(ticked.shape) < reader.errors
        evidence = np.where(ticked ^ wrong, weights[0], weights[1]).sum(axis=1)
        probability = 1 / (1 + np.exp(-evidence))
        for row, share in zip(ordered, probability.tolist(), strict=True):
            answer = "malignant" if share >= 0.5 else "benign"
            likelihood = 1 + int(np.searchsorted(_STEPS, share, side="right"))
            lines.append([reader.name, reader.experience, row.patient, answer, str(likelihood)])
    write_table(cohort / READINGS_FILE, ("reader", "experience", "patient", "answer", "likelihood"), lines)


def _log_ratios(ticked: NDArray[np.bool_], malignant: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(2, features): the log likelihood ratio of malignant to benign of a feature that is seen, and of one
    that is not. Half a patient is added to each count."""
    shares = [(ticked[own].sum(axis=0) + 0.5) / (own.sum() + 1) for own in (malignant, ~malignant)]
    return np.log([shares[0] / shares[1], (1 - shares[0]) / (1 - shares[1])])
