"""Pictures of several folders get names that are unique in one; copies of a picture are told."""

import filecmp
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.importers.box_source import SourcePicture
from errors import BadInputError

_ROBOFLOW = re.compile(r"(?P<stem>.+)_(?P<suffix>[A-Za-z]+)\.rf\.[^.]+")


@dataclass(frozen=True)
class NamedPictures:
    """``pictures``: by a name that none shares, its suffix left aside; ``repeated``: a picture that is there
    again, after the one that is taken; ``warnings``: on copies."""

    pictures: dict[str, SourcePicture]
    repeated: tuple[tuple[SourcePicture, SourcePicture], ...] = ()
    warnings: tuple[str, ...] = ()


def original_name(name: str) -> str:
    """What a file was called before Roboflow exported it as ``slice3_png.rf.<hash>.jpg``; else its name."""
    match = _ROBOFLOW.fullmatch(Path(name).stem)
    return f"{match['stem']}.{match['suffix']}" if match else name


def named(pictures: Iterable[SourcePicture]) -> NamedPictures:
    """Name pictures as their files, with the folders between, so that each has an XML of its own.

    The same picture in several sides is taken once. Other pictures of the same name have the side's in
    front. Raises BadInputError where that is no name of their own either.
    """
    alike: dict[str, list[SourcePicture]] = defaultdict(list)
    for picture in pictures:
        alike[Path(picture.flat_name).stem].append(picture)
    chosen: dict[str, SourcePicture] = {}
    repeated: list[tuple[SourcePicture, SourcePicture]] = []
    others: list[SourcePicture] = []
    for first, *rest in alike.values():
        chosen[first.flat_name] = first
        for picture in rest:
            if _same_file(first.path, picture.path):
                repeated.append((first, picture))
            else:
                others.append(picture)
    stems = set(alike)
    for picture in others:
        name = f"{picture.side}_{picture.flat_name}"
        if not picture.side or Path(name).stem in stems:
            raise BadInputError(picture.path, "another picture has this name; rename one and its labels")
        stems.add(Path(name).stem)
        chosen[name] = picture
    warnings = (*_repetition([again for _, again in repeated]), *_copies(chosen))
    return NamedPictures(chosen, tuple(repeated), warnings)


def _same_file(one: Path, other: Path) -> bool:
    """Whether two files hold the same; a file that is missing is told when it is read."""
    try:
        return filecmp.cmp(one, other, shallow=False)
    except (OSError, ValueError):
        return False


def _repetition(repeated: Sequence[SourcePicture]) -> list[str]:
    if not repeated:
        return []
    return [
        f"pictures that are there more than once: {len(repeated)}, such as {repeated[0].name}; each is taken "
        "once, and what was trained on one side of this split has seen the other"
    ]


def _copies(names: Iterable[str]) -> list[str]:
    originals: dict[str, list[str]] = defaultdict(list)
    for name in names:
        originals[original_name(name)].append(name)
    copied = [original for original, copies in originals.items() if len(copies) > 1]
    if not copied:
        return []
    return [
        f"pictures that are there in copies which Roboflow has changed: {len(copied)}, such as {copied[0]}; "
        "copies are no new observations: export a version without augmentation"
    ]
