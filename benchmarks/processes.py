"""Trials as processes of this machine."""

import multiprocessing
import os
import shutil
import signal
import sys
import threading
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from benchmarks.jobs import Runnable, Source, State

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class LocalProcesses:
    """An executor: processes of this machine, ``jobs`` at a time."""

    jobs: int = 1

    def start(self, trial: Runnable[Any], source: Any, folder: Path, log: Path) -> "LocalProcess":
        return LocalProcess(start_process(trial, source, folder, log))


@dataclass(frozen=True)
class LocalProcess:
    """A trial in a process of this machine."""

    process: BaseProcess

    def state(self) -> State:
        if self.process.is_alive():
            return "running"
        return "done" if self.process.exitcode == 0 else "failed"

    def end(self) -> None:
        self.process.terminate()
        self.process.join()


def start_process(trial: Runnable[Any], source: Any, folder: Path, log: Path) -> BaseProcess:
    """Start a trial in a process of its own, with its threads; it ends when this process is gone."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=run_trial, args=(trial, source, folder, log), name=trial.name, daemon=True
    )
    # It lets interrupts through again when it starts, as it otherwise would with the first process.
    resource_tracker.ensure_running()
    with _threads(trial.threads), _interrupts_left_to_us():
        process.start()
    return process


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
    # Where a machine of a cluster was given up for lost, its process may still write beside this one.
    partial = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.partial")
    partial.mkdir(parents=True)

    def progress(epoch: int, loss: float) -> None:
        print(f"epoch {epoch}/{trial.epochs}  loss {loss:.4f}", flush=True)

    try:
        trial.run(source, partial, progress)
        if not folder.exists():
            os.replace(partial, folder)
    except BaseException:
        traceback.print_exc()
        sys.exit(1)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _end_with_the_process_that_started_this() -> None:
    """A killed benchmark leaves no trial behind that would go on beside its restart."""
    parent = multiprocessing.parent_process()
    if parent is not None:

        def end() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=end, daemon=True).start()
