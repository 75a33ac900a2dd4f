"""A whole benchmark, from a protocol and a cohort folder to the table and the report."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.console import Console

from benchmarks.jobs import Executor, Job
from benchmarks.out_of_fold import development
from benchmarks.progress import run_with_progress
from benchmarks.report import write_report
from benchmarks.results import BenchmarkResults, FailedTrial
from benchmarks.runner import BenchmarkFolder, Plan, Run, prepare
from benchmarks.summary import TrialResult, summarise
from benchmarks.terminal import print_results, print_warnings
from benchmarks.trial import Trial, TrialRecord, read_predictions
from benchmarks.truth import ground_truth
from detectors.settings import Settings

_LOG_LINES = 15


@dataclass(frozen=True)
class Outcome:
    """What a benchmark gave: its results (None where no trial finished) and the failed trials."""

    results: BenchmarkResults | None
    failed: tuple[Job[Trial], ...]


def run_benchmark(
    run: Run, out: Path, executor: Executor, console: Console, folds: Path | None = None
) -> Outcome:
    """Run what is missing of a benchmark and write its table and report.

    ``folds``: the folds file of another benchmark of these patients, to be used here as well. Raises
    BadInputError for a protocol, a cohort or a folder that cannot be used.
    """
    folder = BenchmarkFolder(out)
    plan = prepare(run, folder, folds)
    _announce(plan, console)
    finished, failed = run_with_progress(
        plan.protocol.title, plan.trials, plan.source, folder, executor, console
    )
    if not finished:
        return Outcome(None, tuple(failed))
    results = _summarise(plan, folder, finished, failed)
    write_report(results, out)
    print_results(results, console)
    console.print(f"report: {out / 'report.html'}")
    return Outcome(results, tuple(failed))


def _announce(plan: Plan, console: Console) -> None:
    cohort = plan.cohort
    console.print(
        f"{len(cohort.images)} images of {len(cohort.patients)} patients, "
        f"{len(plan.folds.test)} folds, {len(plan.trials)} trials"
    )
    for exclusion in cohort.excluded:
        console.print(f"[yellow]left out[/yellow]  {exclusion.name}: {exclusion.reason}", highlight=False)
    print_warnings(plan.folds.warnings, console)


def _summarise(
    plan: Plan, folder: BenchmarkFolder, finished: Sequence[Trial], failed: Sequence[Job[Trial]]
) -> BenchmarkResults:
    results = summarise(
        plan.protocol.title,
        [_trial_result(folder.trial(trial)) for trial in finished],
        [_failed(job) for job in failed],
        ground_truth(development(plan), plan.view),
        plan.view.names,
        _settings(plan),
    )
    paper = plan.protocol.paper
    comparable = paper is not None and set(paper.classes) == set(plan.view.names)
    return replace(results, published=paper.detectors if paper and comparable else {})


def _trial_result(folder: Path) -> TrialResult:
    record = TrialRecord(**json.loads((folder / "trial.json").read_text(encoding="utf-8")))
    return TrialResult(**asdict(record), detections=read_predictions(folder / "predictions.npz"))


def _failed(job: Job[Trial]) -> FailedTrial:
    trial = job.trial
    lines = job.log.read_text(encoding="utf-8", errors="replace").splitlines() if job.log.exists() else []
    return FailedTrial(trial.detector, trial.note, trial.fold, trial.seed, "\n".join(lines[-_LOG_LINES:]))


def _settings(plan: Plan) -> list[tuple[str, str]]:
    """What a reader of the report wants to know of how it was run."""
    protocol = plan.protocol
    shown = [
        ("view", f"{plan.view.name} ({', '.join(plan.view.names)})"),
        ("folds", f"{len(plan.folds.test)} by patient, seed {protocol.fold_seed}"),
        ("seeds", ", ".join(str(seed) for seed in protocol.seeds)),
        ("threads a trial", str(plan.run.threads)),
    ]
    if plan.folds.held_out:
        shown.append(("held out", f"{len(plan.folds.held_out)} patients, in no fold"))
    if plan.cohort.excluded:
        shown.append(("left out", f"{len(plan.cohort.excluded)} images"))
    shown.extend((name, _described(settings)) for name, settings in protocol.detectors.items())
    shown.extend(("warning", warning) for warning in plan.folds.warnings)
    return shown


def _described(settings: Settings) -> str:
    optimisation = settings.optimisation
    start = f"from {settings.start_weights.name}" if settings.start_weights else "from scratch"
    return (
        f"{settings.image_size} px, {settings.epochs} epochs, batches of {settings.batch_size}, "
        f"{optimisation.method} at {optimisation.learning_rate:g}, {start}"
    )
