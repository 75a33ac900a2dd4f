"""The chosen detector, trained once more on every development patient, with its operating thresholds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from annotation.views import View
from benchmarks.alone import train_alone
from benchmarks.out_of_fold import development, out_of_fold
from benchmarks.precision import best_f1, mean_ap, ranking, voc_ap
from benchmarks.protocol import Protocol
from benchmarks.runner import BenchmarkFolder, Run, prepare
from benchmarks.scoring import MatchTable, match
from benchmarks.trial import Source, Trial
from benchmarks.truth import ground_truth
from data.cohort import Cohort
from detectors.model_folder import read_card, write_card
from detectors.settings import Settings
from errors import BadInputError


def refit_benchmark(
    detector: str, folder: Path, out: Path, seed: int, threads: int, console: Console
) -> None:
    """Refit a benchmark's detector on all its development patients.

    The operating thresholds are those of the best F1 per class on the out-of-fold predictions,
    averaged over the benchmark's seeds. Raises BadInputError where the benchmark is not finished.
    """
    benchmark = BenchmarkFolder(folder)
    plan = prepare(benchmark.run(), benchmark)
    settings = _settings(plan.protocol, detector, folder)
    patients = development(plan)
    truth = ground_truth(patients, plan.view)
    tables = [match(truth, found, plan.view.names) for found in out_of_fold(plan, benchmark, detector)]
    _train(detector, settings, plan.source, patients, out, seed, threads, console)
    card = read_card(out)
    ap = np.mean([voc_ap(table) for table in tables], axis=0)
    figures = {f"AP50 {name}": float(value) for name, value in zip(plan.view.names, ap, strict=True)}
    metrics = {"mAP50 out of fold": float(mean_ap(ap)), **figures}
    known = {name: value for name, value in metrics.items() if np.isfinite(value)}
    write_card(out, replace(card, thresholds=operating_thresholds(tables, plan.view), metrics=known))


def refit(run: Run, detector: str, out: Path, seed: int, console: Console) -> None:
    """Train a detector on a whole cohort with a protocol's settings, without thresholds."""
    protocol, source, cohort = run.open()
    settings = _settings(protocol, detector, Path(run.protocol))
    patients = cohort.of_patients(set(cohort.patients) - set(protocol.held_out_patients))
    _train(detector, settings, source, patients, out, seed, run.threads, console)


def operating_thresholds(tables: list[MatchTable], view: View) -> dict[str, float]:
    """Per class the score of the best F1, averaged over tables; a class never found has none."""
    thresholds = {}
    for label, name in enumerate(view.names):
        points = [best_f1(ranking(table, label)) for table in tables]
        scores = [point.threshold for point in points if point is not None]
        if scores:
            thresholds[name] = float(np.mean(scores))
    return thresholds


def _settings(protocol: Protocol, detector: str, path: Path) -> Settings:
    if detector not in protocol.detectors:
        raise BadInputError(path, f"no {detector} in this protocol; it has {', '.join(protocol.detectors)}")
    return protocol.detectors[detector]


def _train(
    detector: str,
    settings: Settings,
    source: Source,
    cohort: Cohort,
    out: Path,
    seed: int,
    threads: int,
    console: Console,
) -> None:
    trial = Trial(detector, None, seed, replace(settings, seed=seed, threads=threads), cohort.patients, ())
    train_alone(trial, source, "model", "model.json", out, detector, console)
