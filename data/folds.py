"""Patient-level folds, stratified by class, written to a file and reused."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from warnings import catch_warnings

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from annotation.views import View
from data.cohort import Cohort
from errors import BadInputError
from imaging.new_folder import write_whole


@dataclass(frozen=True)
class Folds:
    """``test``: the patients of each fold's test side. ``held_out``: patients of the final test set,
    which enter no fold. ``warnings``: classes that a fold lacks."""

    seed: int
    test: tuple[tuple[str, ...], ...]
    held_out: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def split(self, cohort: Cohort, fold: int) -> tuple[Cohort, Cohort]:
        """(training, test) of one fold; every patient is on one side only."""
        test = set(self.test[fold])
        training = set().union(*self.test) - test
        return cohort.of_patients(training), cohort.of_patients(test)


def make_folds(cohort: Cohort, view: View, count: int, seed: int, held_out: Iterable[str] = ()) -> Folds:
    """Deal patients into folds with scikit-learn's StratifiedGroupKFold.

    A patient's stratum is the rarest of the view's classes among their boxes, so that rare diseases
    are spread first. Raises ValueError where there are fewer patients than folds, or a held-out
    patient is not in the cohort.
    """
    held_out = tuple(dict.fromkeys(held_out))
    unknown = sorted(set(held_out) - set(cohort.patients))
    if unknown:
        raise ValueError(
            f"{len(unknown)} held-out patients are not in the cohort; check the protocol's test set"
        )
    development = cohort.of_patients(set(cohort.patients) - set(held_out))
    if len(development.patients) < count:
        raise ValueError(
            f"{len(development.patients)} patients are too few for {count} folds; take fewer folds"
        )
    labels = _classes_of_patients(development, view)
    boxes = Counter(box.label for image in development.images for box in view.apply(image.boxes))
    rarest_first = sorted(view.names, key=lambda name: boxes[name])
    patients = sorted(labels)
    strata = [
        next((name for name in rarest_first if name in labels[patient]), "none") for patient in patients
    ]
    if max(Counter(strata).values()) < count:  # too few patients of each stratum to deal out one by one
        strata = ["any"] * len(patients)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    with catch_warnings(action="ignore", category=UserWarning):  # rare classes: ours name them, below
        sides = [
            [patients[index] for index in test]
            for _, test in splitter.split(np.zeros(len(patients)), strata, patients)
        ]
    folds = Folds(seed, tuple(tuple(side) for side in sides), held_out)
    return checked(with_warnings(folds, cohort, view), cohort)


def with_warnings(folds: Folds, cohort: Cohort, view: View) -> Folds:
    """The same folds, with a warning for every class of the view that a fold's test patients lack."""
    labels = _classes_of_patients(cohort.of_patients(set().union(*folds.test)), view)
    present = set().union(*labels.values())
    warnings = tuple(
        f"fold {number}: no {name} among its test patients"
        for number, side in enumerate(folds.test)
        for name in view.names
        if name in present and not any(name in labels[patient] for patient in side)
    )
    return replace(folds, warnings=warnings)


def _classes_of_patients(cohort: Cohort, view: View) -> dict[str, set[str]]:
    labels = {patient: set[str]() for patient in cohort.patients}
    for image in cohort.images:
        labels[image.patient].update(box.label for box in view.apply(image.boxes))
    return labels


def checked(folds: Folds, cohort: Cohort) -> Folds:
    """The same folds, if they are sound for the cohort: every patient on exactly one side, none
    unknown, no fold empty. Raises ValueError otherwise."""
    dealt = [patient for side in (*folds.test, folds.held_out) for patient in side]
    if len(dealt) != len(set(dealt)):
        raise ValueError("a patient is on both sides of a split; make the folds anew")
    if set(dealt) != set(cohort.patients):
        raise ValueError("the folds were made for other patients; make them anew for this cohort")
    if not all(folds.test):
        raise ValueError("a fold has no patients; take fewer folds")
    return folds


def write_folds(folds: Folds, path: Path) -> None:
    """Write the folds as JSON, atomically."""
    write_whole(path, json.dumps(asdict(folds), indent=2) + "\n")


def read_folds(path: Path, cohort: Cohort) -> Folds:
    """Read folds and check them against the cohort. Raises BadInputError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        folds = Folds(
            int(content["seed"]),
            tuple(tuple(side) for side in content["test"]),
            tuple(content["held_out"]),
            tuple(content["warnings"]),
        )
        return checked(folds, cohort)
    except (OSError, json.JSONDecodeError, UnicodeDecodeError, TypeError, KeyError, AttributeError):
        raise BadInputError(path, "not a folds file; restore it, or begin in another folder") from None
    except ValueError as error:
        raise BadInputError(path, str(error)) from None
