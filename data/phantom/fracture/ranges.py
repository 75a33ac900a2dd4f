"""Every range that fractures are drawn from, and their seeds.

Frozen before the first training on them; a later change is listed in docs/phantom.md. Which signs each look
has is after reviews of benign and malignant compression fractures on MRI (Jung et al., RadioGraphics
2003;23:179-87; Thawait et al., Skeletal Radiol 2012;41:891-902); how often is rounded, and the two overlap on
purpose.
"""

from dataclasses import dataclass
from typing import Literal

from data.phantom.ranges import Range

Cause = Literal["benign", "malignant"]
Shape = Literal["wedge", "biconcave", "crush"]

FRACTURE_SEEDS = (8101, 8102)
"""Patients of the fracture system: those of its benchmark's quick form, and others that it never sees."""


@dataclass(frozen=True)
class Loss:
    """Of a shape: the shares of its height that the body loses in front, in the middle and behind."""

    front: Range
    middle: Range
    back: Range


LOSSES: dict[Shape, Loss] = {
    "wedge": Loss(Range(0.26, 0.6), Range(0.16, 0.44), Range(0.0, 0.10)),
    "biconcave": Loss(Range(0.04, 0.20), Range(0.26, 0.52), Range(0.0, 0.12)),
    "crush": Loss(Range(0.22, 0.45), Range(0.26, 0.50), Range(0.18, 0.34)),
}


@dataclass(frozen=True)
class Look:
    """What a fracture looks like: chances (0 ... 1), and ranges of what is there; lengths in mm, times in ms.

    ``shapes``: chances of wedge, biconcave and crush. ``severity`` multiplies the loss of height. The other
    names are those of ``fracture.Fracture``.
    """

    shapes: tuple[float, float, float]
    severity: Range
    retropulsed: float
    convex: float
    convexity: Range
    diffuse: float
    extent: Range
    density: Range
    irregularity: Range
    patchiness: Range
    t1: Range
    t2: Range
    fluid: float
    line: float
    pedicle: float
    posterior_element: float
    epidural: float
    epidural_depth: Range
    paravertebral: float
    paravertebral_depth: Range
    healed_elsewhere: float


LOOKS: dict[Cause, Look] = {
    "benign": Look(
        shapes=(0.6, 0.22, 0.18),
        severity=Range(0.7, 1.0),
        retropulsed=0.5,
        convex=0.15,
        convexity=Range(1.5, 4.0),
        diffuse=0.15,
        extent=Range(0.22, 0.75),
        density=Range(0.65, 1.0),
        irregularity=Range(0.5, 2.5),
        patchiness=Range(0.04, 0.2),
        t1=Range(1150, 1700),
        t2=Range(105, 165),
        fluid=0.4,
        line=0.55,
        pedicle=0.2,
        posterior_element=0.06,
        epidural=0.1,
        epidural_depth=Range(1.5, 3.0),
        paravertebral=0.25,
        paravertebral_depth=Range(2.0, 5.0),
        healed_elsewhere=0.35,
    ),
    "malignant": Look(
        shapes=(0.4, 0.25, 0.35),
        severity=Range(0.45, 1.0),
        retropulsed=0.12,
        convex=0.72,
        convexity=Range(2.5, 6.0),
        diffuse=0.86,
        extent=Range(0.4, 0.9),
        density=Range(0.85, 1.0),
        irregularity=Range(1.5, 4.0),
        patchiness=Range(0.1, 0.35),
        t1=Range(1000, 1500),
        t2=Range(85, 135),
        fluid=0.06,
        line=0.2,
        pedicle=0.72,
        posterior_element=0.45,
        epidural=0.6,
        epidural_depth=Range(2.0, 5.5),
        paravertebral=0.6,
        paravertebral_depth=Range(4.0, 14.0),
        healed_elsewhere=0.2,
    ),
}


@dataclass(frozen=True)
class Fractures:
    """What does not depend on the cause, and how the causes are mixed."""

    malignant_fraction: float
    """As published."""
    benign_like_malignant: float
    """Of the benign fractures, those that look like malignant ones in everything."""
    malignant_like_benign: float
    levels: tuple[tuple[str, float], ...]
    """Share of the fractures at each vertebra."""
    spared_extent: float
    """A lesion that reaches less far leaves marrow as it was."""
    diffuse_extent: Range
    upper_fraction: float
    """Of the fractures, those mainly of the upper endplate."""
    main_endplate: Range
    """Part of the depression that the mainly fractured endplate takes."""
    thinnest: float
    """Part of its height that is left in the body's middle, at the least."""
    retropulsion: Range
    flat: Range
    """mm by which the wall behind is less hollow where it is not convex."""
    fluid: Range
    offset: Range
    """mm to the left of the middle at which a lesion has its own middle."""
    half_width: Range
    both_pedicles: float
    """Of the fractures with pedicles involved."""


@dataclass(frozen=True)
class Features:
    """When a radiologist ticks a feature, and how often wrongly."""

    band: float = 0.8
    """Extent of a lesion below which it is a band."""
    replaced: float = 0.75
    """Density of a lesion from which on marrow is replaced."""
    convex: float = 2.0
    """mm"""
    mass: float = 3.0
    """mm of soft tissue beside the spine."""
    great_loss: float = 1 / 3
    missed: float = 0.08
    overcalled: float = 0.05


FRACTURES = Fractures(
    malignant_fraction=50 / 190,
    benign_like_malignant=0.02,
    malignant_like_benign=0.05,
    levels=(
        ("T11", 0.1),
        ("T12", 0.22),
        ("L1", 0.3),
        ("L2", 0.18),
        ("L3", 0.12),
        ("L4", 0.08),
    ),
    spared_extent=0.95,
    diffuse_extent=Range(1.2, 1.6),
    upper_fraction=0.8,
    main_endplate=Range(0.65, 1.0),
    thinnest=0.35,
    retropulsion=Range(2.0, 5.0),
    flat=Range(0.0, 1.2),
    fluid=Range(1.6, 3.6),
    offset=Range(-5.0, 5.0),
    half_width=Range(11.0, 24.0),
    both_pedicles=0.4,
)
FEATURES = Features()
