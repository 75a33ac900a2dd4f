"""A small made-up reader study: some readers in some arms, and the AI."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from reader_tables import LEVELS, at, readings, reference, right, said

from annotation.labels import DIAGNOSES
from reading.analysis.analysis_plan import AnalysisPlan, PlannedAnalysis
from reading.readings import AI, AI_ARM, DiscReading, Readings
from reading.reference import Reference

CASES = 10
ARMS = ("aided", "alone")
LEFT_OUT = {("Bo", case) for case in range(4)}
"""Readings without a call of L3-L4."""


def plan(**changes: object) -> AnalysisPlan:
    planned = PlannedAnalysis("a plan", ("accuracy", "reader_against_ai"), resamples=100)
    return AnalysisPlan(Path("plan.yaml"), replace(planned, **changes), "0" * 64)


def truth_of(case: int, level: str) -> str:
    return DIAGNOSES[(case + LEVELS.index(level)) % 3]


def study(arms: tuple[str, ...] = ARMS, readers: tuple[str, ...] = ("Ann", "Bo")) -> Readings:
    """Every reader in every arm and the AI, each wrong on discs of their own; Bo leaves some out."""
    rng = np.random.default_rng(3)
    sides = [*((reader, arm) for reader in readers for arm in arms), (AI, AI_ARM)]
    discs = [disc for side in sides for case in range(CASES) for disc in _read(side, case, rng)]
    return readings(*discs)


def _read(side: tuple[str, str], case: int, rng: np.random.Generator) -> list[DiscReading]:
    reader, arm = side
    seconds = float(rng.uniform(20, 90))
    found = []
    for level in LEVELS if (reader, case) not in LEFT_OUT else LEVELS[:2]:
        verdict = truth_of(case, level) if rng.random() < 0.8 else DIAGNOSES[rng.integers(3)]
        likelihood = DIAGNOSES.index(verdict) / 2 if reader == AI else 1 + 2 * DIAGNOSES.index(verdict)
        disc = said(reader, f"c{case}", at(level), verdict, slip=bool(rng.random() < 0.2))
        found.append(replace(disc, arm=arm, lesion_likelihood=likelihood, seconds=seconds))
    return found


def reference_study() -> Reference:
    return reference(
        *(
            right(f"c{case}", at(level), truth_of(case, level), slip=case % 4 == 0)
            for case in range(CASES)
            for level in LEVELS
        )
    )
