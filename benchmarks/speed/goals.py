"""Every speed goal by name. A new goal is a file with ``measure`` and its line here."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.speed.goal import NotMeasurableError, Outcome, Setting

GOALS: dict[str, str] = {
    "average-precision": "benchmarks.speed.average_precision",
    "bootstrap": "benchmarks.speed.bootstrap",
    "voc": "benchmarks.speed.voc",
    "export": "benchmarks.speed.export",
    "predict": "benchmarks.speed.predict",
    "predict-bf16": "benchmarks.speed.predict:measure_bf16",
    "runtimes": "benchmarks.speed.runtimes",
    "stages": "benchmarks.speed.stages",
    "stages-bf16": "benchmarks.speed.stages:measure_bf16",
    "training": "benchmarks.speed.training",
    "viewer": "benchmarks.speed.viewer",
    "gpu-ppyolov2": "benchmarks.speed.gpu",
    "stages-published": "benchmarks.speed.stages:measure_published",
    "memory": "benchmarks.speed.memory",
}
"""Name -> the module whose ``measure``, or the function that is named after it, takes a ``Setting`` and gives
the goal's outcomes; imported when it is measured. Those that take longest stand last."""

_NEEDS = {"average-precision": "pycocotools", "viewer": "playwright"}
"""Packages that Discern does without, for the other side or for measuring."""
_OF_PROCESSES = ("viewer", "memory")
"""They measure programs of their own, which get the user's environment."""
_THREADS = "OMP_NUM_THREADS"


def chosen(only: Sequence[str], without: Sequence[str]) -> list[str]:
    """The names of these goals, of all where none is named, but for some. ValueError for one that is none, or
    where none is left."""
    _check([*only, *without])
    names = [name for name in dict.fromkeys(only or GOALS) if name not in without]
    if not names:
        raise ValueError("every goal is left out")
    return names


def measure(names: Sequence[str], setting: Setting) -> Iterator[tuple[str, list[Outcome] | Exception]]:
    """Each goal's name with its outcomes, or why it has none, one after the other: a NotMeasurableError, or
    what went wrong. Each gets an empty folder within ``setting.folder`` that is removed again. ValueError for
    a name that is none, before anything runs.
    """
    _check(names)
    return (_measured(name, setting) for name in names)


def _check(names: Sequence[str]) -> None:
    for name in names:
        if name not in GOALS:
            raise ValueError(f"no goal {name!r}; choose of {', '.join(GOALS)}")


def _measured(name: str, setting: Setting) -> tuple[str, list[Outcome] | Exception]:
    needed = _NEEDS.get(name)
    if needed and find_spec(needed) is None:
        return name, NotMeasurableError(f"{needed} is not installed; it comes with the test packages")

    def tell(words: str) -> None:
        setting.tell(f"{name}: {words}")

    tell("preparing")
    threads = os.environ.get(_THREADS) if name in _OF_PROCESSES else str(setting.threads)
    module, _, function = GOALS[name].partition(":")
    try:
        with _threads(threads), TemporaryDirectory(prefix=f"{name}-", dir=setting.folder) as folder:
            work: Callable[[Setting], list[Outcome]] = getattr(import_module(module), function or "measure")
            return name, work(replace(setting, folder=Path(folder), tell=tell))
    except Exception as error:  # whatever it is, the other goals are to be measured
        return name, error


@contextmanager
def _threads(number: str | None) -> Iterator[None]:
    """What libraries read in the environment as they are imported: Paddle asks nothing else, and ultralytics
    sets it to 1, for all that comes later, where it is not set. Afterwards it is what the user had."""
    kept = os.environ.get(_THREADS)
    _set_threads(number)
    try:
        yield
    finally:
        _set_threads(kept)


def _set_threads(number: str | None) -> None:
    if number is None:
        os.environ.pop(_THREADS, None)
    else:
        os.environ[_THREADS] = number
