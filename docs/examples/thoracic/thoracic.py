"""A phantom variant for the thoracic spine: more disease above L1, and slices that lie there."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from data.phantom.disease import draw_disease
from data.phantom.patient import Patient, Segment, draw_patient
from data.phantom.planes import SagittalStack
from data.phantom.ranges import Range, Risk
from data.phantom.variants import PhantomVariant
from imaging.study import SeriesKind

_STREAM = 51
"""Of random numbers: another than the patient's own, who so stays the same."""
_RISK = Risk(displaced_midpoint=3.0, herniated=0.4)


def draw_thoracic_patient(seed: int, index: int) -> Patient:
    """Patient ``index`` of a ``seed``, with thoracic discs at the risk of lumbar ones."""
    patient = draw_patient(seed, index)
    rng = np.random.default_rng([seed, index, _STREAM])
    return replace(
        patient,
        name=f"thoracic{seed}-{index:04d}",
        segments=tuple(_diseased(item, patient.age, rng) for item in patient.segments),
    )


def _diseased(segment: Segment, age: int, rng: np.random.Generator) -> Segment:
    if segment.level.region != "thoracic":
        return segment
    level = replace(segment.level, risk=_RISK)
    return replace(segment, level=level, disease=draw_disease(rng, level, age, frailty=0.0, slip=0.0))


THORACIC = PhantomVariant(
    draw_thoracic_patient,
    label_set=str(Path(__file__).with_name("thoracic.txt")),
    series=(SeriesKind.SAGITTAL_T2,),
    stack=SagittalStack(
        height=Range(240, 280), around=("T8-T9", "T9-T10", "T10-T11"), above=Range(0.36, 0.42)
    ),
    region="thoracic",
)
