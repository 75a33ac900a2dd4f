"""How severe: slip and disc height from the endplates' corners, a herniation's extent into the canal."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from annotation.labels import DIAGNOSES
from axial.findings import Finding, Herniation, Zone
from axial.interspaces import Interspace
from axial.measures import IntervalWidths, disc_space, endplates_of, extent_of, slip_of
from axial.pictures import StudyPicture
from axial.result import SliceResult
from landmarks.runtime import LandmarkModel, Landmarks

_HERNIATION = DIAGNOSES[-1]
_MIDLINE = 2.5
_CENTRAL, _SUBARTICULAR = 5.0, 11.0
"""mm from the disc's middle to the side: to where a herniation counts as in the midline, in the central zone
and in the subarticular one. Nomenclature 2.0 (Fardon et al., Spine J 2014;14:2525-45) divides the zones by
the facets' and the pedicles' inner edges, which nothing here measures: these are their usual places."""


def measured_spaces(
    model: LandmarkModel,
    picture: StudyPicture,
    spaces: Sequence[Interspace],
    found: Sequence[Finding],
    widths: IntervalWidths,
) -> list[Finding]:
    """The findings with slip and height of each disc, where the picture's edge cuts neither vertebra."""
    whole = [not (space.above.cut or space.below.cut) for space in spaces]
    guides = [
        (_middle(space.above.edges), _middle(space.below.edges))
        for space, inside in zip(spaces, whole, strict=True)
        if inside
    ]
    corners = iter(model.find(picture.pixels, picture.geometry.spacing, guides))
    return [
        _with_space(finding, next(corners), widths) if inside else _unmeasured(finding)
        for finding, inside in zip(found, whole, strict=True)
    ]


def measured_herniations(
    model: LandmarkModel,
    pictures: Sequence[StudyPicture],
    slices: Sequence[SliceResult],
    found: Sequence[Finding],
    widths: IntervalWidths,
) -> list[Finding]:
    """The findings with the extent of each herniation, on the axial picture that shows it best."""
    by_name = {picture.name: picture for picture in pictures}
    return [_with_herniation(model, by_name, slices, finding, widths) for finding in found]


def _with_space(finding: Finding, corners: Landmarks, widths: IntervalWidths) -> Finding:
    space = disc_space(corners)
    return replace(
        finding,
        slip=slip_of(space, widths),
        height=space.height.within(widths.height),
        endplates=endplates_of(corners),
    )


def _unmeasured(finding: Finding) -> Finding:
    remark = "slip and height were not measured: the picture's edge cuts a vertebra"
    return replace(finding, remarks=(*finding.remarks, remark))


def _with_herniation(
    model: LandmarkModel,
    pictures: dict[str, StudyPicture],
    slices: Sequence[SliceResult],
    finding: Finding,
    widths: IntervalWidths,
) -> Finding:
    if finding.verdict != _HERNIATION:
        return finding
    shown = [item for item in slices if item.level == finding.level and item.edges and item.verdict]
    if finding.level is None or not shown:
        remark = "the herniation's extent was not measured: no axial slice shows it"
        return replace(finding, remarks=(*finding.remarks, remark))
    best = max(shown, key=lambda item: item.probabilities[_HERNIATION])
    assert best.edges is not None, "chosen so"
    picture, guide = pictures[best.picture], _middle(best.edges)
    (displaced,) = model.find(picture.pixels, picture.geometry.spacing, [(guide,)])
    foot, summit = ((round(x, 2), round(y, 2)) for x, y in displaced.points.tolist())
    side, zone = _place(picture, guide, summit)
    extent = extent_of(displaced).within(widths.extent)
    return replace(finding, herniation=Herniation(extent, best.picture, foot, summit, side, zone))


def _place(
    picture: StudyPicture, middle: tuple[float, float], summit: tuple[float, float]
) -> tuple[Literal["left", "right", "midline"], Zone]:
    """The patient's side and the zone of a herniation's summit, seen from the disc's middle."""
    ends = picture.geometry.to_patient([middle, summit])
    left = float(ends[1][0] - ends[0][0])
    away = abs(left)
    zone: Zone = "central" if away <= _CENTRAL else "subarticular" if away <= _SUBARTICULAR else "foraminal"
    return "midline" if away <= _MIDLINE else "left" if left > 0 else "right", zone


def _middle(edges: tuple[float, float, float, float]) -> tuple[float, float]:
    return float(np.mean(edges[::2])), float(np.mean(edges[1::2]))
