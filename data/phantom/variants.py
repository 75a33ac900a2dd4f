"""The variants of the phantom: what kind of patients there are, and for which label set their boxes are."""

from collections.abc import Callable
from dataclasses import dataclass

from data.phantom.patient import Patient, draw_patient
from imaging.study import SeriesKind


@dataclass(frozen=True)
class PhantomVariant:
    """``draw``: patient ``index`` of a ``seed``, the same whatever else is drawn. ``series``: of a whole
    study, in the order of their SeriesNumber. ``label_set``: the embedded one, or a .txt file, that its
    boxes are for."""

    draw: Callable[[int, int], Patient]
    label_set: str
    series: tuple[SeriesKind, ...]


LUMBAR = "lumbar"
VARIANTS: dict[str, PhantomVariant] = {
    LUMBAR: PhantomVariant(
        draw_patient, "lumbar", (SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1, SeriesKind.AXIAL_T2)
    ),
}
"""By name; another variant is one more entry."""


def variant(name: str) -> PhantomVariant:
    """The variant of this name. Raises ValueError for one that is unknown."""
    if name not in VARIANTS:
        raise ValueError(f"unknown phantom {name!r}; choose one of {', '.join(VARIANTS)}")
    return VARIANTS[name]
