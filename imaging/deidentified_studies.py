"""De-identified copies of whole studies, as DICOM."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from errors import BadInputError
from imaging.batch import Report, each_study, run_tasks
from imaging.burned_in import TextRegion, find_text
from imaging.deidentify import deidentify
from imaging.dicom_file import silent_pydicom
from imaging.new_folder import new_folder
from imaging.pixels import read_pixels
from imaging.pseudonyms import PseudonymKey
from imaging.study import SeriesKind, Slice, Study


@dataclass(frozen=True)
class _Task:
    """One file of a study; ``slice`` is its first. ``copy``: its path in the new folder."""

    slice: Slice
    copy: Path
    kind: str


def deidentify_studies(
    sources: Sequence[Path],
    out: Path,
    key: PseudonymKey,
    workers: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
    kinds: Collection[SeriesKind] = tuple(SeriesKind),
) -> Report:
    """Write the MR images of studies to a new folder, without the patient: a folder for each patient, in
    it one for each series of these ``kinds``.

    The folder appears whole or not at all. ``progress`` is called with the files done and their
    number. Raises BadInputError where ``out`` is taken.
    """
    report = Report()
    with new_folder(out) as unfinished:
        tasks = {
            task.slice.file: task
            for study in each_study(sources, report)
            for task in _tasks(study, key, kinds)
        }
        outcomes = run_tasks(partial(_write_copy, unfinished, key), list(tasks.values()), workers)
        for done, (task, outcome) in enumerate(zip(tasks.values(), outcomes, strict=True), start=1):
            progress(done, len(tasks))
            if isinstance(outcome, BadInputError):
                report.left_out.append(outcome)
            else:
                report.written += 1
                report.warnings += [
                    f"{task.copy}: what looks like burned-in text at {region}" for region in outcome
                ]
    return report


def _tasks(study: Study, key: PseudonymKey, kinds: Collection[SeriesKind]) -> Iterator[_Task]:
    patient = key.patient(study.patient.patient_id, study.patient.issuer)
    for series in study.series:
        for number, item in enumerate(series.slices, start=1):
            if item.frame == 0 and series.kind in kinds:
                yield _Task(item, Path(patient, key.short(series.uid), f"{number:03d}.dcm"), series.kind)


def _write_copy(folder: Path, key: PseudonymKey, task: _Task) -> list[TextRegion]:
    """Raises BadInputError where the file cannot be read whole."""
    regions = find_text(read_pixels(task.slice).values)
    dataset = deidentify(task.slice.file.read(), key, task.kind)
    path = folder / task.copy
    path.parent.mkdir(parents=True, exist_ok=True)
    with silent_pydicom():
        dataset.save_as(path, enforce_file_format=True)
    return regions
