"""A small study on disk and results of it, made by hand."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mr_files import StudyFolder
from scenery_studies import CENTRES, LEVELS, axial_slices, sagittal_slices, write_slices

from axial.findings import Endplates, Finding, Herniation, Measure, Opinion, Slip
from axial.pictures import StudyPictures, pictures_of
from axial.result import ActivationMap, ModelIdentity, SliceResult, StageRun, StudyResult, VertebraResult
from imaging.geometry import intersection
from imaging.reading import read_studies
from reporting.source import ReportSource, read_source

NORMAL = {"normal": 0.9, "bulge": 0.08, "herniation": 0.02}
BULGE = {"normal": 0.1, "bulge": 0.8, "herniation": 0.1}
HERNIATION = {"normal": 0.05, "bulge": 0.15, "herniation": 0.8}
PATIENT = "Müller^Jürgen"


@dataclass(frozen=True)
class Scene:
    """A study's pictures, whose it is, and what was found."""

    pictures: StudyPictures
    source: ReportSource
    result: StudyResult


def measure(value: float) -> Measure:
    return Measure(value, value - 0.5, value + 0.5)


def normal(level: str | None, **other: Any) -> Finding:
    """A disc with nothing abnormal, of which everything was assessed."""
    attributes: dict[str, Any] = {
        "place": level or "disc 1 from below",
        "verdict": "normal",
        "probabilities": NORMAL,
        "opinions": (Opinion("sagittal", "normal", NORMAL, ("middle sagittal T2",)),),
        "disagreement": False,
        "confidence": 0.97,
        "slip_probability": 0.02,
        "slip": Slip(measure(0.4), measure(1.2), 0),
        "height": measure(9.1),
    }
    return Finding(level=level, **{**attributes, **other})


def herniated(level: str = "L4-L5", **other: Any) -> Finding:
    """A herniation to the left, seen by the axial pictures alone, on a slip of grade I."""
    attributes: dict[str, Any] = {
        "verdict": "herniation",
        "probabilities": HERNIATION,
        "opinions": (
            Opinion("sagittal", "bulge", BULGE, ("middle sagittal T2",)),
            Opinion("axial", "herniation", HERNIATION, ("axial 10", "axial 11")),
        ),
        "disagreement": True,
        "slip": Slip(measure(5.2), measure(15.0), 1),
        "endplates": Endplates((50, 200), (80, 204), (53, 212), (86, 216)),
        "herniation": Herniation(measure(6.1), "axial 11", (40, 40), (42, 50), "left", "subarticular"),
    }
    return normal(level, **{**attributes, **other})


def healthy() -> tuple[Finding, ...]:
    """Of every lumbar disc, from the lowest upwards."""
    return tuple(normal(level) for level in reversed(LEVELS))


def with_maps(result: StudyResult) -> StudyResult:
    """With an activation map of 2 x 3 places on every slice, strongest in the middle of the lower row."""
    activation = ActivationMap(((0.0, 0.5, 0.0), (0.0, 4.0, 1.0)), (10.0, 15.0, 70.0, 75.0))
    return replace(result, slices=tuple(replace(item, activation=activation) for item in result.slices))


def write_scene(folder: Path, sagittal: bool = True, axial: bool = True, **attributes: Any) -> Scene:
    """``attributes``: of the DICOM files, such as PatientName."""
    study = StudyFolder(folder)
    given = {"PatientName": PATIENT, "SpecificCharacterSet": "ISO_IR 192", **attributes}
    if sagittal:
        write_slices(study, sagittal_slices(), **given)
    if axial:
        write_slices(study, axial_slices(), **given)
    (read,) = read_studies(folder)
    pictures = pictures_of(read)
    return Scene(pictures, read_source(read, pictures), _result(pictures))


def _result(pictures: StudyPictures) -> StudyResult:
    """Nothing abnormal, as far as there are pictures."""
    stages = ("vertebrae", pictures.no_sagittal), ("levels", pictures.no_sagittal or pictures.no_axial)
    return StudyResult(
        study="case 7",
        sagittal=pictures.sagittal.name if pictures.sagittal else None,
        vertebrae=_vertebrae(pictures) if pictures.sagittal else (),
        doubts=(),
        slices=_slices(pictures),
        findings=healthy() if pictures.sagittal else (),
        stages=tuple(StageRun(name, not reason, reason, 0.1) for name, reason in stages),
        models=(ModelIdentity("vertebrae", "vertebrae", "yolov5n-slim", "06464c1e7279"),),
    )


def _vertebrae(pictures: StudyPictures) -> tuple[VertebraResult, ...]:
    assert pictures.sagittal is not None
    found = []
    for name, centre in CENTRES.items():
        column, row = pictures.sagittal.geometry.to_pixels([centre])[0].tolist()
        found.append(VertebraResult(name, (column - 15, row - 12, column + 15, row + 12), centre, 0.97))
    return tuple(found)


def _slices(pictures: StudyPictures) -> tuple[SliceResult, ...]:
    slices = []
    for number, item in enumerate(pictures.axial):
        level = LEVELS[number // 3] if pictures.sagittal else None
        ends = intersection(pictures.sagittal.geometry, item.geometry) if pictures.sagittal else None
        first = SliceResult(item.name, item.instance, level, edges=(20, 30, 60, 55), score=0.9)
        line = None
        if ends is not None and pictures.sagittal:
            (a, b), (c, d) = pictures.sagittal.geometry.to_pixels(ends).tolist()
            line = ((a, b), (c, d))
        slices.append(replace(first, verdict="normal", probabilities=NORMAL, reference=line))
    return tuple(slices)
