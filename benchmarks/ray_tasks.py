"""Trials as tasks of a Ray cluster, each in a process of its own on one of its machines.

Their data lie where every machine sees them at the same path. So does the benchmark's folder; or the trials
come home through an object store.
"""

import multiprocessing
import sys
import time
import uuid
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayError

from benchmarks.jobs import Runnable, State
from benchmarks.processes import start_process
from cluster.joining import RayCluster, check_machine, go_to
from cluster.parcel import Parcel
from cluster.storage import Storage

_MADE, _LOG = "trial", "log"
"""In a parcel."""
_RETRIES = 3
_POLL_SECONDS = 0.2
_END_SECONDS = 60
_SEEN_SECONDS = 60
"""Shared storage may show here only after a while what another machine wrote; an object store may not answer
for a while."""
_AGAIN_SECONDS = 2


@dataclass(frozen=True)
class RayTasks:
    """An executor: a Ray cluster, with so many GPUs (0.5: two trials share one) for each trial.

    ``storage``: what trials come home through, None where every machine sees the benchmark's folder.
    """

    cluster: RayCluster
    gpus: float = 0
    storage: Storage | None = None
    jobs: None = field(default=None, init=False)

    def start(self, trial: Runnable[Any], source: Any, folder: Path, log: Path) -> "RayTask":
        """Raises BadInputError where no machine of the cluster is large enough for the trial."""
        self.cluster.places(trial.threads, self.gpus, "a trial")
        # The log is the sign that the trial is under way; the folder, that a machine sees this storage.
        log.unlink(missing_ok=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        task = _run.options(num_cpus=trial.threads, num_gpus=self.gpus, max_retries=_RETRIES, name=trial.name)
        parcel = Parcel(self.storage, f"{trial.name}.{uuid.uuid4().hex}") if self.storage else None
        reference = task.remote(trial, source, folder, log, parcel, Path.cwd(), version("discern-spine"))
        return RayTask(reference, folder, log, parcel)


@dataclass
class RayTask:
    """A trial in a Ray cluster."""

    reference: Any
    folder: Path
    log: Path
    parcel: Parcel | None = None
    _ended: float | None = field(default=None, init=False)

    def state(self) -> State:
        ready, _ = ray.wait([self.reference], timeout=0)
        if not ready:
            return "running" if self.log.exists() else "waiting"
        if self.folder.exists():
            return "done"
        try:
            code = ray.get(self.reference)
        except RayError as error:
            return self._failed(str(error).strip().splitlines()[-1])
        reason = "what the trial wrote is not to be seen here: is this storage shared?"
        if self.parcel is not None:
            try:
                self.parcel.fetch({_LOG: self.log, _MADE: self.folder})
                return "failed" if code else "done"
            except OSError as error:
                reason = f"what the trial wrote cannot be fetched: {error}"
        elif code:
            return "failed"
        self._ended = self._ended or time.monotonic()
        if time.monotonic() - self._ended < _SEEN_SECONDS:
            return "running"
        return self._failed(reason)

    def end(self) -> None:
        ray.cancel(self.reference)
        try:
            ray.get(self.reference, timeout=_END_SECONDS)
        except GetTimeoutError:
            ray.cancel(self.reference, force=True)
        except RayError:
            pass
        finally:
            if self.parcel is not None:
                self.parcel.remove()

    def _failed(self, reason: str) -> State:
        if self.parcel is not None:
            self.parcel.remove()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(f"{reason}\n")
        return "failed"


@ray.remote
def _run(
    trial: Runnable[Any],
    source: Any,
    folder: Path,
    log: Path,
    parcel: Parcel | None,
    here: Path,
    began_by: str,
) -> int:
    """On a machine of the cluster: run a trial; returns its exit code."""
    check_machine(began_by)
    if parcel is not None:
        with TemporaryDirectory(prefix="discern-trial-") as temporary:
            code = _run_process(trial, source, Path(temporary) / _MADE, Path(temporary) / _LOG)
            _send(parcel, Path(temporary))
            return code
    go_to(here)
    if not folder.parent.is_dir():
        raise FileNotFoundError(f"{folder.parent} is not on this machine: a benchmark needs shared storage")
    if folder.exists():
        return 0
    return _run_process(trial, source, folder, log)


def _send(parcel: Parcel, folder: Path) -> None:
    """What took hours to make is not lost where the store does not answer at once."""
    began = time.monotonic()
    while True:
        try:
            return parcel.send(folder)
        except OSError:
            if time.monotonic() - began > _SEEN_SECONDS:
                raise
            time.sleep(_AGAIN_SECONDS)


def _run_process(trial: Runnable[Any], source: Any, folder: Path, log: Path) -> int:
    """Run a trial in a process as everywhere; returns its exit code."""
    # A new process imports the main module of the one that started it; a trial's needs nothing of Ray.
    vars(sys.modules["__main__"]).pop("__file__", None)
    try:
        process = start_process(trial, source, folder, log)
        while process.is_alive():
            process.join(_POLL_SECONDS)
        return process.exitcode or 0
    finally:
        # Not `process` alone: an interrupt may come while it is started.
        for child in multiprocessing.active_children():
            child.terminate()
            child.join()
