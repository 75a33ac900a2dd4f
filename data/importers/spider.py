"""SPIDER: lumbar MR volumes with masks and a radiologist's gradings, as sagittal pictures with boxes.

van der Graaf et al., "Lumbar spine segmentation in MR images: a dataset and a public benchmark", Scientific
Data 11, 264 (2024); Zenodo, doi 10.5281/zenodo.10159290; CC BY 4.0.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from annotation.labels import LabelSet, named_label_set
from data.importers.download import Imported, digest_of
from data.importers.spider_boxes import CANAL, DISC, PARTLY, canal_front, see_spine
from data.importers.spider_pictures import SpiderSlice, SpiderVolume
from data.importers.spider_tables import (
    DISCS,
    GRADINGS,
    OVERVIEW,
    Gradings,
    VolumeOverview,
    read_gradings,
    read_overview,
)
from errors import BadInputError
from imaging.selection import middle_slices
from imaging.study import SeriesKind
from imaging.volume import SagittalVolume, read_sagittal_volume

KINDS = {
    "t1": SeriesKind.SAGITTAL_T1,
    "t2": SeriesKind.SAGITTAL_T2,
    "t2_SPACE": SeriesKind.SAGITTAL_T2,
}
"""What the volumes of each sequence show."""

_NAME = re.compile(rf"(?P<patient>[1-9]\d*)_(?P<sequence>{'|'.join(KINDS)})")
_PARTS = ("images", "masks")
_SAME_PLACE = 0.5
"""How far a mask may lie from its picture, in voxels."""
_GRAZED = 0.1
"""Of the most voxels of discs that a slice has: fewer are the discs' sides, or stray."""


@dataclass(frozen=True)
class VolumeRow:
    """A volume: ``series`` as in ``images.csv``, the ``subset`` that the dataset puts it in, its pictures."""

    series: str
    patient: str
    sequence: str
    subset: str
    pictures: int


@dataclass(frozen=True)
class SpiderDownload:
    """The dataset in a folder: volumes in ``images/``, masks of the same names in ``masks/``, two tables.
    ``sequences`` are those wanted; of each volume the ``middle`` slices, None for all."""

    folder: Path
    sequences: tuple[str, ...]
    middle: int | None
    gradings: Gradings = field(repr=False)
    overview: Mapping[str, VolumeOverview] = field(repr=False)

    @property
    def name(self) -> str:
        tables = digest_of(self.folder / table for table in (GRADINGS, OVERVIEW))
        options = f"{' '.join(self.sequences)}, {self.middle or 'all'} slices"
        return f"SPIDER, {options}, {self.folder.resolve()}, tables {tables}"

    @property
    def label_set(self) -> LabelSet:
        return named_label_set("lumbar")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the download as a whole."""
        matches = map(_NAME.fullmatch, self.overview.keys() - _names(self.folder))
        lost = sum(match is not None and match["sequence"] in self.sequences for match in matches)
        return (f"{self.folder}: volumes of {OVERVIEW} neither in images/ nor in masks/: {lost}",) * (
            lost > 0
        )

    def items(self) -> Sequence[str]:
        """The names of volumes and masks, by patient; what is not named so comes last, to be refused."""
        matches = {name: _NAME.fullmatch(name) for name in _names(self.folder)}
        wanted = [name for name, match in matches.items() if not match or match["sequence"] in self.sequences]
        if not any(matches[name] for name in wanted):
            names = f"<patient>_<{' or '.join(self.sequences)}>.mha"
            raise BadInputError(self.folder, f"no volume {names} in its images/; unpack them there")
        return sorted(wanted, key=lambda name: _order(name, matches[name]))

    def read(self, item: str) -> Imported:
        """The pictures of one volume, which is in memory meanwhile, as is its mask."""
        image, mask = (self.folder / part / f"{item}.mha" for part in _PARTS)
        match = _NAME.fullmatch(item)
        if match is None:
            path = image if image.exists() else mask
            raise BadInputError(path, f"not named <patient>_<{' or '.join(KINDS)}>.mha; move it elsewhere")
        patient, sequence = match["patient"], match["sequence"]
        overview, warnings = self.overview.get(item), list(self.gradings.warnings.get(patient, ()))
        if overview is None:
            overview = VolumeOverview()
            warnings.append(f"{self.folder / OVERVIEW}: no row of {item}; sex, age and subset are left empty")
        voxels, masks = _read_pair(image, mask)
        gradings = self.gradings.by_patient.get(patient, {})
        volume = SpiderVolume(voxels, item, patient, KINDS[sequence], overview, gradings)
        slices = list(_slices(volume, masks, self.middle))
        if not slices:
            warnings.append(f"{mask}: no disc of 3 pixels or more in a slice, so no pictures of this volume")
        elif not any(seen.seen.vertebrae for seen in slices):
            warnings.append(f"{mask}: in no slice a canal beside the vertebrae, so none of them has a box")
        tables: dict[str, Sequence[object]] = {
            "discs.csv": [row for seen in slices for row in seen.disc_rows()],
            "vertebrae.csv": [row for seen in slices for row in seen.vertebra_rows()],
            "volumes.csv": [VolumeRow(item, patient, sequence, overview.subset, len(slices))],
        }
        return Imported(tuple(seen.picture() for seen in slices), tables, tuple(warnings))


def open_spider(
    folder: Path, sequences: Sequence[str] = tuple(KINDS), middle: int | None = None
) -> SpiderDownload:
    """The dataset in a folder. Raises BadInputError where it lacks a part, or a table has a mistake."""
    for part in _PARTS:
        inside = folder / part
        if not inside.is_dir():
            raise BadInputError(inside, f"no such folder; unpack {part}.zip there")
        if next(inside.glob("*.mha"), None) is None:
            deeper = next(inside.glob("*/*.mha"), None)
            what = (
                f"they lie one folder deeper, in {deeper.parent}; move them up" if deeper else "unpack them"
            )
            raise BadInputError(inside, f"no .mha in it; {what}")
    gradings = read_gradings(folder / GRADINGS)
    chosen = tuple(name for name in KINDS if name in sequences)
    return SpiderDownload(folder, chosen, middle, gradings, read_overview(folder / OVERVIEW))


def _names(folder: Path) -> set[str]:
    """Of all volumes and masks; names with a leading point are the file system's own."""
    files = (path for part in _PARTS for path in (folder / part).glob("*.mha"))
    return {path.stem for path in files if not path.name.startswith(".")}


def _order(name: str, match: re.Match[str] | None) -> tuple[bool, int, str]:
    return match is None, int(match["patient"]) if match else 0, name


def _slices(volume: SpiderVolume, masks: SagittalVolume, middle: int | None) -> Iterator[SpiderSlice]:
    """The wanted slices, without those beside the spine; the middle is that of the slices with discs, for a
    spine may lie beside the middle of its volume."""
    front = canal_front(masks.slices)
    chosen = list(range(len(masks.slices)))
    if middle is not None:
        of_discs = [np.count_nonzero(mask > DISC) for mask in masks.slices]
        chosen = [index for index in chosen if of_discs[index] > _GRAZED * max(of_discs)]
        within = middle_slices([masks.geometry(index) for index in chosen], middle)
        chosen = [chosen[index] for index in within]
    for index in chosen:
        seen = see_spine(masks.slices[index], front)
        if seen.discs or seen.vertebrae:
            yield SpiderSlice(volume, index, seen)


def _read_pair(image: Path, mask: Path) -> tuple[SagittalVolume, SagittalVolume]:
    """A volume and its mask, which mark the same voxels. Raises BadInputError."""
    if not image.exists():
        raise BadInputError(mask, "a mask without its volume in images/; download images.zip again")
    if not mask.exists():
        raise BadInputError(image, "a volume without its mask in masks/; download masks.zip again")
    volume, masks = read_sagittal_volume(image), read_sagittal_volume(mask)
    shape, other = (" x ".join(map(str, item.slices.shape)) for item in (masks, volume))
    if shape != other:
        raise BadInputError(
            mask, f"its {shape} voxels are not those of its volume, {other}; download both again"
        )
    if np.abs(volume.corners() - masks.corners()).max() > _SAME_PLACE * min(volume.spacing):
        raise BadInputError(mask, "lies elsewhere in the patient than its volume; download both again")
    _check_values(mask, masks)
    return volume, masks


def _check_values(path: Path, masks: SagittalVolume) -> None:
    if not np.issubdtype(masks.slices.dtype, np.integer):
        raise BadInputError(path, "its values are no whole numbers; give a mask")
    known = {0, CANAL, *(first + number for first in (0, PARTLY, DISC) for number in range(1, DISCS + 1))}
    found = {value for mask in masks.slices for value in np.unique(mask).tolist()}
    if unknown := found - known:
        raise BadInputError(
            path, f"its value {min(unknown)} is none of SPIDER's; look at it, or move the volume elsewhere"
        )
    if not any(value > DISC for value in found):
        raise BadInputError(path, "no disc in this mask; download it again")
