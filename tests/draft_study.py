"""A draft study to which cases are added, with a server's data folder and models that know some patients."""

import json
import zipfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from mr_files import T1, StudyFolder
from numpy.typing import NDArray
from scenery_studies import SOME, axial_slices, sagittal_slices, write_slices
from small_reader_study import QUICK_PLAN, Clock, new_account, small_models
from sqlalchemy import Row, select

from models.identities import patient_identities, picture_identities
from reading.people.accounts import Account
from reading.store import tables
from reading.store.database import Store, open_store
from reading.study.design import StudyDesign
from reading.study.studies import create_study

SALT = "salt"


@dataclass(frozen=True)
class Draft:
    store: Store = field(repr=False)
    clock: Clock
    data: Path
    coordinator: Account
    id: str
    models: Path

    @property
    def imports(self) -> Path:
        return self.data / "import"

    def cases(self) -> list[Row]:
        """By their names."""
        with self.store.read() as connection:
            return list(connection.execute(select(tables.cases).order_by(tables.cases.c.name)))


def draft_study(
    folder: Path,
    learned_from: Collection[str] = (),
    pictures: Collection[Path] = (),
    url: str = "",
    models: Path | None = None,
) -> Draft:
    """In ``folder``. ``learned_from``: the patients, and ``pictures`` the pictures, that the AI
    was trained on."""
    clock, data = Clock(), folder / "data"
    for name in ("cases", "import"):
        (data / name).mkdir(parents=True)
    store = open_store(url or f"sqlite:///{data / 'discern.db'}", clock)
    models = models or knowing_models(folder / "models", learned_from, pictures)
    coordinator = new_account(store, "coordinator", "coordinator")
    study = create_study(store, coordinator, "A draft", StudyDesign("standalone"), QUICK_PLAN, models)
    return Draft(store, clock, data, coordinator, study, models)


def knowing_models(folder: Path, patients: Collection[str] = (), pictures: Collection[Path] = ()) -> Path:
    """No model that could be opened, but one that says whom and what it was trained on."""
    small_models(folder)
    card = {
        "salt": SALT,
        "patients": patient_identities(patients, SALT),
        "pictures": picture_identities(pictures, SALT),
    }
    (folder / "vertebrae" / "model.json").write_text(json.dumps(card))
    return folder


def write_examination(folder: Path, patient: str, states: Mapping[str, str] = SOME) -> Path:
    """Sagittal T2 and T1, axial T2, and a localizer that nobody needs; another patient's differ in a corner
    of each picture."""
    study = StudyFolder(folder, patient)
    sagittal, axial = (
        [replace(item, pixels=_marked(item.pixels, patient)) for item in slices]
        for slices in (sagittal_slices(states=states), axial_slices(states))
    )
    write_slices(study, sagittal)
    write_slices(study, axial)
    write_slices(study, [replace(item, pixels=item.pixels // 2) for item in sagittal], **T1)
    study.image(sagittal[0].geometry, ScanningSequence="GR", EchoTime=5, RepetitionTime=20)
    return folder


def _marked(pixels: NDArray[np.uint16], patient: str) -> NDArray[np.uint16]:
    marked = pixels.copy()
    marked[0, :16] = np.frombuffer(sha256(patient.encode()).digest()[:16], np.uint8) * 4
    return marked


def packed(folder: Path, path: Path) -> Path:
    """A folder as a ZIP."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in sorted(folder.rglob("*")):
            archive.write(item, item.relative_to(folder.parent))
    return path
