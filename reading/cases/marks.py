"""What the AI found, as marks over the pictures of a case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from axial.findings import Endplates
from axial.interspaces import disc_between
from axial.result import Edges, SliceResult, StudyResult
from imaging.coordinates import Pixel, Spacing
from reading.cases.pictures import CaseSeries
from reading.picture_result import PictureResult
from reporting.wording import millimetres, name, slipped

Tone = Literal["vertebra", "disc", "finding", "measure"]
Line = tuple[Pixel, Pixel]
Floats = NDArray[np.float64]
_NORMAL = (None, "normal")


@dataclass(frozen=True)
class Mark:
    """A box by its ``edges``, or a ``line``, in pixels of one slice: the number of its ``series``, and its
    place in it, from 0. ``tone``: what it stands for; a disc with something abnormal is a finding. ``level``:
    of the disc that it belongs to."""

    series: int
    slice: int
    tone: Tone
    label: str
    level: str | None = None
    edges: Edges | None = None
    line: Line | None = None


def marks_of(result: StudyResult, series: Sequence[CaseSeries]) -> list[Mark]:
    """Of the pictures that are among ``series``; the others' marks are left out. On each slice the most
    important ones come first."""
    places = {item.instance: (one, number) for one in series for number, item in enumerate(one.slices)}
    marks: list[Mark] = []
    if result.sagittal_instance in places:
        one, number = places[result.sagittal_instance]
        marks += [replace(mark, series=one.number, slice=number) for mark in _sagittal(result, one.spacing)]
    for item in result.slices:
        if item.instance in places:
            one, number = places[item.instance]
            marks += [replace(mark, series=one.number, slice=number) for mark in _axial(result, item)]
    return marks


def marks_of_picture(result: PictureResult, series: Sequence[CaseSeries]) -> list[Mark]:
    """Of a case that is a single picture, or of the slice of an examination that the result is of."""
    places = [
        (one.number, number)
        for one in series
        for number, item in enumerate(one.slices)
        if result.instance in (None, item.instance)
    ]
    return [
        Mark(*place, *_called(disc.name, disc.verdict, bool(disc.slip)), disc.name, edges=disc.edges)
        for place in places
        for disc in result.discs
    ]


def _called(disc: str, verdict: str | None, slip: bool) -> tuple[Tone, str]:
    """The tone of a disc's mark, and its label."""
    found = [*([verdict] if verdict not in _NORMAL else []), *(["slip"] if slip else [])]
    return ("finding" if found else "disc"), " ".join([disc, ", ".join(filter(None, found))]).strip()


def _sagittal(result: StudyResult, spacing: Spacing) -> Iterator[Mark]:
    """Of the sagittal picture, most important first; where that lies is not said yet."""
    vertebrae = dict(_vertebrae(result))
    spaces = {
        finding.place: _Space(finding.endplates, spacing) for finding in result.findings if finding.endplates
    }
    for finding in result.findings:
        slip = finding.slip is not None and slipped(finding.slip)
        if finding.place in vertebrae:
            line = _along_disc(finding.endplates, *vertebrae[finding.place])
            yield Mark(0, 0, *_called(name(finding), finding.verdict, slip), finding.level, line=line)
        if finding.slip is not None and slip and finding.place in spaces:
            distance = finding.slip.distance.value
            line, said = spaces[finding.place].slip(distance), f"slip {millimetres(abs(distance))}"
            yield Mark(0, 0, "measure", said, finding.level, line=line)
    for body in result.vertebrae:
        if body.edges is not None:
            yield Mark(0, 0, "vertebra", body.name or "?", edges=body.edges)
    for finding in result.findings:
        if finding.height is not None and finding.place in spaces:
            line = spaces[finding.place].height(finding.height.value)
            yield Mark(0, 0, "measure", millimetres(finding.height.value), finding.level, line=line)


def _vertebrae(result: StudyResult) -> Iterator[tuple[str, tuple[Edges, Edges]]]:
    """The boxes above and below each disc, by its place."""
    for number, (below, above) in enumerate(pairwise(result.vertebrae), start=1):
        if above.edges is not None and below.edges is not None:
            yield disc_between(above.name, below.name, number)[1], (above.edges, below.edges)


def _along_disc(plates: Endplates | None, above: Edges, below: Edges) -> Line:
    """Half-way between two vertebrae, from their rear to their front."""
    if plates is not None:
        rear = _half_way(plates.posterior_above, plates.posterior_below)
        return rear, _half_way(plates.anterior_above, plates.anterior_below)
    (left, _, right, top), (other_left, bottom, other_right, _) = above, below
    height = (top + bottom) / 2
    return ((right + other_right) / 2, height), ((left + other_left) / 2, height)


def _half_way(one: Pixel, other: Pixel) -> Pixel:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


class _Space:
    """The space between two endplates: lines that are as long as what was measured in it (axial.measures),
    along and across the disc's middle plane."""

    def __init__(self, plates: Endplates, spacing: Spacing) -> None:
        self.scale = np.array(spacing[::-1])
        front, rear, front_below, self.rear_below = (
            np.array(corner) * self.scale
            for corner in (
                plates.anterior_above,
                plates.posterior_above,
                plates.anterior_below,
                plates.posterior_below,
            )
        )
        self.middle = (front + rear + front_below + self.rear_below) / 4
        self.forwards = _unit(_unit(front - rear) + _unit(front_below - self.rear_below))

    def slip(self, distance: float) -> Line:
        """From the rear corner below, as far as the one above lies before it."""
        return self._line(self.rear_below, self.rear_below + self.forwards * distance)

    def height(self, value: float) -> Line:
        across = np.array([-self.forwards[1], self.forwards[0]]) * value / 2
        return self._line(self.middle - across, self.middle + across)

    def _line(self, start: Floats, end: Floats) -> Line:
        (x, y), (end_x, end_y) = (start / self.scale).tolist(), (end / self.scale).tolist()
        return (x, y), (end_x, end_y)


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / np.linalg.norm(vector)
    return unit


def _axial(result: StudyResult, item: SliceResult) -> Iterator[Mark]:
    """Of an axial picture; where that lies is not said yet."""
    if item.edges is not None:
        tone: Tone = "disc" if item.verdict in _NORMAL else "finding"
        label = " ".join(filter(None, [item.level or "disc", item.verdict]))
        yield Mark(0, 0, tone, label, item.level, edges=item.edges)
    for finding in result.findings:
        herniation = finding.herniation
        if herniation is not None and herniation.picture == item.picture:
            line = herniation.foot, herniation.summit
            yield Mark(0, 0, "measure", millimetres(herniation.extent.value), finding.level, line=line)
