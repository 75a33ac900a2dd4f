"""Every range that cervical phantom patients are drawn from, and their seeds.

Frozen before the first training on them; a later change is listed in docs/phantom.md. Scanners are those of
``data.phantom.ranges``.
"""

from dataclasses import dataclass

from data.phantom.planes import SagittalStack
from data.phantom.ranges import Level, Range, Region, Risk

CERVICAL_SEEDS = (9101, 9102)
"""Patients that only published cervical models have seen: for building them, and for testing them."""

_UNMOVED = Risk()


def _level(
    vertebra: str,
    below: str,
    sizes: tuple[float, float, float],
    wedge: float,
    disc_height: float,
    disc_wedge: float,
) -> Level:
    region: Region = "cervical" if vertebra.startswith("C") else "thoracic"
    return Level(
        vertebra, f"{vertebra}-{below}", region, *sizes, wedge, disc_height, disc_wedge, 72, _UNMOVED, 0.45
    )


CERVICAL_LEVELS = (
    _level("T4", "T5", (19.5, 26.0, 19.5), -3.2, 3.6, -0.5),
    _level("T3", "T4", (18.8, 26.5, 19.0), -3.0, 3.6, -0.5),
    _level("T2", "T3", (18.2, 28.0, 18.5), -2.5, 3.8, 0.0),
    _level("T1", "T2", (17.6, 28.5, 17.5), -1.5, 4.3, 0.5),
    _level("C7", "T1", (17.2, 25.0, 15.5), 0.3, 5.2, 2.5),
    _level("C6", "C7", (16.8, 22.0, 13.8), 0.2, 5.8, 3.8),
    _level("C5", "C6", (16.2, 20.0, 13.6), 0.2, 5.6, 4.0),
    _level("C4", "C5", (15.8, 19.0, 14.0), 0.2, 5.5, 3.8),
    _level("C3", "C4", (15.6, 18.0, 14.4), 0.2, 5.3, 3.4),
    _level("C2", "C3", (15.8, 18.0, 19.0), 0.0, 5.0, 2.5),
)
"""From the lowest upwards; C2 without its dens. Sizes in mm follow textbook morphometry, rounded."""


@dataclass(frozen=True)
class Neck:
    """What makes patients differ; lengths in mm before the patient's scale."""

    base_slope: Range = Range(-2, 12)
    """Degrees by which T5's upper endplate leans forwards; T1's slope comes about 13 degrees steeper."""
    lordosis_of_slope: Range = Range(0.4, 1.15)
    """Lordosis from C7 to C2, as a part of T1's slope: straight necks to well bent ones."""
    canal_depth: Range = Range(12.2, 17.0)
    """Behind the middle of C5."""
    cord_half_depth: Range = Range(3.0, 3.6)
    """At C5, in the middle plane."""
    cord_half_width: Range = Range(5.8, 6.8)
    cord_place: Range = Range(-0.9, 0.9)
    """mm behind the canal's middle, where nothing presses on it."""
    subcutaneous_fat: Range = Range(6, 20)
    """At the cervicothoracic bend; thinner above."""
    throat: Range = Range(0.88, 1.15)
    """How far in front of the spine airway, tongue and skin lie, against the average."""


@dataclass(frozen=True)
class Lesions:
    """What befalls discs, cord and ligaments. Bulges that do not press overlap with lesions in depth, since
    canals differ in width: what counts is whether the cord is reached."""

    groups: tuple[tuple[str, float], ...] = (("disc", 8 / 15), ("injured", 2 / 15), ("normal", 5 / 15))
    """Of patients: 800, 200 and 500 of the published 1,500."""
    where: tuple[tuple[str, float], ...] = (
        ("C7-T1", 0.04),
        ("C6-C7", 0.25),
        ("C5-C6", 0.36),
        ("C4-C5", 0.19),
        ("C3-C4", 0.13),
        ("C2-C3", 0.03),
    )
    """Share of the lesions, and of the injuries, that happen at each disc."""
    discs: tuple[int, ...] = (1, 2, 2, 3)
    """How many discs of a patient of the group press on the cord, each entry as likely."""

    wear_at_20: float = 1.9
    wear_per_decade: float = 0.25
    wear_patient_spread: float = 0.45
    wear_disc_spread: float = 0.45
    wear_of_level: tuple[tuple[str, float], ...] = (
        ("C6-C7", 0.4), ("C5-C6", 0.6), ("C4-C5", 0.35), ("C3-C4", 0.2),
    )  # fmt: skip
    wear_if_pressing: Range = Range(0.0, 1.4)

    height_loss: Range = Range(0.0, 0.4)
    rim: Range = Range(0.0, 0.5)
    """Physiological rim of a disc, mm beyond the vertebral margin."""
    play: Range = Range(-0.6, 0.6)
    """mm of translation that no one calls a slip; negative is backwards."""

    compression: Range = Range(1.0, 4.0)
    """mm by which displaced tissue reaches into where the cord would be."""
    gap: Range = Range(0.4, 2.4)
    """mm of fluid left between a bulge that does not press and the cord."""
    bulging: float = 0.4
    """Of the other cervical discs that are worn (from ``bulging_from`` on): with such a bulge."""
    bulging_from: float = 2.6
    offset: Range = Range(0.0, 3.2)
    """mm from the midline to the summit, to either side."""
    half_width: Range = Range(7.0, 11.0)
    extension: Range = Range(0.2, 2.4)
    """mm by which displaced tissue is higher than the disc space, above and below."""
    cord_gives: float = 0.45
    """Part of the compression by which the cord is pushed back; it is dented by all of it."""

    with_disc: float = 0.45
    """Of the injuries: with a disc at the same level that presses on the cord."""
    cord_of_injury: float = 0.75
    """Of the injuries: with signal change in the cord. All others, and ``ligament_too`` of these, with torn
    ligaments."""
    ligament_too: float = 0.6
    worn_cord: float = 0.35
    """Of the discs that press by more than ``worn_from`` mm: with signal change in the cord (myelopathy)."""
    worn_from: float = 1.5
    cord_half_length: Range = Range(6.0, 15.0)
    cord_fill: Range = Range(0.6, 1.0)
    """Half-depth of the change as a part of the cord's."""
    cord_offset: Range = Range(-1.5, 1.5)
    """mm to the left."""
    cord_signal: Range = Range(0.4, 1.0)
    """Between the cord's signal and that of a cord full of water."""
    anterior: float = 0.7
    """Of the torn ligaments: the anterior longitudinal one, with fluid before the spine."""
    posterior: float = 0.75
    """Of the torn ligaments: those between the arches, with fluid there; one of the two at least."""
    anterior_depth: Range = Range(2.5, 7.0)
    anterior_half_length: Range = Range(9.0, 24.0)
    posterior_size: Range = Range(0.6, 1.15)


CERVICAL_STACK = SagittalStack(
    height=Range(200, 260),
    place=Range(0.48, 0.62),
    step=Range(2.8, 4.2),
    around=("C6-C7", "C5-C6", "C4-C5", "C3-C4"),
    above=Range(0.42, 0.54),
)
NECK = Neck()
LESIONS = Lesions()
