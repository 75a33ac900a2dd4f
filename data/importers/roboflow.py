"""Roboflow's Pascal VOC: ``train/``, ``valid/`` and ``test/`` with pictures and XML side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annotation.labels import LabelSet, read_label_set
from annotation.problems import Problem
from annotation.voc import read_voc
from annotation.voc_elements import read_elements
from data.importers.box_download import open_folder
from data.importers.box_source import (
    SIDES,
    FoundBoxes,
    SourcePicture,
    checked_classes,
    files_below,
    is_picture,
    passed_over,
    picture_below,
    unread_pictures,
)
from errors import BadInputError


@dataclass(frozen=True)
class RoboflowSource:
    """A download in Roboflow's form; fits ``data.importers.box_source.BoxSource``."""

    place: Path
    classes: tuple[str, ...]
    pictures: tuple[SourcePicture, ...]
    warnings: tuple[str, ...] = field(default=(), repr=False)
    form: str = "roboflow"

    def labels(self, picture: SourcePicture) -> Path:
        return picture.path.with_suffix(".xml")

    def boxes(self, picture: SourcePicture, size: tuple[int, int]) -> FoundBoxes | None:
        path = self.labels(picture)
        if not path.exists():
            return None
        voc = read_voc(path, label_set=LabelSet(self.classes), image_size=size)
        if (voc.width, voc.height) != size:
            reason = f"its size is {voc.width} x {voc.height}, the picture's {size[0]} x {size[1]}"
            raise BadInputError(path, f"{reason}; export both together")
        return FoundBoxes(voc.boxes, tuple(f"{path}: {problem.message}" for problem in voc.warnings))


def open_roboflow(folder: Path) -> RoboflowSource:
    """Find the pictures of a folder, and the classes that their XML names, or ``classes.txt`` where there is
    one. Raises BadInputError."""
    open_folder(folder)
    sides = [folder / side for side in SIDES if (folder / side).is_dir()]
    files = list(files_below(folder))
    pictures = tuple(
        picture_below(side, path, side.name if sides else "")
        for side in sides or [folder]
        for path in files
        if path.parent == side and is_picture(path)
    )
    listing = folder / "classes.txt"
    if listing.exists():
        classes = read_label_set(listing).classes
    else:
        classes = checked_classes(folder, sorted(_classes_in(pictures)))
    return RoboflowSource(folder, classes, pictures, _warnings(files, pictures))


def _warnings(files: Sequence[Path], pictures: Sequence[SourcePicture]) -> tuple[str, ...]:
    taken = {picture.path for picture in pictures}
    expected = {path.with_suffix(".xml"): path for path in files if is_picture(path)}
    without = sorted(path for xml, path in expected.items() if path in taken and not xml.exists())
    orphans = [path for path in files if path.suffix == ".xml" and path not in expected]
    elsewhere = [path for path in expected.values() if path not in taken]
    told = (
        f"pictures without XML: {len(without)}, such as {without[0].name}; taken as not annotated"
        if without
        else ""
    )
    return (
        *filter(None, [told]),
        *passed_over("XML without a picture that is read", orphans, "put the pictures beside"),
        *passed_over("pictures outside the folders that are read", elsewhere, "put them with the others"),
        *unread_pictures(files),
    )


def _classes_in(pictures: tuple[SourcePicture, ...]) -> set[str]:
    """An XML that cannot be read is named when its picture is."""
    found: set[str] = set()
    for picture in pictures:
        elements = read_elements(picture.path.with_suffix(".xml"))
        if not isinstance(elements, Problem):
            found |= {box.label for box in elements.boxes}
    return found
