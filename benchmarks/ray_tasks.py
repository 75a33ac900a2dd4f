"""Trials as tasks of a Ray cluster, each in a process of its own on one of its machines.

The benchmark's folder and its data lie on storage that every machine sees at the same path. Ray makes the
trials wait for processors, gives the trials of a lost machine to another one, and ends them with the
benchmark that began them (Moritz et al., "Ray: a distributed framework for emerging AI applications",
OSDI 2018).
"""

import logging
import os
import socket
import sys
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ray
from ray._private.services import canonicalize_bootstrap_address
from ray.exceptions import GetTimeoutError, RayError

from benchmarks.jobs import Runnable, State
from benchmarks.processes import start_process
from errors import BadInputError

_RETRIES = 3
_POLL_SECONDS = 0.2
_KNOCK_SECONDS = 5
_END_SECONDS = 10
_SEEN_SECONDS = 60
"""Shared storage may show here only after a while what another machine wrote."""


@dataclass(frozen=True)
class RayTasks:
    """An executor: a Ray cluster, with so many GPUs (0.5: two trials share one) for each trial."""

    address: str
    gpus: float = 0
    jobs: None = field(default=None, init=False)

    @classmethod
    def connect(cls, address: str, gpus: float = 0) -> "RayTasks":
        """Join the cluster at ``HOST:PORT``, or with ``auto`` the one that this machine belongs to.

        Raises BadInputError where none answers, or where it is of another Ray or Python.
        """
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        _knock(address)
        # Ray prints the lost machines' last log lines on stdout, where a table or JSON is to stand.
        ray._private.worker.print_to_stdstream = lambda *_, **__: None
        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError) as error:
            raise _refused(address, str(error)) from None
        return cls(address, gpus)

    def start(self, trial: Runnable[Any], source: Any, folder: Path, log: Path) -> "RayTask":
        """Raises BadInputError where no machine of the cluster is large enough for the trial."""
        needed = {"CPU": trial.threads, "GPU": self.gpus}
        machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        if not any(all(has.get(name, 0) >= count for name, count in needed.items()) for has in machines):
            raise BadInputError(
                self.address,
                f"no machine of this cluster has the {trial.threads} processors and {self.gpus:g} GPUs of a "
                "trial; choose fewer --threads or --gpus-per-trial",
            )
        # The log is the sign that the trial is under way; the folder, that a machine sees this storage.
        log.unlink(missing_ok=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        task = _run.options(num_cpus=trial.threads, num_gpus=self.gpus, max_retries=_RETRIES, name=trial.name)
        reference = task.remote(trial, source, folder, log, Path.cwd(), version("discern-spine"))
        return RayTask(reference, folder, log)


@dataclass
class RayTask:
    """A trial in a Ray cluster."""

    reference: Any
    folder: Path
    log: Path
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
        if code:
            return "failed"
        self._ended = self._ended or time.monotonic()
        if time.monotonic() - self._ended < _SEEN_SECONDS:
            return "running"
        return self._failed("what the trial wrote is not to be seen here: is this storage shared?")

    def end(self) -> None:
        ray.cancel(self.reference)
        try:
            ray.get(self.reference, timeout=_END_SECONDS)
        except GetTimeoutError:
            ray.cancel(self.reference, force=True)
        except RayError:
            pass

    def _failed(self, reason: str) -> State:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(f"{reason}\n")
        return "failed"


def _knock(address: str) -> None:
    """Ray itself tries a closed door for a quarter of an hour."""
    try:
        place = canonicalize_bootstrap_address(address)
        if place is None:
            raise _refused(address, "this machine belongs to none")
        host, _, port = place.rpartition(":")
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_SECONDS).close()
    except (OSError, ValueError) as error:
        raise _refused(address, str(error)) from None


def _refused(address: str, reason: str) -> BadInputError:
    first = reason.strip().splitlines()[0].rstrip(".")
    return BadInputError(address, f"no Ray cluster to be used ({first}); docs/scale.md says how to start one")


@ray.remote
def _run(trial: Runnable[Any], source: Any, folder: Path, log: Path, here: Path, began_by: str) -> int:
    """On a machine of the cluster: run a trial in a process as everywhere; returns its exit code."""
    os.chdir(here)
    if not folder.parent.is_dir():
        raise FileNotFoundError(f"{folder.parent} is not on this machine: a benchmark needs shared storage")
    if version("discern-spine") != began_by:
        raise RuntimeError(
            f"this machine has Discern {version('discern-spine')}, the benchmark is {began_by}'s"
        )
    if folder.exists():
        return 0
    # A new process imports the main module of the one that started it; a trial's needs nothing of Ray.
    vars(sys.modules["__main__"]).pop("__file__", None)
    process = start_process(trial, source, folder, log)
    try:
        while process.is_alive():
            process.join(_POLL_SECONDS)
    finally:
        process.terminate()
        process.join()
    return process.exitcode or 0
