"""A sheet of phantom pictures beside real ones, to judge their realism by eye."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from data.phantom.studies import StudyPlan, generate_studies
from errors import BadInputError
from imaging.pictures import PICTURE_SUFFIXES, read_picture
from imaging.pixels import read_pixels
from imaging.reading import read_studies
from imaging.study import SeriesKind, Study
from imaging.windowing import Window, apply_window

_KINDS = (SeriesKind.SAGITTAL_T2, SeriesKind.SAGITTAL_T1, SeriesKind.AXIAL_T2)
Gray = NDArray[np.floating]
Item = TypeVar("Item")


@dataclass(frozen=True)
class _Row:
    title: str
    pictures: list[Gray]
    aspects: list[float]
    """Height of a pixel over its width."""


def write_sheet(path: Path, real: Path, seed: int, pictures: int = 5) -> None:
    """Write a PNG: rows of phantom pictures of a ``seed`` and of those in the folder ``real``.

    ``real``: pictures, or folders and ZIPs of DICOM studies, whose middle slices are taken. The sheet shows
    patients: keep it as you keep their images. Raises BadInputError where there is nothing to show.
    """
    if not real.is_dir():
        raise BadInputError(real, "no such folder; give one with pictures or with DICOM studies")
    rows = [*_phantom_rows(seed, pictures), *_real_rows(real, pictures)]
    figure = Figure(figsize=(2.6 * pictures, 3.0 * len(rows)), facecolor="black", layout="constrained")
    for axes, (row, place) in zip(
        figure.subplots(len(rows), pictures, squeeze=False).ravel(),
        ((row, place) for row in rows for place in range(pictures)),
        strict=True,
    ):
        axes.axis("off")
        if place < len(row.pictures):
            axes.imshow(row.pictures[place], cmap="gray", vmin=0, vmax=1, aspect=row.aspects[place])
        if place == 0:
            axes.set_title(row.title, color="white", loc="left", fontsize=10)
    figure.savefig(path, dpi=100)


def _phantom_rows(seed: int, pictures: int) -> list[_Row]:
    with TemporaryDirectory() as folder:
        generate_studies(Path(folder, "studies"), pictures, seed, StudyPlan(sagittal_slices=3))
        studies = [
            study for path in sorted(Path(folder, "studies").iterdir()) for study in read_studies(path)
        ]
        return _rows("phantom", studies, pictures)


def _real_rows(folder: Path, pictures: int) -> list[_Row]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    if paths:
        shown = [apply_window(read_picture(path), Window()) for path in _spread(paths, pictures)]
        return [_Row("real", shown, [1.0] * len(shown))]
    rows = _rows("real", list(_studies_in(folder)), pictures)
    if not rows:
        raise BadInputError(folder, "neither pictures nor DICOM studies in it; give a folder with some")
    return rows


def _studies_in(folder: Path) -> Iterator[Study]:
    """Those of the folders and ZIPs in it that can be read."""
    for source in sorted(folder.iterdir()):
        try:
            yield from read_studies(source)
        except BadInputError:
            continue


def _rows(title: str, studies: Sequence[Study], pictures: int) -> list[_Row]:
    rows = []
    for kind in _KINDS:
        chosen = _spread([study for study in studies if study.of_kind(kind)], pictures)
        if chosen:
            shown, aspects = zip(*_middles(kind, chosen), strict=True)
            rows.append(_Row(f"{title}, {kind}", list(shown), list(aspects)))
    return rows


def _middles(kind: SeriesKind, studies: Sequence[Study]) -> Iterator[tuple[Gray, float]]:
    """The middle slice of each study's series of a kind, of axial ones in the lowest block but one."""
    for study in studies:
        blocks = study.of_kind(kind)[0].blocks
        block = blocks[max(len(blocks) - 2, 0)]
        item = block[len(block) // 2]
        spacing = item.geometry.spacing
        yield apply_window(read_pixels(item).values, Window()), spacing[0] / spacing[1]


def _spread(items: Sequence[Item], number: int) -> list[Item]:
    """So many of them, evenly spread."""
    places = np.linspace(0, len(items) - 1, min(number, len(items))).round().astype(int)
    return [items[place] for place in places]
