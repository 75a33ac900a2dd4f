"""Small tables of readings and references, made up."""

from pathlib import Path

from reading.readings import DiscReading, Readings
from reading.reference import Reference, ReferenceDisc
from reading.table import DiscPlace, Edges

LEVELS = ("L5-S1", "L4-L5", "L3-L4")


def at(level: str) -> DiscPlace:
    return DiscPlace(level)


def boxed(image: str, *edges: float) -> DiscPlace:
    left, top, right, bottom = edges
    box: Edges = (left, top, right, bottom)
    return DiscPlace(None, image, box)


def right(case: str, place: DiscPlace, verdict: str = "normal", slip: bool = False) -> ReferenceDisc:
    return ReferenceDisc(case, f"patient of {case}", place, verdict, slip)


def said(
    reader: str, case: str, place: DiscPlace | None, verdict: str | None = "normal", slip: bool | None = False
) -> DiscReading:
    return DiscReading(reader, "alone", case, f"patient of {case}", place, verdict, slip)


def readings(*discs: DiscReading) -> Readings:
    return Readings(Path("READINGS.csv"), discs)


def reference(*discs: ReferenceDisc) -> Reference:
    return Reference(Path("images"), discs)
