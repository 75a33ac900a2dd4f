"""What a speed goal is: two ways to one answer, timed interleaved, and the ratio that is aimed at."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray


class NotMeasurableError(Exception):
    """A goal that cannot be measured here, with the reason in a sentence."""


@dataclass(frozen=True)
class Setting:
    """How the goals are measured.

    ``folder``: an empty folder for a goal's files. ``rounds``: how often each side runs. ``scale``: of the
    full number of images, files or studies; below 1 for a first look. ``tell``: told what is being done, in a
    few words.
    """

    folder: Path
    rounds: int = 5
    scale: float = 1.0
    tell: Callable[[str], None] = lambda words: None

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
    costs beyond a bare minimum (``"cost"``: ours / other, at most ``ratio``). Without a ``ratio`` nothing is
    aimed at."""

    kind: Literal["speed-up", "cost"]
    ratio: float | None = None

    def __str__(self) -> str:
        if self.ratio is None:
            return ""
        return f"{'≥' if self.kind == 'speed-up' else '≤'} {self.ratio:g} ×"

    def ratios(self, ours: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
        """(rounds,) of both sides' figures, round by round."""
        return np.asarray(other / ours if self.kind == "speed-up" else ours / other, dtype=np.float64)

    def is_met(self, ratio: float) -> bool | None:
        """None where nothing is aimed at."""
        if self.ratio is None:
            return None
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
    met: bool | None
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


def below(
    name: str, what: str, measured: NDArray[np.floating], most: float, why: str, unit: str, note: str = ""
) -> Outcome:
    """The outcome of a goal without another side: at most so much of a ``unit``; ``why`` says whose limit."""
    limits = np.full(len(measured), most)
    return outcome(name, what, f"the limit: {why}", measured, limits, Target("cost", 1), unit, note)


def largest_difference(ours: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Of two sides' figures. ValueError where NaN stands in one of them alone, or nowhere is a number."""
    missing = np.isnan(ours)
    if missing.all() or (missing != np.isnan(other)).any():
        raise ValueError(
            f"one side has a number where the other has none, or both have none: {ours}, {other}"
        )
    return float(np.nanmax(np.abs(ours - other)))


def seconds_of(
    works: Sequence[Callable[[], object]], rounds: int, tell: Callable[[str], None] = lambda words: None
) -> NDArray[np.float64]:
    """(works, rounds) seconds of each work, one after the other in every round, so that what else the machine
    does meets all of them. The order turns round by round, and a first round that warms up is not counted.
    ``tell``: told which round it is."""
    seconds = np.empty((len(works), rounds))
    tell("warming up")
    for work in works:
        work()
    for number in range(rounds):
        tell(f"round {number + 1} of {rounds}")
        order = range(len(works)) if number % 2 == 0 else reversed(range(len(works)))
        for index in order:
            began = time.perf_counter()
            works[index]()
            seconds[index, number] = time.perf_counter() - began
    return seconds
