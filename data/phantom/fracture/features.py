"""What a careful radiologist ticks about a fracture: fifteen binary features of benign and malignant ones.

The features are those of the reviews that ``ranges`` names; what is true of the object is ticked but for a
reader's errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.phantom.fracture.ranges import FEATURES, Cause
from data.phantom.patient import Patient
from data.table import write_table

FEATURES_FILE = "features.csv"


def true_features(patient: Patient) -> dict[str, bool]:
    """By name, what is true of a patient's fracture; raises ValueError for a patient who has none."""
    if patient.fractured is None:
        raise ValueError(f"{patient.name} has no fracture")
    position, fracture = patient.fractured
    others = [segment.fracture for segment in patient.segments if segment.fracture]
    return {
        "fluid_sign": fracture.fluid > 0,
        "band_like_oedema": fracture.extent < FEATURES.band,
        "spared_marrow": not fracture.diffuse,
        "fracture_line": fracture.line,
        "retropulsed_corner": fracture.retropulsion > 0,
        "diffuse_replacement": fracture.diffuse and fracture.density >= FEATURES.replaced,
        "convex_posterior_border": fracture.convexity >= FEATURES.convex,
        "pedicle_involved": fracture.pedicles != "none",
        "posterior_element_involved": fracture.posterior_element,
        "epidural_mass": fracture.epidural > 0,
        "paravertebral_mass": fracture.paravertebral >= FEATURES.mass,
        "height_loss_over_third": max(fracture.front_loss, fracture.middle_loss) > FEATURES.great_loss,
        "lower_endplate_mainly_fractured": not fracture.upper,
        "healed_fracture_elsewhere": any(other.healed for other in others),
        "thoracic_level": patient.segments[position].level.region == "thoracic",
    }


def ticked_features(truth: Mapping[str, bool], rng: np.random.Generator) -> dict[str, bool]:
    """The features as a radiologist ticks them, who misses some and ticks some that are not there."""
    draws = rng.random(len(truth))
    return {
        name: draw >= FEATURES.missed if true else draw < FEATURES.overcalled
        for (name, true), draw in zip(truth.items(), draws.tolist(), strict=True)
    }


@dataclass(frozen=True)
class FeatureRow:
    """A row of the table: a cohort's ``patient``."""

    patient: str
    cause: Cause
    features: Mapping[str, bool]


def write_features(cohort: Path, rows: list[FeatureRow]) -> None:
    """Write ``features.csv`` into a cohort folder: patient, cause, and each feature as 0 or 1."""
    lines = (
        [row.patient, row.cause, *(str(int(value)) for value in row.features.values())]
        for row in sorted(rows, key=lambda item: item.patient)
    )
    write_table(cohort / FEATURES_FILE, ("patient", "cause", *rows[0].features), lines)
