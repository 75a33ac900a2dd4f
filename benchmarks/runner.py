"""Running a benchmark: every trial a process, finished trials never repeated."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from annotation.views import View, named_view
from benchmarks.identity import identity_of
from benchmarks.jobs import TrialFolder
from benchmarks.protocol import Protocol, read_protocol
from benchmarks.protocol_file import lasting_name
from benchmarks.trial import Source, Trial
from data.cohort import Cohort
from data.folds import Folds, make_folds, read_folds, with_warnings, write_folds
from errors import BadInputError
from imaging.new_folder import write_whole


@dataclass(frozen=True)
class Run:
    """What a benchmark was started with: enough to start it again or to refit one of its detectors.

    ``view``: another view than the protocol's. ``quick``: in the protocol's quick form.
    """

    protocol: str
    data: str
    from_scratch: bool
    patient_pattern: str | None
    threads: int
    view: str | None = None
    quick: bool = False

    def open(self) -> tuple[Protocol, Source, Cohort]:
        """Read the protocol and the cohort. Raises BadInputError."""
        protocol = read_protocol(self.protocol, self.from_scratch, self.quick)
        protocol = replace(protocol, view=self.view or protocol.view)
        source = Source(
            Path(self.data), self.patient_pattern, protocol.label_set, protocol.view, protocol.kinds
        )
        return protocol, source, source.read()[0]


@dataclass(frozen=True)
class BenchmarkFolder(TrialFolder):
    """Where a benchmark keeps what it makes."""

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
        started = {"identity": identity, "run": asdict(lasting)}
        write_whole(self.benchmark, json.dumps(started, indent=2) + "\n")

    def _started(self) -> tuple[Run, dict[str, object]]:
        try:
            content = json.loads(self.benchmark.read_text(encoding="utf-8"))
            return Run(**content["run"]), content["identity"]
        except (OSError, ValueError, KeyError, TypeError):
            raise BadInputError(
                self.path, "no benchmark here; run `discern benchmark` with a new folder as --out"
            ) from None


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
    # A view and a label set count by what they say, not by where they lie; a paper not at all.
    identity = identity_of(replace(protocol, view=view.name, label_set=None, paper=None), cohort, run.threads)
    identity["view"] = json.loads(json.dumps(asdict(view)))
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
