"""Training the detector of the sagittal side, and how both sides are combined."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from annotation.views import named_view
from axial.combination import fit_combination, log_odds
from axial.fusion import FusionRules, SlipOdds
from axial.interspaces import Interspace, interspaces
from axial.models import SAGITTAL
from axial.sagittal import SagittalDisc, sagittal_discs, scores_at
from benchmarks.axial.cohort_pictures import picture_of
from benchmarks.axial.protocol import DetectorStage
from benchmarks.axial.reference import annotated_detections, annotated_numbering
from benchmarks.trial import model_card
from benchmarks.truth import training_images
from data.cohort import Cohort
from data.cohort_studies import CohortStudy
from detectors.fitting import Progress, fit
from detectors.model_folder import write_model_folder
from detectors.runtime import Detector, load
from imaging.study import SeriesKind

DiscKey = tuple[str, str]
"""A study and a level."""
Side = Mapping[DiscKey, NDArray[np.float64]]
"""Of each disc the (n, classes) probabilities of its pictures, by models that have not seen its patient."""


@dataclass(frozen=True)
class _AnnotatedSpace:
    """A disc as it was annotated on the sagittal pictures; ``state`` None where no diagnosis was drawn."""

    space: Interspace
    state: int | None
    slipped: bool


def epochs_of_sagittal(stage: DetectorStage | None, inner_folds: int) -> int:
    """The epochs of all trainings, on inner folds and on everyone."""
    return (inner_folds + 1) * stage.settings.epochs if stage else 0


def train_sagittal(
    stage: DetectorStage,
    cohort: Cohort,
    studies: Sequence[CohortStudy],
    inner_folds: int,
    folder: Path,
    progress: Progress,
) -> dict[DiscKey, SagittalDisc]:
    """Train the detector on all sagittal T2 pictures of a cohort, into ``folder``; returns what detectors of
    inner folds, which did not see the patient, say of each disc."""
    shown = cohort.of_kinds([SeriesKind.SAGITTAL_T2])
    said: dict[DiscKey, SagittalDisc] = {}
    patients = np.array(shown.patients)
    with tempfile.TemporaryDirectory() as scratch:
        folds = GroupKFold(inner_folds).split(patients, groups=patients)
        for number, (training, test) in enumerate(folds):
            path = Path(scratch, str(number))
            report = _after(progress, number * stage.settings.epochs)
            _train(stage, shown.of_patients(patients[training]), path, report)
            detector, held_out = load(path, stage.settings.threads), set(patients[test])
            for study in studies:
                if study.patient in held_out:
                    said |= _said(detector, study)
    _train(stage, shown, folder / SAGITTAL, _after(progress, inner_folds * stage.settings.epochs))
    return said


def fit_fusion(
    rules: FusionRules,
    axial: Side,
    axial_states: Mapping[DiscKey, int],
    sagittal: Mapping[DiscKey, SagittalDisc],
    studies: Sequence[CohortStudy],
) -> FusionRules:
    """The rules with what both sides say together. A disc is as severe as any of its pictures shows it.

    Raises ValueError where one of the states has no disc.
    """
    spaces = {
        (study.study, item.space.level): item
        for study in studies
        for item in annotated_spaces(study)
        if item.space.level
    }
    alone: list[tuple[list[ArrayLike], int]] = []
    both: list[tuple[list[ArrayLike], int]] = []
    for key, item in spaces.items():
        states = [state for state in (item.state, axial_states.get(key)) if state is not None]
        disc = sagittal.get(key)
        if not states or disc is None or not disc.pictures:
            continue
        alone.append(([disc.probabilities], max(states)))
        if key in axial:
            both.append(([axial[key], disc.probabilities], max(states)))
    slips = [(sagittal[key].slip, item.slipped) for key, item in spaces.items() if key in sagittal]
    return replace(
        rules,
        sagittal=fit_combination(*zip(*alone, strict=True)) if alone else None,
        both=fit_combination(*zip(*both, strict=True)) if both else None,
        slip=_slip_odds(slips),
    )


def annotated_spaces(study: CohortStudy) -> list[_AnnotatedSpace]:
    """The discs of a study as they were annotated on its sagittal pictures, from the lowest upwards."""
    numbering = annotated_numbering(study)
    spaces = interspaces(numbering) if numbering else []
    drawn = np.array(
        [scores_at(spaces, *annotated_detections(item), item.geometry) for item in study.sagittal]
    )
    marked = drawn.max(axis=0) > 0 if len(drawn) else np.zeros((len(spaces), 4), bool)
    return [
        _AnnotatedSpace(space, int(np.flatnonzero(row[:-1])[-1]) if row[:-1].any() else None, bool(row[-1]))
        for space, row in zip(spaces, marked, strict=True)
    ]


def _train(stage: DetectorStage, cohort: Cohort, folder: Path, progress: Progress) -> None:
    view = named_view(stage.view, cohort.label_set)
    network = fit(stage.detector, view.names, training_images(cohort, view), stage.settings, progress)
    card = model_card(stage.detector, stage.settings, cohort.patients, cohort, view, network)
    write_model_folder(folder, network, card)


def _said(detector: Detector, study: CohortStudy) -> dict[DiscKey, SagittalDisc]:
    numbering = annotated_numbering(study)
    spaces = interspaces(numbering) if numbering else []
    discs = sagittal_discs(detector, [picture_of(item) for item in study.sagittal], spaces)
    return {
        (study.study, space.level): disc for space, disc in zip(spaces, discs, strict=True) if space.level
    }


def _slip_odds(slips: Sequence[tuple[float, bool]]) -> SlipOdds:
    """Fitted where there are discs with and without a slip; the score as it is otherwise."""
    labels = [slipped for _, slipped in slips]
    if len(set(labels)) < 2:
        return SlipOdds()
    fitted = LogisticRegression(C=10.0).fit([[float(log_odds(score))] for score, _ in slips], labels)
    return SlipOdds(float(fitted.coef_[0, 0]), float(fitted.intercept_[0]))


def _after(progress: Progress, done: int) -> Progress:
    return lambda epoch, loss: progress(done + epoch, loss)
