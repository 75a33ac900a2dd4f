"""The activation maps that a result has, by the slices of a case that they lie over."""

from collections.abc import Sequence
from dataclasses import dataclass

from axial.result import ActivationMap, Edges, StudyResult
from reading.cases.pictures import CaseSeries


@dataclass(frozen=True)
class SliceMap:
    """A map over one slice: the number of its ``series``, and its place in it, from 0. ``rows`` and ``seen``:
    as axial.result.ActivationMap has them."""

    series: int
    slice: int
    rows: tuple[tuple[float, ...], ...]
    seen: Edges


def maps_of(result: StudyResult, series: Sequence[CaseSeries]) -> list[SliceMap]:
    """Of the pictures that are among ``series``; the others' maps are left out."""
    maps: dict[str, ActivationMap] = {
        item.instance: item.activation for item in result.slices if item.activation is not None
    }
    return [
        SliceMap(one.number, number, maps[item.instance].rows, maps[item.instance].seen)
        for one in series
        for number, item in enumerate(one.slices)
        if item.instance in maps
    ]
