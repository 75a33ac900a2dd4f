"""From what its pictures show to a disc's own verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_LEAST = 1e-4
"""Probabilities nearer to 0 or 1 say no more than this."""


@dataclass(frozen=True)
class DiscVerdict:
    """A disc's state; ``probabilities`` in the order of the classifier's classes. The verdict weighs them
    by the cost of missing a class, as the classifier's own does (``classifiers.model_card``)."""

    label: int
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Combination:
    """How the pictures of a disc are combined, those of one side (axial or sagittal) or of both.

    Classes are in the order of severity. Of a side's pictures counts the one that shows most: for each
    class but the first, the largest probability of at least this severity (``severities``). A multinomial
    logistic regression on their log odds, with classes weighted by their rarity, gives balanced
    probabilities; times the ``frequencies`` of the classes, those of the population.
    ``coefficients``: (classes, sides · (classes - 1)), ``intercepts``: (classes,).
    """

    coefficients: tuple[tuple[float, ...], ...]
    intercepts: tuple[float, ...]
    frequencies: tuple[float, ...]

    def verdict(self, *sides: ArrayLike) -> DiscVerdict:
        """Each side: (n, classes) probabilities of its n >= 1 pictures of one disc."""
        balanced = np.array(self.coefficients) @ _features(sides) + self.intercepts
        weighted = balanced + np.log(self.frequencies)
        shares = np.exp(weighted - weighted.max())
        return DiscVerdict(int(balanced.argmax()), tuple((shares / shares.sum()).tolist()))


def fit_combination(discs: Sequence[Sequence[ArrayLike]], labels: Sequence[int]) -> Combination:
    """``discs``: of each disc its sides, each the (n, classes) probabilities of its pictures, predicted by
    models that have not seen its patient; ``labels``: its state. Raises ValueError where a class has no
    disc."""
    from sklearn.linear_model import LogisticRegression  # only training needs it, and it takes a second

    classes = np.asarray(discs[0][0]).shape[1] if discs else 0
    counts = np.bincount(labels, minlength=classes)
    if not len(counts) or not counts.all():
        raise ValueError("there is no disc of one of the classes; add some")
    features = np.array([_features(sides) for sides in discs])
    fitted = LogisticRegression(class_weight="balanced", C=10.0).fit(features, labels)
    return Combination(
        tuple(map(tuple, fitted.coef_.tolist())),
        tuple(fitted.intercept_.tolist()),
        tuple((counts / counts.sum()).tolist()),
    )


def severities(pictures: ArrayLike) -> Floats:
    """(n, classes) probabilities -> (classes - 1,): for each class but the first the largest probability,
    over the pictures, of this class or a more severe one."""
    probabilities = np.asarray(pictures, float)
    at_least = probabilities[:, ::-1].cumsum(axis=1)[:, ::-1]
    return at_least[:, 1:].max(axis=0)


def _features(sides: Sequence[ArrayLike]) -> Floats:
    return np.concatenate([log_odds(severities(side)) for side in sides])


def log_odds(probabilities: ArrayLike) -> Floats:
    """Of probabilities, which say no more than ``_LEAST`` however near to 0 or 1."""
    clipped = np.clip(probabilities, _LEAST, 1 - _LEAST)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds
