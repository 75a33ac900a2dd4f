"""The error gallery: discs that somebody called wrong, their picture, what is right, what was said."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from errors import BadInputError
from imaging.pictures import PICTURE_SUFFIXES, read_picture
from imaging.pixels import read_pixels
from imaging.reading import read_studies
from imaging.windowing import Pixels, Window, apply_window
from reading.analysis.comparison import Comparison
from reading.reference import ReferenceDisc
from reading.report.blocks import ErrorCard
from reading.table import Edges

_SHOWN, _QUALITY = 360, 85
"""Pixels of a side, and of JPEG."""
_CONTEXT, _LEAST_SHARE = 3.0, 0.3
"""A picture shows so many times the disc's box, and at least such a share of its shorter side."""
_WINDOW = Window(low=0.5, high=99)
_BOX, _WIDTH = (86, 180, 233), 2
"""Colour (red, green, blue: Okabe and Ito's sky blue) and width of the disc's box, in pixels shown."""


def error_cards(comparison: Comparison, limit: int) -> tuple[tuple[ErrorCard, ...], int]:
    """The ``limit`` discs that were called wrong most often, with their pictures, and how many there are.

    A verdict other than the reference's is wrong, and so is none; a slip, where something was said of it.
    Raises BadInputError where the reference names a picture that cannot be read.
    """
    calls = comparison.matched.calls
    other_slip = calls["slip_call"].notna() & (calls["slip_call"] != calls["truth_slip"])
    wrong = calls.assign(wrong=(calls["call"] != calls["truth"]) | other_slip.fillna(False).astype(bool))
    counted = wrong.groupby("disc")["wrong"].sum()
    discs = counted[counted > 0].sort_values(ascending=False, kind="stable").index.tolist()
    rows = wrong[wrong["wrong"]].groupby("disc")
    return tuple(_card(comparison, number, rows.get_group(number)) for number in discs[:limit]), len(discs)


def _card(comparison: Comparison, number: int, calls: pd.DataFrame) -> ErrorCard:
    disc = comparison.reference.discs[number]
    path = comparison.reference.picture(disc)
    arms = comparison.matched.calls.groupby("reader")["arm"].nunique()
    said = [
        (reader if arms[reader] == 1 else f"{reader}, {arm}", _said(disc, call, slip, indeterminate))
        for reader, arm, call, slip, indeterminate in calls[
            ["reader", "arm", "call", "slip_call", "indeterminate"]
        ].itertuples(index=False)
    ]
    where = f"{disc.case}, {disc.place.level}" if disc.place.level else disc.case
    picture = None if path is None else disc_picture(path, disc.place.edges)
    return ErrorCard(where, _right(disc), tuple(said), picture, path)


def _right(disc: ReferenceDisc) -> str:
    return f"{disc.verdict}, slipped" if disc.slip else disc.verdict


def _said(disc: ReferenceDisc, call: str, slip: bool | None, indeterminate: bool) -> str:
    """What is wrong of a call: the verdict, the slip or both."""
    parts = []
    if call != disc.verdict:
        parts.append("could not tell" if indeterminate else call)
    if not pd.isna(slip) and slip != disc.slip:
        parts.append("slip missed" if disc.slip else "slipped")
    return ", ".join(parts)


def disc_picture(path: Path, edges: Edges | None) -> bytes:
    """A JPEG of what is around a disc's box, with the box; of the whole picture where there is no box.

    ``path``: a picture or a DICOM file. Raises BadInputError where it cannot be read.
    """
    pixels, ratio = _pixels(path)
    height, width = pixels.shape
    left, top, right, bottom = (0.0, 0.0, width, height) if edges is None else _around(edges, pixels)
    rows, columns = slice(round(top), round(bottom)), slice(round(left), round(right))
    part = apply_window(pixels[rows, columns], _WINDOW)
    scale = _SHOWN / part.shape[1]
    size = _SHOWN, max(1, round(part.shape[0] * scale * ratio))
    gray = np.clip(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), 0, 1)
    shown = np.repeat(np.round(gray * 255).astype(np.uint8)[..., None], 3, axis=2)
    if edges is not None:
        across, down = scale, scale * ratio
        first, second = (
            (round((x - columns.start) * across), round((y - rows.start) * down))
            for x, y in (edges[:2], edges[2:])
        )
        cv2.rectangle(shown, first, second, _BOX[::-1], _WIDTH, cv2.LINE_AA)
    _, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return jpeg.tobytes()


def _pixels(path: Path) -> tuple[NDArray[np.integer], float]:
    """Of a picture or a DICOM file, with a pixel's height for its width."""
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return read_picture(path), 1.0
    if not path.is_file():
        raise BadInputError(path, "no such picture; correct the reference's column image")
    slices = [item for study in read_studies(path) for series in study.series for item in series.slices]
    if len(slices) != 1:
        raise BadInputError(path, f"{len(slices)} images in it; give a file of one")
    row, column = slices[0].geometry.spacing
    return read_pixels(slices[0]).values, row / column


def _around(edges: Edges, pixels: Pixels) -> Edges:
    """A square around a box with some context, as far as the picture reaches."""
    height, width = pixels.shape
    xmin, ymin, xmax, ymax = edges
    side = max(_CONTEXT * max(xmax - xmin, ymax - ymin), _LEAST_SHARE * min(height, width))
    side = min(side, height, width)
    left = min(max((xmin + xmax - side) / 2, 0.0), width - side)
    top = min(max((ymin + ymax - side) / 2, 0.0), height - side)
    return left, top, left + side, top + side
