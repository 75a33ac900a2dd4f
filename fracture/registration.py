"""The six pictures of a lesion, T1 and T2 of the lesion slice and its two neighbours, on the pixels of one.

Geometry alone registers them: what each file says of where its slice lies. A patient who moves between the
series is not corrected.
"""

from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.boxes import Edges
from imaging.geometry import Floats, SliceGeometry
from imaging.windowing import Pixels

CHANNELS: Final = (
    "T1 previous slice",
    "T1 lesion slice",
    "T1 next slice",
    "T2 previous slice",
    "T2 lesion slice",
    "T2 next slice",
)
"""From the patient's right to the left."""
LESION: Final = CHANNELS.index("T2 lesion slice")
"""The channel on whose pixels all others are brought: the picture on which the vertebra was marked."""
MOST_OBLIQUE: Final = 5.0
"""Degrees between T1 and T2 slices; 20 mm off the middle of the vertebra this is 1.7 mm, less than half a
slice."""
_WIDE_GAP = 1.5
"""In usual steps; a wider one between two slices hides one that is missing."""
_SAME_PIXEL = 0.01
"""Pixels by which two grids may differ and still be one."""


class Placed(Protocol):
    """A picture that says where it lies, whatever else it is."""

    @property
    def geometry(self) -> SliceGeometry: ...


Picture = TypeVar("Picture", bound=Placed)


def six_slices(
    t2: Sequence[Picture], t1: Sequence[Sequence[Picture]], lesion: Picture, edges: Edges
) -> tuple[Picture, ...]:
    """Of one sagittal T2 series and the sagittal T1 ones the six slices of CHANNELS.

    ``lesion``: the slice of ``t2`` on which ``edges`` (xmin, ymin, xmax, ymax in its pixels) mark the
    abnormal vertebra; its neighbours are those of the series. For each of the three the T1 slice that is
    nearest at the vertebra, all of one series. Raises ValueError, with a sentence, where there is no
    neighbour on a side, or no T1 slice parallel to it within half a slice step.
    """
    three = _with_neighbours(t2, lesion)
    if not any(t1):
        raise ValueError("there is no sagittal T1 series; T1 and T2 are needed")
    middle = ((edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2)
    reason = ""
    for series in t1:
        try:
            return (*_nearest(series, three, _step(t2), middle), *three)
        except ValueError as error:
            reason = reason or str(error)
    raise ValueError(reason)


def registered(pictures: Sequence[Pixels], geometries: Sequence[SliceGeometry]) -> tuple[Pixels, ...]:
    """The six pictures (rows, columns), in the order of CHANNELS, on the pixels of the T2 lesion slice.

    A picture on the same pixels is given back as it is. Raises ValueError where a picture has another size
    than its geometry.
    """
    grid = geometries[LESION]
    return tuple(_onto(pixels, own, grid) for pixels, own in zip(pictures, geometries, strict=True))


def _with_neighbours(series: Sequence[Picture], lesion: Picture) -> tuple[Picture, Picture, Picture]:
    """The slice before, the slice itself and the next one, from the patient's right to the left."""
    along = _leftwards(lesion.geometry)
    ordered = sorted(series, key=lambda item: _place(item, along))
    own = next(number for number, item in enumerate(ordered) if item is lesion)
    if own in (0, len(ordered) - 1):
        raise ValueError(
            f"the lesion slice is the {'first' if own == 0 else 'last'} of its T2 series, so that a "
            "neighbour is missing; export all slices of the series, or mark the vertebra on another slice"
        )
    before, after = ordered[own - 1], ordered[own + 1]
    gaps = np.abs(np.diff([_place(item, along) for item in (before, lesion, after)]))
    if gaps.max() > _WIDE_GAP * _step(series):
        raise ValueError(
            "the slice beside the lesion slice is missing in its T2 series; export the whole series"
        )
    return before, lesion, after


def _nearest(
    t1: Sequence[Picture], three: Sequence[Picture], t2_step: float, middle: tuple[float, float]
) -> list[Picture]:
    """For each of three T2 slices the T1 slice that is nearest at a place of their pictures."""
    normal = three[0].geometry.normal
    parallel = [item for item in t1 if _degrees(item.geometry.normal, normal) <= MOST_OBLIQUE]
    if not parallel:
        raise ValueError(
            f"the T1 slices lie at more than {MOST_OBLIQUE:g} degrees to the T2 slices; both must be parallel"
        )
    reach = max(t2_step, _step(parallel)) / 2
    chosen = []
    for picture in three:
        place = picture.geometry.to_patient([middle])
        away = [abs(float(item.geometry.distance(place)[0])) for item in parallel]
        nearest = int(np.argmin(away))
        if away[nearest] > reach + _SAME_PIXEL:
            raise ValueError(
                f"no T1 slice within half a slice step of a T2 slice: the nearest is {away[nearest]:.1f} mm "
                "away"
            )
        chosen.append(parallel[nearest])
        ((x, y),) = parallel[nearest].geometry.to_pixels(place).tolist()
        if not (0 <= x <= parallel[nearest].geometry.columns and 0 <= y <= parallel[nearest].geometry.rows):
            raise ValueError("the T1 pictures do not show the vertebra that is marked on the T2 picture")
    return chosen


def _onto(pixels: Pixels, own: SliceGeometry, grid: SliceGeometry) -> Pixels:
    """A picture moved straight onto the plane of another and sampled at its pixels, linearly; black
    outside."""
    if pixels.shape != (own.rows, own.columns):
        raise ValueError(
            f"a picture of {pixels.shape[1]} x {pixels.shape[0]} pixels, of which the table says "
            f"{own.columns} x {own.rows}; export the studies again"
        )
    shape = (grid.rows, grid.columns)
    map_back = _pixel_map(grid, own)
    corners = np.array([(0, 0), (grid.columns, 0), (0, grid.rows), (grid.columns, grid.rows)], float)
    moved = corners @ map_back[:, :2].T + map_back[:, 2]
    if pixels.shape == shape and np.abs(moved - corners).max() <= _SAME_PIXEL:
        return pixels
    drawn = cv2.warpAffine(
        pixels.astype(np.float32), map_back, shape[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    whole = np.issubdtype(pixels.dtype, np.integer)
    return (np.rint(drawn) if whole else drawn).astype(pixels.dtype)  # type: ignore[return-value]


def _pixel_map(source: SliceGeometry, target: SliceGeometry) -> NDArray[np.float64]:
    """(2, 3): from a slice's pixels to those of another, both counted from the first pixel's middle."""
    origin, right, below = target.to_pixels(source.to_patient([(0.5, 0.5), (1.5, 0.5), (0.5, 1.5)]))
    return np.column_stack([right - origin, below - origin, origin - 0.5])


def _step(series: Sequence[Placed]) -> float:
    """The usual distance between neighbours, mm; a lone slice's thickness."""
    along = _leftwards(series[0].geometry)
    places = np.sort([_place(item, along) for item in series])
    return float(np.median(np.diff(places))) if len(places) > 1 else series[0].geometry.thickness


def _leftwards(geometry: SliceGeometry) -> Floats:
    """The slice's normal on the side of the patient's left."""
    return geometry.normal * (np.sign(geometry.normal[0]) or 1.0)


def _place(item: Placed, along: Floats) -> float:
    return float(item.geometry.centre @ along)


def _degrees(first: Floats, second: Floats) -> float:
    return float(np.degrees(np.arccos(np.clip(abs(first @ second), 0, 1))))
