"""Small studies of patients with one fractured vertebra: T1 and T2 as DICOM, and as an exported, labelled
cohort.

A block in noise stands for the vertebra. Benign: the upper part alone is dark on T1 and bright on T2;
malignant: all of it is dark on T1 and middling on T2.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from mr_files import T1, T2, StudyFolder, sagittal
from numpy.typing import NDArray

from annotation.boxes import Box
from annotation.voc import new_voc, write_voc
from imaging.export import export_studies
from imaging.geometry import SliceGeometry
from imaging.pseudonyms import PseudonymKey

KEY = PseudonymKey(bytes(range(32)))
SIDE = 48
LESION = 3
"""The number of the lesion slice among five."""
EDGES = (14.0, 18.0, 34.0, 32.0)
"""Of the vertebra's box on it, in pixels."""
PLACES = (-8.0, -4.0, 0.0, 4.0, 8.0)
"""mm to the left."""


@dataclass(frozen=True)
class FracturePatient:
    name: str
    cause: str
    seed: int


def patients(count: int) -> list[FracturePatient]:
    """Every third one malignant."""
    return [
        FracturePatient(f"patient-{number}", "benign" if number % 3 else "malignant", number)
        for number in range(count)
    ]


def t2_slices() -> list[SliceGeometry]:
    return [sagittal(place, SIDE, SIDE) for place in PLACES]


def drawn(patient: FracturePatient, weighting: str, place: float) -> NDArray[np.uint16]:
    """A slice of a patient, in 12 bits."""
    random = np.random.default_rng([patient.seed, int(place) + 100, weighting == "T1"])
    pixels = random.normal(1500, 150, (SIDE, SIDE))
    left, top, right, bottom = map(int, EDGES)
    lower = bottom if patient.cause == "malignant" else (top + bottom) // 2
    change = -900 if weighting == "T1" else (700 if patient.cause == "malignant" else 1600)
    pixels[top:lower, left:right] += change * (1 - abs(place) / 16)
    return np.clip(pixels, 0, 4095).astype(np.uint16)


def write_fracture_study(folder: Path, patient: FracturePatient, t1_shift: float = 0.0) -> Path:
    """Five slices of T2 and of T1. ``t1_shift``: mm by which the T1 slices lie further to the left."""
    study = StudyFolder(folder, patient.name)
    for weighting, times, shift in (("T2", T2, 0.0), ("T1", T1, t1_shift)):
        for geometry in t2_slices():
            place = geometry.position[0]
            moved = replace(geometry, position=(place + shift, *geometry.position[1:]))
            study.image(
                moved, drawn(patient, weighting, place), SeriesInstanceUID=_uid(patient, weighting), **times
            )
    return folder


def write_fracture_cohort(folder: Path, chosen: list[FracturePatient]) -> Path:
    """The exported studies in ``folder/cohort``, of each the lesion slice with its box and no other XML."""
    for patient in chosen:
        write_fracture_study(folder / "studies" / patient.name, patient)
    cohort = folder / "cohort"
    export_studies(sorted((folder / "studies").iterdir()), cohort, KEY, workers=1)
    cause_of = {pseudonym(patient): patient.cause for patient in chosen}
    (cohort / "annotations").mkdir()
    for row in rows_of(cohort):
        if (row["kind"], int(row["slice"])) == ("sagittal T2", LESION):
            label(cohort, row["image"], Box(cause_of[row["patient"]], *EDGES))
    return cohort


def label(cohort: Path, image: str, *boxes: Box) -> Path:
    """Write the XML of a picture."""
    path = cohort / "annotations" / f"{Path(image).stem}.xml"
    write_voc(new_voc(path, Path("images", image), (SIDE, SIDE, 1), boxes))
    return path


def pseudonym(patient: FracturePatient) -> str:
    return KEY.patient(patient.name, "")


def rows_of(cohort: Path) -> Iterator[dict[str, str]]:
    with (cohort / "images.csv").open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def write_features(path: Path, chosen: list[FracturePatient]) -> None:
    """A feature that tells, one that does not, and one that all have."""
    lines = ["patient,cause,convex_border,thoracic,fracture"]
    lines += [
        f"{pseudonym(item)},{item.cause},{int(item.cause == 'malignant')},{item.seed % 2},1"
        for item in chosen
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_readings(path: Path, chosen: list[FracturePatient]) -> None:
    """A senior reader who is always right, and a simulated resident who calls everything malignant."""
    lines = ["reader,experience,patient,answer,likelihood"]
    for item in chosen:
        lines.append(
            f"Anna,senior radiologist,{pseudonym(item)},{item.cause},{5 if item.cause == 'malignant' else 1}"
        )
        lines.append(f'simulated resident,"resident, first year",{pseudonym(item)},malignant,')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def small_fracture_protocol(path: Path, segment: str = "box", epochs: int = 4) -> Path:
    """Two folds of a small network that trains for seconds."""
    path.write_text(
        f"""
system: fracture
title: Small <fractures>
classifier: resnet18-slim
segment: {segment}
folds: 2
settings:
  {{image_size: 32, epochs: {epochs}, batch_size: 6, inner_folds: 2, learning_rate: 0.004, ema_decay: 0.8}}
""",
        encoding="utf-8",
    )
    return path


def _uid(patient: FracturePatient, weighting: str) -> str:
    return f"1.2.826.0.1.{patient.seed + 1}.{1 if weighting == 'T1' else 2}"
