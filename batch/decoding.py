"""The first half of reading a study: from its DICOM files to its pictures. Models are not imported here."""

from dataclasses import dataclass

from axial.pictures import StudyPictures, pictures_of
from batch.sources import StudySource
from errors import BadInputError
from imaging.reading import read_studies
from imaging.study import Study


@dataclass(frozen=True)
class DecodedStudy:
    """A study with its pictures, and what results shall call it."""

    name: str
    study: Study
    pictures: StudyPictures


def decode(source: StudySource) -> tuple[DecodedStudy, ...]:
    """The studies of a source; several, of one patient, are numbered. Raises BadInputError."""
    found = read_studies(source.path)
    numbers = [""] if len(found) == 1 else [f"-{number}" for number in range(1, len(found) + 1)]
    return tuple(
        DecodedStudy(f"{source.name}{number}", study, pictures_of(study))
        for number, study in zip(numbers, found, strict=True)
    )


def study_error(source: StudySource, error: Exception) -> BadInputError:
    """Why a study of a batch could not be read. Nobody sees a traceback there, so an error that none expected
    is named, but not quoted: what it says may be a patient's."""
    if isinstance(error, BadInputError):
        return error
    said = error.strerror if isinstance(error, OSError) else None
    said = said or type(error).__name__
    return BadInputError(source.path, f"{said}; read it alone with --executor local to see more")
