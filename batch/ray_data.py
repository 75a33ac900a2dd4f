"""Studies read on a Ray cluster, as a Ray Data pipeline.

Tasks read the DICOM files and pass each study's pictures through Ray's object store to actors, which hold the
opened models and write the files. Ray Data holds tasks back while the actors are behind, so that memory stays
bounded however many studies there are.
"""

import logging
import pickle
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import ray.data
from ray.data import ActorPoolStrategy, DataContext
from ray.exceptions import RayError
from ray.util.annotations import RayDeprecationWarning

from axial.models import open_models
from axial.result import ModelIdentity
from batch.decoding import study_error
from batch.ray_decoding import Decoding, Row
from batch.sources import StudySource
from batch.studies import Outcome, Task, read
from cluster.joining import MachineError, RayCluster, check_machine, go_to
from errors import BadInputError
from models.runtimes import RuntimeName

_ROUNDS = 3
"""What a lost machine or a dead actor was reading is read again when all else is done."""
_BLOCK_OF_STUDIES = 10_000
"""Ray's own books of a dataset grow with it; a batch is read in so many at a time."""


@dataclass(frozen=True)
class RayDataReading:
    """An executor: ``actors`` on a cluster (None: as many as fit), each with its ``threads`` and ``gpus``.

    ``models``: the folder of those that each opens for itself, which every machine sees; ``identities``: what
    must be in it.
    """

    cluster: RayCluster
    models: Path
    identities: tuple[ModelIdentity, ...]
    threads: int
    runtime: RuntimeName
    gpus: float = 0
    actors: int | None = None

    def read(self, sources: Sequence[StudySource], task: Task) -> Iterator[Outcome]:
        """Raises BadInputError where no machine holds an actor, or none can open the models."""
        places = self.cluster.places(self.threads, self.gpus, "an actor that reads studies")
        actors = self.actors or places
        yield from self._read(sources, task, actors)

    def _read(self, sources: Sequence[StudySource], task: Task, actors: int) -> Iterator[Outcome]:
        for first in range(0, len(sources), _BLOCK_OF_STUDIES):
            waiting = set(sources[first : first + _BLOCK_OF_STUDIES])
            for number in range(_ROUNDS):
                # One at a time at last, so that a study that ends its actor ends no other one's reading.
                in_flight = 2 if number == 0 else 1
                left = [source for source in sources if source in waiting]
                for outcome in self._read_once(left, task, actors, in_flight):
                    if outcome.source in waiting:
                        waiting.remove(outcome.source)
                        yield outcome
                if not waiting:
                    break
            for source in waiting:
                yield Outcome(source, error=_given_up(source))

    def _read_once(
        self, sources: list[StudySource], task: Task, actors: int, in_flight: int
    ) -> Iterator[Outcome]:
        """Outcomes as they come; none of what was under way on a machine that was lost."""
        _be_quiet()
        here, discern = Path.cwd(), version("discern-spine")
        rows = [{"source": pickle.dumps(source)} for source in sources]
        studies = ray.data.from_items(rows, override_num_blocks=len(rows))
        # No processors are kept for these tasks: a cluster that has shrunk to its actors could not run them.
        decoded = studies.map(Decoding(here, discern), num_cpus=0, concurrency=min(actors, len(rows)))
        outcomes = decoded.map(
            _Reader,  # type: ignore[arg-type]
            fn_constructor_args=(self, task, here, discern),
            compute=ActorPoolStrategy(size=min(actors, len(rows)), max_tasks_in_flight_per_actor=in_flight),
            num_cpus=self.threads,
            num_gpus=self.gpus,
            # What an actor was doing when it died is no reason to have the next one die of it at once.
            max_task_retries=0,
        )
        try:
            for row in outcomes.iter_rows():
                yield pickle.loads(row["outcome"])
        except RayError as error:
            raise BadInputError(
                self.cluster.address, f"the batch was broken off: {_last_line(error)}"
            ) from None


class _Reader:
    """An actor on a machine of the cluster: it holds the models, reads studies and writes their files."""

    def __init__(self, reading: RayDataReading, task: Task, here: Path, discern: str) -> None:
        check_machine(discern)
        go_to(here)
        self._models = open_models(reading.models, reading.threads, reading.runtime)
        self._task = task
        if self._models.identities != reading.identities:
            raise MachineError(
                f"{reading.models} on this machine holds other models than where the command runs"
            )

    def __call__(self, row: Row) -> Row:
        source, studies = pickle.loads(row["source"]), pickle.loads(row["studies"])
        try:
            if isinstance(studies, BadInputError):
                raise studies
            outcome = Outcome(source, read(source, studies, self._models, self._task))
        except Exception as error:
            outcome = Outcome(source, error=study_error(source, error))
        return {"outcome": pickle.dumps(outcome)}


def _be_quiet() -> None:
    """Progress and errors are the command's to print; what was lost is noticed by its absence."""
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.max_errored_blocks = -1
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    # `max_task_retries` has no other way in (pyproject.toml holds Ray below the version that ends it).
    warnings.simplefilter("ignore", RayDeprecationWarning)


def _given_up(source: StudySource) -> BadInputError:
    return BadInputError(
        source.path,
        f"what read it ended without a word, {_ROUNDS} times; read it alone with --executor local",
    )


def _last_line(error: RayError) -> str:
    """What is said to a person, without the name of the error's class."""
    return re.sub(r"^[\w.]*(Error|Exception): ", "", str(error).strip().splitlines()[-1])
