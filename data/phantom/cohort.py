"""A cohort of phantom patients for detectors, the whole way: studies, export, labels."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from annotation.labels import named_label_set
from data.phantom.labels import label_pictures
from data.phantom.studies import StudyPlan, generate_studies
from data.phantom.variants import LUMBAR, variant
from imaging.export import export_studies
from imaging.pseudonyms import PseudonymKey
from imaging.selection import Selection
from imaging.study import SeriesKind

OPEN_KEY = PseudonymKey(bytes(32))
"""No secret: phantom patients are nobody, and their pseudonyms shall be the same everywhere."""


def make_cohort(
    folder: Path,
    patients: int,
    seed: int,
    slices: int,
    workers: int = 2,
    progress: Callable[[int], None] = lambda done: None,
    kind_of_patient: str = LUMBAR,
    series: tuple[SeriesKind, ...] = (SeriesKind.SAGITTAL_T2,),
    label_set: str | None = None,
) -> Path:
    """Phantom studies in ``folder/studies`` and the cohort of their slices in ``folder/cohort``, which is
    returned and appears whole or not at all.

    ``slices``: of each patient's sagittal series, around the middle. ``progress`` is called with the patients
    done. ``kind_of_patient``: a variant of the phantom; ``label_set``: of the boxes, the variant's own where
    None. Goes on from the studies that a killed call of the same has left. Raises BadInputError as
    ``generate_studies`` and ``export_studies`` do.
    """
    studies, unlabelled, cohort = (folder / name for name in ("studies", ".unlabelled", "cohort"))
    plan = StudyPlan(series, slices, variant=kind_of_patient)
    if not studies.exists():
        generate_studies(studies, patients, seed, plan, workers, progress)
    shutil.rmtree(unlabelled, ignore_errors=True)
    export_studies(
        sorted(studies.iterdir()), unlabelled, OPEN_KEY, selection=Selection(series), workers=workers
    )
    labels = named_label_set(label_set or variant(kind_of_patient).label_set)
    label_pictures(studies, unlabelled, OPEN_KEY, labels)
    os.replace(unlabelled, cohort)
    return cohort
