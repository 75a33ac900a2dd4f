"""A folder in the layout of Sudirman's two records: images, and the radiologists' notes beside them."""

from collections.abc import Sequence
from pathlib import Path

from mr_files import T1, T2, StudyFolder, axial, sagittal
from openpyxl import Workbook

HEADINGS = ("Patient ID", "Clinician's Notes")
NOTES = (
    (1, "LSS MRI\nDiffuse disc bulge noted at L4/L5 level.\n"),
    ("0002", "L5-S1: central disc protrusion"),
    (3.0, None),
    (None, None),
    (5, "Bulges at L3-4 to L5-S1"),
)
STUDY = "L-SPINE_LSS_20200101_101500_{:06d}"


def write_study(folder: Path, patient: str, kinds: Sequence[str] = ("T1", "T2", "TRA")) -> Path:
    """An examination: a folder of .ima files a series, as the scanner names them."""
    made = {"T1": (sagittal, T1), "T2": (sagittal, T2), "TRA": (axial, T2)}
    study = StudyFolder(folder, patient=f"ANON{patient}")
    for number, kind in enumerate(kinds, start=1):
        place, timing = made[kind]
        study.folder = folder / f"{kind}_TSE_384_{number:04d}"
        files = study.series([place(4.4 * index) for index in range(number + 1)], **timing)
        for index, path in enumerate(files, start=1):
            path.rename(path.with_name(f"{kind}_TSE_384_0_{patient}_{index:03d}.ima"))
    return folder


def write_report(
    path: Path, rows: Sequence[Sequence[object]] = NOTES, headings: Sequence[str] = HEADINGS
) -> Path:
    book = Workbook()
    for row in (headings, *rows):
        book.active.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def small_download(folder: Path) -> Path:
    """Patient 1 has two examinations, 3 an empty note, 4 none; 5 has notes and no images."""
    images = folder / "01_MRI_Data"
    write_study(images / "0001" / STUDY.format(1), "0001")
    write_study(images / "0001" / STUDY.format(2), "0001", ("T2",))
    for patient in ("0002", "0003", "0004"):
        write_study(images / patient / STUDY.format(3), patient, ("T2",))
    write_report(folder / "Radiologists Notes for Lumbar Spine MRI Dataset" / "Radiologists Report.xlsx")
    return folder
