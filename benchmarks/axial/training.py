"""Training the models of the four stages on the studies of a cohort."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotation.labels import DIAGNOSES
from annotation.views import named_view
from axial.combination import Combination, fit_combination
from axial.models import CLASSIFIER, CLASSIFIERS, DISCS, VERTEBRAE, AxialRules
from benchmarks.axial.protocol import AxialProtocol, ClassifierStage, DetectorStage
from benchmarks.axial.reference import StudyReference, reference_of_annotations
from benchmarks.trial import model_card
from benchmarks.truth import training_images
from classifiers.calibration import fit_calibrated
from classifiers.model_card import new_card
from classifiers.model_folder import write_model_folder as write_classifier
from classifiers.samples import Sample
from data.cohort import Cohort
from data.cohort_studies import CohortStudy
from detectors.fitting import Progress, fit
from detectors.model_folder import write_model_folder
from imaging.study import SeriesKind

LEVELS = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
"""Of which the classifier is told; any other disc is of an unknown level to it."""


def epochs_of(protocol: AxialProtocol) -> int:
    """How many epochs the training of all models has, whatever their length."""
    states = protocol.states
    trained = len(LEVELS) if states.per_level else 1
    classifier = trained * (states.settings.inner_folds + 1) * states.settings.epochs
    return protocol.vertebrae.settings.epochs + protocol.discs.settings.epochs + classifier


def train_models(
    cohort: Cohort,
    studies: Sequence[CohortStudy],
    protocol: AxialProtocol,
    threads: int,
    folder: Path,
    progress: Progress,
) -> None:
    """Train a set of models on a cohort and its studies, into a folder for ``axial.models.open_models``.

    ``progress`` counts the epochs of all models. Raises BadInputError and ValueError where the cohort
    cannot be trained on.
    """
    done = _train_detector(
        protocol.vertebrae,
        SeriesKind.SAGITTAL_T2,
        cohort,
        protocol.seed,
        threads,
        folder / VERTEBRAE,
        progress,
    )
    after = _after(progress, done)
    done += _train_detector(
        protocol.discs, SeriesKind.AXIAL_T2, cohort, protocol.seed, threads, folder / DISCS, after
    )
    references = [reference_of_annotations(study) for study in studies]
    settings = replace(protocol.states.settings, seed=protocol.seed, threads=threads)
    stage = replace(protocol.states, settings=settings)
    combination = _train_classifiers(stage, studies, references, folder, _after(progress, done))
    AxialRules(combination).write(folder)


def _after(progress: Progress, done: int) -> Progress:
    return lambda epoch, loss: progress(done + epoch, loss)


def _train_detector(
    stage: DetectorStage,
    kind: SeriesKind,
    cohort: Cohort,
    seed: int,
    threads: int,
    folder: Path,
    progress: Progress,
) -> int:
    """Train and write one detector; returns its epochs."""
    settings = replace(stage.settings, seed=seed, threads=threads)
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
) -> Combination:
    """Train the classifier, or one for each level, and fit how slices are combined on what it says of
    the patients that it has not seen."""
    samples, discs = _samples(studies, references)
    if not stage.per_level:
        probabilities = _train_classifier(stage, LEVELS, samples, folder / CLASSIFIER, progress)
        return _combination(probabilities, samples, discs)
    combined: list[NDArray[np.float64]] = []
    chosen: list[int] = []
    for number, level in enumerate(LEVELS):
        own = [index for index, sample in enumerate(samples) if sample.category == number]
        of_level = [replace(samples[index], category=None) for index in own]
        before = number * (stage.settings.inner_folds + 1) * stage.settings.epochs
        path = folder / CLASSIFIERS / level
        combined.append(_train_classifier(stage, (), of_level, path, _after(progress, before)))
        chosen += own
    return _combination(
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
) -> tuple[list[Sample], list[tuple[str, str]]]:
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


def _combination(
    probabilities: NDArray[np.float64], samples: Sequence[Sample], discs: Sequence[tuple[str, str]]
) -> Combination:
    """Fitted on the discs, each with the most severe state of its slices."""
    slices: dict[tuple[str, str], list[int]] = {}
    for index, disc in enumerate(discs):
        slices.setdefault(disc, []).append(index)
    return fit_combination(
        [probabilities[own] for own in slices.values()],
        [max(samples[index].label for index in own) for own in slices.values()],
    )
