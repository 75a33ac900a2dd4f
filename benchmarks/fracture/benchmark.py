"""A whole fracture benchmark: folds by patient, then all figures; and the model trained on all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from annotation.views import View, ViewClass
from axial.models import model_identity
from benchmarks.alone import train_alone
from benchmarks.begun import begun_folds
from benchmarks.fracture.activation_maps import (
    MAPS,
    MapGallery,
    map_gallery,
    remove_call_maps,
    write_call_maps,
)
from benchmarks.fracture.answers import Answer
from benchmarks.fracture.lesions import CohortLesion, LesionCohort, LesionSource
from benchmarks.fracture.protocol import FractureProtocol
from benchmarks.fracture.reader_comparison import compare_readers
from benchmarks.fracture.report import write_fracture_report
from benchmarks.fracture.results import FractureResults, summarise
from benchmarks.fracture.terminal import print_fracture
from benchmarks.fracture.trial import MODEL, RESULTS, FractureTrial
from benchmarks.identity import identity_of
from benchmarks.jobs import Executor, Job, TrialFolder
from benchmarks.progress import run_with_progress
from benchmarks.terminal import print_warnings
from data.folds import Folds, make_folds
from detectors.runtime import Detector
from errors import BadInputError
from fracture.causes import CAUSES, MALIGNANT
from fracture.features import FEATURES_FILE, feature_tests, read_features
from fracture.readings import READINGS_FILE, read_fracture_readings
from fracture.result import read_fracture_result
from fracture.vertebra import open_vertebra_detector

_VIEW = View("fracture", tuple(ViewClass(cause, (cause,)) for cause in CAUSES))
"""By which folds are stratified."""


@dataclass(frozen=True)
class FractureOutcome:
    """What a benchmark gave: its results (None where no fold finished) and the failed folds."""

    results: FractureResults | None
    failed: tuple[Job[FractureTrial], ...]


def run_fracture_benchmark(
    protocol: FractureProtocol,
    data: Path,
    out: Path,
    executor: Executor,
    threads: int,
    console: Console,
    activation_maps: bool = False,
) -> FractureOutcome:
    """Run the folds that are missing of a benchmark, sum all of them up and write the report into ``out``.

    The tables features.csv and readings.csv of the cohort folder are taken in where they are there.
    ``activation_maps``: also show what the folds' models looked at; without, earlier maps are removed. Raises
    BadInputError for a cohort, a table, a detector or a folder that cannot be used.
    """
    source = LesionSource(data, protocol.label_set)
    lesions = source.read()
    features = feature_tests(read_features(data / FEATURES_FILE)) if (data / FEATURES_FILE).exists() else ()
    table = data / READINGS_FILE
    readings = read_fracture_readings(table) if table.exists() else ()
    folder = TrialFolder(out)
    folds = _folds(protocol, lesions, folder, threads, data)
    trials = [_trial(protocol, lesions, folds, fold, threads) for fold in range(len(folds.test))]
    console.print(f"{len(lesions.lesions)} patients with a fracture, {len(trials)} folds")
    print_warnings(folds.warnings, console)
    finished, failed = run_with_progress(protocol.title, trials, source, folder, executor, console)
    if not finished:
        return FractureOutcome(None, tuple(failed))
    answers = _answers(lesions.lesions, folder, finished)
    comparison = compare_readers(table, readings, answers) if readings else None
    settings = _settings(protocol, len(finished), folds.warnings)
    try:
        results = summarise(protocol.title, answers, lesions.left_out, features, comparison, settings)
    except ValueError:
        raise BadInputError(
            out, "the finished folds hold patients of one cause alone; see logs/, then run the same again"
        ) from None
    maps = None
    if activation_maps:
        maps = _maps(lesions, folder, finished, answers, threads)
    else:
        remove_call_maps(out)
    write_fracture_report(results, out, maps)
    print_fracture(results, console)
    console.print(f"report: {out / 'report.html'}")
    if maps:
        console.print(f"activation maps: {out / MAPS}")
    return FractureOutcome(results, tuple(failed))


def train_fracture(protocol: FractureProtocol, data: Path, out: Path, threads: int, console: Console) -> None:
    """Train the classifier on a whole cohort, into the model folder ``out``.

    Raises BadInputError for a cohort that cannot be used, and where training fails.
    """
    source = LesionSource(data, protocol.label_set)
    patients = source.read().cohort.patients
    trial = FractureTrial(protocol, None, patients, (), threads)
    train_alone(trial, source, MODEL, "model.onnx", out, "the fracture classifier", console)


def _folds(
    protocol: FractureProtocol, lesions: LesionCohort, folder: TrialFolder, threads: int, data: Path
) -> Folds:
    """The folds of a benchmark, made or found in its folder."""
    # Label set and detector count by what they are, not by where they lie; the detector where it is used.
    vertebrae = ""
    if protocol.segment == "detector":
        path = Path(protocol.vertebrae)
        detector = open_vertebra_detector(path, with_names=False)
        _check_is_new_to(detector, path, lesions.cohort.patients)
        vertebrae = model_identity("vertebrae", path, detector.card.detector).digest
    identity = identity_of(replace(protocol, label_set="", vertebrae=vertebrae), lesions.cohort, threads)

    def make() -> Folds:
        return make_folds(lesions.cohort, _VIEW, protocol.folds, protocol.seed)

    return begun_folds(folder.path, identity, lesions.cohort, make, data)


def _check_is_new_to(detector: Detector, folder: Path, patients: Sequence[str]) -> None:
    """Each patient is a test patient of some fold. Raises BadInputError where one is known to it."""
    known = sum(map(detector.card.trained_on, patients))
    if known:
        raise BadInputError(
            folder,
            f"was trained on {known} of the cohort's {len(patients)} patients, who are to be tested; name a "
            "detector of other patients, or `segment: box`",
        )


def _trial(
    protocol: FractureProtocol, lesions: LesionCohort, folds: Folds, fold: int, threads: int
) -> FractureTrial:
    training, test = folds.split(lesions.cohort, fold)
    return FractureTrial(protocol, fold, training.patients, test.patients, threads)


def _answers(
    lesions: Sequence[CohortLesion], folder: TrialFolder, finished: Sequence[FractureTrial]
) -> list[Answer]:
    by_study = {item.study: item for item in lesions}
    answers = []
    for trial in finished:
        for file in sorted((folder.trial(trial) / RESULTS).glob("*.json")):
            said, lesion = read_fracture_result(file), by_study[file.stem]
            rating = said.probabilities.get(MALIGNANT)
            answers.append(Answer(lesion.patient, lesion.cause, said.cause, rating))
    return answers


def _maps(
    lesions: LesionCohort,
    folder: TrialFolder,
    finished: Sequence[FractureTrial],
    answers: Sequence[Answer],
    threads: int,
) -> MapGallery:
    trials = [folder.trial(trial) for trial in finished]
    return map_gallery(answers, write_call_maps(lesions.lesions, trials, folder.path, threads))


def _settings(protocol: FractureProtocol, folds: int, warnings: Sequence[str]) -> list[tuple[str, str]]:
    """What a reader wants to know of how it was run."""
    settings = protocol.settings
    return [
        ("folds", f"{folds} of {protocol.folds}, by patient, spread by cause"),
        ("classifier", f"{protocol.classifier}, {settings.image_size} px, {settings.epochs} epochs"),
        ("pictures", "T1 and T2 of the lesion slice and its two neighbours, registered by geometry"),
        (
            "region",
            "the annotated box" if protocol.segment == "box" else "the detector's box around its centre",
        ),
        *(("warning", warning) for warning in warnings),
    ]
