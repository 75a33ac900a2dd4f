"""The course of the spinal canal: the curved coordinates in which soft tissues are described."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree

from data.phantom.patient import Patient
from data.phantom.posterior import sacral_canal_depth, spinous_process
from data.phantom.skeleton import Skeleton

Floats = NDArray[np.floating]
_TOP = 130.0
"""mm of straight canal above the highest vertebra."""
_STEP = 2.0
_FOLD = 1024


@dataclass(frozen=True)
class Coordinates:
    """Curved coordinates of n points.

    ``level``: along the canal, in levels (the lowest lumbar vertebra's middle is 0, the next one's 1,
    S1's -1). The others in mm: ``behind`` the canal's middle line, ``under_fascia`` in front of the
    fascia that closes the back muscles, ``under_skin`` in front of the back's surface.
    """

    level: Floats
    behind: Floats
    under_fascia: Floats
    under_skin: Floats

    def of(self, chosen: NDArray[np.intp]) -> "Coordinates":
        """Those of some of the points."""
        return Coordinates(
            self.level[chosen], self.behind[chosen], self.under_fascia[chosen], self.under_skin[chosen]
        )


@dataclass(frozen=True)
class Course:
    """Curved coordinates tabulated over the sagittal plane: (y, z, 4) from ``corner`` on, in steps of
    ``_STEP`` mm."""

    corner: tuple[float, float]
    table: NDArray[np.float32]

    def at(self, y: Floats, z: Floats) -> Coordinates:
        """The curved coordinates of points in patient mm."""
        count = len(y)
        # OpenCV takes pictures, not long lists, so the points are folded into rows.
        fold = (-(-count // _FOLD), _FOLD)
        row, column = (
            np.resize((axis - np.float32(start)) * np.float32(1 / _STEP), fold)
            for axis, start in zip((y, z), self.corner, strict=True)
        )
        values = cv2.remap(self.table, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return Coordinates(*values.reshape(-1, 4)[:count].T.copy())


@dataclass(frozen=True)
class CanalLine:
    """What a course follows, (y, z) in mm: the middle of the canal at each of the ``levels`` upwards, and
    ``tips`` that the fascia of the back runs over, upwards."""

    levels: NDArray[np.float64]
    middles: NDArray[np.float64]
    tips: NDArray[np.float64]


def build_course(patient: Patient, skeleton: Skeleton) -> Course:
    """The course of a lumbar spine's canal, down to S5."""
    return course_along(
        _canal_line(patient, skeleton),
        lambda z: patient.subcutaneous_fat * (0.4 + 0.6 * np.exp(-(((z - 5) / 80) ** 2))),
    )


def course_along(
    canal: CanalLine, fat: Callable[[Floats], Floats], margins: tuple[float, float] = (90.0, 60.0)
) -> Course:
    """The course along a canal. ``fat``: mm of it under the skin of the back, at heights in mm; ``margins``:
    mm in front of the line and behind it that are tabulated."""
    levels, tips = canal.levels, canal.tips
    spline = CubicSpline(levels, canal.middles)
    dense = np.linspace(levels[0], levels[-1], 700)
    line, direction = spline(dense), spline(dense, 1)
    # Straight on above the last vertebra, a level each 25 mm.
    top = direction[-1] / np.linalg.norm(direction[-1])
    further = np.arange(0.5, _TOP, 0.5)
    line = np.vstack([line, line[-1] + further[:, None] * top])
    direction = np.vstack([direction, np.tile(25 * top, (len(further), 1))])
    dense = np.concatenate([dense, dense[-1] + further / 25])

    low, high = line.min(axis=0) - margins[0], line.max(axis=0) + margins[1]
    ys, zs = (np.arange(start, stop, _STEP) for start, stop in zip(low, high, strict=True))
    grid = np.stack(np.meshgrid(ys, zs, indexing="ij"), axis=-1)
    nearest = cKDTree(line).query(grid)[1]
    ahead = grid - line[nearest]
    speed = np.linalg.norm(direction, axis=1)
    unit = direction / speed[:, None]
    level = dense[nearest] + np.einsum("ijk,ijk->ij", ahead, unit[nearest]) / speed[nearest]
    behind = ahead[..., 0] * unit[nearest, 1] - ahead[..., 1] * unit[nearest, 0]

    fascia = gaussian_filter1d(np.interp(zs, tips[:, 1], tips[:, 0]), 12 / _STEP, mode="nearest")
    skin = gaussian_filter1d(fascia + fat(zs) + 2, 20 / _STEP, mode="nearest")
    table = np.stack([level, behind, fascia - grid[..., 0], skin - grid[..., 0]], axis=-1)
    return Course((float(low[0]), float(low[1])), table.astype(np.float32))


def _canal_line(patient: Patient, skeleton: Skeleton) -> CanalLine:
    """From S5 upwards; the fascia runs over the tips of the spinous processes."""
    half = patient.canal_depth / 2
    points, tips = [], []
    for number, body in reversed(list(enumerate(skeleton.base))):
        narrow = sacral_canal_depth(patient.canal_depth, number) / 2
        depth = (body.half_depth + body.half_depth_below) / 2
        middle = body.frame.moved(depth + narrow, 0, body.frame.tilt)
        tip = body.frame.moved(depth + 2 * narrow + 7, 0, body.frame.tilt)
        points.append((middle.y, middle.z))
        tips.append((tip.y, tip.z))
    for body in skeleton.vertebrae:
        middle = body.frame.moved(body.half_depth * 0.97 + half, 0, body.frame.tilt)
        spine = spinous_process(body.shape)
        length = 2 * spine.half_length
        tip = body.frame.moved(
            body.half_depth + 2 * half + 3 + length * np.cos(spine.droop) + 1.5,
            -6.0 - length * np.sin(spine.droop),
            body.frame.tilt,
        )
        points.append((middle.y, middle.z))
        tips.append((tip.y, tip.z))
    levels = np.arange(len(points), dtype=float) - len(skeleton.base)
    in_order = np.array(tips)
    return CanalLine(levels, np.array(points), in_order[np.argsort(in_order[:, 1])])
