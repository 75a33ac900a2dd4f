"""Sudirman's Lumbar Spine MRI as a case list: examinations by kind of series, and what radiologists noted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import partial
from pathlib import Path

from openpyxl import load_workbook

from data.importers.level_notes import lesions_by_level, levels_in
from data.table import whole_number, write_table
from errors import BadInputError
from imaging.batch import Report, run_tasks
from imaging.new_folder import new_folder
from imaging.reading import read_studies
from imaging.study import SeriesKind

IMAGES, REPORT = "01_MRI_Data", "Radiologists Report.xlsx"
_PATIENT, _NOTES = "patient id", "clinician's notes"


@dataclass(frozen=True)
class Case:
    """Of ``cases.csv``: one examination.

    ``case``: a name for it; ``patient``: as its folder is called; ``study``: its folder, from the download's;
    numbers of slices by kind of series; ``unusable``: files that cannot be read. ``levels``: the discs that
    the notes name. The ``notes`` are of the patient, the same for every examination.
    """

    case: str
    patient: str
    study: str
    sagittal_t1: int
    sagittal_t2: int
    sagittal_stir: int
    axial_t1: int
    axial_t2: int
    other: int
    unusable: int
    levels: str
    notes: str


def import_sudirman(
    folder: Path,
    out: Path,
    workers: int = 2,
    progress: Callable[[int, int], None] = lambda done, total: None,
    report_file: Path | None = None,
) -> Report:
    """Write a new folder with ``cases.csv`` and, of each disc that a patient's notes name, ``levels.csv``.

    ``report_file``: the notes, where they do not lie in ``folder`` or in a folder of it. The folder appears
    whole or not at all; examinations that cannot be read are left out. Raises BadInputError where the
    download is none, or ``out`` is taken.
    """
    report = Report()
    with new_folder(out) as unfinished:
        studies = _studies(folder / IMAGES)
        notes = read_notes(report_file or _find_report(folder))
        cases: list[Case] = []
        outcomes = run_tasks(partial(_case, folder, notes), studies, workers)
        for done, outcome in enumerate(outcomes, start=1):
            progress(done, len(studies))
            if isinstance(outcome, BadInputError):
                report.left_out.append(outcome)
            else:
                cases.append(outcome)
        if cases:
            _write(unfinished, cases, notes)
    report.written = len(cases)
    report.warnings += _unmatched(studies, notes)
    return report


def read_notes(path: Path) -> dict[int, str]:
    """The notes by patient, in the order of the sheet; those of a patient with several rows one below the
    other. Raises BadInputError where the file is no workbook with the columns Patient ID and Clinician's
    Notes."""
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write none, or wrong ones
        rows = list(sheet.iter_rows(values_only=True))
        book.close()
    except OSError:
        raise BadInputError(path, "cannot be read; put the radiologists' report there") from None
    except Exception:  # damaged workbooks fail in openpyxl in many ways
        raise BadInputError(path, "not a workbook that can be read; download it again") from None
    names = [str(cell or "").strip().replace("’", "'").casefold() for cell in rows[0]] if rows else []
    for name, column in ((_PATIENT, "Patient ID"), (_NOTES, "Clinician's Notes")):
        if name not in names:
            raise BadInputError(path, f"no column {column!r} in its first row; download it again")
    notes: dict[int, list[str]] = {}
    for line, cells in enumerate(rows[1:], start=2):
        row = dict(zip(names, cells, strict=False))  # rows end with their last cell that holds something
        patient, text = row.get(_PATIENT), str(row.get(_NOTES) or "").strip()
        if patient is None and not text:
            continue
        notes.setdefault(_patient(path, line, patient), []).append(text)
    return {patient: "\n".join(filter(None, texts)) for patient, texts in notes.items()}


def _patient(path: Path, line: int, cell: object) -> int:
    number = whole_number(cell)
    if number is None:
        raise BadInputError(path, "the Patient ID in this row is no whole number; mend it", line)
    return number


def _find_report(folder: Path) -> Path:
    """Both records unpack to folders of their own, so the report may lie one further down."""
    return next(iter([*folder.glob(REPORT), *sorted(folder.glob(f"*/{REPORT}"))]), folder / REPORT)


def _studies(images: Path) -> list[tuple[str, Path]]:
    """The folders of examinations, each with the name of its case: the patient's, numbered where there are
    several."""
    if not images.is_dir():
        raise BadInputError(images, f"no such folder; give the one into which {IMAGES} was unpacked")
    patients = [path for path in images.iterdir() if path.is_dir() and path.name.isdigit()]
    studies = []
    for patient in sorted(patients, key=lambda path: int(path.name)):
        found = sorted(path for path in patient.iterdir() if path.is_dir())
        for number, study in enumerate(found, start=1):
            studies.append((patient.name if len(found) == 1 else f"{patient.name}-{number}", study))
    if not studies:
        raise BadInputError(images, "no examinations in it; unpack the images there, a folder a patient")
    return studies


def _case(folder: Path, notes: Mapping[int, str], study: tuple[str, Path]) -> Case:
    name, path = study
    slices = dict.fromkeys(SeriesKind, 0)
    unusable = 0
    for found in read_studies(path):
        unusable += len(found.left_out)
        for series in found.series:
            slices[series.kind] += len(series.slices)
    text = notes.get(int(path.parent.name), "")
    return Case(
        case=name,
        patient=path.parent.name,
        study=path.relative_to(folder).as_posix(),
        **{kind.lower().replace(" ", "_"): number for kind, number in slices.items()},
        unusable=unusable,
        levels=" ".join(levels_in(text)),
        notes=text,
    )


def _write(folder: Path, cases: Sequence[Case], notes: Mapping[int, str]) -> None:
    columns = [field.name for field in fields(Case)]
    write_table(folder / "cases.csv", columns, ([str(cell) for cell in astuple(case)] for case in cases))
    said = [
        (patient, level, " ".join(lesions))
        for patient in dict.fromkeys(case.patient for case in cases)
        for level, lesions in lesions_by_level(notes.get(int(patient), "")).items()
    ]
    write_table(folder / "levels.csv", ("patient", "level", "said"), said)


def _unmatched(studies: Sequence[tuple[str, Path]], notes: Mapping[int, str]) -> list[str]:
    """Numbers alone: which patients they are is in the list."""
    imaged = {int(path.parent.name) for _, path in studies}
    noted = {patient for patient, text in notes.items() if text}
    sentences = []
    if without := len(imaged - noted):
        sentences.append(f"patients with images and without notes: {without}")
    if without := len(noted - imaged):
        sentences.append(f"patients with notes and without images, not in the list: {without}")
    return sentences
