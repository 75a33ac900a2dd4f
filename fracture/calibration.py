"""From the classifier's logits to a probability of malignancy, and to the cause that is called.

A network that has learnt few patients by heart leans to the more frequent cause on others, however its loss
weighs the rarer one: what it says of patients whom it did not see tells how far.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import TypeAdapter, ValidationError
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from errors import BadInputError
from fracture.causes import CAUSES, MALIGNANT
from imaging.new_folder import write_whole

RULES_FILE = "fracture.json"
"""In the model folder."""


@dataclass(frozen=True)
class FractureRules:
    """The probability of malignancy is 1 / (1 + exp(-(``slope`` · d + ``intercept``))), d the logit of
    malignant less that of benign. Malignant is called from ``prevalence`` on, the share of malignant
    fractures among the patients it was fitted on: so missing the rarer cause costs as much more as it is
    rarer."""

    slope: float
    intercept: float
    prevalence: float

    def probability(self, logits: ArrayLike) -> NDArray[np.float64]:
        """(…, causes) logits -> (…,)."""
        return np.asarray(expit(self.slope * _malignant_over_benign(logits) + self.intercept), np.float64)

    def write(self, folder: Path) -> None:
        write_whole(folder / RULES_FILE, _RULES.dump_json(self, indent=1).decode() + "\n")


_RULES = TypeAdapter(FractureRules)


def fit_rules(logits: ArrayLike, labels: ArrayLike) -> FractureRules:
    """Fit them on what classifiers say of patients they did not see: ``logits`` (n, causes), ``labels`` (n,)
    indices of CAUSES.

    By maximum likelihood, the targets drawn in from 0 and 1 as far as one more patient of each cause would
    draw them. Source: Platt, Probabilistic Outputs for Support Vector Machines, 1999, section 2.
    """
    difference = _malignant_over_benign(logits)
    malignant = np.asarray(labels) == CAUSES.index(MALIGNANT)
    count, others = int(malignant.sum()), int((~malignant).sum())
    target = np.where(malignant, (count + 1) / (count + 2), 1 / (others + 2))

    def loss(parameters: NDArray[np.float64]) -> float:
        score = np.exp(parameters[0]) * difference + parameters[1]
        return -float((target * log_expit(score) + (1 - target) * log_expit(-score)).mean())

    start = np.array([0.0, np.log((count + 1) / (others + 1))])
    found = minimize(loss, start, method="Nelder-Mead", bounds=[(-4.0, 4.0), (-20.0, 20.0)])
    slope, intercept = found.x.tolist()
    return FractureRules(float(np.exp(slope)), float(intercept), count / (count + others))


def read_rules(folder: Path) -> FractureRules:
    """Raises BadInputError where the folder has none."""
    path = folder / RULES_FILE
    try:
        return _RULES.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        raise BadInputError(
            path, "does not say how its logits are read; give a folder that `discern train-fracture` made"
        ) from None


def _malignant_over_benign(logits: ArrayLike) -> NDArray[np.float64]:
    given = np.asarray(logits, np.float64)
    return np.asarray(given[..., 1] - given[..., 0])
