"""Draws what befalls a neck: worn discs, discs that press on the cord, and injuries."""

from collections.abc import Callable

import numpy as np

from data.phantom.cervical.disease import CervicalDisc, Injury
from data.phantom.cervical.ranges import LESIONS
from data.phantom.ranges import DISEASE, Level, Range

Space = Callable[[int, float, float], float]
"""Displacement in mm of the disc at a position, so many mm to the left, that reaches so many mm beyond the
front of the cord at rest."""
_WEAR = dict(LESIONS.wear_of_level)


def draw_group(rng: np.random.Generator) -> str:
    """``disc``, ``injured`` or ``normal``."""
    names, shares = zip(*LESIONS.groups, strict=True)
    return str(rng.choice(names, p=shares))


def draw_places(rng: np.random.Generator, discs: list[str], number: int) -> list[int]:
    """Positions of so many different discs, as often as lesions happen there."""
    names, shares = zip(*LESIONS.where, strict=True)
    return [discs.index(name) for name in rng.choice(names, number, replace=False, p=shares)]


def draw_wear(
    rng: np.random.Generator, levels: tuple[Level, ...], pressing: list[int], age: float
) -> list[CervicalDisc]:
    """The discs of a neck, worn but not displaced yet; those that will be ``pressing`` are worn further."""
    frailty = rng.normal(0, LESIONS.wear_patient_spread)
    discs = []
    for position, level in enumerate(levels):
        wear = LESIONS.wear_at_20 + LESIONS.wear_per_decade * (age - 20) / 10 + frailty
        wear += rng.normal(0, LESIONS.wear_disc_spread) + _WEAR.get(level.disc, 0.0)
        if position in pressing:
            wear += LESIONS.wear_if_pressing.draw(rng)
        wear = Range(1, 5).clip(wear)
        loss = DISEASE.height_loss_per_grade * max(wear - DISEASE.height_loss_from, 0)
        discs.append(
            CervicalDisc(
                degeneration=wear,
                height_loss=LESIONS.height_loss.clip(loss + rng.normal(0, DISEASE.height_loss_spread)),
                rim=LESIONS.rim.draw(rng),
                bulge=0.0,
                anterior_fraction=0.0,
                herniation=0.0,
                offset=0.0,
                half_width=LESIONS.half_width.draw(rng),
                extension=0.0,
                slip=LESIONS.play.draw(rng),
            )
        )
    return discs


def displaced(
    rng: np.random.Generator, disc: CervicalDisc, position: int, presses: bool, space: Space
) -> CervicalDisc:
    """The disc with tissue displaced behind it: into the cord's place, or not so far."""
    offset = LESIONS.offset.draw(rng) * (1 if rng.random() < 0.5 else -1)
    compression = LESIONS.compression.draw(rng) if presses else 0.0
    beyond = compression if presses else -LESIONS.gap.draw(rng)
    depth = space(position, offset, beyond) - disc.rim
    return CervicalDisc(
        degeneration=disc.degeneration,
        height_loss=disc.height_loss,
        rim=disc.rim,
        bulge=0.0,
        anterior_fraction=0.0,
        herniation=max(depth, 0.0),
        offset=offset,
        half_width=disc.half_width,
        extension=LESIONS.extension.draw(rng),
        slip=disc.slip,
        compression=compression,
    )


def draw_injury(rng: np.random.Generator, position: int) -> Injury:
    """An injury of the cord, the ligaments or both at the level of a disc."""
    cord = rng.random() < LESIONS.cord_of_injury
    ligaments = not cord or rng.random() < LESIONS.ligament_too
    anterior = ligaments and rng.random() < LESIONS.anterior
    posterior = ligaments and (not anterior or rng.random() < LESIONS.posterior)
    return _injury(rng, position, cord, anterior, posterior)


def worn_cord(rng: np.random.Generator, position: int) -> Injury:
    """The signal change of a cord that a disc has pressed on for long."""
    return _injury(rng, position, cord=True, anterior=False, posterior=False)


def _injury(rng: np.random.Generator, position: int, cord: bool, anterior: bool, posterior: bool) -> Injury:
    half_length, fill, signal, depth, length, size = (
        value.draw(rng)
        for value in (
            LESIONS.cord_half_length,
            LESIONS.cord_fill,
            LESIONS.cord_signal,
            LESIONS.anterior_depth,
            LESIONS.anterior_half_length,
            LESIONS.posterior_size,
        )
    )
    return Injury(
        position=position,
        cord_half_length=half_length if cord else 0.0,
        cord_fill=fill,
        cord_offset=LESIONS.cord_offset.draw(rng),
        cord_signal=signal,
        anterior_depth=depth if anterior else 0.0,
        anterior_half_length=length,
        posterior_size=size if posterior else 0.0,
    )
