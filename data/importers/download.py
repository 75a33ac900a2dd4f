"""What an importer hands over: the items of a download, each as pictures with boxes and rows of tables."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from annotation.boxes import Box
from annotation.labels import LabelSet
from data.image_table import ImageRow
from imaging.picture_table import PictureRow


@dataclass(frozen=True)
class ImportedPicture:
    """One picture of the cohort.

    ``row``: of ``images.csv``, with the picture's place in the patient where that is known. ``content``: of
    the picture's file. ``size``: width, height in pixels, channels. ``boxes``: None where nobody annotated
    it, so that it has no XML; ``annotated``: the classes that were looked for in it, none given: all.
    """

    row: PictureRow | ImageRow
    content: bytes = field(repr=False)
    size: tuple[int, int, int]
    boxes: tuple[Box, ...] | None
    annotated: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Imported:
    """What one item gave. ``tables``: by file name, such as ``discs.csv``, rows that are dataclasses, of one
    type a table. ``warnings``: sentences on what is odd and was accepted."""

    pictures: tuple[ImportedPicture, ...] = ()
    tables: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def digest_of(files: Iterable[Path]) -> str:
    """What tells the content of these files from any other, for a download's ``name``; "" of one that is not
    there."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest())
    return digest.hexdigest()[:16]


class Download(Protocol):
    """A public dataset as it lies in a folder. ``name``: of the importer, and whatever else makes what comes
    out this and nothing else, such as options: an import goes on from what the same left."""

    @property
    def name(self) -> str: ...

    @property
    def label_set(self) -> LabelSet: ...

    def items(self) -> Sequence[str]:
        """The parts of the download that are read one at a time, such as its volumes; each once, always in
        the same order. Raises BadInputError where the folder is no such download."""
        ...

    def read(self, item: str) -> Imported:
        """Read one of them. Raises BadInputError where it cannot be used; the others go on."""
        ...
