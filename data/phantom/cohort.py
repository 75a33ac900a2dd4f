"""A cohort of phantom patients for detectors, the whole way: studies, export, labels."""

import os
from collections.abc import Callable
from pathlib import Path

from annotation.labels import named_label_set
from data.phantom.labels import label_pictures
from data.phantom.studies import StudyPlan, generate_studies
from imaging.export import export_studies
from imaging.pseudonyms import PseudonymKey
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
) -> Path:
    """Phantom studies in ``folder/studies`` and the cohort of their sagittal T2 slices in
    ``folder/cohort``, which is returned and appears whole or not at all.

    ``slices``: of each patient, around the middle. ``progress`` is called with the patients done. Raises
    BadInputError as ``generate_studies`` and ``export_studies`` do.
    """
    studies, unlabelled, cohort = (folder / name for name in ("studies", ".unlabelled", "cohort"))
    plan = StudyPlan((SeriesKind.SAGITTAL_T2,), slices)
    generate_studies(studies, patients, seed, plan, workers, progress)
    export_studies(sorted(studies.iterdir()), unlabelled, OPEN_KEY, workers=workers)
    label_pictures(studies, unlabelled, OPEN_KEY, named_label_set("lumbar"))
    os.replace(unlabelled, cohort)
    return cohort
