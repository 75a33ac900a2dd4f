"""Training the models of the four stages on the studies of a cohort."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotation.labels import DIAGNOSES
from annotation.views import named_view
from axial.combination import fit_combination
from axial.fusion import FusionRules
from axial.models import CLASSIFIER, CLASSIFIERS, DISCS, VERTEBRAE, AxialRules
from benchmarks.axial.landmark_training import epochs_of_landmarks, train_landmarks
from benchmarks.axial.protocol import AxialProtocol, ClassifierStage, DetectorStage
from benchmarks.axial.reference import StudyReference, reference_of_annotations
from benchmarks.axial.sagittal_training import DiscKey, epochs_of_sagittal, fit_fusion, train_sagittal
from benchmarks.trial import model_card
from benchmarks.truth import training_images
from classifiers.calibration import fit_calibrated
from classifiers.model_card import new_card
from classifiers.samples import Sample
from data.cohort import Cohort
from data.cohort_studies import CohortStudy
from detectors.fitting import Progress, fit
from detectors.model_folder import write_model_folder
from imaging.study import SeriesKind
from models.model_folder import write_model_folder as write_classifier

LEVELS = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
"""Of which the classifier is told; any other disc is of an unknown level to it."""


def epochs_of(protocol: AxialProtocol) -> int:
    """How many epochs the training of all models has, whatever their length."""
    states = protocol.states
    trained = len(LEVELS) if states.per_level else 1
    classifier = trained * (states.settings.inner_folds + 1) * states.settings.epochs
    detectors = protocol.vertebrae.settings.epochs + protocol.discs.settings.epochs
    sagittal = epochs_of_sagittal(protocol.sagittal, protocol.inner_folds)
    return detectors + classifier + sagittal + epochs_of_landmarks(protocol)


def train_models(
    cohort: Cohort,
    studies: Sequence[CohortStudy],
    folder: Path,
    protocol: AxialProtocol,
    threads: int,
    out: Path,
    progress: Progress,
) -> None:
    """Train a set of models on a cohort and its studies, into ``out`` for ``axial.models.open_models``.

    ``folder``: the cohort's, for the points marked in it. ``progress`` counts the epochs of all models.
    Raises BadInputError and ValueError where the cohort cannot be trained on.
    """
    references = [reference_of_annotations(study) for study in studies]
    _check_states(references)
    seed = protocol.seed
    vertebrae, discs = (_seeded(stage, seed, threads) for stage in (protocol.vertebrae, protocol.discs))
    done = _train_detector(vertebrae, SeriesKind.SAGITTAL_T2, cohort, out / VERTEBRAE, progress)
    done += _train_detector(discs, SeriesKind.AXIAL_T2, cohort, out / DISCS, _after(progress, done))
    settings = replace(protocol.states.settings, seed=seed, threads=threads)
    states = replace(protocol.states, settings=settings)
    sides = _train_classifiers(states, studies, references, out, _after(progress, done))
    fusion = FusionRules(
        fit_combination([[side] for side in sides.pictures.values()], [*sides.states.values()])
    )
    done = epochs_of(replace(protocol, sagittal=None, endplates=None, herniations=None))
    if protocol.sagittal:
        stage = _seeded(protocol.sagittal, seed, threads)
        said = train_sagittal(stage, cohort, studies, protocol.inner_folds, out, _after(progress, done))
        fusion = fit_fusion(fusion, sides.pictures, sides.states, said, studies)
        done += epochs_of_sagittal(stage, protocol.inner_folds)
    widths = train_landmarks(protocol, studies, folder, threads, out, _after(progress, done))
    AxialRules(fusion, widths).write(out)


def _check_states(references: Sequence[StudyReference]) -> None:
    """Before anything is trained: the last of the models wants a disc of every state."""
    states = {state for reference in references for state in reference.states.values()}
    for name in DIAGNOSES:
        if name not in states:
            raise ValueError(f"no training sample of class {name!r} on axial pictures; add some")


@dataclass(frozen=True)
class _AxialSide:
    """Of each annotated disc what the classifiers of inner folds say of its slices, and its state: the most
    severe that they show."""

    pictures: dict[DiscKey, NDArray[np.float64]]
    states: dict[DiscKey, int]


def _seeded(stage: DetectorStage, seed: int, threads: int) -> DetectorStage:
    return replace(stage, settings=replace(stage.settings, seed=seed, threads=threads))


def _after(progress: Progress, done: int) -> Progress:
    return lambda epoch, loss: progress(done + epoch, loss)


def _train_detector(
    stage: DetectorStage, kind: SeriesKind, cohort: Cohort, folder: Path, progress: Progress
) -> int:
    """Train and write one detector; returns its epochs."""
    settings = stage.settings
    view = named_view(stage.view, cohort.label_set)
    shown = cohort.of_kinds([kind])
    network = fit(stage.detector, view.names, training_images(shown, view), settings, progress)
    card = model_card(stage.detector, settings, shown.patients, cohort, view, network)
    write_model_folder(folder, network, card)
    return settings.epochs


def _train_classifiers(
    stage: ClassifierStage,
    studies: Sequence[CohortStudy],
    references: Sequence[StudyReference],
    folder: Path,
    progress: Progress,
) -> _AxialSide:
    """Train the classifier, or one for each level; returns what it says of patients it has not seen."""
    samples, discs = _samples(studies, references)
    if not stage.per_level:
        probabilities = _train_classifier(stage, LEVELS, samples, folder / CLASSIFIER, progress)
        return _side(probabilities, samples, discs)
    combined: list[NDArray[np.float64]] = []
    chosen: list[int] = []
    for number, level in enumerate(LEVELS):
        own = [index for index, sample in enumerate(samples) if sample.category == number]
        of_level = [replace(samples[index], category=None) for index in own]
        before = number * (stage.settings.inner_folds + 1) * stage.settings.epochs
        path = folder / CLASSIFIERS / level
        combined.append(_train_classifier(stage, (), of_level, path, _after(progress, before)))
        chosen += own
    return _side(
        np.concatenate(combined), [samples[index] for index in chosen], [discs[index] for index in chosen]
    )


def _train_classifier(
    stage: ClassifierStage,
    categories: Sequence[str],
    samples: Sequence[Sample],
    folder: Path,
    progress: Progress,
) -> NDArray[np.float64]:
    """Train and write one classifier; returns its probabilities of the samples, out of fold."""
    calibrated = fit_calibrated(stage.classifier, DIAGNOSES, categories, samples, stage.settings, progress)
    card = new_card(
        stage.classifier,
        DIAGNOSES,
        categories,
        ("axial T2",),
        samples,
        stage.settings,
        calibrated.temperature,
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_classifier(folder, calibrated.network, card)
    return card.probabilities(calibrated.logits)


def _samples(
    studies: Sequence[CohortStudy], references: Sequence[StudyReference]
) -> tuple[list[Sample], list[DiscKey]]:
    """Every annotated disc on an axial picture, and whose disc of which level it is."""
    samples, discs = [], []
    for study, reference in zip(studies, references, strict=True):
        for item in study.axial:
            shown = reference.slices[item.image.name]
            if shown is not None and shown.level is not None:
                category = LEVELS.index(shown.level) if shown.level in LEVELS else None
                label = DIAGNOSES.index(shown.state)
                samples.append(Sample((item.image.path,), shown.edges, study.patient, label, category))
                discs.append((study.study, shown.level))
    return samples, discs


def _side(
    probabilities: NDArray[np.float64], samples: Sequence[Sample], discs: Sequence[DiscKey]
) -> _AxialSide:
    slices: dict[DiscKey, list[int]] = {}
    for index, disc in enumerate(discs):
        slices.setdefault(disc, []).append(index)
    return _AxialSide(
        {disc: probabilities[own] for disc, own in slices.items()},
        {disc: max(samples[index].label for index in own) for disc, own in slices.items()},
    )
