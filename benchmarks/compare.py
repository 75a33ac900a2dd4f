"""Finished benchmarks of one cohort side by side: other views or other settings, the same patients."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from annotation.views import View, named_view
from benchmarks.bootstrap import Interval, PatientDraws, ResampledAP, draw_patients, resampled_ap
from benchmarks.out_of_fold import development, out_of_fold
from benchmarks.results import Difference
from benchmarks.runner import BenchmarkFolder, Plan, prepare
from benchmarks.scoring import ScoredImage, match
from benchmarks.truth import ground_truth
from detectors.decoding.yolo import suppress
from detectors.detections import Detections
from errors import BadInputError

_SAME_FINDING_IOU = 0.6
"""Of two boxes that become one class in the view of the comparison, the better one is kept."""


@dataclass(frozen=True)
class Contender:
    """One detector of one benchmark, out of fold, seeds averaged; AP50 per class of the view."""

    name: str
    seeds: int
    map50: Interval
    ap50: tuple[Interval, ...]


@dataclass(frozen=True)
class Comparison:
    """Contenders on the same images; intervals and paired differences by bootstrap over patients,
    conditional on the trained models (bootstrap.py). ``same_folds``: whether all were trained on the
    same sides of the same folds."""

    view: str
    classes: tuple[str, ...]
    images: int
    patients: int
    resamples: int
    same_folds: bool
    contenders: tuple[Contender, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, eq=False)
class _Scored:
    """A contender's scores on all patients and in every resample, and the benchmark it is of."""

    name: str
    folder: Path
    seeds: int
    ap: ResampledAP


def compare(folders: Sequence[Path], view_name: str, resamples: int = 1000, seed: int = 0) -> Comparison:
    """Score every detector of some finished benchmarks in one view, and take the differences of each
    two benchmarks' detectors.

    Raises BadInputError for a benchmark that is not finished, is of another cohort than the first,
    or was trained on classes that do not tell the view's.
    """
    plans = {folder: _plan(folder) for folder in folders}
    first = plans[folders[0]]
    view = named_view(view_name, first.cohort.label_set)
    truth = ground_truth(development(first), view)
    for folder, plan in plans.items():
        if not _same(truth, ground_truth(development(plan), view)):
            raise BadInputError(
                folder, f"its images or boxes are not those of {folders[0]}; compare one cohort"
            )
    draws = draw_patients(sorted({item.patient for item in truth}), resamples, seed)
    scored = [
        _scored(folder, plan, detector, view, truth, draws)
        for folder, plan in plans.items()
        for detector in plan.protocol.detectors
    ]
    return Comparison(
        view=view.name,
        classes=view.names,
        images=len(truth),
        patients=len(draws.patients),
        resamples=resamples,
        same_folds=all(plan.folds.test == first.folds.test for plan in plans.values()),
        contenders=tuple(
            Contender(item.name, item.seeds, item.ap.mean(), _of_classes(item.ap)) for item in scored
        ),
        differences=tuple(
            _difference(later, earlier, len(truth))
            for earlier, later in combinations(scored, 2)
            if later.folder != earlier.folder
        ),
    )


def _scored(
    folder: Path, plan: Plan, detector: str, view: View, truth: Sequence[ScoredImage], draws: PatientDraws
) -> _Scored:
    seeds = [
        {name: in_view(item, plan.view, view, folder) for name, item in found.items()}
        for found in out_of_fold(plan, BenchmarkFolder(folder), detector)
    ]
    tables = [match(truth, found, view.names) for found in seeds]
    return _Scored(f"{folder.name}: {detector}", folder, len(seeds), resampled_ap(tables, draws))


def _difference(first: _Scored, second: _Scored, images: int) -> Difference:
    difference = first.ap.minus(second.ap)
    return Difference(
        first.name,
        second.name,
        min(first.seeds, second.seeds),
        images,
        difference.mean(),
        _of_classes(difference),
    )


def in_view(found: Detections, trained: View, view: View, folder: Path) -> Detections:
    """Detections of a detector that was trained on one view as findings of another: classes that the
    view merges become one, the rest is left out. Raises BadInputError where the view has a class that
    none of the trained classes tells."""
    parts = [Detections.none()]
    for label, item in enumerate(view.classes):
        sources = [index for index, name in enumerate(trained.names) if name in item.merge]
        if not sources:
            raise BadInputError(folder, f"was not trained to find {item.name}; compare in another --view")
        chosen = np.isin(found.labels, sources)
        part = Detections(found.boxes[chosen], found.scores[chosen], np.full(int(chosen.sum()), label))
        merged = len(sources) > 1
        parts.append(suppress(part.boxes, part.scores, part.labels, _SAME_FINDING_IOU) if merged else part)
    return Detections(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.labels for part in parts]),
    )


def _plan(folder: Path) -> Plan:
    benchmark = BenchmarkFolder(folder)
    return prepare(benchmark.run(), benchmark)


def _same(one: Sequence[ScoredImage], other: Sequence[ScoredImage]) -> bool:
    return len(one) == len(other) and all(
        first.image == second.image
        and np.array_equal(first.boxes, second.boxes)
        and np.array_equal(first.labels, second.labels)
        for first, second in zip(one, other, strict=True)
    )


def _of_classes(score: ResampledAP) -> tuple[Interval, ...]:
    return tuple(score.of_class(label) for label in range(len(score.classes)))
