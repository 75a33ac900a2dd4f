"""A whole axial benchmark: models × folds by patient, then all figures; and the models trained on all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from annotation.views import named_view
from axial.models import RULES_FILE
from axial.result import read_result
from benchmarks.alone import train_alone
from benchmarks.axial.protocol import AxialProtocol, DetectorStage
from benchmarks.axial.reference import reference_of_annotations
from benchmarks.axial.report import write_axial_report
from benchmarks.axial.results import AxialResults, summarise
from benchmarks.axial.scoring import ReadStudy
from benchmarks.axial.terminal import print_axial
from benchmarks.axial.trial import AxialTrial, StudySource
from benchmarks.begun import begun_folds
from benchmarks.identity import identity_of
from benchmarks.jobs import Executor, Job, TrialFolder
from benchmarks.progress import run_with_progress
from benchmarks.terminal import print_warnings
from benchmarks.trial import read_predictions
from benchmarks.truth import ground_truth
from data.cohort import Cohort
from data.cohort_studies import CohortStudy
from data.folds import Folds, make_folds
from detectors.detections import Detections
from imaging.study import SeriesKind

_STATES, _REGIONS = "axial-states", "axial-roi"
"""The views by which folds are stratified, and in which stage 3 is scored."""


@dataclass(frozen=True)
class AxialOutcome:
    """What a benchmark gave: its results (None where no fold finished) and the failed folds."""

    results: AxialResults | None
    failed: tuple[Job[AxialTrial], ...]


def run_axial_benchmark(
    protocol: AxialProtocol, data: Path, out: Path, executor: Executor, threads: int, console: Console
) -> AxialOutcome:
    """Run the folds that are missing of a benchmark, sum all of them up and write the report into ``out``.

    Raises BadInputError for a cohort or a folder that cannot be used.
    """
    source = StudySource(data, protocol.label_set)
    cohort, studies = source.read()
    folder = TrialFolder(out)
    folds = _prepare(protocol, cohort, folder, threads, data)
    trials = [_trial(protocol, cohort, folds, fold, threads) for fold in range(len(folds.test))]
    console.print(f"{len(studies)} studies of {len(cohort.patients)} patients, {len(trials)} folds")
    print_warnings(folds.warnings, console)
    finished, failed = run_with_progress(protocol.title, trials, source, folder, executor, console)
    if not finished:
        return AxialOutcome(None, tuple(failed))
    settings = _settings(protocol, len(finished), folds.warnings)
    results = _summarise(protocol.title, cohort, studies, folder, finished, settings)
    write_axial_report(results, out)
    print_axial(results, console)
    console.print(f"report: {out / 'report.html'}")
    return AxialOutcome(results, tuple(failed))


def train_axial(protocol: AxialProtocol, data: Path, out: Path, threads: int, console: Console) -> None:
    """Train the models of the four stages on a whole cohort, into the folder ``out``.

    Raises BadInputError for a cohort that cannot be used, and where training fails.
    """
    source = StudySource(data, protocol.label_set)
    cohort, _ = source.read()
    trial = AxialTrial(protocol, None, cohort.patients, (), threads)
    train_alone(trial, source, "models", RULES_FILE, out, "the axial path", console)


def _prepare(protocol: AxialProtocol, cohort: Cohort, folder: TrialFolder, threads: int, data: Path) -> Folds:
    """The folds of a benchmark, made or found in its folder."""
    # Views and label sets count by their names and what they make of the cohort, not by where they lie.
    named = replace(
        protocol,
        label_set="",
        vertebrae=_by_name(protocol.vertebrae),
        discs=_by_name(protocol.discs),
        sagittal=_by_name(protocol.sagittal) if protocol.sagittal else None,
    )
    identity = identity_of(named, cohort, threads)

    def make() -> Folds:
        return make_folds(cohort, named_view(_STATES, cohort.label_set), protocol.folds, protocol.seed)

    return begun_folds(folder.path, identity, cohort, make, data)


def _by_name(stage: DetectorStage) -> DetectorStage:
    return replace(stage, view=Path(stage.view).stem)


def _trial(protocol: AxialProtocol, cohort: Cohort, folds: Folds, fold: int, threads: int) -> AxialTrial:
    training, test = folds.split(cohort, fold)
    return AxialTrial(protocol, fold, training.patients, test.patients, threads)


def _summarise(
    title: str,
    cohort: Cohort,
    studies: Sequence[CohortStudy],
    folder: TrialFolder,
    finished: Sequence[AxialTrial],
    settings: Sequence[tuple[str, str]],
) -> AxialResults:
    read: list[ReadStudy] = []
    found: dict[str, Detections] = {}
    by_name = {study.study: study for study in studies}
    for trial in finished:
        path = folder.trial(trial)
        found |= read_predictions(path / "predictions.npz")
        for file in sorted((path / "results").glob("*.json")):
            study = by_name[file.stem]
            places = {item.image.name: item.geometry for item in study.axial}
            read.append(ReadStudy(read_result(file), reference_of_annotations(study), places))
    tested = cohort.of_patients(patient for trial in finished for patient in trial.test)
    regions = ground_truth(tested.of_kinds([SeriesKind.AXIAL_T2]), named_view(_REGIONS, cohort.label_set))
    return summarise(title, read, regions, found, settings)


def _settings(protocol: AxialProtocol, folds: int, warnings: Sequence[str]) -> list[tuple[str, str]]:
    """What a reader wants to know of how it was run."""
    states = protocol.states
    return [
        ("folds", f"{folds} of {protocol.folds}, by patient"),
        *(
            (name, f"{stage.detector}, {stage.settings.image_size} px, {stage.settings.epochs} epochs")
            for name, stage in (
                ("stage 1", protocol.vertebrae),
                ("stage 3", protocol.discs),
                ("stage 5", protocol.sagittal),
            )
            if stage
        ),
        (
            "stage 4",
            f"{states.classifier}, {states.settings.image_size} px, {states.settings.epochs} epochs, "
            + ("one for each level" if states.per_level else "told the level"),
        ),
        *(("warning", warning) for warning in warnings),
    ]
