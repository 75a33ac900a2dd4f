"""Pixels of a slice: decoded, with the window that its tags give."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.multival import MultiValue
from pydicom.pixels import pixel_array

from errors import BadInputError
from imaging.dicom_file import DicomFile, silent_pydicom
from imaging.functional_groups import functional_group
from imaging.study import Slice
from imaging.windowing import Window


@dataclass(frozen=True)
class SlicePixels:
    """The values of a slice, bright where the tissue's signal is: MONOCHROME1 is turned over.

    ``values``: (rows, columns) as stored, integer. ``slope`` and ``intercept`` lead to the rescaled
    values (PS3.3 C.11.1). ``window``: of the tags, in stored values; None where there is none.
    """

    values: NDArray[np.integer]
    slope: float
    intercept: float
    window: Window | None


def read_pixels(item: Slice) -> SlicePixels:
    """Decode one slice. Raises BadInputError where its pixels cannot be read."""
    dataset = _dataset(item.file)
    try:
        with silent_pydicom():
            values = pixel_array(dataset, index=item.frame)
            return _as_signal(values, dataset, item.frame)
    except Exception:  # decoders fail in many ways, and what they say may quote the file
        raise BadInputError(
            str(item.file), "its pixels cannot be decoded; export it again from the archive"
        ) from None


@lru_cache(maxsize=1)
def _dataset(file: DicomFile) -> FileDataset:
    """The last file read: the frames of a multi-frame image come from one."""
    return file.read()


def _as_signal(values: NDArray[np.integer], dataset: Dataset, frame: int) -> SlicePixels:
    gray = dataset.PhotometricInterpretation in ("MONOCHROME1", "MONOCHROME2")
    if not gray or values.ndim != 2 or not np.issubdtype(values.dtype, np.integer):
        raise ValueError("no gray picture of whole numbers")
    stored, signed = int(dataset.BitsStored), bool(dataset.PixelRepresentation)
    values = _without_unused_bits(values, stored)
    slope, intercept = _rescale(dataset, frame)
    low_high = _window(dataset, frame)
    window = tuple(sorted((edge - intercept) / slope for edge in low_high)) if low_high else None
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        lowest, highest = (-(1 << stored - 1), (1 << stored - 1) - 1) if signed else (0, (1 << stored) - 1)
        mirror = lowest + highest
        values = (mirror - values.astype(np.int64)).astype(values.dtype)
        slope, intercept = -slope, intercept + slope * mirror
        window = (mirror - window[1], mirror - window[0]) if window else None
    return SlicePixels(values, slope, intercept, Window("values", *window) if window else None)


def _without_unused_bits(values: NDArray[np.integer], stored: int) -> NDArray[np.integer]:
    """Old scanners put overlays into the bits above BitsStored."""
    unused = values.dtype.itemsize * 8 - stored
    return (values << unused) >> unused if unused else values


def _rescale(dataset: Dataset, frame: int) -> tuple[float, float]:
    group = functional_group(dataset, frame, "PixelValueTransformationSequence") or dataset
    slope, intercept = group.get("RescaleSlope"), group.get("RescaleIntercept")
    slope = 1.0 if slope in (None, "") else float(slope)
    if not np.isfinite(slope) or slope == 0:
        raise ValueError("no usable RescaleSlope")
    return slope, 0.0 if intercept in (None, "") else float(intercept)


def _window(dataset: Dataset, frame: int) -> tuple[float, float] | None:
    """Rescaled values that become black and white (PS3.3 C.11.2.1.2); the first of several windows."""
    group = functional_group(dataset, frame, "FrameVOILUTSequence") or dataset
    centre, width = (_first(group.get(name)) for name in ("WindowCenter", "WindowWidth"))
    if centre is None or width is None or width < 1:
        return None
    if group.get("VOILUTFunction", "LINEAR") == "LINEAR":
        centre, width = centre - 0.5, width - 1
    return (centre - width / 2, centre + width / 2) if width > 0 else None


def _first(value: Any) -> float | None:
    """The first of one or several numbers; None where there is none."""
    try:
        return float(value[0] if isinstance(value, MultiValue | list) else value)
    except (TypeError, ValueError, IndexError):
        return None
