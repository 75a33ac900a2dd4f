"""Which slice of a study shows most of a fracture, and the truth of it."""

from collections.abc import Sequence

import numpy as np

from data.phantom.anatomy import Part, Phantom, part_code
from data.phantom.fracture.features import ticked_features, true_features
from data.phantom.sampling import voxel_points
from data.phantom.tissue import Tissue
from data.phantom.truth import FractureTruth, SliceTruth
from imaging.coordinates import Point
from imaging.geometry import SliceGeometry
from imaging.study import SeriesKind

_LESION = (Tissue.OEDEMA, Tissue.TUMOUR, Tissue.FLUID)
_MOST = 0.85
"""Part of the largest area of a lesion from which on a slice shows most of it: the area is almost the same in
several, and a reader takes the one nearest to the vertebra's middle."""


def fracture_truth(
    phantom: Phantom, slices: Sequence[SliceTruth], rng: np.random.Generator
) -> FractureTruth | None:
    """The truth of a patient's fracture, with its lesion slice.

    It is, of the sagittal T2 slices that show most of the altered marrow, the one nearest to the vertebra's
    middle. Where there are three slices and more, it has a neighbour on either side.
    None for a patient without a fracture. ``rng`` draws the errors of the radiologist who ticks the features.
    """
    if phantom.patient.fractured is None:
        return None
    position, fracture = phantom.patient.fractured
    stack = [item for item in slices if item.kind is SeriesKind.SAGITTAL_T2]
    chosen = _lesion_slice(phantom, position, stack[1:-1] or stack)
    return FractureTruth(
        vertebra=phantom.patient.segments[position].vertebra,
        fracture=fracture,
        instance=chosen.instance if chosen else None,
        features=ticked_features(true_features(phantom.patient), rng),
    )


def _lesion_slice(phantom: Phantom, position: int, slices: Sequence[SliceTruth]) -> SliceTruth | None:
    middle = _middle(phantom, position)
    areas = [_lesion_area(phantom, middle, position, item.geometry) for item in slices]
    showing = [item for item, area in zip(slices, areas, strict=True) if area >= _MOST * max(areas)]
    return min(showing, key=lambda item: abs(float(item.geometry.distance([middle])[0])), default=None)


def _middle(phantom: Phantom, position: int) -> Point:
    """A body's middle, in patient mm."""
    frame = phantom.skeleton.vertebrae[position].frame
    x, y, z = (float(axis) for axis in phantom.posture.bend(*np.array([0.0, frame.y, frame.z])))
    return x, y, z


def _lesion_area(phantom: Phantom, middle: Point, position: int, geometry: SliceGeometry) -> float:
    """mm2 of altered marrow in the body at a ``position``, in the middle of a slice."""
    points = voxel_points(geometry)
    reach = 2 * sum(phantom.skeleton.vertebrae[position].reach)
    near = np.abs(points[1:] - np.array(middle)[1:, None]).max(axis=0) < reach
    matter = phantom.at(*points[:, near])
    lesion = np.isin(matter.tissue, _LESION) & (matter.part == part_code(position, Part.BODY))
    return float(lesion.sum()) * geometry.spacing[0] * geometry.spacing[1]
