"""One consistent chain from vertebrae found one by one: which of them are there, and which is which.

A detector judges each box alone, so that one missed or doubled vertebra would shift every level above
it. Here dynamic programming over the spine, from S1 upwards, chooses the boxes that make one chain with
even spacing, and three numberings (four, five or six lumbar vertebrae) compete for the names that the
detector knows by sight. What cannot be told is said as a doubt; it is never guessed silently.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from imaging.coordinates import Point

SACRUM = "S1"
"""The anchor of all numbering."""
TRANSITIONAL = "transitional"
"""What a detector may call a vertebra that has joined the sacrum."""
LUMBAR_PRIOR = {4: 0.03, 5: 0.92, 6: 0.05}
"""How often there are so many lumbar vertebrae, where nothing else is known: near the phantom's shares
(``data.phantom.ranges.NUMBERINGS``), within what is published of patients."""
_THORACIC = 12
_SPACING = (1.0, 1.0, 1.0, 0.97, 0.93, 0.87, 0.81, 0.74, 0.71, 0.69, 0.67, 0.65)
"""From S1 to L5 and so on upwards: how far a vertebral centre is from the next, as a part of L4's distance
from L5. The phantom's own sizes (``data.phantom.ranges.LEVELS``), which follow textbook morphometry."""
Key = TypeVar("Key")
_LEAST_OF_CUT = 0.5
"""How near, as a part of the expected distance, a vertebra that the picture's edge cuts may seem."""
_ONE_END = 0.5
"""How far a numbering from one end can be trusted."""
_LEAST, _MOST = 0.005, 0.995
"""Scores beyond these say no more than these: a detector is never so sure."""


@dataclass(frozen=True)
class Candidate:
    """A body that a detector found on a sagittal picture.

    ``edges``: xmin, ymin, xmax, ymax in pixels. ``centre``: the box's middle, patient mm. ``score``: that
    it is a vertebra above the sacrum at all. ``names``: the score of every name that the detector knows,
    such as S1, T12 or transitional. ``cut``: the picture's edge cuts it.
    """

    edges: tuple[float, float, float, float]
    centre: Point
    score: float
    names: Mapping[str, float] = field(default_factory=dict)
    cut: bool = False


@dataclass(frozen=True)
class Vertebra:
    """A vertebra of the chain. ``name``: None where nothing tells it; ``candidate``: None where it must be
    there but was not found. ``confidence``: that box and name are right, 0 ... 1."""

    name: str | None
    candidate: Candidate | None
    confidence: float


@dataclass(frozen=True)
class Numbering:
    """The vertebrae of a spine from the lowest upwards, and why their names are doubtful, if they are."""

    vertebrae: tuple[Vertebra, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def centres(self) -> dict[str, Point | None]:
        """Centre of each named vertebra, patient mm; None for one that was not found."""
        return {
            item.name: None if item.candidate is None else item.candidate.centre
            for item in self.vertebrae
            if item.name is not None
        }

    def without_names(self) -> "Numbering":
        """The same vertebrae, with no name and so with no doubt about it."""
        return Numbering(tuple(replace(item, name=None) for item in self.vertebrae))


@dataclass(frozen=True)
class ChainRules:
    """What makes a chain.

    ``threshold``: score from which a box speaks for itself. ``spacing_spread``: standard deviation of the
    logarithm of the distance between neighbours. ``missed``: log odds against a vertebra that the
    detector has missed, ``no_sacrum`` against S1 being out of view. Doubtful is a sacrum with less than
    ``least_anchor``, a count of lumbar vertebrae with less than ``least_count``, and a vertebra that is
    ``transitional`` by more than this.
    """

    threshold: float = 0.25
    spacing_spread: float = 0.2
    missed: float = 4.0
    no_sacrum: float = 2.0
    least_anchor: float = 0.9
    least_count: float = 0.9
    transitional: float = 0.3


@dataclass(frozen=True)
class _Chain:
    """``members``: (index of the candidate, its step above the lowest) from the lowest upwards."""

    total: float
    members: tuple[tuple[int, int], ...]


def number_vertebrae(candidates: Sequence[Candidate], rules: ChainRules = ChainRules()) -> Numbering:
    """Choose and name the vertebrae among what a detector found on one sagittal picture."""
    ordered = sorted(candidates, key=lambda item: item.centre[2])
    if len(ordered) < 2:
        return Numbering(doubts=("fewer than two vertebrae were found",))
    chains = {start: _best_chain(ordered, start, rules) for start in (None, *range(len(ordered)))}
    weights = {start: chain.total for start, chain in chains.items()}
    anchor = max(weights, key=lambda start: weights[start])
    certainty = _share(weights)[anchor]
    chain = chains[anchor]
    if anchor is None:
        return _without_sacrum(ordered, chain, rules)
    counts = _share({n: _evidence(ordered, chain, n) for n in LUMBAR_PRIOR})
    count = max(counts, key=lambda n: counts[n])
    found = {step: ordered[index] for index, step in chain.members}
    sure = certainty * counts[count]
    vertebrae = tuple(
        Vertebra(_name(step, count), found.get(step), sure * _trust(found.get(step), step))
        for step in range(max(found) + 1)
    )
    doubts = [*_anchor_doubts(certainty, rules), *_count_doubts(counts, count, rules)]
    return Numbering(vertebrae, (*doubts, *_body_doubts(vertebrae, rules)))


def _best_chain(candidates: Sequence[Candidate], start: int | None, rules: ChainRules) -> _Chain:
    """The best chain whose lowest member is S1 at ``start``; with None, one without S1."""
    spacing = _usual_spacing(candidates, rules)
    first = 0 if start is None else start
    best: list[_Chain] = []
    for index in range(first, len(candidates)):
        own = _log_odds(candidates[index].score, rules.threshold)
        if start is None:
            begun = _Chain(own - rules.no_sacrum, ((index, 0),))
        else:
            sacrum = _log_odds(candidates[index].names.get(SACRUM, 0.0), rules.threshold)
            begun = _Chain(sacrum if index == start else -math.inf, ((index, 0),))
        grown = [_grown(chain, candidates, index, own, spacing, rules) for chain in best]
        best.append(max([begun, *grown], key=lambda chain: chain.total))
    return max(best, key=lambda chain: chain.total)


def _grown(
    chain: _Chain,
    candidates: Sequence[Candidate],
    index: int,
    own: float,
    spacing: float,
    rules: ChainRules,
) -> _Chain:
    """A chain with one more vertebra on top, next to its highest or one step further."""
    last, step = chain.members[-1]
    distance = max(math.dist(candidates[last].centre, candidates[index].centre), 1e-3)
    next_one = spacing * _share_of_spacing(step)
    costs = []
    for steps, expected in ((1, next_one), (2, next_one + spacing * _share_of_spacing(step + 1))):
        too_far = math.log(distance / expected) / rules.spacing_spread
        if candidates[index].cut and _LEAST_OF_CUT < distance / expected < 1:
            too_far = 0.0  # the middle of what is left of it is nearer
        costs.append(too_far**2 / 2 + (steps - 1) * rules.missed)
    steps = int(np.argmin(costs)) + 1
    return _Chain(chain.total + own - costs[steps - 1], (*chain.members, (index, step + steps)))


def _usual_spacing(candidates: Sequence[Candidate], rules: ChainRules) -> float:
    """mm from L5 to L4: the median over what the vertebrae that speak for themselves say of it."""
    sure = [item for item in candidates if max(item.score, item.names.get(SACRUM, 0.0)) >= rules.threshold]
    sure = sure if len(sure) > 1 else list(candidates)
    centres = np.array([item.centre for item in sure])
    apart = np.linalg.norm(np.diff(centres, axis=0), axis=1)
    return float(np.median(apart / [_share_of_spacing(step) for step in range(len(apart))]))


def _share_of_spacing(step: int) -> float:
    """The expected distance from the vertebra so many steps above the lowest to the next."""
    return _SPACING[min(step, len(_SPACING) - 1)]


def _evidence(candidates: Sequence[Candidate], chain: _Chain, count: int) -> float:
    """Log probability of what the detector called each vertebra, with so many lumbar ones."""
    total = math.log(LUMBAR_PRIOR[count])
    for index, step in chain.members[1:]:
        for name, score in candidates[index].names.items():
            if name not in (SACRUM, TRANSITIONAL):
                score = min(max(score, _LEAST), _MOST)
                total += math.log(score if name == _name(step, count) else 1 - score)
    return total


def _without_sacrum(candidates: Sequence[Candidate], chain: _Chain, rules: ChainRules) -> Numbering:
    """Numbered from T12 downwards where it is seen, else without names: doubtful either way."""
    found = {step: candidates[index] for index, step in chain.members}
    twelfth = [
        step for step, item in found.items() if item.names.get(f"T{_THORACIC}", 0.0) >= rules.threshold
    ]
    vertebrae = tuple(
        Vertebra(
            _name_from_above(twelfth[0] - step) if twelfth else None,
            found.get(step),
            _ONE_END * _trust(found.get(step), step=1) if twelfth else 0.0,
        )
        for step in range(max(found) + 1)
    )
    return Numbering(vertebrae, ("S1 is out of view",))


def _anchor_doubts(certainty: float, rules: ChainRules) -> list[str]:
    if certainty >= rules.least_anchor:
        return []
    return [f"which vertebra is S1 is not clear (probability {certainty:.2f})"]


def _count_doubts(counts: Mapping[int, float], count: int, rules: ChainRules) -> list[str]:
    if count != 5:
        return [f"{count} lumbar vertebrae, it seems (probability {counts[count]:.2f})"]
    if counts[count] < rules.least_count:
        other = max((n for n in counts if n != count), key=lambda n: counts[n])
        return [f"{other} lumbar vertebrae are possible (probability {counts[other]:.2f})"]
    return []


def _body_doubts(vertebrae: Sequence[Vertebra], rules: ChainRules) -> list[str]:
    found = [item.candidate for item in vertebrae[1:] if item.candidate is not None]
    doubts = []
    if len(found) < len(vertebrae) - 1:
        doubts.append("a vertebra between two others was not found")
    if sum(not item.cut for item in found) < 5:
        doubts.append("the upper lumbar vertebrae are out of view")
    for item in vertebrae:
        names = item.candidate.names if item.candidate else {}
        if names.get(TRANSITIONAL, 0.0) > rules.transitional:
            doubts.append(f"{item.name} looks transitional")
    return doubts


def _name(step: int, lumbar: int) -> str:
    """The vertebra so many steps above S1, with so many lumbar vertebrae."""
    if step == 0:
        return SACRUM
    if step <= lumbar:
        return f"L{lumbar - step + 1}"
    return f"T{_THORACIC - (step - lumbar - 1)}"


def _name_from_above(below_twelfth: int) -> str:
    return f"L{below_twelfth}" if below_twelfth > 0 else f"T{_THORACIC + below_twelfth}"


def _trust(candidate: Candidate | None, step: int) -> float:
    """How sure the detector is of a vertebra so many steps above the lowest."""
    if candidate is None:
        return 0.0
    return candidate.names.get(SACRUM, 0.0) if step == 0 else candidate.score


def _log_odds(score: float, threshold: float) -> float:
    score = min(max(score, _LEAST), _MOST)
    return math.log(score / (1 - score)) - math.log(threshold / (1 - threshold))


def _share(weights: Mapping[Key, float]) -> dict[Key, float]:
    """Log weights as shares that add up to 1."""
    highest = max(weights.values())
    exponentials = {key: math.exp(weight - highest) for key, weight in weights.items()}
    total = sum(exponentials.values())
    return {key: value / total for key, value in exponentials.items()}
