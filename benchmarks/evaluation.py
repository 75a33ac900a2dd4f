"""A trained detector scored on patients whom it has not seen, in one runtime or in several side by side."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.bootstrap import Interval, ResampledAP, draw_patients, resampled_ap
from benchmarks.precision import coco_ap, mean_ap
from benchmarks.scoring import match
from benchmarks.trial import Source
from benchmarks.truth import ground_truth
from data.cohort import Cohort
from detectors.detections import Detections
from detectors.runtime import Detector, load
from errors import BadInputError
from imaging.pictures import read_picture
from models.identities import picture_digest, read_identities
from models.runtimes import RuntimeName

MEAN = "mean"
"""Of the classes that have a box to find."""


@dataclass(frozen=True)
class ClassPrecision:
    """Average precision of a class, or of the mean of all: Pascal VOC's at an IoU of .5, with its interval
    over patients, and COCO's at [.5:.95]; or the difference of two such."""

    name: str
    ap50: Interval
    coco_ap: float


@dataclass(frozen=True)
class RuntimeScore:
    """What a model finds in one runtime. ``computed_by``: what that is, in words.

    ``precision``: of the mean, then of each class; ``difference``: the same less the first runtime's, none
    for the first.
    """

    runtime: str
    computed_by: str
    precision: tuple[ClassPrecision, ...]
    difference: tuple[ClassPrecision, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """A model on a cohort; intervals by bootstrap over its patients. ``left_out``: images that cannot be
    used."""

    detector: str
    view: str
    images: int
    patients: int
    left_out: int
    resamples: int
    runtimes: tuple[RuntimeScore, ...]


@dataclass(frozen=True, eq=False)
class _Scored:
    """AP50 in every resample, and COCO's AP, (classes,)."""

    ap50: ResampledAP
    coco: NDArray[np.float64]

    def minus(self, other: "_Scored") -> "_Scored":
        return _Scored(self.ap50.minus(other.ap50), self.coco - other.coco)

    def precision(self) -> tuple[ClassPrecision, ...]:
        """The mean's, then each class's."""
        classes = (
            ClassPrecision(name, self.ap50.of_class(label), float(self.coco[label]))
            for label, name in enumerate(self.ap50.classes)
        )
        return (ClassPrecision(MEAN, self.ap50.mean(), float(mean_ap(self.coco))), *classes)


def evaluate(
    model: Path,
    source: Source,
    runtimes: Sequence[RuntimeName],
    threads: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
    resamples: int = 1000,
) -> Evaluation:
    """Score a model folder on a cohort in each runtime, on so many processor threads. ``progress`` takes the
    images done and their number.

    Raises BadInputError where the model or the cohort cannot be read, the view's classes are not the model's,
    this machine has none of the runtimes, or the model was trained on one of the patients or pictures.
    """
    detectors = [load(model, threads, runtime) for runtime in runtimes]
    card = detectors[0].card
    cohort, view = source.read()
    if view.names != card.classes:
        order = ", in this order" if set(view.names) == set(card.classes) else ""
        said = f"detects {', '.join(card.classes)}{order}; the view {view.name} has {', '.join(view.names)}"
        raise BadInputError(model, f"{said}; give the --view that it was trained in")
    _refuse_known(model, cohort, source.folder)
    truth = ground_truth(cohort, view)
    draws = draw_patients(sorted(cohort.patients), resamples, seed=0)
    done, total = count(1), len(detectors) * len(cohort.images)
    scores: list[RuntimeScore] = []
    first: _Scored | None = None
    for name, detector in zip(runtimes, detectors, strict=True):
        found = _predict(detector, cohort, lambda: progress(next(done), total))
        table = match(truth, found, card.classes)
        scored = _Scored(resampled_ap([table], draws), coco_ap(table))
        difference = scored.minus(first).precision() if first else ()
        first = first or scored
        scores.append(RuntimeScore(name, detector.runtime, scored.precision(), difference))
    return Evaluation(
        card.detector,
        view.name,
        len(cohort.images),
        len(cohort.patients),
        len(cohort.excluded),
        resamples,
        tuple(scores),
    )


def _refuse_known(model: Path, cohort: Cohort, folder: Path) -> None:
    """Scores on what a model was trained on say nothing."""
    known = read_identities(model)
    patients = sum(any(item.has_patient(patient) for item in known) for patient in cohort.patients)
    digests = [picture_digest(read_picture(image.path)) for image in cohort.images]
    pictures = sum(any(item.has_picture(digest) for item in known) for digest in digests if digest)
    if patients or pictures:
        of_patients = f"{patients} of its {len(cohort.patients)} patients"
        of_pictures = f"{pictures} of its {len(cohort.images)} pictures"
        which = of_patients if patients else of_pictures
        raise BadInputError(folder, f"the model was trained on {which}; give patients that it has not seen")


def _predict(detector: Detector, cohort: Cohort, advance: Callable[[], None]) -> dict[str, Detections]:
    """Each image's detections."""
    found: dict[str, Detections] = {}
    for image in cohort.images:
        found[image.name] = detector.predict(read_picture(image.path))
        advance()
    return found
