"""The job of an open reading: an upload is taken in, and the AI reads it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from axial.models import PHANTOM_MODELS
from axial.reading import STAGES
from errors import BadInputError
from imaging.pseudonyms import open_key
from reading.cases.cases import KEY_FILE
from reading.cases.examination import CaseRefused, without_names
from reading.cases.uploads import UPLOAD_FOLDER
from reading.jobs.inference import OPENING_MODELS, READING_PICTURES, read_folder
from reading.jobs.queue import Job, LostJobError, ask
from reading.open.kept_result import RESULT_FILE
from reading.open.open_readings import OPEN_READING, folder_of, remove_orphans
from reading.open.taken_in import take_in
from reading.store.database import Store

MODELS_VARIABLE = "DISCERN_OPEN_MODELS"
"""In the environment: the folder of the models that read uploads; those of the phantom where not given."""
_LOOKING = "looking at the upload"
OPEN_READING_STAGES = (_LOOKING, OPENING_MODELS, READING_PICTURES, *STAGES)


def open_reading_models() -> Path:
    """The models that read uploads."""
    return Path(os.environ.get(MODELS_VARIABLE) or PHANTOM_MODELS)


def ask_for_open_reading(store: Store, upload: Path, account_id: str) -> str:
    """Ask that the AI read an upload beside all studies; the job's id, which is the reading's too."""
    return ask(store, OPEN_READING, {"upload": upload.name}, account_id)


def read_upload(store: Store, data: Path, job: Job, stage: Callable[[str], None]) -> str:
    """Do the job; what was left out, a sentence a line. ``stage`` is told what begins.

    Raises CaseRefused, and then nothing of the upload is left; LostJobError.
    """
    upload, folder = data / UPLOAD_FOLDER / job.subject["upload"], folder_of(data, job.id)
    try:
        left_out = _read(store, data, job, upload, folder, stage)
    except LostJobError:
        # It may have been removed, and what was written since is nobody's.
        remove_orphans(store, data)
        raise
    except (CaseRefused, BadInputError) as refused:
        upload.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(refused, CaseRefused):
            raise
        said = f"the AI cannot read it: {without_names(refused)}; tell the coordinator"
        raise CaseRefused(said) from None
    upload.unlink(missing_ok=True)
    return "\n".join(left_out)


def _read(
    store: Store, data: Path, job: Job, upload: Path, folder: Path, stage: Callable[[str], None]
) -> tuple[str, ...]:
    """What is there already, of a worker that died, is not done again."""
    left_out: tuple[str, ...] = ()
    if not folder.exists():
        stage(_LOOKING)
        left_out = take_in(store, upload, folder, job.account or "", open_key(data / KEY_FILE))
    if not (folder / RESULT_FILE).exists():
        name = f"open reading {job.created_at:%Y-%m-%d %H:%M}"
        read_folder(name, folder, open_reading_models(), stage).result.write(folder / RESULT_FILE)
    return left_out
