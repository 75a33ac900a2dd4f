"""A case as it came: one examination of one patient, checked, with its pixels."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from errors import BadInputError
from imaging.pixels import SlicePixels, read_pixels
from imaging.reading import read_studies
from imaging.study import SeriesKind, Slice, Study
from models.identities import picture_digest

KINDS = (
    SeriesKind.SAGITTAL_T2,
    SeriesKind.SAGITTAL_STIR,
    SeriesKind.SAGITTAL_T1,
    SeriesKind.AXIAL_T2,
)
"""The series that readers need, in the order in which they are shown."""
_WANTED = KINDS[:2]
"""One of these must be there."""
_SIXTEEN_BITS = 2**15, 2**16
"""Signed values lie below the one, unsigned ones below the other."""


class CaseRefused(ValueError):
    """Why something cannot be a case: a sentence that quotes neither the patient nor names of files."""


@dataclass(frozen=True)
class Examination:
    """``study``: its series of KINDS. ``slices``: those whose pixels can be read. ``unusable``: how many
    others it has, and files that cannot be read at all."""

    study: Study
    slices: tuple[tuple[Slice, SlicePixels], ...]
    unusable: int

    @cached_property
    def digests(self) -> frozenset[str]:
        """SHA-256 of each slice's pixels, whatever the file says beside them; of those that show anything."""
        found = (pixels.values for _, pixels in self.slices)
        return frozenset(
            hashlib.sha256(
                f"{values.shape}{values.dtype.kind}{values.dtype.itemsize}".encode()
                + values.astype(values.dtype.newbyteorder("<")).tobytes()
            ).hexdigest()
            for values in found
            if values.min() < values.max()
        )

    @cached_property
    def picture_digests(self) -> frozenset[str]:
        """Of each slice, as it is known where it was exported without loss to be a single picture."""
        return frozenset(filter(None, (picture_digest(pixels.values) for _, pixels in self.slices)))


def read_examination(source: Path) -> Examination:
    """Read a folder or a ZIP. Raises CaseRefused where it is no case."""
    study = read_headers(source)
    slices, broken = _read_slices([item for series in study.series for item in series.slices])
    if not slices:
        raise CaseRefused("none of its pictures can be decoded; export it again from the archive")
    for _, pixels in slices:
        low, high = int(pixels.values.min()), int(pixels.values.max())
        if low < -_SIXTEEN_BITS[0] or high >= _SIXTEEN_BITS[low >= 0]:
            raise CaseRefused("pixel values of more than 16 bits; export it again from the archive")
    return Examination(study, tuple(slices), broken + len(study.left_out))


def read_headers(source: Path) -> Study:
    """The one examination in a folder or a ZIP, its series of KINDS alone. Raises CaseRefused where there is
    none, there are several, or of several patients, or no series by which discs are judged."""
    try:
        studies = read_studies(source)
    except BadInputError as error:
        raise CaseRefused(without_names(error)) from None
    if len(studies) > 1:
        raise CaseRefused(f"holds {len(studies)} examinations; give each a folder or a ZIP of its own")
    kept = tuple(series for series in studies[0].series if series.kind in KINDS)
    if not any(series.kind in _WANTED for series in kept):
        raise CaseRefused("no sagittal T2 or STIR series; a case needs one")
    return replace(studies[0], series=kept)


def without_names(error: BadInputError) -> str:
    """What is wrong, without the files that the error quotes: their names may be a patient's."""
    return re.sub(r"\s*\(.*\)", "", error.reason).split(": ")[0]


def _read_slices(slices: Sequence[Slice]) -> tuple[list[tuple[Slice, SlicePixels]], int]:
    """The pixels of slices, and how many have none that can be read."""
    read: list[tuple[Slice, SlicePixels]] = []
    for item in slices:
        try:
            pixels = read_pixels(item)
        except BadInputError:
            continue
        if pixels.values.shape == (item.geometry.rows, item.geometry.columns):
            read.append((item, pixels))
    return read, len(slices) - len(read)
