"""Every speed goal by name. A new goal is a file with ``measure`` and its line here."""

from collections.abc import Callable, Iterator, Sequence
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


def chosen(only: Sequence[str], without: Sequence[str]) -> list[str]:
    """The names of these goals, of all where none is named, but for some. ValueError for one that is none."""
    _check([*only, *without])
    return [name for name in only or GOALS if name not in without]


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
    try:
        module, _, function = GOALS[name].partition(":")
        work: Callable[[Setting], list[Outcome]] = getattr(import_module(module), function or "measure")
        with TemporaryDirectory(prefix=f"{name}-", dir=setting.folder) as folder:
            return name, work(replace(setting, folder=Path(folder), tell=tell))
    except Exception as error:  # whatever it is, the other goals are to be measured
        return name, error
