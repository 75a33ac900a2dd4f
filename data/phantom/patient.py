"""A phantom patient: the numbers from which the spine is built, drawn from a seed."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from data.phantom.disease import DiscDisease, draw_disease
from data.phantom.ranges import BUILD, DISEASE, LEVELS, Range


@dataclass(frozen=True)
class Segment:
    """One vertebra and the disc below it: mm, and degrees of lordotic wedging."""

    vertebra: str
    disc: str
    depth: float
    width: float
    height: float
    wedge: float
    disc_height: float
    disc_wedge: float
    disease: DiscDisease


@dataclass(frozen=True)
class Patient:
    """Everything that makes a patient; ``segments`` run from L5 upwards. Lengths in mm."""

    name: str
    sex: Literal["F", "M"]
    age: int
    scale: float
    sacral_slope: float
    segments: tuple[Segment, ...]
    endplate_concavity: float
    waist: float
    canal_depth: float
    conus_level: float
    subcutaneous_fat: float
    prevertebral_fat: float
    scoliosis: float
    marrow_signal: float
    texture_seed: int


def draw_patient(seed: int, index: int) -> Patient:
    """Patient ``index`` of a cohort's ``seed``: the same whatever else is drawn."""
    rng = np.random.default_rng([seed, index, 0])
    age = round(BUILD.age.draw(rng))
    sex: Literal["F", "M"] = "F" if rng.random() < BUILD.female_fraction else "M"
    scale = BUILD.scale.draw(rng) * (BUILD.female_scale if sex == "F" else 1.0)
    slope = BUILD.sacral_slope.draw(rng)
    lordosis = slope + BUILD.lordosis_minus_slope.draw(rng)
    return Patient(
        name=f"phantom{seed}-{index:04d}",
        sex=sex,
        age=age,
        scale=scale,
        sacral_slope=slope,
        segments=_segments(rng, age, scale, lordosis),
        endplate_concavity=BUILD.endplate_concavity.draw(rng),
        waist=BUILD.waist.draw(rng),
        canal_depth=BUILD.canal_depth.draw(rng) * scale,
        conus_level=BUILD.conus_level.draw(rng),
        subcutaneous_fat=BUILD.subcutaneous_fat.draw(rng),
        prevertebral_fat=BUILD.prevertebral_fat.draw(rng),
        scoliosis=BUILD.scoliosis.draw(rng),
        marrow_signal=BUILD.marrow_signal.draw(rng),
        texture_seed=int(rng.integers(2**31)),
    )


def _segments(rng: np.random.Generator, age: float, scale: float, lordosis: float) -> tuple[Segment, ...]:
    frailty = rng.normal(0, DISEASE.degeneration_patient_spread)
    slips = [0.0] * len(LEVELS)
    if rng.random() < DISEASE.slip_patients:
        slipped = rng.choice(len(DISEASE.slip_levels), p=DISEASE.slip_levels)
        slips[slipped] = DISEASE.slip.draw(rng)
    disc_scale = BUILD.disc_height_scale.draw(rng) * scale
    # Lordosis counts from L1's upper to S1's upper endplate: five discs and five bodies.
    bend = lordosis / sum(level.wedge + level.disc_wedge for level in LEVELS[:5])
    segments = []
    for position, level in enumerate(LEVELS):
        disease = draw_disease(rng, position, age, frailty, slips[position])
        size = scale * BUILD.level_scale.draw(rng)
        left = 1 - disease.height_loss
        disc_height = level.disc_height * disc_scale * BUILD.level_scale.draw(rng) * left
        lumbar_bend = bend if position < 5 else 1.0
        # The endplates never meet behind: half a disc's height is the most that wedging may take.
        steepest = math.degrees(0.62 * disc_height / (level.depth * size / 2))
        segments.append(
            Segment(
                vertebra=level.vertebra,
                disc=level.disc,
                depth=level.depth * size,
                width=level.width * size,
                height=level.height * size,
                wedge=level.wedge * lumbar_bend,
                disc_height=disc_height,
                disc_wedge=Range(-steepest, steepest).clip(level.disc_wedge * lumbar_bend),
                disease=disease,
            )
        )
    return tuple(segments)
