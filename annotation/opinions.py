"""What several readers marked in the same images of a workplace."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation.labels import grading_of
from annotation.matching import DISC, Structure, structures
from annotation.voc import read_voc
from annotation.workplace import Workplace
from errors import BadInputError


@dataclass(frozen=True)
class Reader:
    """Someone whose annotations lie in ``folder``, one XML an image."""

    name: str
    folder: Path


@dataclass(frozen=True)
class Opinions:
    """An image that every reader annotated, and what each of them ``marked``."""

    image: Path
    marked: tuple[tuple[Structure, ...], ...]


@dataclass(frozen=True)
class SomeOnly:
    """An image that some of the readers annotated, but not all."""

    image: str
    readers: tuple[str, ...]


@dataclass(frozen=True)
class Readings:
    """Of all images of a workplace those that all ``readers`` annotated, and those left out: annotated
    by ``some_only``, or with an XML that cannot be used (``errors``)."""

    readers: tuple[str, ...]
    images: tuple[Opinions, ...]
    some_only: tuple[SomeOnly, ...]
    errors: tuple[BadInputError, ...]


def find_readers(workplace: Workplace, names: Sequence[str]) -> tuple[Reader, ...]:
    """Annotators of the workplace by name, others by the folder of their XML.

    Raises BadInputError for one who is neither, where two would go by the same name, and where ``disc`` is
    itself a state of a disc: ``structures`` would take what is normal and what is not for the same disc.
    """
    if DISC in grading_of(workplace.label_set.classes).states:
        raise BadInputError(
            workplace.folder,
            f"{DISC} is a diagnosis in its classes.txt; readers are compared and merged where it is any disc",
        )
    readers = tuple(_reader(workplace, name) for name in names)
    for index, reader in enumerate(readers):
        if reader.name in (other.name for other in readers[:index]):
            raise BadInputError(reader.folder, f"{reader.name} is named twice; give each reader once")
    return readers


def _reader(workplace: Workplace, name: str) -> Reader:
    if name in workplace.annotators:
        folder = workplace.folder_of(name)
        if not folder.is_dir():
            raise BadInputError(folder, f"no annotations of {name} yet; they are made by `discern annotate`")
        return Reader(name, folder)
    if not Path(name).is_dir():
        known = ", ".join(workplace.annotators) or "nobody"
        raise BadInputError(name, f"no annotator of this cohort ({known}) and no folder of XML; name one")
    return Reader(Path(name).resolve().name, Path(name))


def read_opinions(workplace: Workplace, readers: Sequence[Reader]) -> Readings:
    """Read what the readers marked. An image whose XML cannot be used is left out, with its error.

    Raises BadInputError where no image was annotated by all of them.
    """
    images: list[Opinions] = []
    some_only: list[SomeOnly] = []
    errors: list[BadInputError] = []
    for image in workplace.images:
        paths = {reader.name: reader.folder / f"{image.stem}.xml" for reader in readers}
        there = tuple(name for name, path in paths.items() if path.exists())
        if len(there) < len(readers):
            some_only += [SomeOnly(image.name, there)] if there else []
            continue
        try:
            files = [read_voc(path, label_set=workplace.label_set) for path in paths.values()]
            images.append(Opinions(image, tuple(structures(file.boxes) for file in files)))
        except BadInputError as error:
            errors.append(error)
    if not images:
        names = " and ".join(reader.name for reader in readers)
        what = "no image annotated by all of them can be used" if errors else "no image is annotated by all"
        raise BadInputError(workplace.folder, f"{names}: {what}; see `discern status` and `discern check`")
    return Readings(tuple(reader.name for reader in readers), tuple(images), tuple(some_only), tuple(errors))
