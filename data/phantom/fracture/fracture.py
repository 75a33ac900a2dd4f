"""A fractured vertebra: the parameters that are its truth, and what they do to its body."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.phantom.fracture.ranges import FRACTURES, Cause, Shape

Floats = NDArray[np.floating]
Pedicles = Literal["none", "left", "right", "both"]


@dataclass(frozen=True)
class Fracture:
    """What is true of one fractured vertebra, whatever a slice shows of it; mm, ms, and shares of its height.

    Form: ``front_loss``, ``middle_loss`` and ``back_loss`` of the height; ``upper_share`` of the depression
    in the middle is the upper endplate's. ``retropulsion``: how far the corner behind, at the mainly
    fractured endplate, stands out into the canal; ``convexity``: how far the wall behind is pushed out
    at mid-height.

    Marrow: ``extent`` of the ``lesion`` from that endplate on (1 and more: all of the body), ``density``:
    part of the marrow that it replaces there, ``irregularity`` of its border, ``patchiness`` of its
    brightness, its ``t1`` and ``t2``; ``offset`` to the left and ``half_width`` of one that leaves marrow.
    ``fluid``: height of a cleft filled with fluid, ``line``: a dark line of broken trabeculae.

    Beyond the body: ``pedicles`` and ``posterior_element`` involved, ``epidural`` and ``paravertebral`` depth
    of soft tissue, the latter more on the side of ``offset``. ``healed``: an old fracture, of which only the
    form is left.
    """

    cause: Cause
    shape: Shape
    front_loss: float
    middle_loss: float
    back_loss: float
    upper_share: float
    retropulsion: float = 0.0
    convexity: float = 0.0
    lesion: Literal["oedema", "tumour"] = "oedema"
    t1: float = 1300.0
    t2: float = 110.0
    extent: float = 0.0
    density: float = 0.0
    irregularity: float = 0.0
    patchiness: float = 0.0
    offset: float = 0.0
    half_width: float = 20.0
    fluid: float = 0.0
    line: bool = False
    pedicles: Pedicles = "none"
    posterior_element: bool = False
    epidural: float = 0.0
    paravertebral: float = 0.0
    healed: bool = False

    @property
    def upper(self) -> bool:
        """Whether the upper endplate is mainly the fractured one."""
        return self.upper_share >= 0.5

    @property
    def diffuse(self) -> bool:
        """Whether no marrow is spared."""
        return self.extent >= FRACTURES.spared_extent

    @property
    def stands_out(self) -> float:
        """mm that the body's wall behind stands out by, at the most."""
        return self.retropulsion + self.convexity

    def involves(self, x: Floats) -> NDArray[np.bool_]:
        """Whether points at ``x`` mm to the left lie on a side whose pedicle is involved."""
        left, right = (self.pedicles in (side, "both") for side in ("left", "right"))
        return np.where(x > 0, left, right)

    def stood_out(self, x: Floats, height: Floats) -> Floats:
        """mm by which the wall behind stands out at ``x`` mm to the side; ``height`` is -1 ... 1."""
        fractured = height if self.upper else -height
        # A corner is angular: it rises to the endplate and falls back to the wall at mid-height.
        corner = np.clip(1 - np.abs(fractured - 0.85) / 0.65, 0, 1)
        across = np.clip(1 - (x / 17) ** 2, 0, 1)
        return (self.retropulsion * corner + self.convexity * (1 - height**2)) * across


@dataclass(frozen=True)
class Form:
    """Form of a body: the mean height of its rims in front and behind, mm; its lordotic wedge, degrees; and
    mm by which its endplates are deeper than they were."""

    height: float
    wedge: float
    depression_above: float
    depression_below: float


def deformed(fracture: Fracture, height: float, wedge: float, depth: float, concavity: float) -> Form:
    """The form of a body of these sizes (mm, degrees) that has lost what a fracture takes."""
    opening = math.tan(math.radians(wedge) / 2) * depth
    front = (height + opening) * (1 - fracture.front_loss)
    back = (height - opening) * (1 - fracture.back_loss)
    left = (front + back) / 2
    depression = max(height * fracture.middle_loss - (height - left), 0.0)
    # Something of the body is left between the two endplates.
    depression = min(depression, max(left - 2 * concavity - FRACTURES.thinnest * height, 0.0))
    return Form(
        height=left,
        wedge=math.degrees(2 * math.atan((front - back) / (2 * depth))),
        depression_above=depression * fracture.upper_share,
        depression_below=depression * (1 - fracture.upper_share),
    )
