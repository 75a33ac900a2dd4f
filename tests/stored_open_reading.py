"""An open reading that is done, made without models and without a worker."""

import shutil
from pathlib import Path

from fracture_studies import FracturePatient, write_fracture_study
from scenery_studies import write_study
from seeing_models import seeing_models
from sqlalchemy import update

from axial.pictures import pictures_of
from axial.reading import read_pictures
from axial.result import StudyResult
from imaging.reading import read_studies
from reading.jobs.open_reading import ask_for_open_reading
from reading.open.kept_result import RESULT_FILE
from reading.open.open_readings import folder_of
from reading.people.accounts import Account
from reading.store.database import Store
from reading.store.tables import jobs


def read_examination_folder(folder: Path) -> Path:
    """What lies in the folder of an open reading. L4-L5 is herniated and slipped, L5-S1 a bulge."""
    write_study(folder / "patient")
    (study,) = read_studies(folder)
    result = read_pictures("open reading", pictures_of(study), seeing_models(), activations=True)
    result.write(folder / RESULT_FILE)
    return folder


def fractured_examination_folder(folder: Path) -> Path:
    """The same of a patient whose one vertebra is broken by a tumour; the AI found no discs."""
    write_fracture_study(folder / "patient", FracturePatient("patient", "malignant", 1))
    result = StudyResult("open reading", None, (), (), (), (), (), ())
    result.write(folder / RESULT_FILE)
    return folder


def stored_open_reading(store: Store, data: Path, account: Account, folder: Path) -> str:
    """Its id; ``folder``: as ``read_examination_folder`` made it."""
    made = ask_for_open_reading(store, data / "uploads" / "u.zip", account.id)
    shutil.copytree(folder, folder_of(data, made))
    with store.write() as connection:
        connection.execute(update(jobs).where(jobs.c.id == made).values(state="done"))
    return made
