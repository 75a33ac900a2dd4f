"""Pictures with what was found drawn on them, at a readable size and with square pixels."""

from collections.abc import Sequence
from io import BytesIO
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw

from axial.findings import Endplates, Finding
from axial.pictures import StudyPicture, StudyPictures
from axial.result import ActivationMap, Edges, SliceResult, StudyResult
from fracture.result import FractureResult
from imaging.coordinates import Pixel
from imaging.geometry import SliceGeometry
from imaging.windowing import Window, apply_window
from models.activation import close_up_part, overlay
from reporting.fonts import drawing_font
from reporting.wording import abnormalities, millimetres, slipped

_SMOOTH = 2
"""Lines are drawn so many times larger and reduced."""
BOX, ENDPLATE, SLIP, KEY, OTHER = "#56b4e9", "#f0e442", "#ff5a1f", "#e69f00", "#ffffff"
"""Colours that readers who are colour-blind tell apart (Okabe and Ito 2008), the slip's made brighter."""
_FAINT = 90
"""Opacity, of 255, of the lines of slices that are not shown."""
_AROUND = 1.9
"""An axial picture shows so many times the disc's width."""
_LEAST = 40.0
"""mm that an axial picture shows at least."""
_PORTRAIT = 0.68
"""A sagittal picture's width for its height, at most."""
_APART = 6
"""So many slices without a level are shown."""
_BETWEEN = 0.03
"""Of the width of a picture, between it and the one beside it."""
_WIDEST = 5.0
"""A picture's width for its height, at most; a strip of a few rows is drawn lower, to spare memory."""
_LETTER = 13.0
"""The height of letters, for a unit of 1."""
_AXES = (("L", "R"), ("P", "A"), ("H", "F"))


def sagittal_picture(result: StudyResult, pictures: StudyPictures, height: int = 1200) -> Image.Image | None:
    """The sagittal picture, ``height`` pixels high, with vertebrae, endplates, slips and the lines of the
    axial slices, those of ``key_slices`` by name; None where there is no such picture."""
    if pictures.sagittal is None:
        return None
    canvas = _Canvas(pictures.sagittal, _around_spine(result, pictures.sagittal), height)
    keys = {item.picture for _, item in key_slices(result)}
    for item in sorted(result.slices, key=lambda item: item.picture in keys):
        if item.reference is not None:
            shown = item.picture in keys
            canvas.line(item.reference, KEY if shown else OTHER, 1.2, 255 if shown else _FAINT)
            if shown:
                canvas.label(canvas.entering(item.reference), item.picture, KEY)
    for body in result.vertebrae:
        if body.edges is not None:
            canvas.box(body.edges, BOX)
            xmin, ymin, xmax, ymax = body.edges
            canvas.text(((xmin + xmax) / 2, (ymin + ymax) / 2), body.name or "?", BOX, "mm")
    for finding in result.findings:
        if finding.endplates is not None:
            _draw_endplates(canvas, finding, finding.endplates)
    return canvas.finished()


def axial_picture(
    item: SliceResult, finding: Finding | None, picture: StudyPicture, size: int = 560
) -> Image.Image:
    """An axial picture around its disc, ``size`` pixels wide, with the disc's box and, where the herniation
    was measured on it, the line from its foot to its summit."""
    canvas = _Canvas(picture, _around(item.edges, picture), size)
    if item.edges is not None:
        canvas.box(item.edges, BOX, 255)
    herniation = finding.herniation if finding else None
    if herniation is not None and herniation.picture == item.picture:
        canvas.line((herniation.foot, herniation.summit), SLIP, 2.4)
        for point in (herniation.foot, herniation.summit):
            canvas.dot(point, SLIP)
    return canvas.finished()


def with_activation(item: SliceResult, plain: Image.Image, picture: StudyPicture) -> Image.Image:
    """An axial picture as ``axial_picture`` drew it, and beside it the same part with the activation map of
    the slice's verdict; the picture alone where there is no map."""
    if item.activation is None:
        return plain
    canvas = _Canvas(picture, _around(item.edges, picture), plain.height)
    canvas.cover(item.activation)
    covered = canvas.finished()
    gap = round(_BETWEEN * plain.width)
    both = Image.new("RGB", (plain.width + gap + covered.width, plain.height), "#ffffff")
    both.paste(plain)
    both.paste(covered, (plain.width + gap, 0))
    return both


def marked_slice(result: FractureResult, picture: StudyPicture, height: int = 600) -> Image.Image:
    """A sagittal slice, ``height`` pixels high, with the box of the vertebra that was judged on it."""
    canvas = _Canvas(picture, _portrait([result.edges] if result.edges else [], picture), height)
    if result.edges is not None:
        canvas.box(result.edges, BOX, 255)
    return canvas.finished()


def close_up_of_map(activation: ActivationMap, picture: StudyPicture, size: int = 560) -> Image.Image:
    """The part of a slice that a classifier saw, ``size`` pixels high, with its activation map."""
    part = close_up_part(activation.seen, picture.geometry.spacing, picture.pixels.shape)
    canvas = _Canvas(picture, part, size)
    canvas.cover(activation)
    return canvas.finished()


def key_slices(result: StudyResult) -> tuple[tuple[Finding | None, SliceResult], ...]:
    """The axial slice that shows each abnormal disc best, from the highest to the lowest: the one on which
    its herniation was measured, or else the one that says its verdict most clearly. Slices without a level
    stand for themselves, the clearest few of them."""
    keys: list[tuple[Finding | None, SliceResult]] = []
    for finding in reversed(result.findings):
        of_disc = [item for item in result.slices if item.level is not None and item.level == finding.level]
        if not of_disc or finding.verdict is None or not abnormalities(finding):
            continue
        measured = finding.herniation.picture if finding.herniation else None
        keys.append((finding, max(of_disc, key=lambda item: _shows(item, finding.verdict, measured))))
    apart = [item for item in result.slices if item.level is None and item.verdict not in (None, "normal")]
    clearest = sorted(apart, key=lambda item: item.probabilities.get(item.verdict or "", 0.0))[-_APART:]
    return (*keys, *((None, item) for item in apart if item in clearest))


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    """A picture as a file small enough for a report."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling=0)
    return buffer.getvalue()


def _shows(item: SliceResult, verdict: str | None, measured: str | None) -> tuple[bool, float]:
    return item.picture == measured, item.probabilities.get(verdict or "", 0.0)


def _draw_endplates(canvas: "_Canvas", finding: Finding, plates: Endplates) -> None:
    for ends in (
        (plates.anterior_above, plates.posterior_above),
        (plates.anterior_below, plates.posterior_below),
    ):
        canvas.line(ends, ENDPLATE, 1.0)
        for point in ends:
            canvas.dot(point, ENDPLATE)
    if finding.slip is None or not slipped(finding.slip):
        return
    # The vertebra above, moved straight down onto the endplate below: what lies between is the slip.
    foot = canvas.moved_onto(plates.posterior_above, plates.anterior_below, plates.posterior_below)
    canvas.line((plates.posterior_above, foot), SLIP, 1.2)
    canvas.line((foot, plates.posterior_below), SLIP, 3.0)
    canvas.text(plates.posterior_below, f"  {millimetres(abs(finding.slip.distance.value))}", SLIP, "lm")


def _around(edges: Edges | None, picture: StudyPicture) -> Edges:
    """The part of a picture to show: a square in mm around a box, so many times as wide, inside the picture;
    all of it where there is no box."""
    columns, rows = _size(picture)
    if edges is None:
        return 0, 0, columns, rows
    down, across = picture.geometry.spacing
    xmin, ymin, xmax, ymax = edges
    wanted = max(_AROUND * max((xmax - xmin) * across, (ymax - ymin) * down), _LEAST)
    side = min(wanted, columns * across, rows * down)
    width, height = side / across, side / down
    left = max(min((xmin + xmax - width) / 2, columns - width), 0)
    top = max(min((ymin + ymax - height) / 2, rows - height), 0)
    return left, top, min(left + width, columns), min(top + height, rows)


def _around_spine(result: StudyResult, picture: StudyPicture) -> Edges:
    return _portrait([body.edges for body in result.vertebrae if body.edges is not None], picture)


def _portrait(boxes: Sequence[Edges], picture: StudyPicture) -> Edges:
    """The part of a sagittal picture to show: its whole height, and no wider than needed for the spine, with
    boxes on it in the middle; all of it where there are none."""
    columns, rows = _size(picture)
    down, across = picture.geometry.spacing
    width = min(_PORTRAIT * rows * down / across, columns)
    if not boxes or width == columns:
        return 0, 0, columns, rows
    middle = (min(item[0] for item in boxes) + max(item[2] for item in boxes)) / 2
    left = min(max(middle - width / 2, 0), columns - width)
    return left, 0, left + width, rows


def _size(picture: StudyPicture) -> tuple[int, int]:
    return picture.geometry.columns, picture.geometry.rows


class _Canvas:
    """A part of a picture in which lines are drawn at the picture's own pixel coordinates."""

    def __init__(self, picture: StudyPicture, part: Edges, height: int) -> None:
        down, across = picture.geometry.spacing
        high, wide = (part[3] - part[1]) * down, (part[2] - part[0]) * across
        per_mm = height * _SMOOTH / max(high, wide / _WIDEST)
        self.origin = np.array(part[:2])
        self.scale = np.array([across * per_mm, down * per_mm])
        self.unit = min(height / 280, 2.0) * _SMOOTH
        gray = (255 * apply_window(picture.pixels, Window())).astype(np.uint8)
        size = np.rint((np.array(part[2:]) - self.origin) * self.scale).astype(int).clip(_SMOOTH)
        shown = Image.fromarray(gray).resize((int(size[0]), int(size[1])), Image.Resampling.BICUBIC, box=part)
        self.image = shown.convert("RGB")
        self.lines = Image.new("RGBA", self.image.size)
        self.draw = ImageDraw.Draw(self.lines)
        self.labels: list[NDArray[np.float64]] = []
        self._directions(picture.geometry)

    def at(self, point: Sequence[float]) -> NDArray[np.float64]:
        return (np.array(point, float) - self.origin) * self.scale

    def moved_onto(self, point: Pixel, start: Pixel, end: Pixel) -> Pixel:
        """The point moved at a right angle, in mm, onto the line through two others."""
        origin, along = self.at(start), self.at(end) - self.at(start)
        share = float((self.at(point) - origin) @ along) / max(float(along @ along), 1e-9)
        moved = origin + along * share
        column, row = (moved / self.scale + self.origin).tolist()
        return column, row

    def entering(self, ends: Sequence[Pixel]) -> Pixel:
        """Where a line comes into view from the left."""
        (left, start), (right, end) = sorted(ends)
        column = max(left, float(self.origin[0]) + 4 * self.unit / float(self.scale[0]))
        return column, start + (end - start) * (column - left) / max(right - left, 1e-9)

    def line(self, ends: Sequence[Pixel], colour: str, width: float, opacity: int = 255) -> None:
        points = [tuple(self.at(point).tolist()) for point in ends]
        ink = (*ImageColor.getrgb(colour)[:3], opacity)
        self.draw.line(points, ink, max(1, round(width * self.unit)))

    def box(self, edges: Sequence[float], colour: str, opacity: int = 170) -> None:
        corners = (*self.at(edges[:2]).tolist(), *self.at(edges[2:]).tolist())
        ink = (*ImageColor.getrgb(colour)[:3], opacity)
        self.draw.rectangle(corners, outline=ink, width=max(1, round(1.2 * self.unit)))

    def cover(self, activation: ActivationMap) -> None:
        gray = np.asarray(self.image.convert("L")) / 255
        xmin, ymin, xmax, ymax = (*self.at(activation.seen[:2]), *self.at(activation.seen[2:]))
        self.image = Image.fromarray(overlay(gray, np.array(activation.rows), (xmin, ymin, xmax, ymax)))

    def dot(self, point: Pixel, colour: str) -> None:
        self.draw.circle(tuple(self.at(point).tolist()), 2.6 * self.unit, colour)

    def label(self, point: Pixel, text: str, colour: str) -> None:
        """Text above a point; none where it would cover an earlier label."""
        place = self.at(point)
        apart = _LETTER * self.unit * np.array([len(text), 1.1])
        if all((np.abs(place - other) > apart).any() for other in self.labels):
            self.labels.append(place)
            self.text(point, text, colour, "ls")

    def text(self, point: Sequence[float], text: str, colour: str, anchor: str) -> None:
        edge = 4 * self.unit
        x, y = np.clip(self.at(point), edge, np.array(self.image.size) - edge).tolist()
        self.draw.text(
            (x, y - (edge if anchor[1] == "s" else 0)),
            text,
            colour,
            drawing_font(round(_LETTER * self.unit)),
            anchor,
            stroke_width=round(1.4 * self.unit),
            stroke_fill="#000000",
        )

    def finished(self) -> Image.Image:
        self.image.paste(self.lines, mask=self.lines)
        return self.image.reduce(_SMOOTH)

    def _directions(self, geometry: SliceGeometry) -> None:
        """Where the patient's right, left, front, back, head and feet are, at the edges."""
        size = np.array(self.image.size) / self.scale
        middle, corner = self.origin + size / 2, self.origin + size
        self.text((self.origin[0], middle[1]), _letter(geometry.across, -1), OTHER, "lm")
        self.text((corner[0], middle[1]), _letter(geometry.across, 1), OTHER, "rm")
        head = _letter(geometry.down, -1)
        # In the middle of a sagittal picture the spine would be covered.
        column = float(self.origin[0] + size[0] * (0.85 if head in "HF" else 0.5))
        self.text((column, self.origin[1]), head, OTHER, "mt")
        self.text((column, corner[1]), _letter(geometry.down, 1), OTHER, "mb")


def _letter(direction: Sequence[float], sign: Literal[-1, 1]) -> str:
    """The side of the patient that a direction leads to (PS3.3 C.7.6.1.1.1)."""
    axis = int(np.argmax(np.abs(direction)))
    return _AXES[axis][0 if direction[axis] * sign > 0 else 1]
