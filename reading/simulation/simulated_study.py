"""A reader study from end to end: simulated surgeons read phantom cases, and the AI really reads them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from axial.models import PHANTOM_MODELS, AxialModels, open_models
from axial.pictures import pictures_of
from axial.reading import read_pictures
from data.phantom.studies import StudyPlan, generate_studies
from errors import BadInputError
from imaging.reading import read_studies
from imaging.study import SeriesKind
from reading.ai_results import ai_reading
from reading.readings import DiscReading, write_readings
from reading.reference import Reference, reference_of_phantoms, write_reference
from reading.simulation.simulated_readers import ReaderSimulation, simulate_experts, simulate_readings

READINGS_FILE, REFERENCE_FILE, EXPERTS_FILE = "READINGS.csv", "REFERENCE.csv", "EXPERTS.csv"
_PLAN = StudyPlan((SeriesKind.SAGITTAL_T2, SeriesKind.AXIAL_T2), sagittal_slices=3)


@dataclass(frozen=True)
class ReaderStudy:
    """The files of a simulated reader study; ``experts``: what they said before their consensus."""

    readings: Path
    reference: Path
    experts: Path


def simulate_study(
    simulation: ReaderSimulation,
    out: Path,
    studies: Path | None = None,
    models: Path = PHANTOM_MODELS,
    workers: int = 2,
    progress: Callable[[int], None] = lambda done: None,
) -> ReaderStudy:
    """Simulate a reader study of phantom cases and write its tables into ``out``, an existing folder.

    ``studies``: phantom studies, of which the first in order are the cases; where not given they are made, in
    ``out/studies``, by so many ``workers`` (processes). The AI's readings are those of ``models`` on the
    studies' images, and its seconds are measured, reading of files included. ``progress`` takes the cases
    that the AI has read. Raises BadInputError where there are too few studies, or one cannot be read.
    """
    if studies is None:
        studies = out / "studies"
        generate_studies(studies, simulation.cases, simulation.seed, _PLAN, workers)
    whole = reference_of_phantoms(studies)
    cases = [*whole.by_case()][: simulation.cases]
    if len(cases) < simulation.cases:
        raise BadInputError(
            studies, f"{len(cases)} phantom studies, {simulation.cases} are needed; make more"
        )
    reference, opened = whole.of_cases(cases), open_models(models)
    discs = simulate_readings(simulation, reference)
    for done, case in enumerate(cases, start=1):
        discs += ai_readings(studies / case, reference, opened)
        progress(done)
    study = ReaderStudy(*(out / name for name in (READINGS_FILE, REFERENCE_FILE, EXPERTS_FILE)))
    write_reference(study.reference, reference)
    write_readings(study.experts, simulate_experts(simulation, reference))
    write_readings(study.readings, discs)
    return study


def ai_readings(study: Path, reference: Reference, models: AxialModels) -> list[DiscReading]:
    """The AI reads the DICOM study of a case, which is called as its folder; its time is measured. Kept are
    the levels that the study is about, those of any reference disc. Raises BadInputError."""
    began = time.perf_counter()
    found, *others = read_studies(study)
    if others:
        raise BadInputError(study, "more than one study in it; give a folder that `discern phantom` made")
    result = read_pictures(study.name, pictures_of(found), models)
    seconds = round(time.perf_counter() - began, 3)
    return [*ai_reading(result, reference, seconds)]
