"""The pictures of a case as the page shows them: series, their geometry and window, and bare pixel values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from errors import BadInputError
from imaging.coordinates import Point, Spacing
from imaging.geometry import middle_slice
from imaging.pictures import read_picture
from imaging.pixels import SlicePixels
from imaging.study import SeriesKind, Slice
from imaging.windowing import Window
from reading.cases.case_folder import picture_file
from reading.cases.examination import KINDS, CaseRefused, read_examination, without_names

PICTURE: Final = "picture"
"""The name and the kind of what is no series but a single picture, and stands for its instance too."""
_KEPT_CASES = 12
"""In memory, some 30 MB each."""


@dataclass(frozen=True)
class CaseSlice:
    """``instance``: its SOPInstanceUID in the case's folder. Where it lies: ``position`` of the centre of its
    first pixel, patient mm; unit vectors ``across`` its columns and ``down`` its rows; all three None for a
    picture without a place in the patient."""

    instance: str = field(repr=False)
    position: Point | None = None
    across: Point | None = None
    down: Point | None = None


@dataclass(frozen=True)
class CaseSeries:
    """``number``: from 1. ``spacing``: mm between rows, between columns. ``window``: the stored values that
    are black and white at first. Pixels are ``dtype`` little-endian, slice after slice, row after row."""

    number: int
    name: str
    kind: SeriesKind | Literal["picture"]
    rows: int
    columns: int
    spacing: Spacing
    slices: tuple[CaseSlice, ...]
    dtype: Literal["int16", "uint16"]
    window: tuple[float, float]

    def as_json(self) -> dict[str, Any]:
        """As the viewer takes it; ``window``: its centre and its width, in stored values."""
        low, high = self.window
        return {
            "number": self.number,
            "name": self.name,
            "kind": self.kind,
            "rows": self.rows,
            "columns": self.columns,
            "spacing": self.spacing,
            "slices": [asdict(item) for item in self.slices],
            "signed": self.dtype == "int16",
            "window": [(low + high) / 2, high - low],
        }


def series_of(folder: Path) -> tuple[CaseSeries, ...]:
    """The series of a case's folder, always in the same order. Raises CaseRefused where it is none."""
    return tuple(series for series, _ in _read(folder))


def series_pixels(folder: Path, number: int) -> bytes:
    """All slices of a series. Raises KeyError where there is no series of this number."""
    for series, pixels in _read(folder):
        if series.number == number:
            return pixels
    raise KeyError(number)


@lru_cache(maxsize=_KEPT_CASES)
def _read(folder: Path) -> tuple[tuple[CaseSeries, bytes], ...]:
    single = picture_file(folder)
    if single is not None:
        return (_single(single),)
    examination = read_examination(folder)
    readable = dict(examination.slices)
    ordered = sorted(examination.study.series, key=lambda series: (KINDS.index(series.kind), series.uid))
    several = Counter(series.kind for series in ordered)
    met: Counter[SeriesKind] = Counter()
    shown: list[tuple[CaseSeries, bytes]] = []
    for series in ordered:
        slices = [(item, readable[item]) for item in series.slices if item in readable]
        if slices:
            met[series.kind] += 1
            number = f" ({met[series.kind]})" if several[series.kind] > 1 else ""
            shown.append(_series(len(shown) + 1, f"{series.kind}{number}", series.kind, slices))
    return tuple(shown)


def _single(path: Path) -> tuple[CaseSeries, bytes]:
    """A single picture: a series of one slice, without a place in the patient, its pixels as square."""
    try:
        pixels = read_picture(path)
    except BadInputError as error:
        raise CaseRefused(without_names(error)) from None
    rows, columns = pixels.shape
    series = CaseSeries(
        number=1,
        name=PICTURE,
        kind=PICTURE,
        rows=rows,
        columns=columns,
        spacing=(1.0, 1.0),
        slices=(CaseSlice(PICTURE),),
        dtype="uint16",
        # What has 8 bits was windowed by who made it.
        window=_default_window(pixels) if pixels.dtype.itemsize > 1 else (0.0, 255.0),
    )
    return series, pixels.astype("<u2").tobytes()


def _series(
    number: int, name: str, kind: SeriesKind, slices: Sequence[tuple[Slice, SlicePixels]]
) -> tuple[CaseSeries, bytes]:
    """A series and its pixels; smaller slices than others have zeros at their right and lower edges."""
    values = [pixels.values for _, pixels in slices]
    rows, columns = (max(item.shape[axis] for item in values) for axis in (0, 1))
    signed = any(item.min() < 0 for item in values)
    stack = np.zeros((len(values), rows, columns), "<i2" if signed else "<u2")
    for place, item in zip(stack, values, strict=True):
        place[: item.shape[0], : item.shape[1]] = item
    middle = slices[middle_slice([item.geometry for item, _ in slices])][1]
    series = CaseSeries(
        number=number,
        name=name,
        kind=kind,
        rows=rows,
        columns=columns,
        spacing=slices[0][0].geometry.spacing,
        slices=tuple(
            CaseSlice(item.uid, item.geometry.position, item.geometry.across, item.geometry.down)
            for item, _ in slices
        ),
        dtype="int16" if signed else "uint16",
        window=_window(middle),
    )
    return series, stack.tobytes()


def _window(pixels: SlicePixels) -> tuple[float, float]:
    """The file's own, or else the default percentiles."""
    if pixels.window is not None:
        return pixels.window.low, pixels.window.high
    return _default_window(pixels.values)


def _default_window(values: NDArray[np.integer]) -> tuple[float, float]:
    default = Window()
    low, high = np.percentile(values, [default.low, default.high])
    return float(low), float(high)
