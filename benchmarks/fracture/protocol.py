"""The protocol of a fracture benchmark: the classifier and how it is trained, in a YAML file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from axial.models import PHANTOM_MODELS, VERTEBRAE
from benchmarks.protocol_file import ProtocolFile, beside, mistakes_in, open_protocol
from benchmarks.typed import changed_settings, typed
from classifiers.registry import CLASSIFIERS
from classifiers.settings import Settings
from errors import BadInputError

Segment = Literal["box", "detector"]
PHANTOM_VERTEBRAE: Final = str(PHANTOM_MODELS / VERTEBRAE)
"""The detector that comes with the project; it knows phantoms alone."""


@dataclass(frozen=True)
class FractureProtocol:
    """``classifier``: of the registry; it learns from the annotated boxes. ``segment``: the region in which
    it judges a test patient, the annotated box or, of the boxes of the detector of vertebrae in the folder
    ``vertebrae``, the one that holds the annotated box's centre: what a detector's box costs."""

    title: str
    classifier: str
    settings: Settings
    label_set: str = "fracture"
    segment: Segment = "box"
    vertebrae: str = PHANTOM_VERTEBRAE
    folds: int = 10
    seed: int = 0


@dataclass(frozen=True)
class _Content:
    classifier: str
    settings: dict[str, Any] = field(default_factory=dict)
    label_set: str = "fracture"
    segment: Segment = "box"
    vertebrae: str | None = None
    folds: int = 10
    seed: int = 0


def read_fracture_protocol(name: str, quick: bool = False) -> FractureProtocol:
    """Read a protocol by its embedded name or its path; ``quick``: in its quick form. Raises
    BadInputError."""
    file = open_protocol(name, quick)
    if file.system != "fracture":
        raise BadInputError(file.path, "no protocol of fractures; name `fracture`, or a file like it")
    with mistakes_in(file.path):
        return _protocol(file)


def _protocol(file: ProtocolFile) -> FractureProtocol:
    given: _Content = typed(_Content, file.content, "a fracture protocol")
    if given.classifier not in CLASSIFIERS:
        raise ValueError(f"unknown classifier {given.classifier!r}; choose one of {', '.join(CLASSIFIERS)}")
    if given.folds < 2:
        raise ValueError(f"folds is {given.folds}; give 2 or more")
    folder = file.path.parent
    return FractureProtocol(
        title=file.title,
        classifier=given.classifier,
        settings=changed_settings(Settings(), given.settings, folder),
        label_set=beside(file.path, given.label_set),
        segment=given.segment,
        vertebrae=PHANTOM_VERTEBRAE if given.vertebrae is None else _folder(folder, given.vertebrae),
        folds=given.folds,
        seed=given.seed,
    )


def _folder(beside_protocol: Path, name: str) -> str:
    """A model folder named in a protocol is looked for beside it."""
    folder = beside_protocol / name
    return str(folder if folder.is_dir() else Path(name))
