"""Patients dealt out to training, validation and test, by a seed."""

from dataclasses import dataclass

import numpy as np

from data.cohort import Cohort, CohortImage

TRAIN, VALID, TEST = "train", "valid", "test"


@dataclass(frozen=True)
class Side:
    """The pictures of some patients. ``name``: train, valid or test."""

    name: str
    images: tuple[CohortImage, ...]


def split_patients(cohort: Cohort, valid: float, test: float, seed: int) -> tuple[Side, ...]:
    """Deal out the patients: ``valid`` and ``test`` are shares of them, 0 for no such side.

    A side that is wanted gets one patient at least. Raises ValueError where too few are left to train on.
    """
    patients = sorted(cohort.patients)
    drawn = [patients[index] for index in np.random.default_rng(seed).permutation(len(patients))]
    counts = {name: _count(share, len(drawn)) for name, share in ((VALID, valid), (TEST, test))}
    if sum(counts.values()) >= len(drawn):
        raise ValueError(
            f"{len(drawn)} patients are too few for these shares; take a smaller --valid or --test"
        )
    sides = {VALID: drawn[: counts[VALID]], TEST: drawn[counts[VALID] : sum(counts.values())]}
    sides = {TRAIN: drawn[sum(counts.values()) :], **sides}
    return tuple(Side(name, cohort.of_patients(chosen).images) for name, chosen in sides.items() if chosen)


def _count(share: float, patients: int) -> int:
    return max(1, round(share * patients)) if share else 0
