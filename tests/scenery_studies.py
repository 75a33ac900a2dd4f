"""Whole studies small enough for tests: a spine of rectangles, discs as ellipses, at exact places in mm.

Grays tell what is what, so that made-up models (seeing_models.py) see the truth in the pixels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mr_files import StudyFolder
from numpy.typing import NDArray
from pydicom.uid import generate_uid

from annotation.boxes import Box
from annotation.labels import DIAGNOSES, SLIP, named_label_set
from annotation.marks import ENDPLATES, HERNIATIONS, MarkedPlace, write_marks
from annotation.voc import new_voc, write_voc
from imaging.coordinates import Pixel
from imaging.geometry import SliceGeometry
from imaging.picture_table import PictureRow, geometry_columns, write_picture_table

Point = tuple[float, float, float]
Gray = NDArray[np.uint16]

CENTRES: dict[str, Point] = {
    name: (0.0, 8.0 * float(np.cos(step)), 34.0 * step - 85.0)
    for step, name in enumerate(("S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11"))
}
"""Of the vertebrae, from the lowest upwards, patient mm."""
LEVELS = ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
BODIES = {1000: ("vertebra",), 1500: ("vertebra", "T12"), 2000: ("S1",)}
"""By its gray, what a body on the sagittal slice is."""
STATES = dict(zip(DIAGNOSES, (1000, 1500, 2000), strict=True))
"""The gray of a disc on an axial slice."""
SAGITTAL_STATES = {
    **{1100 + 300 * place: (state,) for place, state in enumerate(DIAGNOSES)},
    **{1150 + 300 * place: (state, SLIP) for place, state in enumerate(DIAGNOSES)},
}
"""By its gray, what a disc on the sagittal slice carries."""
BODY, DISC, SAGITTAL_DISC = (30, 24), (44, 30), (30, 6)
"""Width and height, mm."""
SOME = {"L4-L5": "herniation", "L5-S1": "bulge"}
"""States of discs; the others are normal."""
SLIPPED = "L4-L5"
"""The one disc that is annotated as slipped."""
DISPLACED: tuple[Pixel, Pixel] = ((3.0, 10.0), (3.0, 14.0))
"""Pixels from the middle of a herniated disc on an axial slice to its foot and its summit: 6 mm apart."""
IN_DISC = (4.0, 0.0, -4.0)
"""mm from the middle of a disc to its slices, from head to foot."""


@dataclass(frozen=True)
class Shown:
    """A slice with its picture and the boxes that an annotator would draw."""

    geometry: SliceGeometry
    pixels: Gray
    boxes: tuple[Box, ...] = ()


def sagittal_slices(
    bodies: Sequence[str] = tuple(CENTRES), sides: float = 4.0, states: Mapping[str, str] = SOME
) -> list[Shown]:
    """Three slices from right to left, of which the middle one alone shows the spine; one for 0 sides."""
    grays = {labels: gray for gray, labels in {**BODIES, **SAGITTAL_STATES}.items()}
    shown = []
    for place in (-sides, 0.0, sides) if sides else (0.0,):
        geometry = SliceGeometry((place, -70, 190), (0, 1, 0), (0, 0, -1), (1, 1), 300, 140, 4)
        pixels = np.full((300, 140), 100, np.uint16)
        drawn = [_body(name, geometry) for name in bodies]
        drawn += [_sagittal_disc(level, geometry, states) for level in _spaces(bodies)]
        for boxes in drawn if place == 0 else ():
            box, gray = boxes[0], grays[tuple(box.label for box in boxes)]
            pixels[round(box.ymin) : round(box.ymax), round(box.xmin) : round(box.xmax)] = gray
        shown.append(Shown(geometry, pixels, tuple(chain(*drawn)) if place == 0 else ()))
    return shown


def axial_slices(
    states: Mapping[str, str] = SOME, offsets: Sequence[float] = IN_DISC, aside: float = 0.0
) -> list[Shown]:
    """Slices along each lumbar disc, so many mm above its middle; ``aside``: mm to the left."""
    lumbar = list(CENTRES)[:6]
    discs = [(f"{upper}-{lower}", upper, lower) for lower, upper in pairwise(lumbar)]
    return [
        _axial(CENTRES[lower], CENTRES[upper], offset, aside, states.get(level, "normal"))
        for level, upper, lower in reversed(discs)
        for offset in offsets
    ]


def write_slices(study: StudyFolder, slices: Sequence[Shown], **attributes: Any) -> list[Path]:
    """Write one series of slices."""
    series = {"SeriesInstanceUID": generate_uid(), **attributes}
    return [study.image(item.geometry, item.pixels, **series) for item in slices]


def write_study(folder: Path, patient: str = "patient-1", states: Mapping[str, str] = SOME) -> Path:
    """A study as it should be: sagittal and axial T2."""
    study = StudyFolder(folder, patient)
    write_slices(study, sagittal_slices(states=states))
    write_slices(study, axial_slices(states))
    return folder


def write_study_cohort(folder: Path, patients: int) -> Path:
    """The cohort of such studies, one of each patient, exported and annotated, its points marked; each disc
    is of any state."""
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").mkdir()
    rows = []
    endplates: list[MarkedPlace] = []
    herniations: list[MarkedPlace] = []
    for patient in range(patients):
        states = {level: DIAGNOSES[(patient + place) % 3] for place, level in enumerate(LEVELS)}
        sagittal = sagittal_slices(states=states)
        for kind, slices in (("sagittal T2", sagittal), ("axial T2", axial_slices(states))):
            for number, item in enumerate(slices, start=1):
                name = f"p{patient}-{kind[:3]}-{number:02d}.png"
                cv2.imwrite(str(folder / "images" / name), item.pixels)
                size = (item.geometry.columns, item.geometry.rows, 1)
                xml = (folder / "annotations" / name).with_suffix(".xml")
                write_voc(new_voc(xml, Path("images") / name, size, item.boxes))
                (herniations if kind == "axial T2" else endplates).extend(_marked(name, item))
                columns: dict[str, Any] = geometry_columns(item.geometry)
                rows.append(
                    PictureRow(
                        image=name,
                        patient=f"p{patient}",
                        sex=None,
                        age=None,
                        study=f"study-{patient}",
                        series=kind[:3],
                        kind=kind,
                        slice=number,
                        instance=f"1.2.{patient}.{number}",
                        **columns,
                        value_slope=None,
                        value_intercept=None,
                    )
                )
    write_picture_table(folder / "images.csv", rows)
    write_marks(folder, ENDPLATES, endplates)
    write_marks(folder, HERNIATIONS, herniations)
    named_label_set("axial").write(folder / "classes.txt")
    return folder


def corners(above: Pixel, below: Pixel) -> tuple[Pixel, ...]:
    """The corners of two bodies on the sagittal slice, in the order of ENDPLATES, from their middles."""
    width, height = (side / 2 for side in BODY)
    (x, y), (other_x, other_y) = above, below
    return (
        (x - width, y + height),
        (x + width, y + height),
        (other_x - width, other_y - height),
        (other_x + width, other_y - height),
    )


def displaced(middle: Pixel) -> tuple[Pixel, ...]:
    """Foot and summit of a herniation, from the middle of its disc's box."""
    return tuple((middle[0] + across, middle[1] + down) for across, down in DISPLACED)


def _marked(name: str, item: Shown) -> Iterator[MarkedPlace]:
    bodies = {box.edges: box for box in item.boxes if box.label in ("vertebra", "S1")}
    middles = sorted((_middle(box) for box in bodies.values()), key=lambda middle: -middle[1])
    for level, (below, above) in zip(_spaces(tuple(CENTRES)), pairwise(middles), strict=False):
        yield MarkedPlace(name, level, (above, below), corners(above, below))
    if not middles and any(box.label == "herniation" for box in item.boxes):
        middle = _middle(item.boxes[0])
        yield MarkedPlace(name, "", (middle,), displaced(middle))


def _spaces(bodies: Sequence[str]) -> list[str]:
    """Levels between those of the bodies that are neighbours, from the lowest upwards."""
    return [f"{upper}-{lower}" for lower, upper in pairwise(CENTRES) if {lower, upper} <= set(bodies)]


def _middle(box: Box) -> Pixel:
    return (box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2


def _body(name: str, geometry: SliceGeometry) -> list[Box]:
    labels = {"S1": ("S1",), "T12": ("vertebra", "T12")}.get(name, ("vertebra",))
    return _rectangle(labels, CENTRES[name], BODY, geometry)


def _sagittal_disc(level: str, geometry: SliceGeometry, states: Mapping[str, str]) -> list[Box]:
    upper, lower = (np.array(CENTRES[name]) for name in level.split("-"))
    x, y, z = ((upper + lower) / 2).tolist()
    labels = (states.get(level, "normal"), *((SLIP,) if level == SLIPPED else ()))
    return _rectangle(labels, (x, y, z), SAGITTAL_DISC, geometry)


def _rectangle(
    labels: Sequence[str], centre: Point, size: tuple[int, int], geometry: SliceGeometry
) -> list[Box]:
    column, row = geometry.to_pixels([centre])[0].round()
    width, height = size
    edges = (column - width / 2, row - height / 2, column + width / 2, row + height / 2)
    return [Box(label, *edges) for label in labels]


def _axial(lower: Point, upper: Point, offset: float, aside: float, state: str) -> Shown:
    normal = np.subtract(upper, lower) / np.linalg.norm(np.subtract(upper, lower))
    down = np.array([0.0, normal[2], -normal[1]])
    rows, columns, spacing = 64, 72, 1.5
    across = np.array([1.0, 0.0, 0.0])
    middle = np.add(upper, lower) / 2 + offset * normal + aside * across
    first = middle - ((columns - 1) / 2 * across + (rows - 1) / 2 * down) * spacing
    x, y, z = first.tolist()
    geometry = SliceGeometry(
        (x, y, z), (1, 0, 0), (0.0, float(down[1]), float(down[2])), (spacing, spacing), rows, columns, 4
    )
    width, height = (side / spacing / 2 for side in DISC)
    row, column = np.mgrid[0:rows, 0:columns] + 0.5
    inside = ((column - columns / 2) / width) ** 2 + ((row - rows / 2) / height) ** 2 <= 1
    pixels = np.where(inside, STATES[state], 100).astype(np.uint16)
    ((left, top, right, bottom),) = patches(inside)
    boxes = tuple(Box(label, left, top, right, bottom) for label in ("disc", state))
    return Shown(geometry, pixels, boxes)


def patches(mask: NDArray[np.bool_]) -> Iterator[tuple[float, float, float, float]]:
    """xmin, ymin, xmax, ymax of each connected patch."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    for left, top, width, height, _ in boxes[1:].tolist():
        yield (left, top, left + width, top + height)
