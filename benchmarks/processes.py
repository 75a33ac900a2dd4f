"""Trials as processes: each writes a folder of its own, and finished ones are never repeated."""

import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from detectors.fitting import Progress

Source = TypeVar("Source", contravariant=True)
AnyTrial = TypeVar("AnyTrial", bound="Runnable[Any]")

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
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
    state: str = "running"


def run_trials(
    trials: Sequence[AnyTrial],
    source: Any,
    folder: TrialFolder,
    jobs: int,
    watch: Callable[[Job[Any]], None] = lambda job: None,
) -> list[Job[AnyTrial]]:
    """Run the trials that have no folder yet, ``jobs`` at a time; returns those that failed.

    ``source`` is what they read; ``watch`` is called whenever one starts, moves on or ends.
    A trial that fails leaves its log and the rest go on. On an interrupt every running trial is
    ended and nothing half-written stays.
    """
    waiting = [trial for trial in trials if not folder.trial(trial).exists()]
    running: list[tuple[BaseProcess, Job[AnyTrial]]] = []
    failed: list[Job[AnyTrial]] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(_start(waiting.pop(0), source, folder))
                watch(running[-1][1])
            time.sleep(_POLL_SECONDS)
            for process, job in list(running):
                _look(process, job)
                watch(job)
                if job.state != "running":
                    running.remove((process, job))
                    failed.extend([job] if job.state == "failed" else [])
    finally:
        for process, _ in running:
            process.terminate()
            process.join()
        for partial in (folder.path / "trials").glob(".*.partial"):
            shutil.rmtree(partial, ignore_errors=True)
    return failed


def _start(trial: AnyTrial, source: Any, folder: TrialFolder) -> tuple[BaseProcess, Job[AnyTrial]]:
    job = Job(trial, folder.log(trial))
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=run_trial, args=(trial, source, folder.trial(trial), job.log), name=trial.name, daemon=True
    )
    # It lets interrupts through again when it starts, as it otherwise would with the first process.
    resource_tracker.ensure_running()
    with _threads(trial.threads), _interrupts_left_to_us():
        process.start()
    return process, job


def _look(process: BaseProcess, job: Job[Any]) -> None:
    alive = process.is_alive()
    if job.log.exists():
        lines = job.log.read_text(encoding="utf-8", errors="replace").splitlines()
        done = [line for line in lines if line.startswith("epoch ")]
        job.epoch = int(done[-1].split()[1].partition("/")[0]) if done else 0
    if not alive:
        job.state = "done" if process.exitcode == 0 else "failed"


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """The thread variables that numerical libraries read once, when they are imported."""
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(count)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _interrupts_left_to_us() -> Iterator[None]:
    """Ctrl-C reaches every process of the terminal; one that is started here does not see it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def run_trial(trial: Runnable[Source], source: Source, folder: Path, log: Path) -> None:
    """Run a trial to its end and exit with its code; ``folder`` appears whole or not at all.

    Meant as the target of a process: it takes over stdout and stderr for its log, and it ends when
    the process that started it is gone.
    """
    _end_with_the_process_that_started_this()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb", buffering=0) as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    partial = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)

    def progress(epoch: int, loss: float) -> None:
        print(f"epoch {epoch}/{trial.epochs}  loss {loss:.4f}", flush=True)

    try:
        trial.run(source, partial, progress)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial, folder)
    except BaseException:
        traceback.print_exc()
        shutil.rmtree(partial, ignore_errors=True)
        sys.exit(1)


def _end_with_the_process_that_started_this() -> None:
    """A killed benchmark leaves no trial behind that would go on beside its restart."""
    parent = multiprocessing.parent_process()
    if parent is not None:

        def end() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=end, daemon=True).start()
