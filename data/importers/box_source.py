"""What a common box format says: its classes, its pictures, and the boxes of each."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import Protocol

from annotation.boxes import Box
from data.folder import UNFINISHED_IMPORT
from errors import BadInputError
from imaging.pictures import PICTURE_SUFFIXES

SIDES = ("train", "valid", "val", "test")
"""What the sides of a split are called."""
_OTHER_PICTURES = (".webp", ".gif", ".jp2", ".heic", ".avif", ".pgm", ".ppm", ".dcm", ".npy", ".nii", ".mha")
"""Files that hold pictures too, and are not read."""


@dataclass(frozen=True)
class SourcePicture:
    """A picture of a download. ``name``: its path below the folder of its side, such as
    ``patient7/slice3.png``; ``side``: of the download's own split, "" where it has none."""

    path: Path
    name: str
    side: str = ""

    @property
    def flat_name(self) -> str:
        """The name as that of a file in one folder."""
        return self.name.replace("/", "_")


@dataclass(frozen=True)
class FoundBoxes:
    """The boxes of one picture, in its pixels, with the download's own classes; they may reach over its
    edges. ``warnings``: what was odd and was accepted. ``classes``: the download's that were looked for in
    it, none given: all."""

    boxes: tuple[Box, ...]
    warnings: tuple[str, ...] = ()
    classes: frozenset[str] = frozenset()


class BoxSource(Protocol):
    """A download in one format. ``form``: its name; ``place``: what was named by the user; ``classes``: in
    its own order; ``warnings``: on the whole of it."""

    @property
    def form(self) -> str: ...

    @property
    def place(self) -> Path: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def pictures(self) -> tuple[SourcePicture, ...]: ...

    @property
    def warnings(self) -> tuple[str, ...]: ...

    def labels(self, picture: SourcePicture) -> Path:
        """The file that says its boxes, whether it is there or not."""
        ...

    def boxes(self, picture: SourcePicture, size: tuple[int, int]) -> FoundBoxes | None:
        """The boxes of a picture of this size (width, height) in pixels; None where nobody annotated it.
        Raises BadInputError where one of them cannot be told."""
        ...


def checked_classes(path: Path, names: Sequence[object]) -> tuple[str, ...]:
    """The names of classes that a file gives, fit for a label set. Raises BadInputError."""
    for name in names:
        if isinstance(name, bool) or not isinstance(name, str | int):  # YAML's no and off are False
            raise BadInputError(path, f"the class {name!r} is no text as it is written; put it in quotes")
    classes = tuple(str(name).strip() for name in names)
    if not classes:
        raise BadInputError(path, "no classes in it; name one at least")
    for index, name in enumerate(classes):
        if not name or not name.isprintable():
            raise BadInputError(path, f"the class {name!r} cannot be shown; name it in letters")
        if name in classes[:index]:
            raise BadInputError(path, f"the class {name!r} stands twice; give each a name of its own")
    return classes


def picture_below(folder: Path, path: Path, side: str = "") -> SourcePicture:
    """A picture found in the folder of a side, or below it."""
    (name,) = names_below([path.relative_to(folder).as_posix()], (side,))
    return SourcePicture(path, name, side)


def names_below(written: Sequence[str], sides: Sequence[str]) -> list[str]:
    """The names of pictures by their paths as a file gives them, of whichever system: without the folders
    that say no more than the side of each; absolute paths below the folder that all of them share."""
    paths = [PurePosixPath(text.replace("\\", "/")) for text in written]
    absolute = [path.is_absolute() or ":" in str(path)[:2] for path in paths]
    far_folders = [path.parts[:-1] for path, far in zip(paths, absolute, strict=True) if far]
    shared = _common_start(far_folders)
    names = []
    for path, far, side in zip(paths, absolute, sides, strict=True):
        folders = path.parts[len(shared) : -1] if far else path.parts[:-1]
        names.append("/".join((*(part for part in folders if part not in ("..", "images", side)), path.name)))
    return names


def _common_start(folders: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    columns = zip(*folders, strict=False)
    return tuple(column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns))


def files_below(folder: Path) -> Iterator[Path]:
    """The files in a folder and below, by name: none of macOS's companions (``._slice3.png``), and none of a
    cohort that was made inside the folder."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _holds_cohort(Path(place, name)))
        yield from (Path(place, name) for name in sorted(files) if not name.startswith("._"))


def _holds_cohort(folder: Path) -> bool:
    whole = (folder / "images.csv").is_file() and (folder / "annotations").is_dir()
    return whole or (folder / UNFINISHED_IMPORT).is_dir()


def is_picture(path: Path) -> bool:
    """Whether a file is a picture of a kind that is read, by its name."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def unread_pictures(paths: Iterable[Path]) -> tuple[str, ...]:
    """A warning where some of these files are pictures of other kinds."""
    other = [path for path in paths if path.suffix.lower() in _OTHER_PICTURES]
    return passed_over("pictures that are not PNG, JPEG, TIFF or BMP", other, "save them as PNG")


def passed_over(what: str, paths: Sequence[Path], advice: str) -> tuple[str, ...]:
    """A warning on files that are left out, where there are any."""
    if not paths:
        return ()
    return (f"{what}: {len(paths)}, such as {paths[0]}; they are left out: {advice}",)
