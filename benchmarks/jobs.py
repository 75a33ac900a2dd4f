"""Trials as jobs: each writes a folder of its own, and finished ones are never repeated."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

from detectors.fitting import Progress

Source = TypeVar("Source", contravariant=True)
AnyTrial = TypeVar("AnyTrial", bound="Runnable[Any]")
State = Literal["waiting", "running", "done", "failed"]

_POLL_SECONDS = 0.2


class Runnable(Protocol[Source]):
    """Something that trains for so many ``epochs`` on so many ``threads`` and leaves a folder."""

    @property
    def name(self) -> str: ...

    @property
    def epochs(self) -> int: ...

    @property
    def threads(self) -> int: ...

    def run(self, source: Source, folder: Path, progress: Progress) -> None:
        """Do the work, in a process of its own; ``source`` says where its data are."""


@dataclass(frozen=True)
class TrialFolder:
    """A folder of trials, finished ones with their results and all with their logs."""

    path: Path

    def trial(self, trial: Runnable[Any]) -> Path:
        return self.path / "trials" / trial.name

    def log(self, trial: Runnable[Any]) -> Path:
        return self.path / "logs" / f"{trial.name}.log"


@dataclass
class Job(Generic[AnyTrial]):
    """A trial under way or done. ``epoch``: epochs finished; ``state``: what became of it."""

    trial: AnyTrial
    log: Path
    epoch: int = 0
    state: State = "waiting"


class Execution(Protocol):
    """One trial given to an executor."""

    def state(self) -> State:
        """Where it stands; ``done`` where its folder is there."""

    def end(self) -> None:
        """Break it off; returns when it writes no more."""


class Executor(Protocol):
    """Where trials run."""

    @property
    def jobs(self) -> int | None:
        """How many it takes at a time; None: all, for it makes them wait itself."""

    def start(self, trial: Runnable[Any], source: Any, folder: Path, log: Path) -> Execution:
        """Have a trial run to its end, into ``folder``, which appears whole or not at all."""


def run_trials(
    trials: Sequence[AnyTrial],
    source: Any,
    folder: TrialFolder,
    executor: Executor,
    watch: Callable[[Job[Any]], None] = lambda job: None,
) -> list[Job[AnyTrial]]:
    """Run the trials that have no folder yet; returns those that failed.

    ``source`` is what they read; ``watch`` is called whenever one starts, moves on or ends.
    A trial that fails leaves its log and the rest go on. On an interrupt every running trial is
    ended and nothing half-written stays.
    """
    waiting = [trial for trial in trials if not folder.trial(trial).exists()]
    most = executor.jobs or len(waiting)
    running: list[tuple[Execution, Job[AnyTrial]]] = []
    failed: list[Job[AnyTrial]] = []
    try:
        while waiting or running:
            while waiting and len(running) < most:
                trial = waiting.pop(0)
                job = Job(trial, folder.log(trial))
                running.append((executor.start(trial, source, folder.trial(trial), job.log), job))
                watch(job)
            time.sleep(_POLL_SECONDS)
            for execution, job in list(running):
                job.state, job.epoch = execution.state(), _epochs_finished(job.log)
                watch(job)
                if job.state in ("done", "failed"):
                    running.remove((execution, job))
                    failed.extend([job] if job.state == "failed" else [])
    finally:
        # The last first: were a running one ended before those that wait, they would take its place.
        for execution, _ in reversed(running):
            execution.end()
        for partial in (folder.path / "trials").glob(".*.partial"):
            shutil.rmtree(partial, ignore_errors=True)
    return failed


def _epochs_finished(log: Path) -> int:
    if not log.exists():
        return 0
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    finished = [line for line in lines if line.startswith("epoch ")]
    return int(finished[-1].split()[1].partition("/")[0]) if finished else 0
