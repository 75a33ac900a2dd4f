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
from batch.sources import StudySource, name_without_number
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


@dataclass(frozen=True)
class _Note:
    """The names of a source's studies, most often its own alone, and their cards if there are any."""

    studies: tuple[str, ...]
    cards: tuple[StudyCard, ...]


_SETTINGS = TypeAdapter(BatchSettings)
_NOTE = TypeAdapter(_Note)


@dataclass(frozen=True)
class Manifest:
    """The notes of a batch in ``storage``."""

    storage: Storage

    @classmethod
    def open(cls, storage: Storage, settings: BatchSettings) -> "Manifest":
        """Begin a batch or go on with one.

        Raises BadInputError where studies were read with other models or options, or by another Discern:
        nobody could tell which results in the folder are whose, and to read them all again unasked may cost
        days. Settings with which nothing was read are replaced.
        """
        manifest = cls(storage)
        if manifest.was_begun() and manifest.notes():
            manifest._compare(settings)
        else:
            storage.write(_SETTINGS_FILE, _SETTINGS.dump_json(settings, indent=1) + b"\n")
        return manifest

    def was_begun(self) -> bool:
        """Whether a batch was begun in its folder."""
        return self.storage.read(_SETTINGS_FILE) is not None

    def _compare(self, settings: BatchSettings) -> None:
        """Raises BadInputError where the settings of the folder are others."""
        storage = self.storage
        try:
            before = _SETTINGS.validate_json(storage.read(_SETTINGS_FILE) or b"")
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

    def note(self, source: StudySource, studies: Sequence[str], cards: Sequence[StudyCard]) -> None:
        """A source has been read, and all of its files are there. ``studies``: the names of its studies;
        ``cards``: theirs, if any."""
        note = _NOTE.dump_json(_Note(tuple(studies), tuple(cards)))
        self.storage.write(f"{MANIFEST}/{_name_of_note(source)}", note + b"\n")

    def notes(self) -> list[str]:
        """All notes, by the names of their studies."""
        settings = _SETTINGS_FILE.rpartition("/")[2]
        return [name for name in self.storage.names(MANIFEST) if name != settings]

    def names(self) -> set[str]:
        """What the sources are called that have a note."""
        return {_name_in(note) for note in self.notes()}

    def unread(self, sources: Iterable[StudySource]) -> list[StudySource]:
        """The sources that have no note yet. Raises BadInputError where a study of the same name, which lies
        somewhere else, has one: their results would overwrite each other."""
        by_name = {_name_in(note): note for note in self.notes()}
        known, waiting = set(by_name.values()), []
        for source in sources:
            if _name_of_note(source) in known:
                continue
            beside = by_name.get(name_without_number(source.name) or "")
            numbered = beside is not None and source.name in self._read(beside).studies
            if source.name in by_name or numbered:
                raise BadInputError(
                    source.path,
                    "another study of this name was read into --out; rename one, or choose another --out",
                )
            waiting.append(source)
        return waiting

    def cards(self, notes: Iterable[str]) -> Iterator[StudyCard]:
        """The cards in some notes, read one by one. Raises BadInputError where one is damaged."""
        for name in notes:
            yield from self._read(name).cards

    def _read(self, name: str) -> _Note:
        """Raises BadInputError where a note is damaged."""
        try:
            return _NOTE.validate_json(self.storage.read(f"{MANIFEST}/{name}") or b"")
        except ValueError:
            raise BadInputError(
                self.storage.address(f"{MANIFEST}/{name}"),
                "not the note of a study; remove it, and the study is read again",
            ) from None


def _name_in(note: str) -> str:
    return note.rsplit(".", 2)[0]


def _name_of_note(source: StudySource) -> str:
    """By name and place, so that to list the notes is enough to know what was read."""
    place = hashlib.sha256(os.path.abspath(source.path).encode()).hexdigest()
    return f"{source.name}.{place[:12]}.json"
