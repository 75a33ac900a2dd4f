"""The disease of one disc: the parameters that are its truth, and the tissue they displace."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.phantom.ranges import DISEASE, Level, Range

State = Literal["normal", "bulge", "herniation", "disc"]
"""``disc``: a cervical one that presses on the cord."""
Side = Literal["none", "left", "central", "right"]
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class DiscDisease:
    """What is true of one disc, whatever a slice shows of it.

    Lengths in mm. ``degeneration`` is a Pfirrmann-like grade from 1 to 5, continuous. ``rim`` is
    how far the whole margin lies beyond the vertebrae; ``bulge`` what a broad bulge adds to it
    (``anterior_fraction`` of that in front); ``herniation`` the focal displacement at its summit,
    ``offset`` mm to the left of the midline. ``extension``: how much higher than the disc space the
    displaced tissue is, above and below. ``slip``: forward translation of the vertebra above.
    """

    degeneration: float
    height_loss: float
    rim: float
    bulge: float
    anterior_fraction: float
    herniation: float
    offset: float
    half_width: float
    extension: float
    slip: float

    @property
    def state(self) -> State:
        if self.herniation > 0:
            return "herniation"
        return "bulge" if self.bulge > 0 else "normal"

    @property
    def side(self) -> Side:
        if self.herniation == 0:
            return "none"
        if abs(self.offset) <= DISEASE.central_offset.high:
            return "central"
        return "left" if self.offset > 0 else "right"

    def broad_depth(self, angle: Floats) -> Floats:
        """mm of rim and bulge beyond the margin; ``angle`` in radians from straight back."""
        behind = 0.5 * (1 + np.cos(angle))
        # Flat over the posterior half, so that a bulge is broad there (more than 90 degrees).
        behind = np.clip(1.6 * behind, 0, 1)
        return self.rim + self.bulge * (self.anterior_fraction + (1 - self.anterior_fraction) * behind)

    def focal_depth(self, lateral: Floats) -> Floats:
        """mm that the herniation adds behind the disc at ``lateral`` mm to the left."""
        if self.herniation == 0:
            return np.zeros_like(lateral)
        distance = np.clip(np.abs(lateral - self.offset) / self.half_width, 0, 1)
        return self.herniation * np.cos(0.5 * np.pi * distance) ** 2


def draw_disease(
    rng: np.random.Generator, level: Level, age: float, frailty: float, slip: float
) -> DiscDisease:
    """The disease of the disc at a ``level`` of a patient of ``age`` years.

    ``frailty`` shifts the degeneration of all of the patient's discs together; ``slip`` in mm.
    """
    risk = level.risk
    degeneration = (
        DISEASE.degeneration_at_20
        + DISEASE.degeneration_per_decade * (age - 20) / 10
        + frailty
        + rng.normal(0, DISEASE.degeneration_disc_spread)
        + risk.wear
        + (1.0 if slip else 0)
    )
    steep = DISEASE.displaced_steepness * (degeneration - risk.displaced_midpoint)
    displaced = rng.random() < 1 / (1 + np.exp(-steep))
    herniated = bool(displaced and rng.random() < risk.herniated)
    if displaced:
        degeneration += DISEASE.degeneration_if_displaced
    degeneration = Range(1, 5).clip(degeneration)
    loss = DISEASE.height_loss_per_grade * max(degeneration - DISEASE.height_loss_from, 0)
    bulge = 0.0
    if herniated and rng.random() < DISEASE.herniation_on_bulge:
        bulge = DISEASE.bulge_under_herniation.draw(rng)
    elif displaced and not herniated:
        bulge = DISEASE.bulge.draw(rng)
    size = DISEASE.herniation.draw(rng) if herniated else 0.0
    extension = DISEASE.herniation_extension if herniated else DISEASE.bulge_extension
    return DiscDisease(
        degeneration=degeneration,
        height_loss=DISEASE.height_loss.clip(loss + rng.normal(0, DISEASE.height_loss_spread)),
        rim=DISEASE.rim.draw(rng),
        bulge=bulge,
        anterior_fraction=DISEASE.bulge_anterior_fraction.draw(rng),
        herniation=size,
        offset=_offset(rng) if herniated else 0.0,
        half_width=DISEASE.herniation_half_width.draw(rng),
        extension=extension.draw(rng) if displaced else 0.0,
        slip=slip if slip or level.region == "thoracic" else DISEASE.play.draw(rng),
    )


def _offset(rng: np.random.Generator) -> float:
    """Where behind the disc the herniation's summit lies, in mm to the left of the midline."""
    choice = rng.random()
    if choice < DISEASE.central_fraction:
        offset = DISEASE.central_offset
    elif choice < DISEASE.central_fraction + DISEASE.paracentral_fraction:
        offset = DISEASE.paracentral_offset
    else:
        offset = DISEASE.foraminal_offset
    return offset.draw(rng) * (1 if rng.random() < 0.5 else -1)
