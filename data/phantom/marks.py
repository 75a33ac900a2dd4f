"""The points of a phantom's landmarks on its pictures, as an annotator who errs never would mark them."""

from collections.abc import Sequence

from annotation.marks import MarkedPlace
from data.phantom.truth import Edges, SliceTruth, StudyTruth
from imaging.coordinates import Pixel, Point
from imaging.geometry import SliceGeometry
from imaging.study import SeriesKind

_MIDDLE, _AXIAL_MIDDLE = 2.5, 4.0
"""mm from a disc's centre within which a sagittal and an axial slice pass through its middle."""


def marked_places(
    image: str, study: StudyTruth, shown: SliceTruth, picture: SliceGeometry
) -> list[MarkedPlace]:
    """The places of a slice where ``annotation.marks`` wants points, in the pixels of a picture of it.

    Discs through whose middle the slice passes: on sagittal ones those between two bodies that the
    picture's edge does not cut, on axial ones those whose herniation it shows.
    """
    marked = _herniations if shown.kind is SeriesKind.AXIAL_T2 else _endplates
    return [
        MarkedPlace(image, level, _moved(guides, shown.geometry, picture), _pixels(points, picture))
        for level, guides, points in marked(study, shown)
    ]


_Place = tuple[str, Sequence[Pixel], Sequence[Point]]
"""A level, its guides in pixels of the slice, and its points in patient mm."""


def _endplates(study: StudyTruth, shown: SliceTruth) -> list[_Place]:
    bodies = {body.name: body for body in shown.vertebrae}
    marks = {vertebra.name: vertebra for vertebra in study.vertebrae}
    places: list[_Place] = []
    for disc in study.discs:
        above, below = disc.name.split("-")
        if not _through(shown, disc.centre, _MIDDLE) or above not in bodies or below not in bodies:
            continue
        if bodies[above].truncated or bodies[below].truncated:
            continue
        upper, lower = marks[above], marks[below]
        points = (
            upper.anterior_inferior,
            upper.posterior_inferior,
            lower.anterior_superior,
            lower.posterior_superior,
        )
        places.append((disc.name, [_middle(bodies[above].edges), _middle(bodies[below].edges)], points))
    return places


def _herniations(study: StudyTruth, shown: SliceTruth) -> list[_Place]:
    seen = {disc.level: disc for disc in shown.discs if disc.label == "herniation"}
    return [
        (disc.name, [_middle(seen[disc.name].edges)], (disc.foot, disc.summit))
        for disc in study.discs
        if disc.name in seen and disc.foot and disc.summit and _through(shown, disc.centre, _AXIAL_MIDDLE)
    ]


def _through(shown: SliceTruth, centre: Point, most: float) -> bool:
    return abs(float(shown.geometry.distance([centre])[0])) <= most


def _middle(edges: Edges) -> Pixel:
    return (edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2


def _moved(pixels: Sequence[Pixel], source: SliceGeometry, picture: SliceGeometry) -> tuple[Pixel, ...]:
    """Pixels of a slice in another picture of it."""
    return _pixels(source.to_patient(pixels).tolist(), picture)


def _pixels(points: Sequence[Point], picture: SliceGeometry) -> tuple[Pixel, ...]:
    return tuple((float(x), float(y)) for x, y in picture.to_pixels(points))
