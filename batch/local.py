"""Studies read one after the other on this machine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from axial.models import AxialModels
from batch.decoding import decode, study_error
from batch.sources import StudySource
from batch.studies import Outcome, Task, read
from errors import BadInputError


@dataclass(frozen=True)
class LocalReading:
    """An executor: this process, with its models. ``alone``: of a single study, an error that none expected
    is raised, for its traceback; in a batch it is that study's, and the others are read."""

    models: AxialModels
    alone: bool = False

    def read(self, sources: Sequence[StudySource], task: Task) -> Iterator[Outcome]:
        for source in sources:
            try:
                yield Outcome(source, read(source, decode(source), self.models, task))
            except Exception as error:
                if self.alone and not isinstance(error, BadInputError):
                    raise
                yield Outcome(source, error=study_error(source, error))
