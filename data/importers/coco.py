"""COCO's JSON: images, categories and annotations with ``bbox`` = x, y, width and height in pixels.

A file, or a folder with Roboflow's ``train/_annotations.coco.json`` or COCO's own
``annotations/instances_*.json``.
Key points and outlines are left aside; an annotation that is nothing else makes its picture unusable.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from globox import BoundingBox, BoxFormat

from annotation.boxes import Box
from data.importers.box_download import open_folder
from data.importers.box_source import SIDES, FoundBoxes, SourcePicture, checked_classes, names_below
from errors import BadInputError

_PARTS = ("images", "categories", "annotations")
_UNSTATED = (None, None)
_FARTHEST = 1e9
"""No picture has so many pixels across."""


@dataclass(frozen=True)
class CocoPicture:
    """An image of a file: its size as written (width, height), its boxes, the file's classes, and why it
    cannot be used, "" where it can."""

    file: Path
    size: tuple[int | None, int | None]
    boxes: tuple[Box, ...]
    classes: frozenset[str]
    problem: str = ""


@dataclass(frozen=True)
class CocoSource:
    """A download in COCO's form; fits ``data.importers.box_source.BoxSource``."""

    place: Path
    classes: tuple[str, ...]
    found: Mapping[SourcePicture, CocoPicture] = field(repr=False)
    warnings: tuple[str, ...] = ()
    form: str = "coco"

    @property
    def pictures(self) -> tuple[SourcePicture, ...]:
        return tuple(self.found)

    def labels(self, picture: SourcePicture) -> Path:
        return self.found[picture].file

    def boxes(self, picture: SourcePicture, size: tuple[int, int]) -> FoundBoxes:
        written = self.found[picture]
        if written.problem:
            raise BadInputError(picture.path, f"in {written.file.name}, {written.problem}")
        if written.size not in (size, _UNSTATED):
            raise BadInputError(
                picture.path,
                f"{written.file.name} has it as {written.size[0]} x {written.size[1]}, it is {size[0]} x "
                f"{size[1]}; export both together",
            )
        return FoundBoxes(written.boxes, classes=written.classes)


def open_coco(place: Path, images: Path | None = None) -> CocoSource:
    """Read a JSON, or those of a folder, whole; their pictures lie beside, or in ``images``.

    Raises BadInputError.
    """
    files = [place] if place.suffix == ".json" else _files_in(open_folder(place))
    if images is not None:
        open_folder(images)
    contents = {path: _content(path) for path in files}
    found: dict[SourcePicture, CocoPicture] = {}
    classes: dict[str, None] = {}
    warnings: list[str] = []
    for path in files:
        content = contents.pop(path)
        names = _categories(path, content, warnings)
        classes |= dict.fromkeys(names.values())
        for picture, written in _pictures(path, content, names, images, warnings):
            if picture in found:
                reason = f"its image {picture.name} is in {found[picture].file.name} too; join the two"
                raise BadInputError(path, reason)
            found[picture] = written
    if found and not any(_is_file(picture.path) for picture in found):
        reason = f"none of its {len(found)} pictures is there; name their folder with --images"
        raise BadInputError(place, reason)
    warnings = list(dict.fromkeys(warnings))
    return CocoSource(place, checked_classes(place, list(classes)), _apart(found), tuple(warnings))


def _apart(found: Mapping[SourcePicture, CocoPicture]) -> dict[SourcePicture, CocoPicture]:
    """The same, but where images of several names are one file none of them can be used."""
    names = defaultdict(set)
    for picture in found:
        names[picture.path].add(picture.name)
    return {
        picture: replace(
            written, problem=f"several images are this file: {', '.join(sorted(names[picture.path]))}"
        )
        if len(names[picture.path]) > 1
        else written
        for picture, written in found.items()
    }


def _files_in(folder: Path) -> list[Path]:
    candidates = [
        path
        for part in ("", "annotations", *SIDES)
        for path in sorted((folder / part).glob("*.json"))
        if not path.name.startswith("._")  # macOS's companions
    ]
    instances = [path for path in candidates if path.name.startswith(("instances_", "_annotations.coco"))]
    if not candidates:
        raise BadInputError(folder, "no JSON in it, in annotations, train, valid or test; name the file")
    return instances or candidates


def _content(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError:
        raise BadInputError(path, "cannot be read; check the path") from None
    except (ValueError, RecursionError):  # of text, of JSON, of a number with thousands of digits
        raise BadInputError(path, "not JSON; export it again") from None
    for part in _PARTS:
        entries = content.get(part) if isinstance(content, dict) else None
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise BadInputError(path, f"no COCO file: it has no list of {part}; export boxes as COCO")
    return content


def _id(value: object) -> object:
    """An id as one kind of number: tables write 1.0 for 1."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _categories(
    path: Path, content: Mapping[str, Sequence[Mapping[str, Any]]], warnings: list[str]
) -> dict[str, str]:
    """Names by id, in the order of the ids."""
    used = {str(_id(entry.get("category_id"))) for entry in content["annotations"]}
    entries = content["categories"]
    names: dict[int, str] = {}
    for entry in entries:
        number, name = _id(entry.get("id")), entry.get("name")
        if not isinstance(number, int) or not isinstance(name, str):
            raise BadInputError(path, "a category has no id or no name; export it again")
        if number in names:
            raise BadInputError(path, f"the category {number} stands twice; remove one")
        if str(number) in used or not _is_heading(entry, entries):
            names[number] = name.strip()
        else:
            warnings.append(f"the category {name!r} heads all others and has no annotation: it is left out")
    checked_classes(path, list(names.values()))
    return {str(number): names[number] for number in sorted(names)}


def _is_heading(entry: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> bool:
    """Whether this is the project, which Roboflow puts in front of the categories as one above them.

    No annotation has it; Roboflow's own trainer leaves it out too (roboflow/rf-detr, pull request 1303).
    """
    first, *others = entries
    heads = entry is first and entry["id"] == 0 and entry.get("supercategory") == "none"
    return heads and bool(others) and all(item.get("supercategory") == entry["name"] for item in others)


def _pictures(
    path: Path,
    content: Mapping[str, Sequence[Mapping[str, Any]]],
    names: Mapping[str, str],
    images: Path | None,
    warnings: list[str],
) -> Iterator[tuple[SourcePicture, CocoPicture]]:
    annotations = defaultdict(list)
    for entry in content["annotations"]:
        annotations[str(_id(entry.get("image_id")))].append(entry)
    side = _side(path)
    folders = _folders(path, images, side)
    files = _file_names(path, content["images"])
    short_names = names_below(list(files.values()), [side] * len(files))
    for entry, (number, name), short in zip(content["images"], files.items(), short_names, strict=True):
        found = [_box(item, names) for item in annotations.pop(number, ())]
        problem = next((item for item in found if isinstance(item, str)), "")
        boxes = tuple(item for item in found if isinstance(item, Box))
        size = (entry.get("width"), entry.get("height"))
        picture = SourcePicture(_found(folders, name), short, side)
        yield picture, CocoPicture(path, size, boxes, frozenset(names.values()), problem)
    if annotations:
        count = sum(map(len, annotations.values()))
        warnings.append(f"{path}: annotations of images that it does not list: {count}; they are left out")


def _file_names(path: Path, images: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The files of the images by id, each id and each name once."""
    files: dict[str, str] = {}
    for entry in images:
        number, name = _id(entry.get("id")), entry.get("file_name")
        if number is None or not isinstance(name, str) or not name.strip():
            raise BadInputError(path, "an image has no id or no file_name; export it again")
        if str(number) in files:
            reason = (
                f"the image id {number} stands twice, so that its boxes are nobody's; number images apart"
            )
            raise BadInputError(path, reason)
        files[str(number)] = name
    for name, count in Counter(files.values()).items():
        if count > 1:
            raise BadInputError(path, f"the image {name} stands twice; remove one and join its annotations")
    return files


def _box(entry: Mapping[str, Any], names: Mapping[str, str]) -> Box | str:
    """The box of an annotation, or why there is none."""
    told = f"annotation {entry.get('id')}"
    label = names.get(str(_id(entry.get("category_id"))))
    if label is None:
        return f"{told} has a category that the file does not name; name it"
    if entry.get("iscrowd"):
        return f"{told} bounds a crowd (iscrowd); give each structure a box of its own"
    values, attributes = entry.get("bbox"), entry.get("attributes")
    if not isinstance(values, list) or not values:
        what = "an outline and no bbox" if entry.get("segmentation") else "no bbox"
        return f"{told} has {what}; export boxes"
    if len(values) == 5 or (isinstance(attributes, dict) and attributes.get("rotation")):
        return f"{told} is a rotated box; export upright boxes"
    numbers = [value for value in values if isinstance(value, int | float) and abs(value) < _FARTHEST]
    if len(numbers) != 4 or len(values) != 4:
        return f"{told} has a bbox that is not 4 numbers; write x, y, width and height"
    if min(numbers[2:]) <= 0:
        return f"{told} has a box without area; draw it again, or delete it"
    x, y, width, height = numbers
    box = BoundingBox.create(label=label, coords=(x, y, width, height), box_format=BoxFormat.LTWH)
    return Box(label, *box.ltrb)


def _side(path: Path) -> str:
    """The side of the split that a file is of, by its folder (Roboflow) or its name (COCO)."""
    if path.parent.name in SIDES:
        return path.parent.name
    match = re.search(rf"(?<![a-z])({'|'.join(SIDES)})(?![a-z])", path.stem.lower())
    return match[1] if match else ""


def _folders(path: Path, images: Path | None, side: str) -> tuple[Path, ...]:
    """Where the pictures of a file may lie."""
    year = re.search(r"\d{4}$", path.stem)
    sides = (side, f"{side}{year[0]}") if year else (side,)
    above = path.parent.parent
    places = (images,) if images else (path.parent, path.parent / "images", above, above / "images")
    return tuple(folder for place in places for folder in (*(place / name for name in sides), place))


def _found(folders: Sequence[Path], name: str) -> Path:
    """Where a picture lies: below one of the folders as it is written, else there by its last part; where it
    would, if it does not."""
    written = name.replace("\\", "/")
    places = [folder / item for item in (written, written.rsplit("/", 1)[-1]) for folder in folders]
    return next((path for path in places if _is_file(path)), places[0])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name longer than any file's
        return False
