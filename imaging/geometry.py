"""Slice geometry: pixels and patient millimetres, planes, distances and intersection lines.

Patient coordinates are DICOM's LPS in mm (x to the left, y to the back, z to the head; PS3.3
C.7.6.2.1.1). Pixel coordinates are (column, row), continuous like a box's edges: the first pixel
reaches from 0 to 1 and has its centre at 0.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from highdicom.spatial import ImageToReferenceTransformer, ReferenceToImageTransformer
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating]
Vector = tuple[float, float, float]
_UNIT_TOLERANCE = 1e-2
"""Direction cosines in files are rounded, some to two or three digits."""
_PARALLEL = 1e-6


@dataclass(frozen=True)
class SliceGeometry:
    """Where one slice lies in the patient.

    ``position``: centre of the first pixel (ImagePositionPatient), mm. ``across`` and ``down``: unit
    vectors along which columns and rows are counted (ImageOrientationPatient); they are made exactly
    orthonormal. ``spacing``: mm between rows, mm between columns (PixelSpacing). ``thickness``: mm.
    Raises ValueError where this is no plane with pixels.
    """

    position: Vector
    across: Vector
    down: Vector
    spacing: tuple[float, float]
    rows: int
    columns: int
    thickness: float = 0.0

    def __post_init__(self) -> None:
        across, down = np.array(self.across, float), np.array(self.down, float)
        values = np.concatenate([self.position, across, down, self.spacing])
        if values.shape != (11,) or not np.isfinite(values).all():
            raise ValueError("position, directions and spacing must be 3, 3, 3 and 2 finite numbers")
        lengths = np.linalg.norm(across), np.linalg.norm(down)
        if max(abs(length - 1) for length in lengths) > _UNIT_TOLERANCE:
            raise ValueError("the directions are no unit vectors")
        if abs(across @ down) > _UNIT_TOLERANCE:
            raise ValueError("the directions are not at right angles")
        if min(self.spacing) <= 0 or min(self.rows, self.columns) < 1:
            raise ValueError("spacing and size must be above zero")
        across /= lengths[0]
        down -= (down @ across) * across
        object.__setattr__(self, "across", _vector(across))
        object.__setattr__(self, "down", _vector(down / np.linalg.norm(down)))

    @cached_property
    def normal(self) -> Floats:
        """(3,) unit vector: across × down."""
        return np.cross(self.across, self.down)

    @property
    def centre(self) -> Floats:
        """(3,) the middle of the slice, mm."""
        return self.to_patient([(self.columns / 2, self.rows / 2)])[0]

    def to_patient(self, pixels: ArrayLike) -> Floats:
        """(n, 2) columns and rows -> (n, 3) mm."""
        return self._to_patient(np.asarray(pixels, float).reshape(-1, 2))

    def to_pixels(self, points: ArrayLike) -> Floats:
        """(n, 3) mm -> (n, 2) columns and rows of the points moved straight onto the slice."""
        return self._to_image(np.asarray(points, float).reshape(-1, 3))[:, :2]

    def distance(self, points: ArrayLike) -> Floats:
        """(n, 3) mm -> (n,) mm from the slice's plane, positive on the side of ``normal``."""
        return (np.asarray(points, float).reshape(-1, 3) - self.position) @ self.normal

    def resized(
        self, columns: int, rows: int, scale: tuple[float, float], offset: tuple[float, float]
    ) -> "SliceGeometry":
        """The geometry of a picture of another size, in which (column, row) of this one lies at
        (scale[0] * column + offset[0], scale[1] * row + offset[1])."""
        first = [(0.5 - shift) / factor for shift, factor in zip(offset, scale, strict=True)]
        return replace(
            self,
            position=_vector(self.to_patient([first])[0]),
            spacing=(self.spacing[0] / scale[1], self.spacing[1] / scale[0]),
            rows=rows,
            columns=columns,
        )

    @cached_property
    def _to_patient(self) -> ImageToReferenceTransformer:
        return ImageToReferenceTransformer(self.position, (*self.across, *self.down), self.spacing)

    @cached_property
    def _to_image(self) -> ReferenceToImageTransformer:
        return ReferenceToImageTransformer(self.position, (*self.across, *self.down), self.spacing)


def intersection(first: SliceGeometry, second: SliceGeometry) -> Floats | None:
    """(2, 3) mm: the ends of the line in which two slices cut each other, as far as it lies in both
    pictures; None where they do not meet or are parallel."""
    direction = np.cross(first.normal, second.normal)
    if np.linalg.norm(direction) < _PARALLEL:
        return None
    direction /= np.linalg.norm(direction)
    planes = np.array([first.normal, second.normal, direction])
    # Of the points on the line the one that is nearest to the first slice's middle.
    heights = (first.normal @ first.position, second.normal @ second.position, direction @ first.centre)
    on_line = np.linalg.solve(planes, heights)
    ends = [_within(geometry, on_line, direction) for geometry in (first, second)]
    low, high = max(low for low, _ in ends), min(high for _, high in ends)
    return on_line + np.outer((low, high), direction) if low < high else None


def middle_slice(geometries: Sequence[SliceGeometry]) -> int:
    """Index of the slice nearest to the middle of a stack: of a sagittal series, the mid-sagittal one.

    Of two equally near the first. Raises ValueError for none.
    """
    if not geometries:
        raise ValueError("no slices, so no middle one")
    along = geometries[len(geometries) // 2].normal
    places = np.array([geometry.centre @ along for geometry in geometries])
    return int(np.argmin(np.round(np.abs(places - (places.min() + places.max()) / 2), 6)))


def _within(geometry: SliceGeometry, point: Floats, direction: Floats) -> tuple[float, float]:
    """Between which distances along a line in its plane one is inside the picture."""
    pixels = geometry.to_pixels([point, point + direction])
    start, step = pixels[0], pixels[1] - pixels[0]
    low, high = -np.inf, np.inf
    for place, speed, side in zip(start, step, (geometry.columns, geometry.rows), strict=True):
        if abs(speed) < _PARALLEL:
            if not 0 <= place <= side:
                return np.inf, -np.inf
            continue
        near, far = sorted((-place / speed, (side - place) / speed))
        low, high = max(low, near), min(high, far)
    return low, high


def _vector(values: Floats) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])
