"""Volumes in one file (MetaImage and what else ITK reads) as sagittal slices with their place."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from errors import BadInputError
from imaging.geometry import Floats, SliceGeometry, Vector
from imaging.pixels import SlicePixels

# What is wrong with a volume is said once, by BadInputError.
sitk.ProcessObject.SetGlobalWarningDisplay(False)

_X, _Y, _Z = range(3)
_LIKE_RADIOLOGISTS = ((_X, 1), (_Z, -1), (_Y, 1))
"""Patient axes of slices, rows and columns, and which way they run: from the patient's right to the left,
from head to foot, from front to back."""
_DEEPEST = 0xFFFF
"""The most that a lossless picture tells apart."""


@dataclass(frozen=True)
class SagittalVolume:
    """A volume as radiologists look at sagittal slices, in whichever order its file holds it.

    ``slices``: (slices, rows, columns), as stored; slices run from the patient's right to the left, rows
    from head to foot, columns from front to back; a view of ``image``, to be read only.
    """

    slices: NDArray[Any]
    image: sitk.Image = field(repr=False)
    axes: tuple[int, int, int]
    """Of ``image``, along slices, rows and columns."""
    turned: tuple[bool, bool, bool]
    """Whether ``image`` counts its axis the other way."""

    @property
    def spacing(self) -> Vector:
        """mm between slices, rows and columns."""
        slices, rows, columns = (float(self.image.GetSpacing()[axis]) for axis in self.axes)
        return slices, rows, columns

    def pixels(self, number: int) -> SlicePixels:
        """A slice as whole numbers that 16 bits hold. Whole numbers stay as they are; where the volume holds
        fractions, or reaches further, its range is parted into 65,535 equal steps, the same in all slices:
        ``slope`` is such a step, and no value is off by more than half of it."""
        slope, intercept = self._scale
        values = (self.slices[number].astype(np.float64) - intercept) / slope
        return SlicePixels(np.rint(values).astype(np.int64), slope, intercept, None)

    @cached_property
    def _scale(self) -> tuple[float, float]:
        """Slope and intercept of every slice's ``pixels``."""
        low, high = float(self.slices.min()), float(self.slices.max())
        whole = all(np.array_equal(np.rint(values), values) for values in self.slices)
        if whole and high - low <= _DEEPEST:
            return 1.0, 0.0
        return (high - low) / _DEEPEST or 1.0, low

    def geometry(self, number: int) -> SliceGeometry:
        """Where a slice lies, counted from 0; its thickness is the distance from slice to slice."""
        _, rows, columns = self.slices.shape
        between, down, across = self.spacing
        return SliceGeometry(
            self.place(number, 0, 0),
            self._direction(2),
            self._direction(1),
            (down, across),
            rows,
            columns,
            between,
        )

    def place(self, number: int, row: int, column: int) -> Vector:
        """The centre of a voxel in the patient, mm."""
        index = [0, 0, 0]
        for axis, turned, at in zip(self.axes, self.turned, (number, row, column), strict=True):
            index[axis] = self.image.GetSize()[axis] - 1 - at if turned else at
        x, y, z = self.image.TransformIndexToPhysicalPoint(index)
        return x, y, z

    def corners(self) -> Floats:
        """(8, 3) mm: the centres of the outermost voxels."""
        ends = [(0, size - 1) for size in self.slices.shape]
        return np.array([self.place(*at) for at in np.stack(np.meshgrid(*ends), -1).reshape(-1, 3).tolist()])

    def _direction(self, side: int) -> Vector:
        """Unit vector along slices (0), rows (1) or columns (2)."""
        directions = np.reshape(self.image.GetDirection(), (3, 3))
        x, y, z = (directions[:, self.axes[side]] * (-1 if self.turned[side] else 1)).tolist()
        return x, y, z


def read_sagittal_volume(path: Path) -> SagittalVolume:
    """Read a volume of any orientation along the patient's axes, such as LPS or PIR; it may lean.

    Raises BadInputError where the file cannot be read, is no volume of one value a voxel, holds one that is
    no finite number, or lies so askew that it has no sagittal slices.
    """
    if not path.is_file():
        raise BadInputError(path, "no such file; download it again")
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError:  # what ITK says is a page
        raise BadInputError(path, "cannot be read as a volume; download it again") from None
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise BadInputError(path, "not a volume with one value a voxel; give one of three dimensions")
    directions = np.reshape(image.GetDirection(), (3, 3))
    nearest = np.abs(directions).argmax(axis=0).tolist()
    if sorted(nearest) != [_X, _Y, _Z]:
        raise BadInputError(
            path, "lies askew in the patient, so that it has no sagittal slices; leave it out"
        )
    axes = tuple(nearest.index(axis) for axis, _ in _LIKE_RADIOLOGISTS)
    turned = tuple(
        bool(directions[towards, axis] * way < 0)
        for axis, (towards, way) in zip(axes, _LIKE_RADIOLOGISTS, strict=True)
    )
    voxels = sitk.GetArrayViewFromImage(image).transpose([2 - axis for axis in axes])
    slices, rows, columns = (slice(None, None, -1 if back else 1) for back in turned)
    volume = SagittalVolume(voxels[slices, rows, columns], image, axes, turned)  # type: ignore[arg-type]
    if not all(np.isfinite(values).all() for values in volume.slices):
        raise BadInputError(path, "holds values that are no finite numbers; download it again")
    try:
        volume.geometry(0)
    except ValueError as error:
        raise BadInputError(path, f"its place in the patient is none: {error}; download it again") from None
    return volume
