"""Who adjudicates what, and where the files of it lie."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from annotation.adjudication.consensus import AGREED_IOU, opinion_label
from annotation.labels import LabelSet
from annotation.opinions import Reader, find_readers
from annotation.workplace import Workplace
from errors import BadInputError


@dataclass(frozen=True)
class Panel:
    """Who adjudicates what: of each image two of the ``readers`` have annotated it, the ``senior`` decides.

    ``iou`` is the overlap from which two boxes are one. With ``accept_single`` an image that one reader
    alone annotated enters the consensus as it is. The consensus goes into ``out``.
    """

    workplace: Workplace
    readers: tuple[Reader, ...]
    senior: str
    out: Path
    iou: float = AGREED_IOU
    accept_single: bool = False

    @property
    def folder(self) -> Path:
        """Where the senior's decisions lie."""
        return self.workplace.folder / "adjudication" / self.senior

    @property
    def opinions(self) -> Path:
        """Where the readers' opinions lie that the senior is shown."""
        return self.folder / "opinions"

    def readings(self, image: Path) -> dict[str, Path]:
        """The readers' XML of an image, of those who have annotated it."""
        paths = {reader.name: reader.folder / f"{image.stem}.xml" for reader in self.readers}
        return {name: path for name, path in paths.items() if path.exists()}

    def decision(self, image: Path) -> Path:
        """Where the senior's decision on an image goes."""
        return self.folder / f"{image.stem}.xml"

    def consensus(self, image: Path) -> Path:
        """Where the consensus on an image goes."""
        return self.out / "annotations" / f"{image.stem}.xml"

    @property
    def label_set(self) -> LabelSet:
        """The workplace's classes, and after each reader's name again."""
        classes = self.workplace.label_set.classes
        named = (opinion_label(label, reader.name) for reader in self.readers for label in classes)
        return LabelSet((*classes, *named))


def form_panel(
    workplace: Workplace,
    readers: Iterable[str],
    senior: str,
    iou: float = AGREED_IOU,
    accept_single: bool = False,
    out: Path | None = None,
) -> Panel:
    """Readers by name (or folder of XML), the senior by name; the consensus goes into the cohort itself
    where no ``out`` is given. Raises BadInputError for fewer than two readers and for an unknown one."""
    found = find_readers(workplace, sorted(readers))
    workplace.folder_of(senior)  # refuses what is no name
    if len(found) < 2:
        raise BadInputError(workplace.folder, "one reader has nobody to agree with; name two or more")
    return Panel(workplace, found, senior, out or workplace.folder, iou, accept_single)
