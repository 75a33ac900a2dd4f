"""Every range that phantom patients, their diseases and their scanners are drawn from, and the seeds.

Frozen before the first training on them; a later change is listed in docs/phantom.md.
"""

from dataclasses import dataclass

import numpy as np

DEMO_SEED = 2024
"""Patients of ``discern demo`` and of the examples."""
START_WEIGHTS_SEED = 1009
"""Patients that only the start weights have seen."""
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
class Level:
    """One vertebra and the disc below it in an average adult: mm, and degrees of lordotic wedging."""

    vertebra: str
    disc: str
    depth: float
    width: float
    height: float
    wedge: float
    disc_height: float
    """From rim to rim in the middle plane; the hollow of the endplates comes on top."""
    disc_wedge: float


LEVELS = (
    Level("L5", "L5-S1", 34.5, 50.0, 26.0, 9.0, 8.5, 14.0),
    Level("L4", "L4-L5", 34.5, 48.0, 27.0, 3.0, 9.5, 11.0),
    Level("L3", "L3-L4", 34.0, 45.0, 27.0, 1.0, 9.0, 8.5),
    Level("L2", "L2-L3", 33.0, 42.5, 26.5, -1.0, 8.2, 6.0),
    Level("L1", "L1-L2", 32.0, 41.0, 26.0, -2.0, 7.2, 4.0),
    Level("T12", "T12-L1", 31.0, 40.0, 25.0, -3.0, 5.8, 2.0),
    Level("T11", "T11-T12", 30.0, 38.0, 23.0, -3.0, 5.0, 1.0),
    Level("T10", "T10-T11", 29.0, 35.0, 21.5, -3.0, 4.5, 0.0),
    Level("T9", "T9-T10", 28.0, 33.0, 21.0, -3.0, 4.2, 0.0),
    Level("T8", "T8-T9", 27.0, 31.0, 20.5, -3.5, 4.0, 0.0),
    Level("T7", "T7-T8", 26.5, 30.0, 20.0, -3.5, 3.8, 0.0),
)
"""From the lowest upwards. Lumbar sizes follow textbook morphometry, rounded."""

LUMBAR_DISCS = 5
"""The first five of ``LEVELS`` are the lumbar discs."""


@dataclass(frozen=True)
class Build:
    """What makes patients differ."""

    age: Range = Range(22, 84)
    female_fraction: float = 0.54
    female_scale: float = 0.92
    scale: Range = Range(0.93, 1.09)
    level_scale: Range = Range(0.97, 1.03)
    sacral_slope: Range = Range(26, 50)
    """Degrees."""
    lordosis_minus_slope: Range = Range(6, 20)
    """Degrees from L1 to S1 beyond the sacral slope."""
    disc_height_scale: Range = Range(0.85, 1.15)
    endplate_concavity: Range = Range(1.0, 2.4)
    waist: Range = Range(0.05, 0.11)
    """Part of the half-depth by which the body is narrower at mid-height."""
    canal_depth: Range = Range(14.5, 18.5)
    conus_level: Range = Range(4.0, 5.6)
    """In levels above L5: 4 is the middle of L1, 5 that of T12."""
    subcutaneous_fat: Range = Range(8, 38)
    """mm at the lumbosacral bend; thinner above."""
    prevertebral_fat: Range = Range(3, 12)
    scoliosis: Range = Range(-4, 4)
    """Amplitude in mm of one lateral bend over 300 mm."""
    marrow_signal: Range = Range(0.8, 1.25)


@dataclass(frozen=True)
class Disease:
    """What befalls discs; probabilities are for one disc of the region named.

    Bulge and herniation overlap in depth, height and darkness on purpose: docs/phantom.md, "The
    ceiling", states what a perfect reader of one slice can reach.
    """

    degeneration_at_20: float = 1.3
    degeneration_per_decade: float = 0.36
    degeneration_patient_spread: float = 0.5
    degeneration_disc_spread: float = 0.55
    degeneration_low_levels: tuple[float, ...] = (0.75, 0.75, 0.35, 0.1, 0.0)
    """Added to L5-S1 and upwards; nothing above."""
    displaced_midpoint: float = 2.95
    """The degeneration grade at which half of the lumbar discs are displaced."""
    displaced_steepness: float = 2.6
    thoracic_displaced: float = 0.06
    herniated_fraction: tuple[float, ...] = (0.62, 0.62, 0.55, 0.4, 0.3)
    """Of the displaced discs, from L5-S1 upwards; thoracic ones only bulge."""
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
    slip_levels: tuple[float, ...] = (0.4, 0.45, 0.15)
    """Where, from L5-S1 upwards."""
    play: Range = Range(-1.2, 1.2)
    """mm of translation at a lumbar level that no one calls a slip; negative is backwards."""


@dataclass(frozen=True)
class Scanners:
    """The machines and protocols; each patient is scanned by one."""

    t1_fraction: float = 0.25
    t2_repetition: Range = Range(2600, 5000)
    t2_echo: Range = Range(85, 125)
    t1_repetition: Range = Range(420, 700)
    t1_echo: Range = Range(8, 14)
    height: Range = Range(250, 345)
    """Field of view in mm, head to foot."""
    aspect: Range = Range(0.72, 1.0)
    """Its width over its height."""
    rows: tuple[int, ...] = (256, 288, 320, 352, 384, 416, 448)
    spacing: Range = Range(0.6, 1.2)
    thin: Range = Range(0.9, 1.5)
    """Slice thickness in mm of a 3-D acquisition."""
    thick: Range = Range(3.0, 5.0)
    """Slice thickness in mm of a 2-D acquisition."""
    thin_fraction: float = 0.35
    slice_step: Range = Range(3.2, 5.5)
    """mm from slice to slice among those that are kept."""
    below_endplate: Range = Range(45, 80)
    """mm of the image below S1's endplate."""
    spine_place: Range = Range(0.42, 0.66)
    """Where across the image the lumbar spine lies, from 0 (front) to 1 (back)."""
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
    window: Range = Range(92.0, 99.0)
    """Percentile of the image that becomes white."""
    gamma: Range = Range(0.8, 1.15)
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


BUILD = Build()
DISEASE = Disease()
SCANNERS = Scanners()
LABELS = Labels()
