"""What a study and a trial cost, here and on a Ray cluster of this one machine (docs/scale.md)."""

import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ray
from ray.cluster_utils import Cluster

from batch.decoding import decode
from batch.manifest import MANIFEST
from batch.sources import StudySource
from benchmarks.jobs import Executor, TrialFolder, run_trials
from benchmarks.processes import LocalProcesses
from benchmarks.ray_tasks import RayTasks
from benchmarks.speed.memory import names_of_study, peak_of
from cluster.joining import RayCluster
from data.phantom.studies import generate_studies
from detectors.fitting import Progress

_SEED = 12_000
_NAMES = "study-"
_SOURCE, _STORED, _NOTE = "DICOM", "through the object store", "note"
_TRIALS = 5
_CORES = 2
_STORE = 500 * 2**20
"""Bytes of Ray's object store."""


@dataclass(frozen=True)
class StudyCost:
    """``seconds``: of each further study; ``start``: seconds besides, once; ``peak``: resident memory of the
    command's own process, MB."""

    how: str
    seconds: float
    start: float
    peak: float


@dataclass(frozen=True)
class TrialCost:
    """``seconds``: of a trial that trains nothing; what is left is its executor's."""

    how: str
    seconds: float


@dataclass(frozen=True)
class ScaleCosts:
    """``sizes``: bytes of a study's files, of what goes through Ray's object store, of its results."""

    studies: tuple[StudyCost, ...]
    trials: tuple[TrialCost, ...]
    sizes: dict[str, int]

    def of_many(self, studies: int) -> dict[str, float]:
        """By arithmetic, what so many studies take on machines like this one: hours of one core, with every
        core busy as with the last way of reading; hours on several; GB of what is written."""
        core_hours = studies * self.studies[-1].seconds * _CORES / 3600
        written = sum(size for what, size in self.sizes.items() if what not in (_SOURCE, _STORED))
        written += self.sizes[_NOTE]  # the pages repeat what is in the notes
        return {
            "studies": studies,
            "core hours": round(core_hours, 1),
            **{f"hours on {cores} cores": round(core_hours / cores, 1) for cores in (16, 64, 256)},
            "GB written": round(studies * written / 1e9, 1),
            "GB written, results alone": round(studies * self.sizes[".json"] / 1e9, 1),
        }


@dataclass(frozen=True)
class NothingTrial:
    """A trial that trains nothing."""

    number: int
    threads: int = 1
    epochs: int = 1

    @property
    def name(self) -> str:
        return f"nothing-{self.number}"

    def run(self, source: Path, folder: Path, progress: Progress) -> None:
        (folder / "done.txt").write_text("done\n", encoding="utf-8")


def measure_scale(folder: Path, studies: int) -> ScaleCosts:
    """Measure in an empty ``folder``, each once: one whole phantom study under so many names, by the command
    itself; trials one after the other. ``studies``: two at least."""
    generate_studies(folder / "phantom", 1, _SEED)
    (study,) = (path for path in (folder / "phantom").iterdir() if path.is_dir())
    names = names_of_study(study, folder / "studies", studies)
    local = [_study(folder / f"local-{count}", names, f"local, --threads {count}", count) for count in (1, 2)]
    with _cluster() as cluster:
        on_ray = [
            _study(
                folder / f"ray-{count}",
                names,
                f"Ray, --actors {count} --threads 1",
                1,
                *("--executor", "ray", "--address", cluster.address, "--actors", str(count)),
            )
            for count in (1, 2)
        ]
        trials = [_trial(folder, "local", LocalProcesses()), _trial(folder, "Ray", RayTasks(cluster))]
    return ScaleCosts((*local, *on_ray), tuple(trials), _sizes(study, folder / "local-1", names[0].name))


def _study(folder: Path, names: list[Path], how: str, threads: int, *options: str) -> StudyCost:
    """Of one batch, by the command itself. Its notes say when each study was done."""
    command = [sys.executable, "-m", "cli", "read-study", *map(str, names), "--out", str(folder)]
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--threads", str(threads), *options], stdout=subprocess.DEVNULL
    ) as process:
        peak = peak_of(process)
    whole = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{how}: the batch failed")
    done = sorted(path.stat().st_mtime for path in (folder / MANIFEST).glob(f"{_NAMES}*"))
    seconds = (done[-1] - done[0]) / (len(done) - 1)
    return StudyCost(how, round(seconds, 3), round(whole - len(done) * seconds, 2), round(peak))


def _trial(folder: Path, how: str, executor: Executor) -> TrialCost:
    """The median of some, each alone; the first starts what later ones find there and is not counted."""
    seconds = []
    for number in range(_TRIALS + 1):
        began = time.perf_counter()
        if run_trials([NothingTrial(number)], folder, TrialFolder(folder / f"trials-{how}"), executor):
            raise RuntimeError(f"{how}: a trial failed")
        seconds.append(time.perf_counter() - began)
    return TrialCost(how, round(sorted(seconds[1:])[_TRIALS // 2], 3))


def _sizes(study: Path, results: Path, name: str) -> dict[str, int]:
    files = sorted([*results.glob(f"{name}.*"), *(results / "manifest").glob(f"{name}.*")])
    return {
        _SOURCE: sum(path.stat().st_size for path in study.rglob("*.dcm")),
        _STORED: len(pickle.dumps(decode(StudySource.at(study)), protocol=5)),
        **{"".join(path.suffixes[-2:]): path.stat().st_size for path in files if path.parent == results},
        _NOTE: sum(path.stat().st_size for path in files if path.parent != results),
    }


@contextmanager
def _cluster() -> Iterator[RayCluster]:
    """A Ray cluster of this machine alone."""
    cluster = Cluster(
        initialize_head=True,
        head_node_args={
            "num_cpus": _CORES,
            "object_store_memory": _STORE,
            "include_dashboard": False,
            "node_ip_address": "127.0.0.2",  # 127.0.0.1 Ray takes for the machine's address in the network
        },
    )
    try:
        yield RayCluster.join(cluster.address)
    finally:
        ray.shutdown()
        cluster.shutdown()
