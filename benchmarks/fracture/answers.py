"""What was called of each patient's fracture, by the model or by a reader, and how often it was right."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bootstrap import Interval
from fracture.causes import MALIGNANT
from stats.proportions import accuracy_table
from stats.roc import auc_table


@dataclass(frozen=True)
class Answer:
    """``cause`` is right, ``said`` was called, None where nothing was: that counts as wrong. ``rating``:
    greater for more probably malignant, None where there is none."""

    patient: str
    cause: str
    said: str | None
    rating: float | None

    @property
    def is_right(self) -> bool:
        return self.said == self.cause

    @property
    def is_malignant(self) -> bool:
        """In truth."""
        return self.cause == MALIGNANT


@dataclass(frozen=True)
class Rate:
    """``right`` of ``of`` patients with a 95 % interval; for the balanced accuracy ``right`` is None."""

    value: Interval
    right: int | None
    of: int


@dataclass(frozen=True)
class Side:
    """How often the model, or a reader, was right on some patients.

    Intervals of sensitivity, specificity and accuracy are Wilson's, of balanced accuracy by bootstrap over
    patients, of ``auc`` DeLong's on the logit's scale; ``auc`` is None where there are no ratings of every
    patient who was answered on.
    """

    name: str
    experience: str
    patients: int
    sensitivity: Rate
    specificity: Rate
    accuracy: Rate
    balanced_accuracy: Rate
    auc: Interval | None


def side(name: str, answers: Sequence[Answer], experience: str = "") -> Side:
    """Raises ValueError where the patients are not of both causes."""
    malignant = np.array([item.is_malignant for item in answers])
    right = np.array([item.is_right for item in answers])
    table = accuracy_table(malignant, np.where(right, malignant, ~malignant), range(len(answers)))
    rows = {str(row["measure"]): row for row in table.to_dict("records")}
    return Side(
        name,
        experience,
        len(answers),
        _rate(rows["sensitivity"], "wilson"),
        _rate(rows["specificity"], "wilson"),
        _rate(rows["accuracy"], "wilson"),
        _rate(rows["balanced accuracy"], "cluster", len(answers)),
        _auc(answers),
    )


def ratings(answers: Sequence[Answer]) -> NDArray[np.float64]:
    """NaN where there is none."""
    return np.array([nan if item.rating is None else item.rating for item in answers], np.float64)


def _rate(row: Mapping[Hashable, Any], method: str, of: int | None = None) -> Rate:
    value = Interval(float(row["estimate"]), float(row[f"{method}_low"]), float(row[f"{method}_high"]))
    return Rate(value, None, of) if of is not None else Rate(value, int(row["correct"]), int(row["total"]))


def _auc(answers: Sequence[Answer]) -> Interval | None:
    """Of the patients on whom something was said; None where one of them has no rating, or all have the
    same."""
    answered = [item for item in answers if item.said is not None]
    rating = ratings(answered)
    try:
        row = auc_table([item.is_malignant for item in answered], rating).iloc[0]
    except ValueError:
        return None
    return Interval(float(row["auc"]), float(row["logit_low"]), float(row["logit_high"]))
