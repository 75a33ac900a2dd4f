"""A patient with a neck, drawn from a seed: the cervical spine on the upper thoracic one."""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from data.phantom.cervical.canal import Cord, Dent
from data.phantom.cervical.disease import CervicalDisc, Injury
from data.phantom.cervical.lesions import (
    Space,
    displaced,
    draw_group,
    draw_injury,
    draw_places,
    draw_wear,
    worn_cord,
)
from data.phantom.cervical.ranges import CERVICAL_LEVELS, LESIONS, NECK
from data.phantom.cervical.spine import build_neck, neck_course
from data.phantom.patient import Patient, Segment
from data.phantom.ranges import BUILD, Range
from data.phantom.skeleton import superellipse

_T1 = 3
"""Position of the highest vertebra that does not share in the lordosis."""
_BACKS = np.arange(0.0, 25.0, 0.05, np.float32)


@dataclass(frozen=True)
class CervicalPatient(Patient):
    """A patient whose ``segments`` run from T4 to C2; ``base_slope`` is T5's, on which they stand.

    ``cord``: the spinal cord, with the dents that discs make; ``throat``: how far in front of the spine
    airway, tongue and skin lie, against the average; ``injuries``: from the lowest upwards.
    """

    cord: Cord
    throat: float
    injuries: tuple[Injury, ...]


def draw_cervical_patient(seed: int, index: int) -> CervicalPatient:
    """Patient ``index`` of a cohort's ``seed``: the same whatever else is drawn."""
    build, lesions = (np.random.default_rng([seed, index, stream]) for stream in (20, 21))
    age = round(BUILD.age.draw(build))
    group = draw_group(lesions)
    names = [level.disc for level in CERVICAL_LEVELS]
    pressing, injured = _places(lesions, group, names)
    worn = draw_wear(lesions, CERVICAL_LEVELS, pressing, age)
    patient = _undiseased(build, f"cervical{seed}-{index:04d}", age, worn)
    space = _space(patient)
    discs = [
        displaced(lesions, disc, position, position in pressing, space)
        if position in pressing or _bulges(lesions, disc, position)
        else disc
        for position, disc in enumerate(worn)
    ]
    injuries = [draw_injury(lesions, position) for position in injured]
    for position, disc in enumerate(discs):
        old = disc.compression > LESIONS.worn_from and lesions.random() < LESIONS.worn_cord
        if old and position not in injured:
            injuries.append(worn_cord(lesions, position))
    segments = [replace(segment, disease=disc) for segment, disc in zip(patient.segments, discs, strict=True)]
    dents = [
        Dent(level, min(LESIONS.cord_gives * disc.compression, room))
        for position, disc in enumerate(discs)
        if disc.compression
        and (room := patient.cord.room_behind(patient.canal_depth, level := position - 0.5)) > 0
    ]
    return replace(
        patient,
        segments=tuple(segments),
        cord=replace(patient.cord, dents=tuple(dents)),
        injuries=tuple(sorted(injuries, key=lambda injury: injury.position)),
    )


def _places(rng: np.random.Generator, group: str, names: list[str]) -> tuple[list[int], list[int]]:
    """Positions of the discs that press on the cord, and of the injuries."""
    if group == "disc":
        return draw_places(rng, names, int(rng.choice(LESIONS.discs))), []
    if group == "injured":
        injured = draw_places(rng, names, 1)
        return (injured if rng.random() < LESIONS.with_disc else []), injured
    return [], []


def _bulges(rng: np.random.Generator, disc: CervicalDisc, position: int) -> bool:
    drawn = rng.random() < LESIONS.bulging
    return drawn and disc.degeneration >= LESIONS.bulging_from and position > _T1


def _undiseased(rng: np.random.Generator, name: str, age: int, discs: list[CervicalDisc]) -> CervicalPatient:
    """The patient before anything is displaced or injured."""
    sex: Literal["F", "M"] = "F" if rng.random() < BUILD.female_fraction else "M"
    scale = BUILD.scale.draw(rng) * (BUILD.female_scale if sex == "F" else 1.0)
    slope = NECK.base_slope.draw(rng)
    cord = Cord(
        NECK.cord_half_depth.draw(rng) * scale**0.5,
        NECK.cord_half_width.draw(rng) * scale**0.5,
        NECK.cord_place.draw(rng),
    )
    return CervicalPatient(
        name=name,
        sex=sex,
        age=age,
        scale=scale,
        base_slope=slope,
        numbering="seven cervical vertebrae",
        segments=_segments(rng, scale, slope, discs),
        endplate_concavity=BUILD.endplate_concavity.draw(rng),
        waist=BUILD.waist.draw(rng),
        canal_depth=NECK.canal_depth.draw(rng) * scale**0.5,
        conus_level=-float("inf"),
        subcutaneous_fat=NECK.subcutaneous_fat.draw(rng),
        prevertebral_fat=0.0,
        scoliosis=BUILD.coronal_curve.draw(rng) * (1 if rng.random() < 0.5 else -1),
        curve_apex=BUILD.curve_apex.draw(rng) * scale,
        curve_reach=BUILD.curve_reach.draw(rng),
        counter_curve=0.0,
        axial_rotation=BUILD.axial_rotation.draw(rng),
        implant=(),
        marrow_signal=BUILD.marrow_signal.draw(rng),
        texture_seed=int(rng.integers(2**31)),
        cord=cord,
        throat=NECK.throat.draw(rng),
        injuries=(),
    )


def _segments(
    rng: np.random.Generator, scale: float, slope: float, discs: list[CervicalDisc]
) -> tuple[Segment, ...]:
    thoracic = sum(level.wedge + level.disc_wedge for level in CERVICAL_LEVELS[: _T1 + 1])
    lordosis = NECK.lordosis_of_slope.draw(rng) * (slope - thoracic)
    typical = sum(level.wedge + level.disc_wedge for level in CERVICAL_LEVELS[_T1 + 1 :])
    disc_scale = BUILD.disc_height_scale.draw(rng) * scale
    segments = []
    for position, (level, disease) in enumerate(zip(CERVICAL_LEVELS, discs, strict=True)):
        size = scale * BUILD.level_scale.draw(rng)
        height = level.disc_height * disc_scale * BUILD.level_scale.draw(rng) * (1 - disease.height_loss)
        bend = lordosis / typical if position > _T1 else 1.0
        steepest = float(np.degrees(0.62 * height / (level.depth * size / 2)))
        segments.append(
            Segment(
                vertebra=level.vertebra,
                disc=level.disc,
                level=level,
                depth=level.depth * size,
                width=level.width * size,
                height=level.height * size,
                wedge=level.wedge * bend,
                disc_height=height,
                disc_wedge=Range(-steepest, steepest).clip(level.disc_wedge * bend),
                disease=disease,
            )
        )
    return tuple(segments)


def _space(patient: CervicalPatient) -> Space:
    """Measures the way from discs to the cord of a patient in whom nothing is displaced."""
    skeleton = build_neck(patient)
    course = neck_course(patient, skeleton)

    def space(position: int, offset: float, beyond: float) -> float:
        disc = skeleton.discs[position]
        lateral = np.full_like(_BACKS, offset)
        y, z = (
            disc.frame.y + math.cos(disc.frame.tilt) * _BACKS,
            disc.frame.z + math.sin(disc.frame.tilt) * _BACKS,
        )
        curved = course.at(y, z)
        cord = _BACKS[(patient.cord.at_rest(lateral, curved.level, curved.behind) < 1).argmax()] + beyond
        # Displaced tissue is measured from the margin, on the ray from the disc's axis.
        length = math.hypot(offset, cord)
        radius = superellipse(np.array(offset / disc.half_width), np.array(cord / disc.half_depth))
        return length - length / float(radius)

    return space
