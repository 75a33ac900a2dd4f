"""Whole studies small enough for tests: a spine of rectangles, discs as ellipses, at exact places in mm.

Grays tell what is what, so that made-up models see the truth in the pixels.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from mr_files import StudyFolder
from numpy.typing import NDArray
from pydicom.uid import generate_uid

from annotation.boxes import Box
from annotation.labels import DIAGNOSES, named_label_set
from annotation.voc import new_voc, write_voc
from axial.combination import Combination
from axial.models import ANY_LEVEL, AxialModels, AxialRules
from axial.result import ModelIdentity
from classifiers.runtime import Classification, Classifier
from detectors.detections import Detections
from detectors.runtime import Detector
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
BODY, DISC = (30, 24), (44, 30)
"""Width and height, mm."""
SOME = {"L4-L5": "herniation", "L5-S1": "bulge"}
"""States of discs; the others are normal."""
IN_DISC = (4.0, 0.0, -4.0)
"""mm from the middle of a disc to its slices, from head to foot."""


@dataclass(frozen=True)
class Shown:
    """A slice with its picture and the boxes that an annotator would draw."""

    geometry: SliceGeometry
    pixels: Gray
    boxes: tuple[Box, ...] = ()


def sagittal_slices(bodies: Sequence[str] = tuple(CENTRES), sides: float = 4.0) -> list[Shown]:
    """Three slices from right to left, of which the middle one alone shows the spine; one for 0 sides."""
    shown = []
    for place in (-sides, 0.0, sides) if sides else (0.0,):
        geometry = SliceGeometry((place, -70, 190), (0, 1, 0), (0, 0, -1), (1, 1), 300, 140, 4)
        boxes = [box for name in bodies for box in _body(name, geometry)] if place == 0 else []
        pixels = np.full((300, 140), 100, np.uint16)
        for box in boxes:
            gray = next(gray for gray, labels in BODIES.items() if labels[-1] == box.label)
            pixels[round(box.ymin) : round(box.ymax), round(box.xmin) : round(box.xmax)] = gray
        shown.append(Shown(geometry, pixels, tuple(boxes)))
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
    write_slices(study, sagittal_slices())
    write_slices(study, axial_slices(states))
    return folder


def write_study_cohort(folder: Path, patients: int) -> Path:
    """The cohort of such studies, one of each patient, exported and annotated; each disc is of any state."""
    (folder / "images").mkdir(parents=True)
    (folder / "annotations").mkdir()
    rows = []
    for patient in range(patients):
        states = {level: DIAGNOSES[(patient + place) % 3] for place, level in enumerate(LEVELS)}
        for kind, slices in (("sagittal T2", sagittal_slices()), ("axial T2", axial_slices(states))):
            for number, item in enumerate(slices, start=1):
                name = f"p{patient}-{kind[:3]}-{number:02d}.png"
                cv2.imwrite(str(folder / "images" / name), item.pixels)
                size = (item.geometry.columns, item.geometry.rows, 1)
                xml = (folder / "annotations" / name).with_suffix(".xml")
                write_voc(new_voc(xml, Path("images") / name, size, item.boxes))
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
    named_label_set("axial").write(folder / "classes.txt")
    return folder


@dataclass(frozen=True)
class Card:
    """What the four stages ask of a model's card."""

    classes: tuple[str, ...]
    categories: tuple[str, ...] = ()
    image_size: int = 256
    thresholds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class SeeingDetector:
    """Finds each patch of one gray, and knows by the gray what it is."""

    card: Card
    labels: Mapping[int, tuple[str, ...]]

    def predict(self, pixels: Gray, score_threshold: float = 0.001) -> Detections:
        found = [
            (box, self.card.classes.index(label))
            for gray, labels in self.labels.items()
            for box in _patches(pixels == gray)
            for label in labels
        ]
        return Detections(
            np.array([box for box, _ in found], np.float32).reshape(-1, 4),
            np.full(len(found), 0.9, np.float32),
            np.array([label for _, label in found], np.int64),
        ).above(score_threshold)


@dataclass(frozen=True)
class SeeingClassifier:
    """Knows a disc's state by the gray in its middle; ``told``: every category it was told."""

    card: Card
    told: list[str | None] = field(default_factory=list)

    def classify(
        self, pictures: Sequence[Gray], region: Sequence[float], category: str | None = None
    ) -> Classification:
        self.told.append(category)
        (pixels,), (left, top, right, bottom) = pictures, region
        gray = int(pixels[int(top + bottom) // 2, int(left + right) // 2])
        hit = np.array([gray == STATES[name] for name in self.card.classes])
        shares = np.where(hit, 0.9, 0.05)
        verdict = self.card.classes[int(hit.argmax())]
        logits, nothing = np.log(shares).astype(np.float32), np.zeros((len(hit), 1, 1), np.float32)
        return Classification(logits, shares, verdict, nothing, (left, top, right, bottom))


COMBINATION = Combination(
    coefficients=((-1.0, 0.0), (0.5, -0.5), (0.0, 1.0)), intercepts=(0.0, 0.0, 0.0), frequencies=(1 / 3,) * 3
)


def seeing_models(per_level: Sequence[str] = ()) -> AxialModels:
    """Models that are always right: one classifier that is told the level, or one for each of these."""
    classifiers = {
        level: SeeingClassifier(Card(DIAGNOSES, () if level else LEVELS))
        for level in per_level or (ANY_LEVEL,)
    }
    return AxialModels(
        cast(Detector, SeeingDetector(Card(("vertebra", "S1", "T12", "transitional")), BODIES)),
        cast(Detector, SeeingDetector(Card(("disc",)), {gray: ("disc",) for gray in STATES.values()})),
        cast(Mapping[str, Classifier], classifiers),
        AxialRules(COMBINATION),
        (ModelIdentity("vertebrae", "vertebrae", "made up", "0" * 12),),
    )


def _body(name: str, geometry: SliceGeometry) -> Iterator[Box]:
    column, row = geometry.to_pixels([CENTRES[name]])[0].round()
    width, height = BODY
    edges = (column - width / 2, row - height / 2, column + width / 2, row + height / 2)
    for label in {"S1": ("S1",), "T12": ("vertebra", "T12")}.get(name, ("vertebra",)):
        yield Box(label, *edges)


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
    ((left, top, right, bottom),) = _patches(inside)
    boxes = tuple(Box(label, left, top, right, bottom) for label in ("disc", state))
    return Shown(geometry, pixels, boxes)


def _patches(mask: NDArray[np.bool_]) -> Iterator[tuple[float, float, float, float]]:
    """xmin, ymin, xmax, ymax of each connected patch."""
    _, _, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    for left, top, width, height, _ in boxes[1:].tolist():
        yield (left, top, left + width, top + height)
