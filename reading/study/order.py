"""Who reads which case when: the assignments of a design, by its seed alone.

Every reader reads every case in every arm, each in an own random order (fully crossed: Obuchowski, Bullen,
Radiology 2022;303:26-34). So that neither practice nor tiredness falls on the same cases, the cases are split
in two halves for each pair of readers, one of whom begins with the one half, one with the other: a case
stands in the first half of the orders as often as in the second. A Latin square balances every single place,
but needs as many readers as cases.

The second reading at once after the first (sequential) is less laborious than two sessions, and has more
power (Schalekamp et al., J Med Imaging 2014;1:015501). In the crossover a case is read without the AI first
by one group of the readers and with it first by the other; each group reads half of the cases in either way
in either period. Of four readers two are in each group, and within the group one begins with the one half.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reading.study.design import EXPERT, WITH_AI, WITHOUT_AI, StudyDesign

_Ordered = list[tuple[str, str]]
"""Case and arm, one after the other."""


@dataclass(frozen=True)
class CaseToRead:
    """A case by its name. ``patient``: the cases of one are never split between the arms of a period.
    ``stratum``: what the halves should be alike in, such as the worst verdict of the truth."""

    name: str
    patient: str
    training: bool = False
    stratum: str = ""


@dataclass(frozen=True)
class PlannedReading:
    """``reader``: the code of a reader or expert. ``position`` counts from 1 in each period, 1 or 2."""

    reader: str
    case: str
    arm: str
    period: int
    position: int


def planned_readings(
    design: StudyDesign,
    study: str,
    readers: Sequence[str],
    experts: Sequence[str],
    cases: Sequence[CaseToRead],
) -> tuple[PlannedReading, ...]:
    """All readings of a study, consensus aside. The same design, ``study`` (its title), people and cases
    give the same ones, in whatever order they are given."""
    chance = _Chance(design.seed, study)
    measured = sorted((case for case in cases if not case.training), key=lambda case: case.name)
    training = sorted(case.name for case in cases if case.training)
    orders = _Orders(chance, design.arms, measured, training)
    periods = orders.crossover if design.kind == "crossover" else orders.one_period
    planned: list[PlannedReading] = []
    for number, reader in enumerate(chance.shuffled(sorted(readers), "readers")):
        for period, ordered in enumerate(periods(reader, number), start=1):
            planned += _numbered(reader, period, ordered)
    for expert in sorted(experts):
        order = chance.shuffled([case.name for case in measured], expert)
        planned += _numbered(expert, 1, [(case, EXPERT) for case in order])
    return tuple(planned)


@dataclass(frozen=True)
class _Chance:
    """Random orders, each by its purpose."""

    seed: int
    study: str

    def shuffled(self, items: Sequence[str], purpose: str) -> list[str]:
        words = hashlib.sha256(f"{self.study}\0{purpose}".encode()).digest()
        rng = np.random.default_rng([self.seed, int.from_bytes(words)])
        return [items[number] for number in rng.permutation(len(items))]


@dataclass(frozen=True)
class _Orders:
    """The orders of the readers, each by the reader's code and number."""

    chance: _Chance
    arms: tuple[str, ...]
    cases: Sequence[CaseToRead]
    training: Sequence[str]

    def one_period(self, reader: str, number: int) -> list[_Ordered]:
        """Each case in every arm, at once one after the other; training first."""
        pair, second = divmod(number, 2)
        halves = _halves(self.cases, self.chance, f"pair {pair}")
        order = self._shuffled([self.training, *(halves[::-1] if second else halves)], reader)
        return [[(case, arm) for case in order for arm in self.arms]]

    def crossover(self, reader: str, number: int) -> list[_Ordered]:
        """Two periods; training stands before the first one, without the AI and then with it."""
        four, place = divmod(number, 4)
        late, group = divmod(place, 2)
        halves = _halves(self.cases, self.chance, "crossover")
        parts = [self._parts(half, f"four {four}") for half in halves]
        # As many of either half are early, so that neither arm is the early one.
        early_late = [[*parts[0][side], *parts[1][1 - side]] for side in (late, 1 - late)]
        periods = [
            [(case, arm) for arm in self.arms for case in self._shuffled([self.training], arm, reader)],
            [],
        ]
        for period in (0, 1):
            aided = halves[1 - group if period == 0 else group]
            order = self._shuffled(early_late[:: -1 if period else 1], reader, str(period))
            periods[period] += [(case, WITH_AI if case in aided else WITHOUT_AI) for case in order]
        return periods

    def _parts(self, names: Sequence[str], purpose: str) -> tuple[list[str], list[str]]:
        return _halves([case for case in self.cases if case.name in names], self.chance, purpose)

    def _shuffled(self, parts: Iterable[Sequence[str]], *purpose: str) -> list[str]:
        """Part after part, each in an order of its own."""
        return [
            case
            for number, part in enumerate(parts)
            for case in self.chance.shuffled(sorted(part), "\0".join((*purpose, str(number))))
        ]


def _halves(cases: Iterable[CaseToRead], chance: _Chance, purpose: str) -> tuple[list[str], list[str]]:
    """The names of the cases in two halves, equal in number and in each stratum as far as their numbers
    and those of the patients' cases allow: patient after patient to the half that has less."""
    by_patient: dict[str, list[CaseToRead]] = {}
    for case in cases:
        by_patient.setdefault(case.patient, []).append(case)
    shuffled = chance.shuffled(sorted(by_patient), purpose)
    halves: tuple[list[CaseToRead], list[CaseToRead]] = [], []
    for patient in sorted(shuffled, key=lambda name: (-len(by_patient[name]), by_patient[name][0].stratum)):
        stratum = by_patient[patient][0].stratum
        alike = [sum(case.stratum == stratum for case in half) for half in halves]
        whole = [len(half) for half in halves]
        less = 0 if (alike[0], whole[0]) <= (alike[1], whole[1]) else 1
        halves[less].extend(by_patient[patient])
    first, second = ([case.name for case in half] for half in halves)
    return first, second


def _numbered(reader: str, period: int, ordered: _Ordered) -> list[PlannedReading]:
    return [
        PlannedReading(reader, case, arm, period, position)
        for position, (case, arm) in enumerate(ordered, start=1)
    ]
