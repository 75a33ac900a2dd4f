"""RSNA 2024 Lumbar Spine Degenerative Classification as a cohort: squares around its points, its grades."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from annotation.labels import LabelSet, named_label_set
from data.importers.download import Imported, ImportedPicture, digest_of
from data.importers.rsna_boxes import BOX_SIDE, PlacedPoint, marks_of_picture
from data.importers.rsna_rows import LevelRow, PointRow, grading_rows, level_row, point_row
from data.importers.rsna_tables import (
    GRADES,
    POINTS,
    SERIES,
    MarkedPoint,
    Structure,
    StudyTables,
    read_tables,
)
from errors import BadInputError
from imaging.dicom_file import DicomFile
from imaging.export import LOSSLESS
from imaging.picture_form import make_picture
from imaging.picture_table import PictureRow, geometry_columns
from imaging.pixels import read_pixels
from imaging.reading import slice_geometry
from imaging.study import SeriesKind, Slice, blocks_in_order

IMAGES = "train_images"
RSNA_KINDS = (SeriesKind.SAGITTAL_T1, SeriesKind.SAGITTAL_T2, SeriesKind.AXIAL_T2)
_NOTHING = "no points in series of these kinds, so nothing was imported"
_SEVERAL = "axial pictures with points of more than one level"
_LOST = "points given twice or on no picture that is there"
_WARNING = re.compile(r"study (?P<study>\d+): (?P<what>.+?)(?:: (?P<count>\d+))?")
_INCOMPLETE = "of no condition was every structure that it shows graded, and marked on it or close by"


@dataclass(frozen=True)
class RsnaPictureRow(PictureRow):
    """``excluded``: why no cohort may take the picture, "" where it may."""

    excluded: str


@dataclass(frozen=True)
class _Series:
    """A series on disk: its slices by instance number, in the order of the series, and the points on them."""

    study: str
    name: str
    kind: SeriesKind
    slices: Mapping[int, Slice]
    points: Sequence[PlacedPoint]

    def points_on(self, instance: int) -> list[MarkedPoint]:
        return [item.point for item in self.points if item.point.instance == instance]


@dataclass(frozen=True)
class RsnaDownload:
    """The competition's folder. An item is a study, whose number is also the patient's pseudonym.

    ``kinds``: of the series to take. ``all_slices``: their pictures without points too, and series without
    any. ``box_side``: of the squares, mm.
    """

    folder: Path
    kinds: tuple[SeriesKind, ...] = RSNA_KINDS
    all_slices: bool = False
    box_side: float = BOX_SIDE

    @property
    def name(self) -> str:
        slices = "all slices" if self.all_slices else "slices with points"
        tables = digest_of(self.folder / table for table in (GRADES, SERIES, POINTS))
        options = f"{', '.join(sorted(self.kinds))}; {slices}; {self.box_side:g} mm"
        return f"rsna-2024: {options}; {self.folder.resolve()}; tables {tables}"

    @property
    def label_set(self) -> LabelSet:
        return named_label_set("rsna")

    @cached_property
    def tables(self) -> Mapping[str, StudyTables]:
        """By study. Raises BadInputError."""
        return read_tables(self.folder)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the download as a whole. Raises BadInputError."""
        absent = len(self.tables.keys() - set(self.items()))
        sentence = f"studies of {GRADES} without a folder in {IMAGES}, passed over: {absent}"
        return (sentence,) * (absent > 0)

    def items(self) -> Sequence[str]:
        assert self.tables, "a table without rows is refused"
        images = self.folder / IMAGES
        if not images.is_dir():
            raise BadInputError(
                images, "no such folder; give the one into which the competition's files were unpacked"
            )
        found = [path.name for path in images.iterdir() if path.is_dir() and path.name.isdigit()]
        if not found:
            raise BadInputError(images, "no studies in it; unpack the competition's images there")
        return sorted(found, key=int)

    def read(self, item: str) -> Imported:
        tables = self.tables.get(item)
        if tables is None:
            path = self.folder / IMAGES / item
            raise BadInputError(path, f"not in {GRADES}; remove the folder, or download the table again")
        series, warnings = self._series(item, tables)
        pictures: list[ImportedPicture] = []
        points: list[PointRow] = []
        levels: list[LevelRow] = []
        for one in series:
            for number, (instance, place) in enumerate(one.slices.items(), start=1):
                own = one.points_on(instance)
                if own or self.all_slices:
                    picture = self._picture(one, number, instance, place, tables.grades)
                    image = picture.row.image
                    pictures.append(picture)
                    points += [point_row(image, point, tables.grades) for point in own]
                    if own and one.kind is SeriesKind.AXIAL_T2:
                        levels.append(level_row(image, item, own))
        if not pictures:
            warnings.append(f"study {item}: {_NOTHING}")
        if several := sum(not row.level for row in levels):
            warnings.append(f"study {item}: {_SEVERAL}: {several}")
        marked = [placed.point for one in series for placed in one.points]
        gradings = grading_rows(item, tables.grades, marked) if pictures else []
        rows: dict[str, Sequence[Any]] = {
            "points.csv": points,
            "levels.csv": levels,
            "gradings.csv": gradings,
        }
        return Imported(tuple(pictures), rows, tuple(warnings))

    def _series(self, study: str, tables: StudyTables) -> tuple[list[_Series], list[str]]:
        """The series to import, and sentences on points that are on no picture."""
        series: list[_Series] = []
        lost = sum(point.series not in tables.kinds for point in tables.points)
        for name, kinds in sorted(tables.kinds.items()):
            if len(kinds) > 1:
                reason = (
                    f"series {name} of study {study} is described in two ways; keep the row that is right"
                )
                raise BadInputError(self.folder / SERIES, reason)
            (kind,) = kinds
            points = [point for point in tables.points if point.series == name]
            if kind in self.kinds and (points or self.all_slices):
                slices = _slices(self.folder / IMAGES / study / name)
                placed = _placed(points, slices)
                lost += len(points) - len(placed)
                series.append(_Series(study, name, kind, slices, placed))
        return series, [f"study {study}: {_LOST}: {lost}"] if lost else []

    def _picture(
        self, series: _Series, number: int, instance: int, place: Slice, grades: Mapping[Structure, str]
    ) -> ImportedPicture:
        pixels = read_pixels(place)
        picture = make_picture(pixels, place.geometry, LOSSLESS)
        marks = marks_of_picture(place.geometry, instance, series.points, grades, self.box_side)
        marked = bool(series.points_on(instance))
        row = RsnaPictureRow(
            image=f"{series.study}_{series.name}_{instance:03d}{LOSSLESS.suffix}",
            patient=series.study,
            sex=None,
            age=None,
            study=series.study,
            series=series.name,
            kind=series.kind,
            slice=number,
            instance=place.uid,
            value_slope=picture.slope,
            value_intercept=picture.intercept,
            **geometry_columns(picture.geometry),  # type: ignore[arg-type]
            excluded=_INCOMPLETE if marked and not marks.conditions else "",
        )
        height, width = picture.gray.shape
        return ImportedPicture(
            row,
            picture.encoded(LOSSLESS),
            (width, height, 1),
            marks.boxes if marked else None,
            frozenset(name for name in self.label_set.classes if name.partition("-")[0] in marks.conditions),
        )


def sum_up(warnings: Iterable[str]) -> list[str]:
    """One sentence for all studies of which ``RsnaDownload.read`` warns alike, there being two thousand."""
    alike: dict[str, list[re.Match[str]]] = defaultdict(list)
    for match in filter(None, map(_WARNING.fullmatch, warnings)):
        alike[match["what"]].append(match)
    sentences = []
    for what, found in alike.items():
        counts = [int(match["count"]) for match in found if match["count"]]
        total = f": {sum(counts)} in all" if counts else ""
        many = f"{len(found)} studies, such as {found[0]['study']}: {what}{total}"
        sentences.append(found[0][0] if len(found) == 1 else many)
    return sentences


def _slices(folder: Path) -> dict[int, Slice]:
    """The slices of a series by instance number, in the series' order; none where there is no such folder.

    A file is known by its name: nothing relies on the identifiers in it. Raises BadInputError for one that
    cannot be read.
    """
    slices: dict[int, Slice] = {}
    for path in sorted(folder.glob("*.dcm")):
        if path.stem.isdigit():
            file = DicomFile(path)
            uid = f"{folder.parent.name}.{folder.name}.{path.stem}"
            place = slice_geometry(file, file.read(pixels=False))
            slices[int(path.stem)] = Slice(file, 0, uid, place)
    numbers = {item.uid: number for number, item in slices.items()}
    return {numbers[item.uid]: item for block in blocks_in_order(slices.values()) for item in block}


def _placed(points: Sequence[MarkedPoint], slices: Mapping[int, Slice]) -> list[PlacedPoint]:
    """The points that lie on one of the slices; of a structure that is marked twice the first."""
    placed: dict[Structure, PlacedPoint] = {}
    for point in points:
        item = slices.get(point.instance)
        if item is None or point.structure in placed:
            continue
        geometry = item.geometry
        if 0 <= point.x <= geometry.columns and 0 <= point.y <= geometry.rows:
            place = geometry.to_patient([(point.x, point.y)])[0]
            placed[point.structure] = PlacedPoint(point, place)
    return list(placed.values())
