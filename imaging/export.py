"""Export studies for annotators: pictures without anything of the patient, and one table of pseudonyms."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from errors import BadInputError
from imaging.batch import Report, each_study, run_tasks
from imaging.burned_in import TextRegion, find_text
from imaging.new_folder import new_folder
from imaging.picture_form import PictureForm, make_picture
from imaging.picture_table import PictureRow, geometry_columns, write_picture_table
from imaging.pixels import read_pixels
from imaging.pseudonyms import PseudonymKey
from imaging.selection import Selection
from imaging.study import Slice, Study

LOSSLESS = PictureForm()
EVERYTHING = Selection()


@dataclass(frozen=True)
class _Task:
    """One slice to write, and what of its row is known before its pixels are read."""

    slice: Slice
    image: str
    patient: str
    sex: str | None
    age: float | None
    study: str
    series: str
    kind: str
    number: int
    instance: str


@dataclass(frozen=True)
class _Written:
    row: PictureRow
    digest: bytes
    text: tuple[TextRegion, ...]


def export_studies(
    sources: Sequence[Path],
    out: Path,
    key: PseudonymKey,
    form: PictureForm = LOSSLESS,
    selection: Selection = EVERYTHING,
    workers: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Write the chosen slices of studies to a new folder: ``images/`` and ``images.csv``.

    ``sources``: folders, ZIPs, DICOMDIRs or files. The folder appears whole or not at all; the same
    picture is written once. ``progress`` is called with the slices done and their number. Raises
    BadInputError where ``out`` is taken.
    """
    report = Report()
    with new_folder(out) as unfinished:
        studies = list(each_study(sources, report))
        tasks = _once((task for study in studies for task in _tasks(study, key, form, selection)), report)
        rows = _write_pictures(unfinished / "images", tasks, form, workers, report, progress)
        if rows:
            write_picture_table(unfinished / "images.csv", rows)
        report.written = len(rows)
    return report


def _once(tasks: Iterable[_Task], report: Report) -> list[_Task]:
    """The tasks without those whose image is among them already, from another source."""
    kept: dict[str, _Task] = {}
    for task in tasks:
        first = kept.setdefault(task.instance, task)
        if first is not task:
            reason = f"the same image as {first.slice.file}; give each study once"
            report.left_out.append(BadInputError(str(task.slice.file), reason))
    return list(kept.values())


def _tasks(study: Study, key: PseudonymKey, form: PictureForm, selection: Selection) -> Iterator[_Task]:
    patient = key.patient(study.patient.patient_id, study.patient.issuer)
    for series in study.series:
        name = key.short(series.uid)
        for number, item in selection.of(series):
            yield _Task(
                slice=item,
                image=f"{patient}_{name}_{number:03d}{form.suffix}",
                patient=patient,
                sex=study.patient.sex,
                age=study.patient.age,
                study=key.short(study.uid),
                series=name,
                kind=series.kind,
                number=number,
                instance=key.uid(item.uid),
            )


def _write_pictures(
    folder: Path,
    tasks: list[_Task],
    form: PictureForm,
    workers: int,
    report: Report,
    progress: Callable[[int, int], None],
) -> list[PictureRow]:
    folder.mkdir()
    rows: list[PictureRow] = []
    seen: dict[tuple[str, bytes], str] = {}
    outcomes = run_tasks(partial(_write_picture, folder, form), tasks, workers)
    for done, (task, outcome) in enumerate(zip(tasks, outcomes, strict=True), start=1):
        progress(done, len(tasks))
        if isinstance(outcome, BadInputError):
            report.left_out.append(outcome)
            continue
        same = seen.setdefault((task.patient, outcome.digest), task.image)
        if same != task.image:
            (folder / task.image).unlink()
            report.left_out.append(BadInputError(str(task.slice.file), f"shows the same picture as {same}"))
            continue
        rows.append(outcome.row)
        report.warnings += [
            f"{task.image}: what looks like burned-in text at {region}" for region in outcome.text
        ]
    if not rows:
        folder.rmdir()
    return rows


def _write_picture(folder: Path, form: PictureForm, task: _Task) -> _Written:
    """Raises BadInputError where the pixels cannot be read."""
    pixels = read_pixels(task.slice)
    picture = make_picture(pixels, task.slice.geometry, form)
    (folder / task.image).write_bytes(picture.encoded(form))
    row = PictureRow(
        image=task.image,
        patient=task.patient,
        sex=task.sex,
        age=task.age,
        study=task.study,
        series=task.series,
        kind=task.kind,
        slice=task.number,
        instance=task.instance,
        value_slope=picture.slope,
        value_intercept=picture.intercept,
        **geometry_columns(picture.geometry),  # type: ignore[arg-type]
    )
    digest = hashlib.sha256(np.ascontiguousarray(pixels.values).data).digest()
    return _Written(row, digest, tuple(find_text(pixels.values)))
