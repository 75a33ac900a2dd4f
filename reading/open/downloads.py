"""The files that are taken away from an open reading, made when they are asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from axial.pictures import StudyPictures, pictures_of
from axial.result import StudyResult
from imaging.reading import read_studies
from imaging.study import Study
from reading.open.fractures import UnreadableFracture, reported_fracture
from reading.open.kept_result import final_result
from reporting.source import ReportSource, read_source

_ONE_AT_A_TIME = Lock()
"""A report takes seconds of the machine that those who read in studies need."""


def download(folder: Path, name: str, when: datetime, maps: bool = False) -> bytes:
    """The file of DOWNLOADS that is called so, of the result as its reader put it right.

    ``folder``: of the open reading. ``maps``: whether to draw activation maps in it. Raises KeyError,
    FileNotFoundError, BadInputError.
    """
    make = DOWNLOADS[name]
    result = final_result(folder)
    if make is None:
        return result.as_json().encode()
    with _ONE_AT_A_TIME, TemporaryDirectory() as space:
        (study,) = read_studies(folder)
        pictures = pictures_of(study)
        source = read_source(study, pictures)
        return make(_Making(folder, study, result, pictures, source, when, Path(space) / name, maps))


@dataclass(frozen=True)
class _Making:
    folder: Path
    study: Study
    result: StudyResult
    pictures: StudyPictures
    source: ReportSource
    when: datetime
    path: Path
    maps: bool


def _pdf(making: _Making) -> bytes:
    # Imported when it is wanted, as below: the server starts without all that draws reports.
    from reporting.pdf import write_pdf

    result = making.result
    try:
        fracture = reported_fracture(making.folder, making.study)
    except UnreadableFracture as unreadable:
        fracture, result = None, replace(result, warnings=(unreadable.reason, *result.warnings))
    return write_pdf(result, making.pictures, making.path, making.source, making.when, making.maps, fracture)


def _dicom_pdf(making: _Making) -> bytes:
    from reporting.encapsulated import write_encapsulated_pdf

    write_encapsulated_pdf(_pdf(making), making.source, making.path, making.when)
    return making.path.read_bytes()


def _structured_report(making: _Making) -> bytes:
    from reporting.structured import write_structured_report

    write_structured_report(making.result, making.source, making.path, making.when)
    return making.path.read_bytes()


DOWNLOADS: Mapping[str, Callable[[_Making], bytes] | None] = {
    "report.pdf": _pdf,
    "report.json": None,
    "report.pdf.dcm": _dicom_pdf,
    "report.sr.dcm": _structured_report,
}
"""By name, how each is made; the result itself needs no making."""
