"""What a series shows: from its geometry, then from its sequence timing, and last from its description."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from imaging.functional_groups import functional_group
from imaging.geometry import SliceGeometry
from imaging.study import SeriesKind

_OBLIQUE = np.cos(np.radians(50))
"""How near the normal must be to an axis; discs are imaged at up to 45 degrees from the horizontal."""
_SHORT_ECHO, _LONG_ECHO = 40.0, 60.0
"""ms; spin echoes below and above are T1- and T2-weighted, with the repetition times below."""
_SHORT_REPETITION, _LONG_REPETITION = 1200.0, 1500.0
_STIR_INVERSION = (80.0, 300.0)
"""ms that null fat at 0.2 to 3 T; FLAIR's inversion times are longer."""
_NAMED = (
    # In this order: a "T2 STIR" is a STIR, and "T1" or "T2" may stand in a longer name.
    ("STIR", re.compile(r"stir|tirm", re.IGNORECASE)),
    ("T2", re.compile(r"(?<![a-z0-9])t2(?!\*|star)", re.IGNORECASE)),
    ("T1", re.compile(r"(?<![a-z0-9])t1", re.IGNORECASE)),
)
_KINDS = {
    ("sagittal", "T1"): SeriesKind.SAGITTAL_T1,
    ("sagittal", "T2"): SeriesKind.SAGITTAL_T2,
    ("sagittal", "STIR"): SeriesKind.SAGITTAL_STIR,
    ("axial", "T1"): SeriesKind.AXIAL_T1,
    ("axial", "T2"): SeriesKind.AXIAL_T2,
}


def recognise(header: Dataset, frame: int, geometries: list[SliceGeometry]) -> SeriesKind:
    """The kind of a series from the header of one image, or one frame of it, and all of its slices."""
    weighting = _weighting_by_timing(_timing(header, frame)) or _weighting_by_name(header)
    return _KINDS.get((_common_orientation(geometries) or "", weighting or ""), SeriesKind.OTHER)


def _common_orientation(geometries: list[SliceGeometry]) -> str | None:
    """That of the slices; axial where most are and the rest are as steep as a block along L5-S1 can be."""
    counts = Counter(map(orientation, geometries))
    most, number = counts.most_common(1)[0]
    if most == "axial" and "sagittal" not in counts and number > len(geometries) / 2:
        return most
    return most if len(counts) == 1 else None


def orientation(geometry: SliceGeometry) -> str:
    """sagittal, coronal or axial by the patient axis nearest to the slice's normal; else oblique."""
    towards = np.abs(geometry.normal)
    axis = int(np.argmax(towards))
    return ("sagittal", "coronal", "axial")[axis] if towards[axis] > _OBLIQUE else "oblique"


def _weighting_by_timing(timing: "_Timing") -> str | None:
    """By the sequence's kind and times, where they decide."""
    echo, repetition, inversion = timing.echo, timing.repetition, timing.inversion
    if echo is None or repetition is None:
        return None
    if _STIR_INVERSION[0] <= inversion <= _STIR_INVERSION[1] and not timing.gradient:
        return "STIR"
    if timing.gradient:
        return None
    if echo >= _LONG_ECHO and repetition >= _LONG_REPETITION:
        return "T2"
    if echo <= _SHORT_ECHO and (repetition <= _SHORT_REPETITION or inversion > _STIR_INVERSION[1]):
        return "T1"
    return None


@dataclass(frozen=True)
class _Timing:
    """Times in ms, None where unknown (no inversion: 0); ``gradient``: gradient echoes alone."""

    gradient: bool
    echo: float | None
    repetition: float | None
    inversion: float


def _timing(header: Dataset, frame: int) -> _Timing:
    """From ScanningSequence and its times (PS3.3 C.8.3.1), or an enhanced image's groups (C.8.13.5)."""
    echoes = functional_group(header, frame, "MREchoSequence")
    if echoes is not None:
        repetitions = functional_group(header, frame, "MRTimingAndRelatedParametersSequence") or Dataset()
        modifiers = functional_group(header, frame, "MRModifierSequence") or Dataset()
        return _Timing(
            header.get("EchoPulseSequence") == "GRADIENT",
            _number(echoes.get("EffectiveEchoTime")),
            _number(repetitions.get("RepetitionTime")),
            _number(modifiers.get("InversionTimes")) or 0.0,
        )
    sequence = header.get("ScanningSequence") or ()
    sequences = {sequence} if isinstance(sequence, str) else set(sequence)
    return _Timing(
        "GR" in sequences and "SE" not in sequences,
        _number(header.get("EchoTime")),
        _number(header.get("RepetitionTime")),
        _number(header.get("InversionTime")) or 0.0,
    )


def _weighting_by_name(header: Dataset) -> str | None:
    text = " ".join(
        str(header.get(name) or "") for name in ("SeriesDescription", "ProtocolName", "SequenceName")
    )
    return next((weighting for weighting, pattern in _NAMED if pattern.search(text)), None)


def _number(value: Any) -> float | None:
    """A time above zero, the first of several; None for anything else."""
    try:
        number = float(value[0] if isinstance(value, MultiValue | list) else value)
    except (TypeError, ValueError, IndexError):
        return None
    return number if np.isfinite(number) and number > 0 else None
