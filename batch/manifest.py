"""Which studies of a batch have been read: a note of each, written after all of its files.

A folder of notes, not one file with a line for each: a note appears whole on shared storage and in object
stores alike, which cannot append, and whichever machine reads a study writes its note.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version

from pydantic import TypeAdapter

from axial.models import AxialModels, AxialRules
from axial.result import ModelIdentity
from batch.sources import StudySource
from cluster.storage import Storage
from errors import BadInputError
from models.runtimes import RuntimeName
from reporting.contact import StudyCard

MANIFEST = "manifest"
_SETTINGS_FILE = f"{MANIFEST}/settings.json"


@dataclass(frozen=True)
class ReadingOptions:
    """What is wanted of every study. ``reports``: PDF, DICOM and a card of the page besides the result."""

    with_levels: bool = True
    reports: bool = True
    activation_maps: bool = False


@dataclass(frozen=True)
class BatchSettings:
    """What the results in one folder have in common. ``version``: of Discern; ``rules``: a digest of those of
    the models; ``runtime``: as it was asked for."""

    version: str
    models: tuple[ModelIdentity, ...]
    rules: str
    runtime: RuntimeName
    options: ReadingOptions

    @classmethod
    def of(cls, models: AxialModels, runtime: RuntimeName, options: ReadingOptions) -> "BatchSettings":
        rules = hashlib.sha256(TypeAdapter(AxialRules).dump_json(models.rules)).hexdigest()
        return cls(version("discern-spine"), models.identities, rules, runtime, options)


_SETTINGS = TypeAdapter(BatchSettings)
_CARDS = TypeAdapter(tuple[StudyCard, ...])


@dataclass(frozen=True)
class Manifest:
    """The notes of a batch in ``storage``."""

    storage: Storage

    @classmethod
    def open(cls, storage: Storage, settings: BatchSettings) -> "Manifest":
        """Begin a batch or go on with one.

        Raises BadInputError where it was begun with other models or options, or by another Discern: nobody
        could tell which results in the folder are whose, and to read them all again unasked may cost days.
        """
        content = storage.read(_SETTINGS_FILE)
        if content is None:
            storage.write(_SETTINGS_FILE, _SETTINGS.dump_json(settings, indent=1) + b"\n")
            return cls(storage)
        try:
            before = _SETTINGS.validate_json(content)
        except ValueError:
            raise BadInputError(
                storage.address(_SETTINGS_FILE), "not the settings of a batch; choose another --out"
            ) from None
        other = [
            item.name
            for item in fields(BatchSettings)
            if getattr(before, item.name) != getattr(settings, item.name)
        ]
        if other:
            raise BadInputError(
                storage.address(MANIFEST),
                f"its studies were read with other settings ({', '.join(other)}); choose another --out",
            )
        return cls(storage)

    def note(self, source: StudySource, cards: Sequence[StudyCard]) -> None:
        """A source has been read, and all of its files are there. ``cards``: of its studies, if any."""
        self.storage.write(f"{MANIFEST}/{_name_of_note(source)}", _CARDS.dump_json(tuple(cards)) + b"\n")

    def notes(self) -> list[str]:
        """All notes, by the names of their studies."""
        settings = _SETTINGS_FILE.rpartition("/")[2]
        return [name for name in self.storage.names(MANIFEST) if name != settings]

    def unread(self, sources: Iterable[StudySource]) -> list[StudySource]:
        """The sources that have no note yet. Raises BadInputError where a study of the same name, which lies
        somewhere else, has one: their results would overwrite each other."""
        notes = self.notes()
        names = {name.rsplit(".", 2)[0] for name in notes}
        known, waiting = set(notes), []
        for source in sources:
            if _name_of_note(source) in known:
                continue
            if source.name in names:
                raise BadInputError(
                    source.path,
                    "another study of this name was read into --out; rename one, or choose another --out",
                )
            waiting.append(source)
        return waiting

    def cards(self, notes: Iterable[str]) -> Iterator[StudyCard]:
        """The cards in some notes, read one by one."""
        for name in notes:
            yield from _CARDS.validate_json(self.storage.read(f"{MANIFEST}/{name}") or b"[]")


def _name_of_note(source: StudySource) -> str:
    """By name and place, so that to list the notes is enough to know what was read."""
    place = hashlib.sha256(os.path.abspath(source.path).encode()).hexdigest()
    return f"{source.name}.{place[:12]}.json"
