"""A cohort folder in which several people annotate the same images, each in a folder of their own."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from annotation.labels import LabelSet, named_label_set, read_label_set
from errors import BadInputError
from imaging.new_folder import write_whole
from imaging.pictures import pictures_in

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Workplace:
    """``images`` of a cohort folder by name, its label set, and who has annotated what.

    The annotations of each annotator lie in ``annotators/<name>/``, one XML an image; who is to
    annotate what in ``assignments.json``. The cohort's own ``annotations/`` hold the consensus.
    """

    folder: Path
    images: tuple[Path, ...]
    label_set: LabelSet

    @property
    def annotators(self) -> tuple[str, ...]:
        """Everyone who has a folder or an assignment, by name."""
        folders = self.folder / "annotators"
        found = {path.name for path in folders.iterdir() if path.is_dir()} if folders.is_dir() else set()
        return tuple(sorted(found | self.assignments().keys()))

    def folder_of(self, annotator: str) -> Path:
        """Where an annotator's XML lies. Raises BadInputError for a name that is none for a folder."""
        if not _NAME.fullmatch(annotator):
            raise BadInputError(annotator, "no name for an annotator; use letters, digits, - and _")
        return self.folder / "annotators" / annotator

    def annotation(self, annotator: str, image: Path) -> Path:
        """The path of an annotator's XML of an image, whether it is there or not."""
        return self.folder_of(annotator) / f"{image.stem}.xml"

    def assigned(self, annotator: str) -> tuple[Path, ...]:
        """The images that an annotator is to annotate: every image where nothing is assigned to anyone."""
        assignments = self.assignments()
        if not assignments:
            return self.images
        names = set(assignments.get(annotator, ()))
        return tuple(image for image in self.images if image.name in names)

    def assignments(self) -> dict[str, tuple[str, ...]]:
        """Image names by annotator; empty where nothing was assigned. Raises BadInputError."""
        path = self.folder / "assignments.json"
        if not path.exists():
            return {}
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            return {str(name): tuple(map(str, images)) for name, images in content.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            raise BadInputError(
                path, "not a file of assignments; make it anew with `discern assign`"
            ) from None

    def assign(self, assignments: dict[str, tuple[str, ...]]) -> None:
        """Write who is to annotate what, whole or not at all."""
        write_whole(self.folder / "assignments.json", json.dumps(assignments, indent=1) + "\n")


def open_workplace(folder: Path) -> Workplace:
    """A cohort folder as a workplace. Raises BadInputError where there are no pictures in it."""
    if not folder.is_dir():
        raise BadInputError(folder, "no such folder; give one with pictures, as `discern export` makes it")
    images = folder / "images" if (folder / "images").is_dir() else folder
    classes = folder / "classes.txt"
    label_set = read_label_set(classes) if classes.exists() else named_label_set("lumbar")
    return Workplace(folder, tuple(pictures_in(images)), label_set)
