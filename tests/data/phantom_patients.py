"""Phantom patients whose one diseased disc is known."""

from dataclasses import replace

from data.phantom.disease import DiscDisease
from data.phantom.patient import Patient, draw_patient

HEALTHY = DiscDisease(
    degeneration=1.5, height_loss=0.0, rim=0.3, bulge=0.0, anterior_fraction=0.3, herniation=0.0,
    offset=0.0, half_width=9.0, extension=0.0, slip=0.0,
)  # fmt: skip
HERNIATED = replace(HEALTHY, herniation=6.0, offset=5.0, extension=1.0)
BULGING = replace(HEALTHY, bulge=4.0, extension=1.0)


def patient_with(disease: DiscDisease, position: int = 1) -> Patient:
    """A straight patient whose discs are healthy but for one (by default L4-L5)."""
    patient = replace(draw_patient(5, 0), scoliosis=0.0)
    segments = [replace(segment, disease=HEALTHY) for segment in patient.segments]
    segments[position] = replace(segments[position], disease=disease)
    return replace(patient, segments=tuple(segments))
