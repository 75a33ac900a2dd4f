"""Joining a Ray cluster, quietly: nothing is sent to Ray's makers, and nothing of Ray's is printed.

Ray makes work wait for processors, gives the work of a lost machine to another one, and ends it with the
command that began it (Moritz et al., "Ray: a distributed framework for emerging AI applications", OSDI 2018).
"""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import ray
from ray._private.services import canonicalize_bootstrap_address

from errors import BadInputError

AUTO = "auto"
"""For the cluster that this machine belongs to."""
_KNOCK_SECONDS = 5


class MachineError(RuntimeError):
    """A machine of the cluster that is not set up like the one on which the command runs."""


@dataclass(frozen=True)
class RayCluster:
    """A Ray cluster that this process has joined."""

    address: str

    @classmethod
    def join(cls, address: str) -> "RayCluster":
        """Join the cluster at ``HOST:PORT``, or with ``auto`` the one that this machine belongs to.

        Raises BadInputError where none answers, or where it is of another Ray or Python.
        """
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        # What Ray's own C++ says of every lost machine would stand on stderr, where an error is one sentence.
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        _knock(address)
        # Ray prints the lost machines' last log lines on stdout, where a table or JSON is to stand.
        ray._private.worker.print_to_stdstream = lambda *_, **__: None
        try:
            with _stderr_unheard():
                ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, RuntimeError) as error:
            raise _refused(address, str(error)) from None
        return cls(ray.get_runtime_context().gcs_address if address == AUTO else address)

    def places(self, threads: int, gpus: float, what: str) -> int:
        """How often so many processors and GPUs are free on its machines when nothing else runs there.

        Raises BadInputError where no machine is large enough; ``what`` names who needs them.
        """
        machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        places = sum(_fitting(machine, threads, gpus) for machine in machines)
        if not places:
            raise BadInputError(
                self.address,
                f"no machine of this cluster has the {threads} processors and {gpus:g} GPUs of {what}; "
                "choose fewer threads or GPUs for it",
            )
        return places


def check_machine(began_by: str) -> None:
    """On a machine of the cluster: it must have the Discern that began the work (``began_by``, a version)."""
    here = version("discern-spine")
    if here != began_by:
        raise MachineError(f"this machine has Discern {here}, the command is {began_by}'s")


def go_to(folder: Path) -> None:
    """On a machine of the cluster: stand where the command stands, so that paths mean the same."""
    if not folder.is_dir():
        raise MachineError(f"{folder} is not on this machine: shared storage is needed")
    os.chdir(folder)


def _fitting(machine: dict[str, float], threads: int, gpus: float) -> int:
    by_threads = int(machine.get("CPU", 0) // threads)
    return min(by_threads, int(machine.get("GPU", 0) / gpus)) if gpus else by_threads


@contextmanager
def _stderr_unheard() -> Iterator[None]:
    """Ray's C++ announces its log level there; what fails is raised."""
    stderr = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


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
    if address == AUTO:
        how = "start one (docs/scale.md), or name one with --address"
        return BadInputError("Ray", f"no cluster found here ({first}); {how}")
    return BadInputError(address, f"no Ray cluster to be used ({first}); docs/scale.md says how to start one")
