"""What LabelImg is to show: which images, where their XML goes, which classes."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from annotation.labels import LabelSet


@dataclass(frozen=True)
class Task:
    """``images`` to annotate in this order, with the classes of ``label_set``; XML goes into ``folder``.

    An image that has no XML there yet begins with the boxes of the file of its name in ``proposals``,
    if there is one; they become the annotator's when they are saved. ``title`` stands over the window.
    """

    title: str
    images: tuple[Path, ...]
    folder: Path
    proposals: Path
    label_set: LabelSet

    def annotation(self, image: Path) -> Path:
        """Where the XML of an image goes; the image is done when it is there."""
        return self.folder / f"{image.stem}.xml"

    def proposal(self, image: Path) -> Path:
        return self.proposals / f"{image.stem}.xml"

    @property
    def first(self) -> int:
        """The place of the first image that is not done; 0 where all are."""
        places = (place for place, image in enumerate(self.images) if not self.annotation(image).exists())
        return next(places, 0)

    def to_json(self) -> str:
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> "Task":
        content = json.loads(text)
        return cls(
            content["title"],
            tuple(map(Path, content["images"])),
            Path(content["folder"]),
            Path(content["proposals"]),
            LabelSet(tuple(content["label_set"]["classes"])),
        )
