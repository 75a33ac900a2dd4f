"""Every speed goal by name. A new goal is a file with ``measure`` and its line here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.speed.goal import Outcome, Setting

GOALS: dict[str, str] = {
    "average-precision": "benchmarks.speed.average_precision",
    "bootstrap": "benchmarks.speed.bootstrap",
    "voc": "benchmarks.speed.voc",
    "export": "benchmarks.speed.export",
    "predict": "benchmarks.speed.predict",
    "memory": "benchmarks.speed.memory",
}
"""Name -> the module whose ``measure`` takes a ``Setting`` and gives the goal's outcomes; imported when it is
measured. Those that take longest stand last."""

_NEEDS = {"average-precision": "pycocotools"}
"""Packages that Discern does without, for the other side."""


class NotMeasurableError(ValueError):
    """A goal that cannot be measured here, with the reason in a sentence."""


def measure(
    names: Sequence[str], setting: Setting
) -> Iterator[tuple[str, list[Outcome] | NotMeasurableError]]:
    """Each goal's name with its outcomes, or why it has none, one after the other. Each gets an empty folder
    within ``setting.folder`` that is removed again. ValueError for a name that is none, before anything runs.
    """
    for name in names:
        if name not in GOALS:
            raise ValueError(f"no goal {name!r}; choose of {', '.join(GOALS)}")
    return (_measured(name, setting) for name in names)


def _measured(name: str, setting: Setting) -> tuple[str, list[Outcome] | NotMeasurableError]:
    needed = _NEEDS.get(name)
    if needed and find_spec(needed) is None:
        return name, NotMeasurableError(f"{needed} is not installed; it comes with the test packages")
    work: Callable[[Setting], list[Outcome]] = import_module(GOALS[name]).measure
    with TemporaryDirectory(prefix=f"{name}-", dir=setting.folder) as folder:
        return name, work(replace(setting, folder=Path(folder)))
