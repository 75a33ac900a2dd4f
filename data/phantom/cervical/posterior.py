"""The bones behind the cervical and upper thoracic bodies, the dens and the atlas."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.phantom.bones import Bones
from data.phantom.cervical.canal import CANAL_HALF_WIDTH
from data.phantom.matter import Points
from data.phantom.posterior import ROOF_SLOPE
from data.phantom.skeleton import Body, Frame
from data.phantom.solids import Capsule, rounded_box
from data.phantom.texture import Texture

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class _Process:
    """A spinous process: length and half-height in mm; ``droop`` in radians below the body's own level."""

    length: float
    half_height: float
    droop: float


_SPINOUS = {
    "C2": _Process(17.0, 6.2, 0.35),
    "C3": _Process(11.5, 3.6, 0.40),
    "C4": _Process(11.5, 3.5, 0.42),
    "C5": _Process(13.0, 3.6, 0.45),
    "C6": _Process(19.0, 4.0, 0.45),
    "C7": _Process(28.0, 4.8, 0.42),
    "T1": _Process(29.0, 5.0, 0.48),
    "T2": _Process(27.0, 4.6, 0.62),
}
_THORACIC = _Process(26.0, 4.2, 0.80)
_LAMINA_DEPTH = 4.4
_DENS_RADIUS = 5.2
_DENS_LENGTH = 15.0


def _spinous(body: Body) -> _Process:
    return _SPINOUS.get(body.shape, _THORACIC)


def spinous_tip(body: Body, canal_half_depth: float) -> Frame:
    """The end of a body's spinous process; ``canal_half_depth`` in mm."""
    spine = _spinous(body)
    return body.frame.moved(
        0.97 * body.half_depth + 2 * canal_half_depth + 2 + spine.length * math.cos(spine.droop),
        -3.0 - spine.length * math.sin(spine.droop),
        body.frame.tilt,
    )


class CervicalBones(Bones):
    """Puts the bones of a patient of a ``scale`` into points."""

    def __init__(self, canal_depth: float, scale: float, texture: Texture) -> None:
        super().__init__(canal_depth, texture)
        self._scale = scale

    def put_arch(self, points: Points, body: Body, canal_half_depth: float) -> None:
        """Lamina, spinous process, pedicles and articular pillars of a vertebra; mm at its level."""
        wall = 0.97 * body.half_depth + 2 * canal_half_depth
        chosen = body.frame.within(points.y, points.z, (0, wall + 42), (-42, 16))
        x, (back, up) = points.x[chosen], body.frame.local(points.y[chosen], points.z[chosen])
        side, behind = np.abs(x), back - wall
        spine = _spinous(body)
        cos, sin = math.cos(spine.droop), math.sin(spine.droop)
        start, low = behind - 2.0, up + 3.0
        along, across = cos * start - sin * low, cos * low + sin * start
        # The tip is thicker; C3 to C6 end in two.
        blade = rounded_box(
            side,
            along - spine.length / 2,
            across,
            (
                2.4 + 0.05 * np.clip(along, 0, 30),
                spine.length / 2,
                spine.half_height * (0.85 + 0.3 * along / spine.length),
            ),
            2.0,
        )
        high = 5.2 if body.shape.startswith("C") else 7.5
        roof = behind - _LAMINA_DEPTH / 2 + ROOF_SLOPE * side + 0.3 * low
        lamina = rounded_box(side, roof, low, (11.0, _LAMINA_DEPTH / 2, high), 1.8)
        lateral = side - CANAL_HALF_WIDTH * self._scale
        pedicle = Capsule((0.5, -2 * canal_half_depth, 1.0), (4.0, -6.0, 1.0), 2.8)
        depth = np.maximum(np.maximum(blade, lamina), pedicle.depth_inside(lateral, behind, up))
        # The pillars' joints slope down and back by 40 degrees.
        sheared = up + 0.8 * (behind + 4.0)
        pillar = rounded_box(lateral - 5.0, behind + 5.0, sheared, (5.5, 5.0, body.half_height + 2.2), 2.2)
        self.put_bone(points, chosen, np.maximum(depth, pillar) + self._roughness(points, chosen))

    def put_dens_and_atlas(self, points: Points, axis: Body, canal_half_depth: float) -> None:
        """The dens on C2, and the ring of the atlas around it; ``canal_half_depth`` in mm at C1."""
        chosen = axis.frame.within(points.y, points.z, (-45, 60), (0, 45))
        x, (back, up) = points.x[chosen], axis.frame.local(points.y[chosen], points.z[chosen])
        top = axis.half_height
        middle = axis.half_depth - _DENS_RADIUS * self._scale - 0.6
        dens = Capsule(
            (0.0, middle - 0.5, top - 8.0),
            (0.0, middle + 0.8, top + (_DENS_LENGTH - _DENS_RADIUS) * self._scale),
            _DENS_RADIUS * self._scale,
        ).depth_inside(x, back, up)
        # In the middle plane the body's walls run up into the dens.
        rise = np.clip((up - top + 4.0) / 12.0, 0, 1)
        thick = (1 - rise) * 0.92 * axis.half_depth + rise * 0.9 * _DENS_RADIUS * self._scale
        foot = thick - np.hypot(back - rise * middle, 1.2 * x)
        foot = np.minimum(foot, np.minimum(up - top + 4.0, top + 8.0 - up))
        dens = np.maximum(dens, foot)
        front = middle - (_DENS_RADIUS + 2.2) * self._scale - 3.0
        rear = middle + _DENS_RADIUS * self._scale + 2 * canal_half_depth + 2.5
        half, wide = (rear - front) / 2, 22.0 * self._scale
        around = np.sqrt(((back - front - half) / half) ** 2 + (x / wide) ** 2)
        # The ring tilts a little; its lateral masses are thick.
        height = up - top - 7.0 * self._scale - 0.10 * (front + half - back)
        thick = 3.0 + 4.0 * np.clip(1 - np.abs(np.abs(x) - 15) / 9, 0, 1)
        ring = thick - np.sqrt(((around - 1) * half) ** 2 + (height * 0.62) ** 2)
        # The dens grows out of the body, with no cortex between them.
        dens = np.where(dens > 0, np.maximum(dens, axis.depth_inside(x, back, up)[0]), dens)
        self.put_bone(points, chosen, np.maximum(dens, ring) + 0.5 * self._roughness(points, chosen))

    def _roughness(self, points: Points, chosen: NDArray[np.intp]) -> Floats:
        """mm by which no two arches have the same outline."""
        return 0.5 * self._texture(points.x[chosen], points.y[chosen], points.z[chosen], 5.0, 10)
