"""Studies read one after the other on this machine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from axial.models import AxialModels
from batch.decoding import decode
from batch.sources import StudySource
from batch.studies import Outcome, Task, read
from errors import BadInputError


@dataclass(frozen=True)
class LocalReading:
    """An executor: this process, with its models."""

    models: AxialModels

    def read(self, sources: Sequence[StudySource], task: Task) -> Iterator[Outcome]:
        for source in sources:
            try:
                yield Outcome(source, read(source, decode(source), self.models, task))
            except BadInputError as error:
                yield Outcome(source, error=error)
