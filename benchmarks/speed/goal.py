"""What a speed goal is: two ways to one answer, timed interleaved, and the ratio that is aimed at."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Setting:
    """How the goals are measured.

    ``folder``: an empty folder for a goal's files. ``rounds``: how often each side runs. ``scale``: of the
    full number of images, files or studies; below 1 for a first look.
    """

    folder: Path
    rounds: int = 5
    scale: float = 1.0

    def count(self, full: int, least: int = 1) -> int:
        """A full number, scaled."""
        return max(least, round(full * self.scale))

    @property
    def threads(self) -> int:
        """All cores that this process may use: both sides get them."""
        return len(os.sched_getaffinity(0))


@dataclass(frozen=True)
class Target:
    """How many times faster than the other (``"speed-up"``: other / ours, at least ``ratio``), or what ours
    costs beyond a bare minimum (``"cost"``: ours / other, at most ``ratio``)."""

    kind: Literal["speed-up", "cost"]
    ratio: float

    def __str__(self) -> str:
        return f"{'≥' if self.kind == 'speed-up' else '≤'} {self.ratio:g} ×"

    def ratios(self, ours: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
        """(rounds,) of both sides' figures, round by round."""
        return np.asarray(other / ours if self.kind == "speed-up" else ours / other, dtype=np.float64)

    def is_met(self, ratio: float) -> bool:
        return ratio >= self.ratio if self.kind == "speed-up" else ratio <= self.ratio


@dataclass(frozen=True)
class Outcome:
    """One goal as measured.

    ``ours`` and ``other``: medians of the rounds, in ``unit``. ``ratio``: the median of the rounds' ratios,
    with the ``lowest`` and ``highest`` of them. ``note``: what the figures must not be read without.
    """

    name: str
    what: str
    against: str
    ours: float
    other: float
    unit: str
    ratio: float
    lowest: float
    highest: float
    rounds: int
    goal: str
    met: bool
    note: str = ""


def outcome(
    name: str,
    what: str,
    against: str,
    ours: NDArray[np.floating],
    other: NDArray[np.floating],
    target: Target,
    unit: str = "s",
    note: str = "",
) -> Outcome:
    """The outcome of a goal from both sides' figures, (rounds,) each."""
    ratios = target.ratios(ours, other)
    ratio = float(np.median(ratios))
    return Outcome(
        name,
        what,
        against,
        float(np.median(ours)),
        float(np.median(other)),
        unit,
        ratio,
        float(ratios.min()),
        float(ratios.max()),
        len(ratios),
        str(target),
        target.is_met(ratio),
        note,
    )


def seconds_of(works: Sequence[Callable[[], object]], rounds: int) -> NDArray[np.float64]:
    """(works, rounds) seconds of each work, one after the other in every round, so that what else the machine
    does meets all of them. The order turns round by round, and a first round that warms up is not counted."""
    seconds = np.empty((len(works), rounds))
    for work in works:
        work()
    for number in range(rounds):
        order = range(len(works)) if number % 2 == 0 else reversed(range(len(works)))
        for index in order:
            began = time.perf_counter()
            works[index]()
            seconds[index, number] = time.perf_counter() - began
    return seconds
