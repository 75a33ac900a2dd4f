"""The variants of the phantom: what kind of patients there are, and for which label set their boxes are."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from data.phantom.anatomy import Phantom
from data.phantom.cervical.patient import draw_cervical_patient
from data.phantom.cervical.phantom import CervicalPhantom
from data.phantom.cervical.ranges import CERVICAL_STACK
from data.phantom.fracture.draw import draw_fractured
from data.phantom.patient import Patient, draw_patient
from data.phantom.planes import LUMBAR_STACK, SagittalStack
from data.phantom.ranges import Region
from imaging.study import SeriesKind


@dataclass(frozen=True)
class PhantomVariant:
    """``draw``: patient ``index`` of a ``seed``, the same whatever else is drawn. ``series``: of a whole
    study, in the order of their SeriesNumber. ``label_set``: the embedded one, or a .txt file, that its
    boxes are for. ``build``: the object, of what ``draw`` returns. ``stack``: where the sagittal slices lie;
    ``region``: of the body, for the headers."""

    draw: Callable[[int, int], Patient]
    label_set: str
    series: tuple[SeriesKind, ...]
    build: Callable[[Any], Phantom] = Phantom
    stack: SagittalStack = LUMBAR_STACK
    region: Region = "lumbar"


LUMBAR = "lumbar"
VARIANTS: dict[str, PhantomVariant] = {
    LUMBAR: PhantomVariant(
        draw_patient, "lumbar", (SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1, SeriesKind.AXIAL_T2)
    ),
    "cervical": PhantomVariant(
        draw_cervical_patient,
        "cervical",
        (SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1),
        CervicalPhantom,
        CERVICAL_STACK,
        "cervical",
    ),
    "fracture": PhantomVariant(draw_fractured, "fracture", (SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1)),
}
"""By name; another variant is one more entry."""


def variant(name: str) -> PhantomVariant:
    """The variant of this name. Raises ValueError for one that is unknown."""
    if name not in VARIANTS:
        raise ValueError(f"unknown phantom {name!r}; choose one of {', '.join(VARIANTS)}")
    return VARIANTS[name]
