"""A phantom patient: the numbers from which the spine is built, drawn from a seed."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from data.phantom.disease import DiscDisease, draw_disease
from data.phantom.fracture.fracture import Fracture
from data.phantom.ranges import (
    BUILD,
    DISEASE,
    LEVELS,
    NUMBERINGS,
    SACRALISED,
    THORACIC_LEVELS,
    Level,
    Numbering,
    Range,
)

_TYPICAL_BEND = sum(level.wedge + level.disc_wedge for level in LEVELS if level.region == "lumbar")


@dataclass(frozen=True)
class Segment:
    """One vertebra and the disc below it, built after ``level``: mm, and degrees of lordotic wedging.

    The vertebra's sizes are those before its ``fracture``.
    """

    vertebra: str
    disc: str
    level: Level
    depth: float
    width: float
    height: float
    wedge: float
    disc_height: float
    disc_wedge: float
    disease: DiscDisease
    fracture: Fracture | None = None


@dataclass(frozen=True)
class Patient:
    """Everything that makes a patient; ``segments`` run from the lowest lumbar vertebra upwards.

    Lengths in mm, angles in degrees. ``base_slope``: by which the upper endplate that they stand on leans
    forwards, S1's. ``scoliosis`` is the Cobb angle of the coronal curve, positive if
    convex to the left; 0 is a straight spine. ``implant``: positions of the vertebrae with pedicle
    screws (-1 is S1).
    """

    name: str
    sex: Literal["F", "M"]
    age: int
    scale: float
    base_slope: float
    numbering: str
    segments: tuple[Segment, ...]
    endplate_concavity: float
    waist: float
    canal_depth: float
    conus_level: float
    subcutaneous_fat: float
    prevertebral_fat: float
    scoliosis: float
    curve_apex: float
    curve_reach: float
    counter_curve: float
    axial_rotation: float
    implant: tuple[int, ...]
    marrow_signal: float
    texture_seed: int

    @property
    def lumbar_discs(self) -> int:
        """How many of the first segments are lumbar."""
        return sum(segment.level.region == "lumbar" for segment in self.segments)

    @property
    def sacralised(self) -> bool:
        """Whether the lowest lumbar vertebra has joined the sacrum."""
        return self.segments[0].level == SACRALISED

    @property
    def fractured(self) -> tuple[int, Fracture] | None:
        """(position of the vertebra, its fracture) of the one fracture that is not healed, if any."""
        for position, segment in enumerate(self.segments):
            if segment.fracture and not segment.fracture.healed:
                return position, segment.fracture
        return None


def draw_patient(seed: int, index: int) -> Patient:
    """Patient ``index`` of a cohort's ``seed``: the same whatever else is drawn."""
    rng = np.random.default_rng([seed, index, 0])
    # A stream of its own for each group of numbers, so that one can grow without changing the others.
    frame, count, metal = (np.random.default_rng([seed, index, stream]) for stream in (2, 3, 4))
    numbering = NUMBERINGS[count.choice(len(NUMBERINGS), p=[item.share for item in NUMBERINGS])]
    age = round(BUILD.age.draw(rng))
    sex: Literal["F", "M"] = "F" if rng.random() < BUILD.female_fraction else "M"
    scale = BUILD.scale.draw(rng) * (BUILD.female_scale if sex == "F" else 1.0)
    slope = BUILD.sacral_slope.draw(rng)
    lordosis = slope + BUILD.lordosis_minus_slope.draw(rng)
    segments = _segments(rng, numbering, age, scale, lordosis)
    scoliotic = frame.random() < BUILD.scoliotic_fraction
    cobb = (BUILD.scoliosis if scoliotic else BUILD.coronal_curve).draw(frame)
    return Patient(
        name=f"phantom{seed}-{index:04d}",
        sex=sex,
        age=age,
        scale=scale,
        base_slope=slope,
        numbering=numbering.name,
        segments=segments,
        endplate_concavity=BUILD.endplate_concavity.draw(rng),
        waist=BUILD.waist.draw(rng),
        canal_depth=BUILD.canal_depth.draw(rng) * scale,
        conus_level=BUILD.conus_level.draw(rng) + len(numbering.shapes) - 5,
        subcutaneous_fat=BUILD.subcutaneous_fat.draw(rng),
        prevertebral_fat=BUILD.prevertebral_fat.draw(rng),
        scoliosis=cobb * (1 if frame.random() < 0.5 else -1),
        curve_apex=BUILD.curve_apex.draw(frame) * scale,
        curve_reach=BUILD.curve_reach.draw(frame),
        counter_curve=BUILD.counter_curve.draw(frame),
        axial_rotation=BUILD.axial_rotation.draw(frame),
        implant=_implant(metal, age),
        marrow_signal=BUILD.marrow_signal.draw(rng),
        texture_seed=int(rng.integers(2**31)),
    )


def _implant(rng: np.random.Generator, age: float) -> tuple[int, ...]:
    if rng.random() >= BUILD.implant_fraction or age < BUILD.implant_age:
        return ()
    lowest = int(rng.choice(BUILD.implant_lowest))
    return tuple(range(lowest, lowest + int(rng.choice(BUILD.implant_vertebrae))))


def _levels(numbering: Numbering) -> list[tuple[str, str, Level]]:
    """(vertebra, disc, level) from the lowest upwards, named by the numbering's count."""
    count = len(numbering.shapes)
    named = [(f"L{count - number}", level) for number, level in enumerate(numbering.shapes)]
    named += [(level.vertebra, level) for level in THORACIC_LEVELS]
    lower = ["S1"] + [vertebra for vertebra, _ in named]
    return [(vertebra, f"{vertebra}-{lower[i]}", level) for i, (vertebra, level) in enumerate(named)]


def _slips(rng: np.random.Generator, levels: list[Level]) -> list[float]:
    """mm of slip of each level, at most one of them not 0."""
    slips = [0.0] * len(levels)
    if rng.random() < DISEASE.slip_patients:
        shares = np.array([level.risk.slip for level in levels])
        slips[rng.choice(len(levels), p=shares / shares.sum())] = DISEASE.slip.draw(rng)
    return slips


def _segments(
    rng: np.random.Generator, numbering: Numbering, age: float, scale: float, lordosis: float
) -> tuple[Segment, ...]:
    named = _levels(numbering)
    frailty = rng.normal(0, DISEASE.degeneration_patient_spread)
    slips = _slips(rng, [level for _, _, level in named])
    disc_scale = BUILD.disc_height_scale.draw(rng) * scale
    # Lordosis counts from L1's to S1's upper endplate. What a sacralised or missing level does not
    # bend, the others do not make up for.
    wedging = sum(level.wedge + level.disc_wedge for level in numbering.shapes)
    bend = lordosis / max(wedging, _TYPICAL_BEND)
    segments = []
    for (vertebra, disc, level), slip in zip(named, slips, strict=True):
        disease = draw_disease(rng, level, age, frailty, slip)
        size = scale * BUILD.level_scale.draw(rng)
        left = 1 - disease.height_loss
        disc_height = level.disc_height * disc_scale * BUILD.level_scale.draw(rng) * left
        level_bend = bend if level.region == "lumbar" else 1.0
        # The endplates never meet behind: half a disc's height is the most that wedging may take.
        steepest = math.degrees(0.62 * disc_height / (level.depth * size / 2))
        segments.append(
            Segment(
                vertebra=vertebra,
                disc=disc,
                level=level,
                depth=level.depth * size,
                width=level.width * size,
                height=level.height * size,
                wedge=level.wedge * level_bend,
                disc_height=disc_height,
                disc_wedge=Range(-steepest, steepest).clip(level.disc_wedge * level_bend),
                disease=disease,
            )
        )
    return tuple(segments)
