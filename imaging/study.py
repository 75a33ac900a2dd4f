"""Studies: series of slices sorted by geometry, whatever their files are called."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

import numpy as np

from errors import BadInputError
from imaging.dicom_file import DicomFile
from imaging.geometry import SliceGeometry

_PARALLEL_DEGREES = 1.0
"""Slices of one block are parallel to this."""
_WIDE_GAP = 2.5
"""A block ends at a gap so many times the usual one."""
_SAME_PLACE = 0.01
"""mm"""
_Z = 2


class SeriesKind(StrEnum):
    """What a series shows; STIR counts as T2 where a T2 is wanted and none is there."""

    SAGITTAL_T1 = "sagittal T1"
    SAGITTAL_T2 = "sagittal T2"
    SAGITTAL_STIR = "sagittal STIR"
    AXIAL_T1 = "axial T1"
    AXIAL_T2 = "axial T2"
    OTHER = "other"


@dataclass(frozen=True)
class Slice:
    """One image of a study: a file, or one frame (from 0) of a multi-frame file.

    ``uid``: its SOPInstanceUID, with the frame's number where there are several.
    """

    file: DicomFile
    frame: int
    uid: str = field(repr=False)
    geometry: SliceGeometry


@dataclass(frozen=True)
class Series:
    """Slices of one acquisition, in ``blocks`` of parallel neighbours: one block for a contiguous
    stack, one for each disc of an angled series. Sagittal slices run from the patient's right to
    the left, axial ones from head to foot. ``uid`` is the files' SeriesInstanceUID with what else
    separates acquisitions stored under one; ``frame_of_reference`` is the files' own."""

    uid: str = field(repr=False)
    kind: SeriesKind
    blocks: tuple[tuple[Slice, ...], ...]
    frame_of_reference: str = field(default="", repr=False)

    @property
    def slices(self) -> tuple[Slice, ...]:
        return tuple(item for block in self.blocks for item in block)


@dataclass(frozen=True)
class Patient:
    """Whose a study is, from the files: for pseudonyms alone, never to be shown or written."""

    patient_id: str = field(repr=False)
    issuer: str = field(default="", repr=False)
    sex: str | None = None
    age: float | None = None
    """Years."""


@dataclass(frozen=True)
class Study:
    """One examination of one patient.

    ``left_out``: files that belong to it and cannot be used, each with its reason. ``warnings``:
    sentences on what is odd and was accepted.
    """

    uid: str = field(repr=False)
    patient: Patient
    series: tuple[Series, ...]
    left_out: tuple[BadInputError, ...] = ()
    warnings: tuple[str, ...] = ()

    def of_kind(self, kind: SeriesKind) -> tuple[Series, ...]:
        return tuple(series for series in self.series if series.kind == kind)


def blocks_in_order(slices: Iterable[Slice]) -> tuple[tuple[Slice, ...], ...]:
    """Slices sorted by geometry alone into blocks of parallel neighbours.

    Neighbours belong together unless the gap between them is much wider than the usual one.
    """
    families: list[list[Slice]] = []
    for item in slices:
        for family in families:
            if _parallel(family[0].geometry, item.geometry):
                family.append(item)
                break
        else:
            families.append([item])
    blocks = [block for family in families for block in _split_at_gaps(family)]
    return tuple(sorted(blocks, key=lambda block: _place_in_body(block[len(block) // 2])))


def _split_at_gaps(family: list[Slice]) -> list[tuple[Slice, ...]]:
    along = family[0].geometry.normal * _reading_direction(family[0].geometry)

    def place(item: Slice) -> float:
        return round(float(item.geometry.position @ along), 3)

    ordered = sorted(family, key=lambda item: (place(item), str(item.file), item.frame))
    gaps = np.diff([place(item) for item in ordered])
    usual = gaps[gaps > _SAME_PLACE]
    wide = _WIDE_GAP * np.median(usual) if usual.size else np.inf
    edges = [0, *(np.flatnonzero(gaps > wide) + 1), len(ordered)]
    return [tuple(ordered[start:end]) for start, end in pairwise(edges)]


def _parallel(first: SliceGeometry, second: SliceGeometry) -> bool:
    return abs(float(first.normal @ second.normal)) > np.cos(np.radians(_PARALLEL_DEGREES))


def _reading_direction(geometry: SliceGeometry) -> float:
    """1 or -1: which way along the normal leads to the left, to the back or to the feet."""
    axis = int(np.argmax(np.abs(geometry.normal)))
    return float(np.sign(geometry.normal[axis])) * (-1.0 if axis == _Z else 1.0)


def _place_in_body(item: Slice) -> float:
    axis = int(np.argmax(np.abs(item.geometry.normal)))
    return float(item.geometry.centre[axis]) * (-1.0 if axis == _Z else 1.0)
