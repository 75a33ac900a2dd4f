"""A download in a common box format becomes a cohort's pictures: one at a time, each with its patient."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from annotation.boxes import Box
from annotation.checking.images import read_header
from annotation.labels import LabelSet
from annotation.problems import Problem
from data.importers.box_source import BoxSource, SourcePicture
from data.importers.class_names import ClassNames
from data.importers.download import Imported, ImportedPicture
from data.importers.picture_names import NamedPictures, named
from data.importers.picture_patients import Patients
from errors import BadInputError
from imaging.pictures import PICTURE_SUFFIXES

_DECIMALS = 2
"""Of an edge in pixels: finer than anyone draws, coarser than six decimals of a picture's width."""
_ROUNDING = 1.0
"""Pixels by which other programs' boxes reach over an edge without saying anything by it."""
_LONGEST_NAME = 200
"""Bytes of a picture's name: file systems take 255, and a file half-written has a longer one."""


@dataclass(frozen=True)
class BoxDownload:
    """Fits ``data.importers.download.Download``; an item is a picture."""

    source: BoxSource
    patients: Patients
    classes: ClassNames
    named: NamedPictures

    @property
    def name(self) -> str:
        whose = self.patients.pattern or str(self.patients.table)
        told = [self.source.form, str(self.source.place), whose, dict(self.classes.names), self._state()]
        return json.dumps(told)

    @property
    def label_set(self) -> LabelSet:
        return self.classes.label_set

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the download as a whole."""
        return (*self.source.warnings, *self.named.warnings, *self._contradictions())

    def items(self) -> Sequence[str]:
        return tuple(self.named.pictures)

    def read(self, item: str) -> Imported:
        picture = self.named.pictures[item]
        if len(item.encode()) > _LONGEST_NAME:
            reason = f"its name, with its folders, has more than {_LONGEST_NAME} bytes; shorten it"
            raise BadInputError(picture.path, reason)
        if picture.path.suffix.lower() not in PICTURE_SUFFIXES:
            raise BadInputError(picture.path, "no picture that is read here; save it as PNG")
        header = read_header(picture.path)
        if isinstance(header, Problem):
            raise header.as_error()
        row = self.patients.row_of(item, picture)
        found = self.source.boxes(picture, header.size)
        size = (*header.size, 1 if header.gray else 3)
        content = picture.path.read_bytes()
        looked_for = self.classes.looked_for((found and found.classes) or self.source.classes)
        annotated = self.classes.stated(row.annotated or looked_for)
        if found is None or not looked_for:
            return Imported((ImportedPicture(row, content, size, None, self.classes.stated(row.annotated)),))
        warnings = list(found.warnings)
        boxes = tuple(_inside(box, header.size, picture, warnings) for box in self.classes.apply(found.boxes))
        return Imported((ImportedPicture(row, content, size, boxes, annotated),), warnings=tuple(warnings))

    def _state(self) -> str:
        """Of all files that are read, path, size and time of change: an import does not go on from others."""
        files = {self.patients.table} - {None}
        for picture in self.named.pictures.values():
            files |= {picture.path, self.source.labels(picture)}
        lines = [f"{path} {_changed(path)}" for path in sorted(path for path in files if path)]
        return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()

    def _contradictions(self) -> tuple[str, ...]:
        """A warning where a picture that is there twice has other boxes the second time."""
        different = [
            again for first, again in self.named.repeated if self._boxes(first) != self._boxes(again)
        ]
        if not different:
            return ()
        return (
            f"pictures that are there more than once and have other boxes then: {len(different)}, such as "
            f"{different[0].path}; those of the first are taken: look which are right",
        )

    def _boxes(self, picture: SourcePicture) -> object:
        """What compares a picture's boxes with another's; why they cannot be told is said when it is read."""
        header = read_header(picture.path)
        if isinstance(header, Problem):
            return None
        try:
            found = self.source.boxes(picture, header.size)
        except BadInputError:
            return None
        return (
            None if found is None else (sorted((box.label, box.edges) for box in found.boxes), found.classes)
        )


def open_download(source: BoxSource, patients: Patients, classes: ClassNames) -> BoxDownload:
    """A download whose pictures have names of their own. Raises BadInputError."""
    if not source.pictures:
        raise BadInputError(source.place, "no pictures in it; name the folder that was unpacked")
    return BoxDownload(source, patients, classes, named(source.pictures))


def _changed(path: Path) -> str:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return "absent"
    return f"{status.st_size} {status.st_mtime_ns}"


def _inside(box: Box, size: tuple[int, int], picture: SourcePicture, warnings: list[str]) -> Box:
    """The part of a box within the picture, to a hundredth of a pixel."""
    width, height = size
    limits = (width, height, width, height)
    edges = [round(edge, _DECIMALS) for edge in box.edges]
    within = [min(max(edge, 0.0), limit) for edge, limit in zip(edges, limits, strict=True)]
    xmin, ymin, xmax, ymax = within
    told = f"the {box.label} box ({', '.join(f'{edge:g}' for edge in edges)})"
    if xmin >= xmax or ymin >= ymax:
        reason = f"{told} has no area within it ({width} x {height}); draw it again, or delete it"
        raise BadInputError(picture.path, reason)
    if max(abs(edge - inner) for edge, inner in zip(edges, within, strict=True)) > _ROUNDING:
        warnings.append(f"{picture.path}: {told} reaches over its edge; the part inside is taken")
    return replace(box, xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax)


def open_folder(folder: Path) -> Path:
    """The folder, if it is one. Raises BadInputError."""
    if folder.is_file():
        raise BadInputError(folder, "a file, no folder; unpack it, and name the folder")
    if not folder.is_dir():
        raise BadInputError(folder, "no such folder; name the one that was unpacked")
    return folder
