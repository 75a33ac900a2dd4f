"""Cases are added to a draft study: checked, de-identified into a folder of their own, and entered."""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Connection, Row, insert, select

from annotation.labels import GRADINGS, LUMBAR, SLIP
from data.phantom.cohort import OPEN_KEY
from imaging.pseudonyms import PseudonymKey, open_key, read_key
from models.identities import TrainingIdentities, read_identities
from reading.cases.examination import CaseRefused
from reading.cases.new_case import Copied, NewCase
from reading.cases.single_pictures import picture_sources_of
from reading.cases.sources import (
    CASES_FOLDER,
    IMPORT_FOLDER,
    IMPORT_KEY,
    UNFINISHED,
    CasesOf,
    CaseSource,
    sources_of,
)
from reading.cases.uploads import UPLOAD_FOLDER
from reading.people.audit import note
from reading.store import tables
from reading.store.database import Store
from reading.store.truth import truth_as_json

KEY_FILE = "pseudonyms.key"
"""In the data folder."""
_DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True)
class AddedCases:
    """``added``: the cases' ids by their names in the study. ``refused`` and ``warnings``: a sentence each,
    which begins with the name that the coordinator knows."""

    added: dict[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def add_cases(
    store: Store,
    data: Path,
    study_id: str,
    source: CasesOf,
    training: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,
    batch: str = "",
    account_id: str | None = None,
) -> AddedCases:
    """Add cases to a draft study; what cannot be one is said, and the rest goes on.

    ``batch``: a UUID; the same one again goes on where it was broken off. ``progress`` is called with the
    cases done and their number. Raises CaseRefused where the study is no draft, or nothing can be looked at;
    BadInputError where the study's models or a key of pseudonyms cannot be read.
    """
    with store.read() as connection:
        study = _draft(connection, study_id)
    own_key = open_key(data / KEY_FILE)
    keys = [OPEN_KEY, own_key, *_import_key(data)]
    grading = GRADINGS[study.design.get("label_set", LUMBAR.label_set)]
    if study.design.get("pictures") == "images":
        sources, refused = picture_sources_of(data, source, _asked(study.design), grading)
    else:
        sources, refused = sources_of(data, source, grading)
    adding = _Adding(
        store,
        data,
        study_id,
        training,
        grading.levels,
        batch or str(uuid4()),
        account_id,
        own_key,
        keys,
        read_identities(Path(study.models)),
        [],
    )
    added: dict[str, str] = {}
    for done, item in enumerate(sources, start=1):
        try:
            name, case = adding.add(item)
            added[name] = case
        except CaseRefused as error:
            refused.append(f"{item.name}: {error}")
        progress(done, len(sources))
    return AddedCases(added, tuple(refused), tuple(adding.warnings))


def remove_stale(data: Path) -> None:
    """What killed processes left: uploads and unfinished folders that were not touched for a day."""
    for pattern in (f"{UPLOAD_FOLDER}/*", f"{UNFINISHED}*", f"{CASES_FOLDER}/{UNFINISHED}*"):
        for path in data.glob(pattern):
            if time.time() - path.stat().st_mtime > _DAY_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Adding:
    """What is the same for all cases of a batch. ``levels``: asked of a case whose truth nobody knows."""

    store: Store
    data: Path
    study: str
    training: bool
    levels: tuple[str, ...]
    batch: str
    account: str | None
    key: PseudonymKey
    training_keys: Sequence[PseudonymKey]
    models: Sequence[TrainingIdentities]
    warnings: list[str]

    def add(self, source: CaseSource) -> tuple[str, str]:
        """The name and the id of the case. Raises CaseRefused."""
        case = str(uuid5(UUID(self.batch), source.name))
        with self.store.read() as connection:
            name: str | None = connection.scalar(select(tables.cases.c.name).where(tables.cases.c.id == case))
        if name is not None:
            return name, case
        with source.opened() as new:
            leak = new.leak(self.models, self.training_keys)
            if leak:
                raise CaseRefused(leak)
            return self._copy_and_enter(case, source.name, new), case

    def _copy_and_enter(self, case: str, known_as: str, new: NewCase) -> str:
        """The folder and the row appear together, or neither does."""
        with TemporaryDirectory(prefix=UNFINISHED, dir=self.data / CASES_FOLDER) as space:
            copy = Path(space) / case
            copied = new.copied(copy, self.key)
            with self.store.write() as connection:
                name = self._enter(connection, copy, copied, new.digests)
        if copied.unusable:
            self.warnings.append(f"{known_as}: {copied.unusable} of its pictures cannot be used")
        if copied.burned_in:
            self.warnings.append(f"{known_as}: what may be text burned into its pictures; look at {name}")
        return name

    def _enter(self, connection: Connection, copy: Path, copied: Copied, digests: frozenset[str]) -> str:
        """The name of the case. ``copy``: its folder, called by its id, which is moved to its place."""
        _draft(connection, self.study, locked=True)
        others = connection.execute(select(tables.cases).where(tables.cases.c.study == self.study)).all()
        for other in others:
            if other.id == copy.name:
                return str(other.name)  # by another worker, which took this one for dead
        same = connection.scalar(
            select(tables.cases.c.name)
            .join(tables.case_pixels, tables.case_pixels.c.case == tables.cases.c.id)
            .where(tables.cases.c.study == self.study, tables.case_pixels.c.digest.in_(digests))
            .limit(1)
        )
        if same is not None:
            raise CaseRefused(f"has pictures that {same} of this study has too")
        cases = self.data / CASES_FOLDER
        patients = {_pseudonym(cases / other.folder): other.patient for other in others}
        now = self.store.now()
        row = {
            "id": copy.name,
            "study": self.study,
            "name": _next_name("case", [other.name for other in others]),
            "patient": patients.get(_pseudonym(copy)) or _next_name("patient", list(patients.values())),
            "training": self.training,
            "folder": copy.name,
            "levels": list(self.levels if copied.levels is None else copied.levels),
            "truth": truth_as_json(copied.truth) if copied.truth else None,
            "created_at": now,
        }
        connection.execute(insert(tables.cases).values(row))
        if digests:
            pixels = [{"case": copy.name, "digest": digest} for digest in sorted(digests)]
            connection.execute(insert(tables.case_pixels), pixels)
        note(connection, now, self.account, "case added", self.study, {"case": row["name"]})
        # What lies there is of a worker that was killed before its row was kept.
        shutil.rmtree(cases / copy.name, ignore_errors=True)
        copy.rename(cases / copy.name)
        return str(row["name"])


def _draft(connection: Connection, study_id: str, locked: bool = False) -> Row[Any]:
    """The study; ``locked``: nobody else changes it while this transaction writes. Raises CaseRefused."""
    wanted = select(tables.studies).where(tables.studies.c.id == study_id)
    study = connection.execute(wanted.with_for_update() if locked else wanted).one_or_none()
    if study is None:
        raise CaseRefused("there is no such study")
    if study.state != "draft":
        raise CaseRefused("the study is open already; cases are added to a draft")
    return study


def _import_key(data: Path) -> list[PseudonymKey]:
    path = data / IMPORT_FOLDER / IMPORT_KEY
    return [read_key(path)] if path.exists() else []


def _asked(design: Mapping[str, Any]) -> frozenset[str]:
    """The classes that a study asks for, of its design as the store keeps it."""
    return frozenset((*design["verdicts"], *((SLIP,) if design["slip"] else ())))


def _pseudonym(folder: Path) -> str:
    """The key's, of the patient of a case: the copies lie in a folder of that name."""
    return next((path.name for path in folder.iterdir()), "") if folder.is_dir() else ""


def _next_name(kind: str, taken: Sequence[str]) -> str:
    return next(name for name in (f"{kind}-{number:02d}" for number in count(1)) if name not in taken)
