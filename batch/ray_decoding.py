"""The tasks of a Ray cluster that read DICOM files; apart from its actors, for a process that imports no more
than this is there sooner."""

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batch.decoding import decode, study_error
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
        except MachineError as error:
            studies = BadInputError(source.path, str(error))
        except Exception as error:
            studies = study_error(source, error)
        return {"source": row["source"], "studies": pickle.dumps(studies, protocol=5)}
