"""Draws patients with one fractured vertebra: the lumbar phantom's patients, and what has befallen them."""

from dataclasses import replace

import numpy as np

from data.phantom.fracture.fracture import Fracture, Pedicles
from data.phantom.fracture.ranges import FRACTURES, LOOKS, LOSSES, Cause, Look, Shape
from data.phantom.patient import Patient, draw_patient
from data.phantom.ranges import Range

_STREAM = 5
"""Of a patient's random numbers: one that nothing else of the patient is drawn from."""


def draw_fractured(seed: int, index: int) -> Patient:
    """Patient ``index`` of a ``seed``: the lumbar phantom's, with one fractured vertebra, and in some an old
    fracture, healed, of another. Another patient by name, as the pictures are others."""
    patient = draw_patient(seed, index)
    rng = np.random.default_rng([seed, index, _STREAM])
    fracture, look = draw_fracture(rng)
    chances = dict(FRACTURES.levels)
    breakable = [
        position
        for position, segment in enumerate(patient.segments)
        if segment.vertebra in chances and position not in patient.implant and not _joined(patient, position)
    ]
    shares = np.array([chances[patient.segments[position].vertebra] for position in breakable])
    first, second = rng.choice(breakable, 2, replace=False, p=shares / shares.sum()).tolist()
    segments = list(patient.segments)
    segments[first] = replace(segments[first], fracture=fracture)
    healed = _healed(rng)
    if rng.random() < look.healed_elsewhere:
        segments[second] = replace(segments[second], fracture=healed)
    return replace(patient, name=f"fracture{seed}-{index:04d}", segments=tuple(segments))


def _joined(patient: Patient, position: int) -> bool:
    return position == 0 and patient.sacralised


def draw_fracture(rng: np.random.Generator) -> tuple[Fracture, Look]:
    """A fracture, and the look that it was drawn from: its cause's, or the other cause's in a few."""
    malignant = rng.random() < FRACTURES.malignant_fraction
    cause: Cause = "malignant" if malignant else "benign"
    alike = FRACTURES.malignant_like_benign if malignant else FRACTURES.benign_like_malignant
    like_malignant = malignant != (rng.random() < alike)
    look = LOOKS["malignant" if like_malignant else "benign"]
    fracture = _collapse(rng, cause, look)
    diffuse = rng.random() < look.diffuse
    convex = rng.random() < look.convex
    return (
        replace(
            fracture,
            retropulsion=_sometimes(rng, look.retropulsed, FRACTURES.retropulsion),
            convexity=(look.convexity if convex else FRACTURES.flat).draw(rng),
            lesion="tumour" if like_malignant else "oedema",
            t1=look.t1.draw(rng),
            t2=look.t2.draw(rng),
            extent=(FRACTURES.diffuse_extent if diffuse else look.extent).draw(rng),
            density=look.density.draw(rng),
            irregularity=look.irregularity.draw(rng),
            patchiness=look.patchiness.draw(rng),
            offset=FRACTURES.offset.draw(rng),
            half_width=FRACTURES.half_width.draw(rng),
            fluid=_sometimes(rng, look.fluid, FRACTURES.fluid),
            line=bool(rng.random() < look.line),
            pedicles=_pedicles(rng, look),
            posterior_element=bool(rng.random() < look.posterior_element),
            epidural=_sometimes(rng, look.epidural, look.epidural_depth),
            paravertebral=_sometimes(rng, look.paravertebral, look.paravertebral_depth),
        ),
        look,
    )


def _collapse(rng: np.random.Generator, cause: Cause, look: Look) -> Fracture:
    shapes: tuple[Shape, ...] = ("wedge", "biconcave", "crush")
    shape = shapes[rng.choice(3, p=look.shapes)]
    loss, severity = LOSSES[shape], look.severity.draw(rng)
    main = FRACTURES.main_endplate.draw(rng)
    upper = rng.random() < FRACTURES.upper_fraction
    front, middle, back = (severity * part.draw(rng) for part in (loss.front, loss.middle, loss.back))
    return Fracture(cause, shape, front, middle, back, upper_share=main if upper else 1 - main)


def _healed(rng: np.random.Generator) -> Fracture:
    return replace(_collapse(rng, "benign", LOOKS["benign"]), healed=True)


def _pedicles(rng: np.random.Generator, look: Look) -> Pedicles:
    if rng.random() >= look.pedicle:
        return "none"
    if rng.random() < FRACTURES.both_pedicles:
        return "both"
    return "left" if rng.random() < 0.5 else "right"


def _sometimes(rng: np.random.Generator, chance: float, size: Range) -> float:
    """A size from its range, with this chance; else 0."""
    drawn = size.draw(rng)
    return drawn if rng.random() < chance else 0.0
