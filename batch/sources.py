"""The studies of a batch: where they lie, and what results call them."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from errors import BadInputError
from imaging.batch import patients_apart


@dataclass(frozen=True)
class StudySource:
    """Where a study lies, and what results call it: like its folder, or its file without the ending."""

    name: str
    path: Path

    @classmethod
    def at(cls, path: Path) -> "StudySource":
        whole = Path(os.path.abspath(path))
        return cls(whole.name if whole.is_dir() else whole.stem, path)


def study_sources(given: Iterable[Path]) -> list[StudySource]:
    """Studies, and the subfolders of folders that hold a study of another patient in each."""
    return [StudySource.at(path) for folder in given for path in patients_apart(folder)]


def check_names(sources: Iterable[StudySource]) -> None:
    """Raises BadInputError where the results of two studies would overwrite each other."""
    sources = list(sources)
    names = Counter(source.name for source in sources)
    for source in sources:
        if names[source.name] > 1:
            raise BadInputError(source.path, "another study has the same name; rename one of their folders")


def numbered_names(names: Iterable[str]) -> frozenset[str]:
    """The names that look like the second study of another source: ``study-2`` beside a ``study``."""
    known = set(names)
    return frozenset(name for name in known if name_without_number(name) in known)


def name_without_number(name: str) -> str | None:
    """``study`` of ``study-2``; None where there is no number."""
    first, _, number = name.rpartition("-")
    return first if first and number.isdecimal() else None
