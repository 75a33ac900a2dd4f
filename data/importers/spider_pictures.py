"""One slice of a SPIDER volume as a picture with boxes, and as rows of the import's tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

from annotation.boxes import Box, Edges
from annotation.labels import DIAGNOSES, SLIP
from annotation.matching import DISC
from data.importers.download import ImportedPicture
from data.importers.spider_boxes import SeenSpine, at_edge, slip_box
from data.importers.spider_tables import Grading, VolumeOverview
from imaging.export import LOSSLESS
from imaging.picture_form import make_picture
from imaging.picture_table import PictureRow, geometry_columns
from imaging.study import SeriesKind
from imaging.volume import SagittalVolume

VERTEBRA = "vertebra"
_LEVELS = tuple(
    f"{region}{n}" for region, most in (("L", 5), ("T", 12), ("C", 7)) for n in range(most, 0, -1)
)
_VERTEBRAE = (*_LEVELS, "C0")
"""By their numbers in the masks, from 1; as if five were lumbar. C0, the occiput, is the 25th."""


@dataclass(frozen=True)
class DiscRow:
    """A disc in a picture: its level, such as L5-S1, its box in pixels, and its grading."""

    image: str
    patient: str
    level: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    diagnosis: str | None
    slip: int | None
    herniation: int | None
    bulging: int | None
    narrowing: int | None
    modic: int | None
    upper_endplate: int | None
    lower_endplate: int | None
    pfirrmann: int | None


_GRADES = tuple(column.name for column in fields(DiscRow))[7:]


@dataclass(frozen=True)
class VertebraRow:
    """A vertebral body in a picture: its level, such as L5, and its box in pixels; ``partly`` is 1 where the
    volume cuts the vertebra off, ``told`` 0 where no canal beside it tells it from its arch."""

    image: str
    patient: str
    level: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    partly: int
    told: int


@dataclass(frozen=True)
class SpiderVolume:
    """A volume, its ``series`` name, such as 5_t2, whose it is, and the gradings of the patient's discs by
    their numbers."""

    voxels: SagittalVolume
    series: str
    patient: str
    kind: SeriesKind
    overview: VolumeOverview
    gradings: Mapping[int, Grading]


@dataclass(frozen=True)
class SpiderSlice:
    """Slice ``number`` of a volume, from 0, and what its mask shows."""

    volume: SpiderVolume
    number: int
    seen: SeenSpine

    @property
    def image(self) -> str:
        return f"{self.volume.series}_{self.number + 1:03d}.png"

    def picture(self) -> ImportedPicture:
        """The picture, lossless but for fractions (``SagittalVolume.pixels``)."""
        volume, number = self.volume, self.number
        picture = make_picture(volume.voxels.pixels(number), volume.voxels.geometry(number), LOSSLESS)
        row = PictureRow(
            image=self.image,
            patient=volume.patient,
            sex=volume.overview.sex,
            age=volume.overview.age,
            study=volume.patient,
            series=volume.series,
            kind=volume.kind,
            slice=number + 1,
            instance="",
            value_slope=picture.slope,
            value_intercept=picture.intercept,
            **geometry_columns(picture.geometry),  # type: ignore[arg-type]
        )
        size = (picture.geometry.columns, picture.geometry.rows, 1)
        return ImportedPicture(row, picture.encoded(LOSSLESS), size, self._boxes, self._annotated)

    def disc_rows(self) -> Iterator[DiscRow]:
        for number, edges in self.seen.discs.items():
            below = _VERTEBRAE[number - 2] if number > 1 else "S1"
            level = f"{_VERTEBRAE[number - 1]}-{below}"
            grades = _grades(self.volume.gradings.get(number))
            yield DiscRow(self.image, self.volume.patient, level, *edges, **grades)  # type: ignore[arg-type]

    def vertebra_rows(self) -> Iterator[VertebraRow]:
        for number, body in (self.seen.vertebrae or {}).items():
            level = _VERTEBRAE[number - 1]
            whose = self.image, self.volume.patient, level
            yield VertebraRow(*whose, *body.edges, int(body.partly), int(body.told))

    @cached_property
    def _boxes(self) -> tuple[Box, ...]:
        """Of each disc that is graded its diagnosis besides, with the same edges."""
        discs, graded = self.seen.discs, self._graded or {}
        labelled = [(DISC, edges) for edges in discs.values()]
        labelled += [(grading.diagnosis, discs[disc]) for disc, grading in graded.items()]
        labelled += [(SLIP, edges) for edges in self._slips.values() if edges is not None]
        size = self.volume.voxels.slices.shape[1:]
        boxes = [Box(label, *edges, truncated=at_edge(edges, size)) for label, edges in labelled]
        boxes += [
            Box(VERTEBRA, *body.edges, truncated=body.partly, difficult=not body.told)
            for body in (self.seen.vertebrae or {}).values()
        ]
        return tuple(boxes)

    @cached_property
    def _graded(self) -> dict[int, Grading] | None:
        """The gradings of all discs that are seen; None where one has none."""
        gradings = self.volume.gradings
        graded = {disc: gradings[disc] for disc in self.seen.discs if disc in gradings}
        return graded if len(graded) == len(self.seen.discs) else None

    @cached_property
    def _slips(self) -> dict[int, Edges | None]:
        """The box of each slip; None where its vertebrae cannot be told."""
        rows = self.volume.voxels.slices.shape[1]
        graded = (self._graded or {}).items()
        return {disc: slip_box(self.seen.discs, disc, rows) for disc, grading in graded if grading.slip}

    @property
    def _annotated(self) -> frozenset[str]:
        classes = {DISC}
        if self.seen.vertebrae is not None:
            classes.add(VERTEBRA)
        if self._graded is not None:
            classes.update(DIAGNOSES)
            if None not in self._slips.values():
                classes.add(SLIP)
        return frozenset(classes)


def _grades(grading: Grading | None) -> dict[str, str | int | None]:
    """A grading as columns, empty where there is none."""
    if grading is None:
        return dict.fromkeys(_GRADES)
    return {
        name: value if isinstance(value := getattr(grading, name), str) else int(value) for name in _GRADES
    }
