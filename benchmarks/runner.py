"""Running a benchmark: every trial a process, finished trials never repeated."""

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from annotation.views import View, named_view
from benchmarks.protocol import Protocol, lasting_name, protocol_path, read_protocol
from benchmarks.trial import Source, Trial, run_trial
from data.cohort import Cohort
from data.folds import Folds, make_folds, read_folds, with_warnings, write_folds
from errors import BadInputError

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_POLL_SECONDS = 0.2

Watch = Callable[["Job"], None]
"""Called whenever a job starts, moves on or ends."""


@dataclass
class Job:
    """A trial under way or done. ``epoch``: epochs finished; ``state``: what became of it."""

    trial: Trial
    log: Path
    epoch: int = 0
    state: str = "running"


@dataclass(frozen=True)
class Run:
    """What a benchmark was started with: enough to start it again or to refit one of its detectors.

    ``view``: another view than the protocol's.
    """

    protocol: str
    data: str
    from_scratch: bool
    patient_pattern: str | None
    threads: int
    view: str | None = None

    def open(self) -> tuple[Protocol, Source, Cohort]:
        """Read the protocol and the cohort. Raises BadInputError."""
        protocol = read_protocol(protocol_path(self.protocol), self.from_scratch)
        protocol = replace(protocol, view=self.view or protocol.view)
        source = Source(
            Path(self.data), self.patient_pattern, protocol.label_set, protocol.view, protocol.kinds
        )
        return protocol, source, source.read()[0]


@dataclass(frozen=True)
class BenchmarkFolder:
    """Where a benchmark keeps what it makes."""

    path: Path

    @property
    def folds(self) -> Path:
        return self.path / "folds.json"

    @property
    def benchmark(self) -> Path:
        return self.path / "benchmark.json"

    def run(self) -> Run:
        """What the benchmark in this folder was started with. Raises BadInputError for none."""
        return self._started()[0]

    def holds(self, identity: dict[str, object]) -> bool:
        """Whether the benchmark in this folder is this one. Raises BadInputError for none."""
        return self._started()[1] == identity

    def start(self, run: Run, identity: dict[str, object]) -> None:
        """Say what benchmark this folder is for."""
        lasting = replace(run, protocol=lasting_name(run.protocol))
        partial = self.path / ".benchmark.json.partial"
        started = {"identity": identity, "run": asdict(lasting)}
        partial.write_text(json.dumps(started, indent=2) + "\n", encoding="utf-8")
        os.replace(partial, self.benchmark)

    def _started(self) -> tuple[Run, dict[str, object]]:
        try:
            content = json.loads(self.benchmark.read_text(encoding="utf-8"))
            return Run(**content["run"]), content["identity"]
        except (OSError, ValueError, KeyError, TypeError):
            raise BadInputError(
                self.path, "no benchmark here; run `discern benchmark` with a new folder as --out"
            ) from None

    def trial(self, trial: Trial) -> Path:
        return self.path / "trials" / trial.name

    def log(self, trial: Trial) -> Path:
        return self.path / "logs" / f"{trial.name}.log"


@dataclass(frozen=True)
class Plan:
    """A benchmark laid out: its folds and every trial, finished or not."""

    run: Run
    protocol: Protocol
    source: Source
    cohort: Cohort
    view: View
    folds: Folds
    trials: tuple[Trial, ...]


def prepare(run: Run, folder: BenchmarkFolder, folds_file: Path | None = None) -> Plan:
    """Make or reuse the folds and list every trial, in a fixed order.

    ``folds_file``: folds to begin with instead of new ones. Raises BadInputError where the folder
    holds a benchmark of another protocol, cohort, thread count, version or other folds: its trials
    would not belong in one table.
    """
    protocol, source, cohort = run.open()
    view = named_view(protocol.view, cohort.label_set)
    identity = _identity(protocol, cohort, view, run.threads)
    if folder.benchmark.exists():
        if not folder.holds(identity):
            raise BadInputError(
                folder.path,
                "holds a benchmark of another protocol, data, thread count or version; choose another --out",
            )
        folds = read_folds(folder.folds, cohort)
        if folds_file is not None and read_folds(folds_file, cohort).test != folds.test:
            raise BadInputError(
                folder.path, f"was begun with other folds than {folds_file}; choose another --out"
            )
    else:
        try:
            folds = _folds(protocol, cohort, view, folds_file)
            folder.path.mkdir(parents=True, exist_ok=True)
            write_folds(folds, folder.folds)
            folder.start(run, identity)
        except BadInputError:
            raise
        except ValueError as error:
            raise BadInputError(source.folder, str(error)) from None
        except OSError as error:
            raise BadInputError(
                folder.path, f"cannot be written ({error.strerror}); choose another --out"
            ) from None
    return Plan(
        run, protocol, source, cohort, view, folds, tuple(_trials(protocol, cohort, folds, run.threads))
    )


def _folds(protocol: Protocol, cohort: Cohort, view: View, given: Path | None) -> Folds:
    if given is None:
        return make_folds(cohort, view, protocol.folds, protocol.fold_seed, protocol.held_out_patients)
    folds = read_folds(given, cohort)
    if (len(folds.test), set(folds.held_out)) != (protocol.folds, set(protocol.held_out_patients)):
        raise BadInputError(given, "its folds or held-out patients are not the protocol's; leave out --folds")
    return with_warnings(folds, cohort, view)


def _trials(protocol: Protocol, cohort: Cohort, folds: Folds, threads: int) -> Iterator[Trial]:
    tested = tuple(patient for side in folds.test for patient in side)
    for detector, settings in protocol.detectors.items():
        if protocol.start_weights_rows and settings.start_weights:
            seed = protocol.seeds[0]
            untouched = replace(settings, epochs=0, seed=seed, threads=threads)
            yield Trial(detector, None, seed, untouched, (), tested, "start weights untouched")
    for seed in protocol.seeds:
        for fold in range(len(folds.test)):
            side, test = folds.split(cohort, fold)
            training = _drawn(side.patients, protocol.training_patients, fold, seed)
            for detector, settings in protocol.detectors.items():
                trained = replace(settings, seed=seed, threads=threads)
                yield Trial(detector, fold, seed, trained, training, test.patients)


def _drawn(patients: tuple[str, ...], count: int | None, fold: int, seed: int) -> tuple[str, ...]:
    if count is None or count >= len(patients):
        return patients
    return tuple(np.random.default_rng([seed, fold]).permutation(patients)[:count].tolist())


def run_trials(
    trials: Sequence[Trial],
    source: Source,
    folder: BenchmarkFolder,
    jobs: int,
    watch: Watch = lambda job: None,
) -> list[Job]:
    """Run the trials that have no folder yet, ``jobs`` at a time; returns those that failed.

    A trial that fails leaves its log and the rest go on. On an interrupt every running trial is
    ended and nothing half-written stays.
    """
    waiting = [trial for trial in trials if not folder.trial(trial).exists()]
    running: list[tuple[BaseProcess, Job]] = []
    failed: list[Job] = []
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


def _start(trial: Trial, source: Source, folder: BenchmarkFolder) -> tuple[BaseProcess, Job]:
    job = Job(trial, folder.log(trial))
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=run_trial, args=(trial, source, folder.trial(trial), job.log), name=trial.name, daemon=True
    )
    with _threads(trial.settings.threads), _interrupts_left_to_us():
        process.start()
    return process, job


def _look(process: BaseProcess, job: Job) -> None:
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


def _identity(protocol: Protocol, cohort: Cohort, view: View, threads: int) -> dict[str, object]:
    digest = hashlib.sha256()
    for image in cohort.images:
        described = (image.name, image.patient, sorted(image.annotated), [asdict(box) for box in image.boxes])
        digest.update(json.dumps(described).encode())
        digest.update(hashlib.sha256(image.path.read_bytes()).digest())
    # A view and a label set count by what they say, not by where they lie.
    settings = replace(protocol, view=view.name, label_set=None)
    return {
        "protocol": json.loads(json.dumps(asdict(settings), default=_content_of)),
        "view": json.loads(json.dumps(asdict(view))),
        "label_set": list(cohort.label_set.classes),
        "cohort": digest.hexdigest(),
        "threads": threads,
        "version": version("discern-spine"),
    }


def _content_of(path: Path) -> str:
    """A start weights file counts by its content, not by where it lies."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else path.name
