"""How far the annotators of a workplace are."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from annotation.voc import read_voc
from annotation.workplace import Workplace
from errors import BadInputError


@dataclass(frozen=True)
class AnnotatorStatus:
    """Images assigned to an annotator, annotated, and assigned but not yet annotated; boxes drawn;
    when an annotation was last saved (UTC), None where there is none."""

    name: str
    assigned: int
    done: int
    left: int
    boxes: int
    last_save: datetime | None


@dataclass(frozen=True)
class ImageStatus:
    """Who is to annotate an image, and who has."""

    image: str
    assigned: tuple[str, ...]
    done: tuple[str, ...]


@dataclass(frozen=True)
class Status:
    """The state of a workplace; ``unreadable`` are annotations whose boxes could not be counted."""

    annotators: tuple[AnnotatorStatus, ...]
    images: tuple[ImageStatus, ...]
    unreadable: tuple[BadInputError, ...]

    @property
    def annotated(self) -> dict[int, int]:
        """How many images so many people have annotated, from nobody on."""
        return dict(sorted(Counter(len(image.done) for image in self.images).items()))


def done_by(workplace: Workplace) -> dict[str, frozenset[str]]:
    """The names of the images that each annotator has an XML of."""
    return {
        name: frozenset(
            image.name for image in workplace.images if workplace.annotation(name, image).exists()
        )
        for name in workplace.annotators
    }


def status_of(workplace: Workplace) -> Status:
    """Count what is assigned and done. Raises BadInputError for assignments that cannot be read."""
    done = done_by(workplace)
    assigned = {name: frozenset(image.name for image in workplace.assigned(name)) for name in done}
    unreadable: list[BadInputError] = []
    annotators = tuple(_status(workplace, name, assigned[name], done[name], unreadable) for name in done)
    images = tuple(
        ImageStatus(
            image.name,
            tuple(name for name in done if image.name in assigned[name]),
            tuple(name for name in done if image.name in done[name]),
        )
        for image in workplace.images
    )
    return Status(annotators, images, tuple(unreadable))


def _status(
    workplace: Workplace,
    name: str,
    assigned: frozenset[str],
    done: frozenset[str],
    unreadable: list[BadInputError],
) -> AnnotatorStatus:
    paths = [workplace.annotation(name, image) for image in workplace.images if image.name in done]
    boxes = 0
    for path in paths:
        try:
            boxes += len(read_voc(path).boxes)
        except BadInputError as error:
            unreadable.append(error)
    last = max((path.stat().st_mtime for path in paths), default=None)
    return AnnotatorStatus(
        name,
        assigned=len(assigned),
        done=len(done),
        left=len(assigned - done),
        boxes=boxes,
        last_save=None if last is None else datetime.fromtimestamp(last, UTC),
    )
