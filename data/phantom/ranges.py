"""Every range that phantom patients, their diseases and their scanners are drawn from, and the seeds.

Frozen before the first training on them; a later change is listed in docs/phantom.md.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

DEMO_SEED = 2024
"""Patients of ``discern demo`` and of the examples."""
START_WEIGHTS_SEED = 1009
"""Patients that only the start weights have seen."""
AXIAL_SEEDS = (7001, 7002)
"""Patients that only the models of the axial path have seen: whole studies, and sagittal slices alone."""
TEST_SEED = 4057
"""Patients that no published weights have seen."""


@dataclass(frozen=True)
class Range:
    """A uniform distribution from ``low`` to ``high``."""

    low: float
    high: float

    def draw(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(self.low, self.high))

    def at(self, fraction: float) -> float:
        return self.low + fraction * (self.high - self.low)

    def clip(self, value: float) -> float:
        return float(min(max(value, self.low), self.high))


@dataclass(frozen=True)
class Risk:
    """What befalls the disc of a level."""

    wear: float = 0.0
    """Added to the degeneration grade."""
    displaced_midpoint: float = 5.0
    """The degeneration grade at which half of the discs are displaced; calibrated, see docs/phantom.md."""
    herniated: float = 0.0
    """Of the displaced discs; the others bulge."""
    slip: float = 0.0
    """Share of the slips that happen here."""


Region = Literal["lumbar", "thoracic", "cervical"]


@dataclass(frozen=True)
class Level:
    """One vertebra and the disc below it in an average adult: mm, and degrees of lordotic wedging."""

    vertebra: str
    disc: str
    region: Region
    depth: float
    width: float
    height: float
    wedge: float
    disc_height: float
    """From rim to rim in the middle plane; the hollow of the endplates comes on top."""
    disc_wedge: float
    facet_angle: float
    """Degrees between the facet joint below the vertebra and the sagittal plane, seen from above."""
    risk: Risk
    hollow: float = 1.0
    """How hollow the vertebra's endplates are, as a part of the patient's others."""


_THORACIC = Risk(displaced_midpoint=4.36)

LEVELS = (
    Level("L5", "L5-S1", "lumbar", 34.5, 50.0, 26.0, 9.0, 8.5, 14.0, 52, Risk(0.75, 2.68, 0.502, 0.4)),
    Level("L4", "L4-L5", "lumbar", 34.5, 48.0, 27.0, 3.0, 9.5, 11.0, 46, Risk(0.75, 2.36, 0.301, 0.45)),
    Level("L3", "L3-L4", "lumbar", 34.0, 45.0, 27.0, 1.0, 9.0, 8.5, 38, Risk(0.35, 2.83, 0.232, 0.15)),
    Level("L2", "L2-L3", "lumbar", 33.0, 42.5, 26.5, -1.0, 8.2, 6.0, 31, Risk(0.1, 3.54, 0.200)),
    Level("L1", "L1-L2", "lumbar", 32.0, 41.0, 26.0, -2.0, 7.2, 4.0, 26, Risk(0.0, 3.97, 0.493)),
    Level("T12", "T12-L1", "thoracic", 31.0, 40.0, 25.0, -3.0, 5.8, 2.0, 26, _THORACIC),
    Level("T11", "T11-T12", "thoracic", 30.0, 38.0, 23.0, -3.0, 5.0, 1.0, 50, _THORACIC),
    Level("T10", "T10-T11", "thoracic", 29.0, 35.0, 21.5, -3.0, 4.5, 0.0, 72, _THORACIC),
    Level("T9", "T9-T10", "thoracic", 28.0, 33.0, 21.0, -3.0, 4.2, 0.0, 72, _THORACIC),
    Level("T8", "T8-T9", "thoracic", 27.0, 31.0, 20.5, -3.5, 4.0, 0.0, 72, _THORACIC),
    Level("T7", "T7-T8", "thoracic", 26.5, 30.0, 20.0, -3.5, 3.8, 0.0, 72, _THORACIC),
    Level("T6", "T6-T7", "thoracic", 26.0, 29.0, 19.5, -3.5, 3.6, 0.0, 72, _THORACIC),
)
"""From the lowest upwards. Lumbar sizes and facet angles follow textbook morphometry, rounded."""

SACRALISED = Level(
    "sacralised L5", "L5-S1", "lumbar", 33.5, 55.0, 24.0, 3.0, 3.2, 3.0, 52, Risk(displaced_midpoint=9.0), 0.3
)
"""L5 that has joined the sacrum: square and wide over a rudimentary disc that nothing befalls."""


@dataclass(frozen=True)
class Numbering:
    """A numbering of the lumbar vertebrae and the ``share`` of patients who have it.

    ``shapes``: after which levels the lumbar vertebrae are built, from the lowest upwards. The lowest is
    named by their number (L4, L5 or L6), its disc by it and S1; T12 follows above L1.
    """

    name: str
    share: float
    shapes: tuple[Level, ...]


NUMBERINGS = (
    Numbering("five lumbar vertebrae", 0.89, LEVELS[:5]),
    Numbering("four lumbar vertebrae", 0.025, (LEVELS[0], *LEVELS[2:5])),
    Numbering("six lumbar vertebrae", 0.04, (*LEVELS[:2], *LEVELS[1:5])),
    Numbering("sacralised L5", 0.045, (SACRALISED, *LEVELS[1:5])),
)
"""11 % of patients have a lumbosacral transitional vertebra; published prevalences are 4 to 30 %."""

THORACIC_LEVELS = LEVELS[5:]


@dataclass(frozen=True)
class Build:
    """What makes patients differ."""

    age: Range = Range(22, 84)
    female_fraction: float = 0.54
    female_scale: float = 0.92
    scale: Range = Range(0.93, 1.09)
    level_scale: Range = Range(0.97, 1.03)
    sacral_slope: Range = Range(24, 54)
    """Degrees."""
    lordosis_minus_slope: Range = Range(6, 24)
    """Degrees from L1 to S1 beyond the sacral slope."""
    disc_height_scale: Range = Range(0.85, 1.15)
    endplate_concavity: Range = Range(1.0, 2.4)
    waist: Range = Range(0.05, 0.11)
    """Part of the half-depth by which the body is narrower at mid-height."""
    canal_depth: Range = Range(14.5, 18.5)
    conus_level: Range = Range(4.0, 5.6)
    """In levels above L5: 4 is the middle of L1, 5 that of T12; counted from L1 in any numbering."""
    subcutaneous_fat: Range = Range(8, 38)
    """mm at the lumbosacral bend; thinner above."""
    prevertebral_fat: Range = Range(3, 12)
    scoliotic_fraction: float = 0.1
    scoliosis: Range = Range(10, 25)
    """Cobb angle in degrees of a scoliosis; to either side."""
    coronal_curve: Range = Range(0, 6)
    """Cobb angle in degrees of everyone else's spine."""
    curve_apex: Range = Range(105, 150)
    """mm above S1's endplate at which the main coronal curve is widest: L3 to L1."""
    curve_reach: Range = Range(1.0, 1.2)
    """Half the main curve's length as a part of its apex's height, so that it ends near S1."""
    counter_curve: Range = Range(0.1, 0.5)
    """Amplitude of the opposite curve above the main one, as a part of its own."""
    axial_rotation: Range = Range(0.15, 0.4)
    """Degrees by which the apical vertebra turns to the convex side, a degree of Cobb angle."""
    marrow_signal: Range = Range(0.8, 1.25)
    implant_fraction: float = 0.04
    """Of the patients over ``implant_age`` years: pedicle screws, with rods if there are several."""
    implant_age: float = 35
    implant_lowest: tuple[int, ...] = (-1, 0, 1)
    """Position of the lowest vertebra with screws: -1 is S1, 0 the lowest lumbar vertebra."""
    implant_vertebrae: tuple[int, ...] = (1, 2, 2, 3)
    """How many neighbouring vertebrae have screws, each entry as likely."""


@dataclass(frozen=True)
class Disease:
    """What befalls discs; what differs between levels is in ``Risk``.

    Bulge and herniation overlap in depth, height and darkness on purpose: docs/phantom.md, "The
    ceiling", states what a perfect reader of one slice can reach.
    """

    degeneration_at_20: float = 1.3
    degeneration_per_decade: float = 0.36
    degeneration_patient_spread: float = 0.5
    degeneration_disc_spread: float = 0.55
    displaced_steepness: float = 2.6
    """Of the logistic chance of displacement around ``Risk.displaced_midpoint``, a grade."""
    degeneration_if_displaced: float = 0.5
    """Displaced discs are darker still by this much."""

    rim: Range = Range(0.0, 0.8)
    """Physiological rim of a normal disc, mm beyond the vertebral margin."""
    bulge: Range = Range(2.2, 5.2)
    bulge_anterior_fraction: Range = Range(0.0, 0.6)
    bulge_extension: Range = Range(0.0, 1.8)
    """mm by which displaced tissue is higher than the disc space, above and below."""
    herniation: Range = Range(3.0, 7.5)
    herniation_half_width: Range = Range(7.0, 12.0)
    herniation_extension: Range = Range(0.0, 2.6)
    herniation_on_bulge: float = 0.6
    bulge_under_herniation: Range = Range(1.2, 2.6)
    central_fraction: float = 0.35
    central_offset: Range = Range(0.0, 2.5)
    """mm from the midline, to either side."""
    paracentral_fraction: float = 0.5
    paracentral_offset: Range = Range(3.0, 7.0)
    foraminal_offset: Range = Range(12.0, 17.0)

    height_loss_from: float = 3.2
    height_loss_per_grade: float = 0.2
    height_loss_spread: float = 0.06
    height_loss: Range = Range(0.0, 0.5)

    slip_patients: float = 0.3
    slip: Range = Range(4.0, 11.0)
    """mm; where, is in ``Risk.slip``."""
    play: Range = Range(-1.2, 1.2)
    """mm of translation at a lumbar level that no one calls a slip; negative is backwards."""


@dataclass(frozen=True)
class Scanners:
    """The machines and protocols; each patient is scanned by one."""

    t2_repetition: Range = Range(2600, 5000)
    t2_echo: Range = Range(85, 125)
    t1_repetition: Range = Range(420, 700)
    t1_echo: Range = Range(8, 14)
    sagittal_slices: tuple[int, ...] = (11, 13, 15, 17)
    slice_step: Range = Range(3.2, 5.5)
    """mm from one sagittal slice to the next."""
    height: Range = Range(250, 345)
    """Sagittal field of view in mm, head to foot."""
    aspect: Range = Range(0.72, 1.0)
    """Its width over its height."""
    rows: tuple[int, ...] = (256, 288, 320, 352, 384, 416, 448)
    spacing: Range = Range(0.6, 1.2)
    rectangular_fraction: float = 0.1
    rectangular: Range = Range(1.1, 1.35)
    """Height of a pixel over its width, where it is not square."""
    thin: Range = Range(0.9, 1.5)
    """Slice thickness in mm of a 3-D acquisition."""
    thick: Range = Range(3.0, 5.0)
    """Slice thickness in mm of a 2-D acquisition."""
    thin_fraction: float = 0.35
    below_endplate: Range = Range(45, 80)
    """mm of the image below S1's endplate."""
    spine_place: Range = Range(0.42, 0.66)
    """Where across the image the lumbar spine lies, from 0 (front) to 1 (back)."""
    off_middle: float = 1.0
    """Standard deviation in mm of the stack's middle from the spine's."""
    sacrum_cut_fraction: float = 0.03
    sacrum_cut: Range = Range(-6, 4)
    """mm of the image below S1's endplate where S1 is cut off."""
    top_cut_fraction: float = 0.03
    top_cut: Range = Range(0.1, 0.6)
    """How much of the highest lumbar vertebra is in the image where it is cut off."""

    stack_fraction: float = 0.25
    """Of the axial series: contiguous; the others are blocks angled to the discs."""
    block_slices: int = 3
    block_step: Range = Range(3.6, 5.0)
    axial_thickness: Range = Range(3.0, 4.5)
    axial_side: Range = Range(165, 215)
    """Axial field of view in mm."""
    axial_rows: tuple[int, ...] = (256, 288, 320, 384)
    axial_place: Range = Range(0.50, 0.62)
    """Where down the image the discs lie, from 0 (front) to 1 (back)."""
    angle_error: float = 2.5
    """Standard deviation in degrees of a block's angle from its disc's."""
    block_error: float = 0.8
    """Standard deviation in mm of a block's middle from its disc's."""
    missed_fraction: float = 0.04
    """Of the blocks: planned beside their disc."""
    missed: Range = Range(11, 15)
    """mm, above or below."""

    acquired: Range = Range(0.62, 1.0)
    """Part of k-space that is acquired; the rest is zero-filled."""
    noise: Range = Range(0.012, 0.06)
    """Rician sigma over the signal of marrow next to the coil, per acquired sample."""
    coil_reach: Range = Range(55, 160)
    """mm from the back at which a surface coil's sensitivity has halved."""
    coil_correction: Range = Range(0.0, 0.85)
    saturation_band: Range = Range(0.05, 0.6)
    """Signal left in front of the spine where a saturation band lies."""
    saturation_fraction: float = 0.6
    saturation_front: Range = Range(50, 75)
    """mm in front of the canal's middle where the band begins."""
    bias: Range = Range(0.0, 0.18)
    ghosting_fraction: float = 0.25
    ghosting: Range = Range(0.04, 0.16)
    """Amplitude in radians of the phase that breathing adds to every line of k-space."""
    metal_reach: Range = Range(5.0, 9.0)
    """mm around metal in which the signal is lost."""
    gain: Range = Range(500, 1800)
    """Stored value of marrow next to the coil; 12 bits are stored."""
    window: Range = Range(92.0, 99.0)
    """Percentile of the middle slice that the window's tags make white."""
    pose_tilt: Range = Range(-6, 6)
    """Degrees, in the sagittal plane."""
    pose_turn: Range = Range(-3, 3)
    """Degrees, about the other two axes."""


@dataclass(frozen=True)
class Labels:
    """When a slice carries a label."""

    cut_area: float = 6.0
    """mm2 of tissue displaced behind the margin that a slice must cut to be labelled by it."""
    slip: float = 3.0
    """mm"""
    pressed_area: float = 2.0
    """mm2 of displaced tissue where the cord would be that a slice must cut to show that it presses."""
    injured_area: float = 20.0
    """mm2 of an injury that a slice must cut to show it."""
    grazed: float = 12.0
    """mm of a disc, in depth and in width, that an axial slice must cut to show it: a third of its depth."""


BUILD = Build()
DISEASE = Disease()
SCANNERS = Scanners()
LABELS = Labels()
