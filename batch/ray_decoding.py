"""The tasks of a Ray cluster that read DICOM files; apart from its actors, for a process that imports no more
than this is there sooner."""

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch.decoding import decode
from batch.sources import StudySource
from cluster.joining import MachineError, check_machine, go_to
from errors import BadInputError

Row = dict[str, Any]


@dataclass(frozen=True)
class Decoding:
    """Gives the studies of a source with their pictures, or what is wrong with it.

    ``here``: where the command stands; ``discern``: its version.
    """

    here: Path
    discern: str

    def __call__(self, row: Row) -> Row:
        source = pickle.loads(row["source"])
        try:
            check_machine(self.discern)
            go_to(self.here)
            studies: object = decode(source)
        except Exception as error:
            studies = study_error(source, error)
        return {"source": row["source"], "studies": pickle.dumps(studies, protocol=5)}


def study_error(source: StudySource, error: Exception) -> BadInputError:
    """Why a study could not be read. Where nobody sees a traceback, an error that none expected is named, but
    not quoted: what it says may be a patient's."""
    if isinstance(error, BadInputError):
        return error
    said = str(error) if isinstance(error, MachineError) else type(error).__name__
    return BadInputError(source.path, f"{said}; read it alone with --executor local to see more")
