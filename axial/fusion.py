"""One finding for each disc, from the axial and the sagittal pictures together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from annotation.labels import DIAGNOSES
from axial.combination import Combination, DiscVerdict, log_odds
from axial.findings import Finding, Opinion, Side
from axial.interspaces import Interspace
from axial.result import SliceResult
from axial.sagittal import SagittalDisc


@dataclass(frozen=True)
class SlipOdds:
    """That there is a slip, from a detector's best score of it: 1 / (1 + exp(-(slope · log odds of the score
    + intercept))) (Platt, Advances in Large Margin Classifiers, 1999)."""

    slope: float = 1.0
    intercept: float = 0.0

    def probability(self, score: float) -> float:
        return 1 / (1 + math.exp(-self.slope * float(log_odds(score)) - self.intercept))


@dataclass(frozen=True)
class FusionRules:
    """How the pictures of each side are combined, and those of ``both``; None where a set of models has
    nothing to say of the sagittal side."""

    axial: Combination
    sagittal: Combination | None = None
    both: Combination | None = None
    slip: SlipOdds = field(default_factory=SlipOdds)


def findings(
    spaces: Sequence[Interspace],
    slices: Sequence[SliceResult],
    sagittal: Sequence[SagittalDisc] | None,
    rules: FusionRules,
) -> list[Finding]:
    """What is found of the disc in each space. ``sagittal``: None where no detector looked."""
    discs: Sequence[SagittalDisc | None] = sagittal or [None] * len(spaces)
    return [
        _finding(space, _shown(space, slices), disc, rules) for space, disc in zip(spaces, discs, strict=True)
    ]


def _shown(space: Interspace, slices: Sequence[SliceResult]) -> list[SliceResult]:
    return [item for item in slices if item.level and item.level == space.level and item.verdict]


def _finding(
    space: Interspace, shown: Sequence[SliceResult], disc: SagittalDisc | None, rules: FusionRules
) -> Finding:
    axial = [[item.probabilities[name] for name in DIAGNOSES] for item in shown]
    sagittal = disc.probabilities if disc else []
    opinions = []
    verdict: DiscVerdict | None = None
    if sagittal and rules.sagittal:
        verdict = rules.sagittal.verdict(sagittal)
        opinions.append(_opinion("sagittal", verdict, disc.pictures if disc else []))
    if axial:
        verdict = rules.axial.verdict(axial)
        opinions.append(_opinion("axial", verdict, [item.picture for item in shown]))
    if len(opinions) == 2 and rules.both:
        verdict = rules.both.verdict(axial, sagittal)
    return Finding(
        level=space.level,
        place=space.place,
        verdict=DIAGNOSES[verdict.label] if verdict else None,
        probabilities=_named(verdict) if verdict else {},
        opinions=tuple(opinions),
        disagreement=len({opinion.verdict for opinion in opinions}) > 1,
        confidence=space.confidence,
        slip_probability=round(rules.slip.probability(disc.slip), 4) if disc else None,
    )


def _opinion(side: Side, verdict: DiscVerdict, pictures: Sequence[str]) -> Opinion:
    return Opinion(side, DIAGNOSES[verdict.label], _named(verdict), tuple(pictures))


def _named(verdict: DiscVerdict) -> dict[str, float]:
    return {name: round(share, 4) for name, share in zip(DIAGNOSES, verdict.probabilities, strict=True)}
