"""YOLO's text files: ultralytics' ``data.yaml``, LabelImg's ``classes.txt`` or CVAT's ``obj.names``.

A picture's boxes lie in the text file of its name: where its path has a folder ``images``, in the folder
``labels`` in its place, as ultralytics looks for it (``ultralytics.data.utils.img2label_paths``); else beside
it. A line is a class from 0, and the box's centre, width and height as parts of the picture's.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from globox import BoundingBox

from annotation.boxes import Box
from data.importers.box_download import open_folder
from data.importers.box_source import (
    SIDES,
    FoundBoxes,
    SourcePicture,
    checked_classes,
    files_below,
    is_picture,
    names_below,
    passed_over,
    picture_below,
    unread_pictures,
)
from errors import BadInputError

_CONFIGURATIONS = ("data.yaml", "data.yml", "dataset.yaml")
_NAMES = ("classes.txt", "obj.names")
_OTHER_LINES = {
    6: "a detector's output with its confidence, no annotation",
    9: "a rotated box or an outline; export upright boxes",
}


@dataclass(frozen=True)
class YoloSource:
    """A download in YOLO's form; fits ``data.importers.box_source.BoxSource``."""

    place: Path
    classes: tuple[str, ...]
    pictures: tuple[SourcePicture, ...]
    warnings: tuple[str, ...] = field(default=(), repr=False)
    form: str = "yolo"

    def labels(self, picture: SourcePicture) -> Path:
        return _labels_of(picture.path)

    def boxes(self, picture: SourcePicture, size: tuple[int, int]) -> FoundBoxes | None:
        path = self.labels(picture)
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError):
            raise BadInputError(path, "cannot be read as text; export the labels again") from None
        numbered = ((number, line.split()) for number, line in enumerate(lines, start=1))
        return FoundBoxes(tuple(self._box(path, number, words, size) for number, words in numbered if words))

    def _box(self, path: Path, line: int, words: list[str], size: tuple[int, int]) -> Box:
        if len(words) != 5:
            what = _OTHER_LINES.get(len(words), "an outline or key points; export boxes")
            what = what if len(words) > 5 else "a box has a class and 4"
            raise BadInputError(path, f"{len(words)} numbers in this line: {what}", line)
        try:
            written, *values = [float(word) for word in words]
            number = int(written)
            if number != written:
                raise ValueError
        except (ValueError, OverflowError):
            raise BadInputError(path, "not a class and 4 numbers; export it again", line) from None
        if not 0 <= number < len(self.classes):
            known = f"0 to {len(self.classes) - 1}"
            raise BadInputError(path, f"the class {number} is none of {known}; check the names", line)
        if not all(math.isfinite(value) and value >= 0 for value in values) or 0 in values[2:]:
            raise BadInputError(path, "the box has no place or no area; draw it again", line)
        if max(values) > 1:
            raise BadInputError(path, "numbers above 1: pixels, not parts of the picture; divide them", line)
        box = BoundingBox.from_yolo_v5(" ".join((str(number), *words[1:])), image_size=size)
        return Box(self.classes[number], *box.ltrb)


def open_yolo(place: Path) -> YoloSource:
    """Find the classes and the pictures of a folder, or of its ``data.yaml``. Raises BadInputError."""
    if place.suffix in (".yaml", ".yml"):
        return _configured(place, place)
    folder = open_folder(place)
    configuration = next((folder / name for name in _CONFIGURATIONS if (folder / name).is_file()), None)
    if configuration is not None:
        return _configured(place, configuration)
    listings = sorted((path for path in files_below(folder) if path.name in _NAMES), key=_rank)
    if not listings:
        raise BadInputError(folder, "no data.yaml and no classes.txt in it, which name the classes; add one")
    classes = checked_classes(listings[0], _lines(listings[0]))
    for path in listings[1:]:
        if _lines(path) != _lines(listings[0]):
            raise BadInputError(
                path, f"it has other classes than {listings[0]}; remove the one that is wrong"
            )
    below = {folder / f"obj_{side}_data": side for side in SIDES} | {folder / "images": ""}  # CVAT's, others'
    places = {path: side for path, side in below.items() if path.is_dir()} or {folder: ""}
    pictures = [picture for path, side in places.items() for picture in _pictures_below(path, side)]
    return YoloSource(place, classes, tuple(pictures), _warnings(places, pictures))


def _rank(listing: Path) -> int:
    return _NAMES.index(listing.name)


def _configured(place: Path, configuration: Path) -> YoloSource:
    content = _read_configuration(configuration)
    classes = checked_classes(configuration, _names(configuration, content.get("names")))
    folders, lines, warnings = _sides(configuration, content)
    pictures = [picture for path, side in folders.items() for picture in _pictures_below(path, side)]
    names = names_below([line for _, line, _ in lines], [side for *_, side in lines])
    pictures += [
        SourcePicture(folder / line, name, side)
        for (folder, line, side), name in zip(lines, names, strict=True)
    ]
    return YoloSource(place, classes, tuple(pictures), (*warnings, *_warnings(folders, pictures)))


def _read_configuration(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        raise BadInputError(path, "cannot be read; check the path") from None
    except (yaml.YAMLError, ValueError, RecursionError):  # of text, YAML, a date that is none
        raise BadInputError(path, "cannot be read as YAML; export it again") from None
    if not isinstance(content, dict):
        raise BadInputError(path, "no settings in it; give names, train and val")
    return content


def _names(path: Path, names: object) -> Sequence[object]:
    """The classes from 0 on, written as a list or as a mapping of their numbers."""
    if isinstance(names, Mapping):
        numbered = {str(number): name for number, name in names.items()}
        if set(numbered) != {str(number) for number in range(len(names))}:
            raise BadInputError(
                path, f"its names are not numbered from 0 to {len(names) - 1}; number them so"
            )
        return [numbered[str(number)] for number in range(len(names))]
    if not isinstance(names, list):
        raise BadInputError(path, "no names in it; list the classes there")
    return names


def _sides(
    configuration: Path, content: Mapping[str, Any]
) -> tuple[dict[Path, str], list[tuple[Path, str, str]], list[str]]:
    """What a configuration names, each with its side: folders of pictures, and the lines of lists of them
    with the folder of the list. A side that is not there is a warning where another is."""
    folders: dict[Path, str] = {}
    lines: list[tuple[Path, str, str]] = []
    absent: list[BadInputError] = []
    for side in SIDES:
        given = content.get(side) or []
        for place in given if isinstance(given, list) else [given]:
            try:
                found = _found(configuration, content, str(place))
            except BadInputError as error:
                absent.append(error)
                continue
            if found.is_dir():
                folders.setdefault(found, side)
            else:
                lines += [(found.parent, line, side) for line in _lines(found)]
    if absent and not folders and not lines:
        raise absent[0]
    return folders, lines, [str(error) for error in absent]


def _found(configuration: Path, content: Mapping[str, Any], place: str) -> Path:
    """Where a folder or a list of pictures lies: ``path`` is often that of another machine, and
    Roboflow's folders are one higher than they say."""
    folder = configuration.parent
    below = place.lstrip("./")
    for candidate in (folder / str(content.get("path") or "") / place, folder / place, folder / below):
        if candidate.exists():
            return candidate
    raise BadInputError(configuration, f"no {place!r} that it names; correct its path, train, val and test")


def _pictures_below(folder: Path, side: str = "") -> Iterator[SourcePicture]:
    return (picture_below(folder, path, side) for path in files_below(folder) if is_picture(path))


def _warnings(folders: Iterable[Path], pictures: Sequence[SourcePicture]) -> tuple[str, ...]:
    """On pictures that have no labels, on labels that have no picture, and on pictures that are not read."""
    known = {_labels_of(picture.path) for picture in pictures}
    without = [picture for picture in pictures if not _labels_of(picture.path).exists()]
    searched = dict.fromkeys(path for folder in folders for path in _with_labels(folder))
    orphans = [path for path in searched if path not in known and _has_boxes(path)]
    told = (
        f"pictures without a label file: {len(without)}, such as {without[0].name}; taken as not "
        "annotated: where nothing is to be seen in one, give it an empty file"
        if without
        else ""
    )
    return (
        *filter(None, [told]),
        *passed_over("label files without a picture that is read", orphans, "add the pictures"),
        *unread_pictures(searched),
    )


def _with_labels(folder: Path) -> Iterator[Path]:
    """The files of a folder of pictures, and those of its folder of labels."""
    yield from files_below(folder)
    labels = _labels_folder(folder)
    if labels is not None:
        yield from files_below(labels)


def _has_boxes(path: Path) -> bool:
    """Whether a text file says boxes, by its first line."""
    if path.suffix != ".txt" or path.name in _NAMES:
        return False
    try:
        words = path.read_text(encoding="utf-8-sig").strip().partition("\n")[0].split()
    except (OSError, UnicodeDecodeError):
        return False
    return len(words) > 4 and all(re.fullmatch(r"[-+.\deE]+", word) for word in words)


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError):
        raise BadInputError(path, "cannot be read as text; save it as UTF-8") from None


def _labels_of(picture: Path) -> Path:
    folder = _labels_folder(picture.parent)
    swapped = (folder / picture.name).with_suffix(".txt") if folder else None
    return swapped if swapped and swapped.exists() else picture.with_suffix(".txt")


def _labels_folder(pictures: Path) -> Path | None:
    """The folder ``labels`` in the place of the last folder ``images``, where there is one."""
    parts = list(pictures.parts)
    if "images" not in parts:
        return None
    last = len(parts) - 1 - parts[::-1].index("images")
    return Path(*parts[:last], "labels", *parts[last + 1 :])
