"""Training the landmark models of the measures, and how wide their intervals must be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.model_selection import GroupKFold

from annotation.marks import ENDPLATES, HERNIATIONS, MarkKind, read_marks
from axial import models
from axial.measures import Estimate, IntervalWidths, disc_space, extent_of, fit_width
from benchmarks.axial.protocol import AxialProtocol
from data.cohort_studies import CohortSlice, CohortStudy
from detectors.fitting import Progress
from errors import BadInputError
from imaging.pictures import read_picture
from landmarks.fitting import fit
from landmarks.model_card import LandmarkCard, new_card
from landmarks.patch import in_mm
from landmarks.runtime import Landmarks, Outputs, locate
from landmarks.samples import Sample
from landmarks.settings import Settings
from models.model_folder import write_model_folder

Measure = Callable[[Landmarks], Estimate]


@dataclass(frozen=True)
class _Kind:
    marks: MarkKind
    settings: Settings | None
    folder: str
    measures: dict[str, Measure]
    """By their names in ``IntervalWidths``."""


def kinds_of(protocol: AxialProtocol) -> list[_Kind]:
    """The landmark models that a protocol wants."""
    kinds = [
        _Kind(
            ENDPLATES,
            protocol.endplates,
            models.ENDPLATES,
            {
                "slip": lambda found: disc_space(found).slip,
                "height": lambda found: disc_space(found).height,
            },
        ),
        _Kind(HERNIATIONS, protocol.herniations, models.HERNIATIONS, {"extent": extent_of}),
    ]
    return [kind for kind in kinds if kind.settings is not None]


def epochs_of_landmarks(protocol: AxialProtocol) -> int:
    """The epochs of all trainings, on inner folds and on everyone."""
    return sum(
        (kind.settings.inner_folds + 1) * kind.settings.epochs for kind in kinds_of(protocol) if kind.settings
    )


def train_landmarks(
    protocol: AxialProtocol,
    studies: Sequence[CohortStudy],
    cohort: Path,
    threads: int,
    folder: Path,
    progress: Progress,
) -> IntervalWidths:
    """Train the models on the marks of a cohort's folder, into ``folder``; returns the widths of intervals
    that hold on patients whom the models of inner folds did not see.

    Raises BadInputError where there are no marks, or too few.
    """
    widths: dict[str, float] = {}
    done = 0
    for kind in kinds_of(protocol):
        assert kind.settings is not None, "kinds_of gives those alone"
        settings = replace(kind.settings, seed=protocol.seed, threads=threads)
        samples = _samples(cohort, kind.marks, studies)
        if len({sample.patient for sample in samples}) < settings.inner_folds:
            raise BadInputError(
                cohort / kind.marks.file, "marks of fewer patients than inner folds; mark the points of more"
            )
        widths |= _widths(kind, samples, settings, _after(progress, done))
        done += settings.inner_folds * settings.epochs
        network = fit(samples, settings, _after(progress, done))
        done += settings.epochs
        write_model_folder(folder / kind.folder, network, new_card(kind.marks.points, samples, settings))
    return IntervalWidths(**widths)


def _samples(cohort: Path, kind: MarkKind, studies: Sequence[CohortStudy]) -> list[Sample]:
    """The marked places on the pictures of these studies."""
    shown: dict[str, tuple[CohortStudy, CohortSlice]] = {
        item.image.name: (study, item) for study in studies for item in (*study.sagittal, *study.axial)
    }
    return [
        Sample(item.image.path, item.geometry.spacing, place.guides, place.points, study.patient)
        for place in read_marks(cohort, kind)
        if place.image in shown
        for study, item in [shown[place.image]]
    ]


def _widths(
    kind: _Kind, samples: Sequence[Sample], settings: Settings, progress: Progress
) -> dict[str, float]:
    """The width of each measure's interval, from the errors of the inner folds."""
    card = new_card(kind.marks.points, samples, settings)
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in kind.measures}
    patients = [sample.patient for sample in samples]
    folds = GroupKFold(settings.inner_folds).split(samples, groups=patients)
    for number, (training, test) in enumerate(folds):
        report = _after(progress, number * settings.epochs)
        network = fit([samples[index] for index in training], settings, report)
        for index in test:
            found, marked = _found(network.outputs, card, samples[index]), _marked(samples[index])
            for name, measure in kind.measures.items():
                estimate = measure(found)
                rows[name].append((estimate.value - measure(marked).value, estimate.deviation))
    return {name: round(fit_width(*np.array(pairs).T), 3) for name, pairs in rows.items()}


def _found(outputs: Outputs, card: LandmarkCard, sample: Sample) -> Landmarks:
    picture = read_picture(sample.picture)
    (found,) = locate(outputs, card, picture, sample.spacing, [sample.guides])
    return found


def _marked(sample: Sample) -> Landmarks:
    """The marked points, as if they had been found without doubt."""
    points = np.array(sample.points)
    return Landmarks(points, in_mm(points, sample.spacing), np.zeros((len(points), 2, 2)))


def _after(progress: Progress, done: int) -> Progress:
    return lambda epoch, loss: progress(done + epoch, loss)
