"""The figures of a fracture benchmark, as ``results.json`` holds them."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.fracture.answers import Answer, Side, side
from benchmarks.fracture.reader_comparison import ReaderComparison
from benchmarks.results import without_nan
from data.cohort import Exclusion
from fracture.causes import CAUSES
from fracture.features import FeatureTest
from imaging.new_folder import write_whole
from stats.calibration import brier_score, expected_calibration_error

MODEL = "model"
"""What the model is called beside readers."""


@dataclass(frozen=True)
class Calibration:
    """Whether the probability of malignancy means what it says, on the patients who were answered on; NaN
    where there is none. ``expected_error``: of the most probable cause (``stats.calibration``)."""

    patients: int
    expected_error: float
    brier: float


@dataclass(frozen=True)
class FractureResults:
    """Malignant is positive throughout.

    ``answers``: of each tested patient, out of fold. ``confusion``: (right, said) counts in the order of
    ``fracture.causes.CAUSES``; ``unanswered``: of each cause how many were given no answer, which count as
    wrong. ``left_out``: studies and pictures that could not be used. ``features``: none where the cohort has
    no features.csv; ``comparison``: None where it has no readings.csv.
    """

    title: str
    model: Side
    confusion: tuple[tuple[int, ...], ...]
    unanswered: tuple[int, ...]
    calibration: Calibration
    answers: tuple[Answer, ...]
    left_out: tuple[Exclusion, ...]
    features: tuple[FeatureTest, ...]
    comparison: ReaderComparison | None
    settings: tuple[tuple[str, str], ...]

    @property
    def patients(self) -> tuple[int, int]:
        """How many of each of CAUSES were tested."""
        benign, malignant = (sum(item.cause == cause for item in self.answers) for cause in CAUSES)
        return benign, malignant


def summarise(
    title: str,
    answers: Sequence[Answer],
    left_out: Sequence[Exclusion],
    features: Sequence[FeatureTest],
    comparison: ReaderComparison | None,
    settings: Sequence[tuple[str, str]],
) -> FractureResults:
    """All figures of a benchmark. Raises ValueError where the answers are on patients of one cause alone."""
    confusion = np.zeros((len(CAUSES), len(CAUSES)), np.int64)
    unanswered = np.zeros(len(CAUSES), np.int64)
    for item in answers:
        right = CAUSES.index(item.cause)
        if item.said is None:
            unanswered[right] += 1
        else:
            confusion[right, CAUSES.index(item.said)] += 1
    return FractureResults(
        title,
        side(MODEL, answers),
        tuple(map(tuple, confusion.tolist())),
        tuple(unanswered.tolist()),
        _calibration(answers),
        tuple(answers),
        tuple(left_out),
        tuple(features),
        comparison,
        tuple(settings),
    )


def write_fracture_results(results: FractureResults, path: Path) -> None:
    """Write ``results.json``; a number that is not defined is null."""
    text = json.dumps(without_nan(asdict(results)), indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(path, text + "\n")


def _calibration(answers: Sequence[Answer]) -> Calibration:
    rated = [item for item in answers if item.rating is not None]
    if not rated:
        return Calibration(0, math.nan, math.nan)
    probabilities = [(1 - item.rating, item.rating) for item in rated if item.rating is not None]
    labels = [int(item.is_malignant) for item in rated]
    return Calibration(
        len(rated),
        expected_calibration_error(probabilities, labels),
        brier_score(probabilities, labels),
    )
