"""From trials' predictions to a benchmark's results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from benchmarks.bootstrap import PatientDraws, ResampledAP, draw_patients, resampled_ap
from benchmarks.confusion import confusion_matrix
from benchmarks.precision import best_f1, coco_ap, mean_ap, precision_at_recalls, ranking, voc_ap
from benchmarks.results import (
    BenchmarkResults,
    ClassCount,
    ClassResult,
    DetectorResult,
    Difference,
    FailedTrial,
    TrialScore,
    TrialTiming,
)
from benchmarks.scoring import MatchTable, ScoredImage, match
from detectors.detections import Detections


@dataclass(frozen=True, eq=False)
class TrialResult:
    """What one trial measured and predicted.

    ``detections`` by image name, for every test image of the fold, or of all folds where ``fold`` is
    None. ``note`` sets apart rows of one detector that are not to be pooled ("start weights untouched").
    """

    detector: str
    fold: int | None
    seed: int
    epochs: int
    note: str
    parameters: int
    model_bytes: int
    train_seconds: float
    milliseconds_an_image: float
    detections: Mapping[str, Detections]


@dataclass(frozen=True, eq=False)
class _Row:
    """One detector and note: its trials, one table of pooled out-of-fold matches a seed."""

    trials: Sequence[TrialResult]
    tables: dict[int, MatchTable]
    detections: dict[int, dict[str, Detections]]

    def tables_on(self, images: Sequence[str]) -> list[MatchTable]:
        return [table.on_images(images) for table in self.tables.values()]

    @property
    def images(self) -> tuple[str, ...]:
        """Those predicted with every seed: seeds are averaged on the same images."""
        common = set.intersection(*(set(table.images) for table in self.tables.values()))
        return tuple(sorted(common))


def summarise(
    title: str,
    trials: Sequence[TrialResult],
    failures: Sequence[FailedTrial],
    ground_truth: Sequence[ScoredImage],
    classes: Sequence[str],
    settings: Sequence[tuple[str, str]],
    resamples: int = 1000,
    seed: int = 0,
) -> BenchmarkResults:
    """Score all trials, pooled out of fold and fold by fold, with intervals and paired differences.

    ``ground_truth`` holds every image that a trial predicted. ``seed`` draws the resamples, the same
    for every detector. Of a detector with failed folds only the images that all its seeds predicted
    are scored, and differences take the images that both detectors have. ValueError for an image
    predicted twice with one seed: its folds overlap.
    """
    truth = {item.image: item for item in ground_truth}
    draws = draw_patients(sorted({item.patient for item in ground_truth}), resamples, seed)
    rows = [_row(group, truth, classes) for group in _groups(trials)]
    resampled = [resampled_ap(row.tables_on(row.images), draws) for row in rows]
    predicted = sorted({name for row in rows for name in row.images})
    trained = [(row, ap) for row, ap in zip(rows, resampled, strict=True) if not row.trials[0].note]
    return BenchmarkResults(
        title=title,
        images=len(predicted),
        patients=len({truth[name].patient for name in predicted}),
        resamples=resamples,
        settings=tuple((name, value) for name, value in settings),
        classes=tuple(_class_count(truth, predicted, label, name) for label, name in enumerate(classes)),
        detectors=tuple(_detector_result(row, truth, ap) for row, ap in zip(rows, resampled, strict=True)),
        differences=tuple(_difference(later, earlier, draws) for earlier, later in combinations(trained, 2)),
        trials=tuple(score for row in rows for score in _trial_scores(row)),
        failures=tuple(failures),
        timing=tuple(
            TrialTiming(
                item.detector, item.note, item.fold, item.seed, item.train_seconds, item.milliseconds_an_image
            )
            for row in rows
            for item in row.trials
        ),
    )


def _groups(trials: Sequence[TrialResult]) -> list[list[TrialResult]]:
    """Trials of one detector and note together, in order of first appearance, then seed and fold."""
    groups: dict[tuple[str, str], list[TrialResult]] = {}
    for trial in trials:
        groups.setdefault((trial.detector, trial.note), []).append(trial)
    return [sorted(group, key=_seed_and_fold) for group in groups.values()]


def _seed_and_fold(trial: TrialResult) -> tuple[int, int]:
    return trial.seed, -1 if trial.fold is None else trial.fold


def _row(trials: list[TrialResult], truth: Mapping[str, ScoredImage], classes: Sequence[str]) -> _Row:
    detections: dict[int, dict[str, Detections]] = {}
    for trial in trials:
        pooled = detections.setdefault(trial.seed, {})
        twice = pooled.keys() & trial.detections.keys()
        if twice:
            raise ValueError(f"{trial.detector} predicted {min(twice)} in two folds of seed {trial.seed}")
        pooled |= trial.detections
    tables = {
        seed: match([truth[name] for name in pooled], pooled, classes) for seed, pooled in detections.items()
    }
    return _Row(trials, tables, detections)


def _class_count(truth: Mapping[str, ScoredImage], names: Sequence[str], label: int, name: str) -> ClassCount:
    annotated = [truth[image] for image in names if truth[image].annotated[label]]
    boxes = [int(((item.labels == label) & ~item.difficult).sum()) for item in annotated]
    with_box = {item.patient for item, count in zip(annotated, boxes, strict=True) if count}
    return ClassCount(
        name, len(annotated), len({item.patient for item in annotated}), sum(boxes), len(with_box)
    )


def _detector_result(row: _Row, truth: Mapping[str, ScoredImage], resampled: ResampledAP) -> DetectorResult:
    first = row.trials[0]
    tables = row.tables_on(row.images)
    class_results = _class_results(tables, resampled)
    folds = _fold_means(row)
    confusion = sum(
        confusion_matrix(
            table,
            [truth[name] for name in table.images],
            row.detections[seed],
            [point.threshold if (point := item.operating[index]) else np.inf for item in class_results],
        )
        for index, (seed, table) in enumerate(zip(row.tables, tables, strict=True))
    )
    return DetectorResult(
        detector=first.detector,
        note=first.note,
        seeds=tuple(row.tables),
        folds=len(folds),
        images=len(row.images),
        patients=len({truth[name].patient for name in row.images}),
        epochs=first.epochs,
        parameters=first.parameters,
        model_bytes=first.model_bytes,
        map50=resampled.mean(),
        coco_map=float(np.mean([mean_ap(coco_ap(table)) for table in tables])),
        fold_mean=float(np.mean(folds)),
        fold_sd=float(np.std(folds, ddof=1)) if len(folds) > 1 else np.nan,
        classes=class_results,
        confusion=tuple(tuple(int(count) for count in line) for line in np.asarray(confusion)),
    )


def _class_results(tables: Sequence[MatchTable], resampled: ResampledAP) -> tuple[ClassResult, ...]:
    coco = np.mean([coco_ap(table) for table in tables], axis=0)
    results = []
    for label, name in enumerate(resampled.classes):
        rankings = [ranking(table, label) for table in tables]
        results.append(
            ClassResult(
                name=name,
                ap50=resampled.of_class(label),
                coco_ap=float(coco[label]),
                resamples_without=resampled.resamples_without(label),
                operating=tuple(best_f1(ranked) for ranked in rankings),
                curve=tuple(np.mean([precision_at_recalls(ranked) for ranked in rankings], axis=0).tolist()),
            )
        )
    return tuple(results)


def _trial_scores(row: _Row) -> list[TrialScore]:
    scores = []
    for trial in row.trials:
        table = row.tables[trial.seed].on_images(list(trial.detections))
        ap = voc_ap(table)
        scores.append(
            TrialScore(
                trial.detector,
                trial.note,
                fold=trial.fold,
                seed=trial.seed,
                images=len(table.images),
                map50=float(mean_ap(ap)),
                coco_map=float(mean_ap(coco_ap(table))),
                ap50=tuple(ap.tolist()),
            )
        )
    return scores


def _fold_means(row: _Row) -> list[float]:
    """mAP50 of each fold, averaged over its seeds."""
    by_fold: dict[int | None, list[float]] = {}
    for score in _trial_scores(row):
        by_fold.setdefault(score.fold, []).append(score.map50)
    return [float(np.mean(values)) for values in by_fold.values()]


def _difference(
    first: tuple[_Row, ResampledAP], second: tuple[_Row, ResampledAP], draws: PatientDraws
) -> Difference:
    rows = [first[0], second[0]]
    common = sorted(set(rows[0].images) & set(rows[1].images))
    if rows[0].images == rows[1].images:
        difference = first[1].minus(second[1])
    else:
        ours, theirs = (resampled_ap(row.tables_on(common), draws) for row in rows)
        difference = ours.minus(theirs)
    return Difference(
        first=rows[0].trials[0].detector,
        second=rows[1].trials[0].detector,
        seeds=min(len(row.tables) for row in rows),
        images=len(common),
        map50=difference.mean(),
        ap50=tuple(difference.of_class(label) for label in range(len(difference.classes))),
    )
