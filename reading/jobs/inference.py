"""The AI reads a case."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, insert, select

from annotation.labels import LUMBAR, Grading
from axial.models import AxialModels, model_identity, open_models
from axial.pictures import pictures_of
from axial.reading import read_pictures
from axial.result import ModelIdentity, StudyResult
from detectors.runtime import Detector
from detectors.runtime import load as load_detector
from errors import BadInputError
from imaging.pictures import read_picture
from imaging.reading import read_studies
from imaging.windowing import Pixels
from reading.cases.case_folder import picture_file
from reading.cases.examination import CaseRefused
from reading.picture_result import LEAST_SCORE, PictureResult, picture_result
from reading.store import tables
from reading.store.database import Store
from reading.study.design import read_design
from reading.study.models import models_digest

OPENING_MODELS, READING_PICTURES = "opening the models", "reading the pictures"
"""Stages before those of ``axial.reading``."""
_THREADS = max(1, (os.cpu_count() or 2) // 2)
"""The other half of the machine is the server's."""
Result = TypeVar("Result", StudyResult, PictureResult)


@dataclass(frozen=True)
class AiReading(Generic[Result]):
    """``seconds``: for reading the pictures and all stages, the models being loaded."""

    result: Result
    seconds: float


def read_folder(
    name: str, folder: Path, models: Path, stage: Callable[[str], None]
) -> AiReading[StudyResult]:
    """Read a case's folder; the result calls it ``name``. ``stage`` is told what begins.

    Raises BadInputError where the models or the folder cannot be read.
    """
    stage(OPENING_MODELS)
    opened = _opened(models, models_digest(models))
    stage(READING_PICTURES)
    began = time.perf_counter()
    (study,) = read_studies(folder)
    result = read_pictures(name, pictures_of(study), opened, began=stage, activations=True)
    # Where the files lie on the server is nobody's business.
    warnings = tuple(text.replace(f"{folder}{os.sep}", "") for text in result.warnings)
    return AiReading(replace(result, warnings=warnings), round(time.perf_counter() - began, 3))


def read_by_detector(
    path: Path, models: Path, stage: Callable[[str], None], grading: Grading = LUMBAR
) -> AiReading[PictureResult]:
    """Read a case's only picture, or the middle sagittal one of the examination in a folder, by the model
    folder of a detector. Raises BadInputError where one of them cannot be read."""
    stage(OPENING_MODELS)
    detector, identity = _opened_detector(models, models_digest(models))
    stage(READING_PICTURES)
    began = time.perf_counter()
    pixels, instance = _middle_picture(path) if path.is_dir() else (read_picture(path), None)
    found = detector.predict(pixels, LEAST_SCORE)
    height, width = pixels.shape
    result = picture_result(found, detector.card, (width, height), identity, grading)
    seconds = round(time.perf_counter() - began, 3)
    return AiReading(replace(result, instance=instance), seconds)


def _middle_picture(folder: Path) -> tuple[Pixels, str]:
    """Its pixels, and its SOPInstanceUID."""
    (study,) = read_studies(folder)
    pictures = pictures_of(study)
    if pictures.sagittal is None:
        raise BadInputError(folder, f"{pictures.no_sagittal}; export it again from the archive")
    return pictures.sagittal.pixels, pictures.sagittal.instance


def read_case(store: Store, cases: Path, case_id: str, stage: Callable[[str], None]) -> None:
    """Read a case of a study into ``ai_results``; nothing is done where it was read already. ``cases``: the
    folder of their folders.

    Raises CaseRefused where there is no such case or the models are no longer those of the study,
    BadInputError as ``read_folder``.
    """
    with store.read() as connection:
        case = _case(connection, case_id)
        if _is_read(connection, case):
            return
    models = Path(case.models)
    if models_digest(models) != case.models_sha256:
        raise CaseRefused("the models have changed since the study was made; put the former ones back")
    folder, design = cases / case.folder, read_design(case.design)
    reading: AiReading[StudyResult] | AiReading[PictureResult]
    if design.ai_has_levels:
        reading = read_folder(case.name, folder, models, stage)
    else:
        reading = read_by_detector(picture_file(folder) or folder, models, stage, design.grading)
    with store.write() as connection:
        # Held, so that two who read the same case enter it one after the other.
        connection.execute(select(tables.cases.c.id).where(tables.cases.c.id == case.id).with_for_update())
        if not _is_read(connection, case):
            connection.execute(
                insert(tables.ai_results).values(
                    case=case.id,
                    models_sha256=case.models_sha256,
                    result=json.loads(reading.result.as_json()),
                    seconds=reading.seconds,
                    created_at=store.now(),
                )
            )


@lru_cache(maxsize=1)
def _opened(folder: Path, digest: str) -> AxialModels:
    """Once in a worker, as long as they stay the same."""
    return open_models(folder, _THREADS)


@lru_cache(maxsize=1)
def _opened_detector(folder: Path, digest: str) -> tuple[Detector, ModelIdentity]:
    detector = load_detector(folder, _THREADS)
    return detector, model_identity("discs", folder, detector.card.detector)


def _case(connection: Connection, case_id: str) -> Row[Any]:
    row = connection.execute(
        select(tables.cases, *(tables.studies.c[name] for name in ("design", "models", "models_sha256")))
        .join(tables.studies, tables.studies.c.id == tables.cases.c.study)
        .where(tables.cases.c.id == case_id)
    ).one_or_none()
    if row is None:
        raise CaseRefused("there is no such case")
    return row


def _is_read(connection: Connection, case: Row[Any]) -> bool:
    results = tables.ai_results.c
    wanted = select(results.case).where(results.case == case.id, results.models_sha256 == case.models_sha256)
    return connection.execute(wanted).first() is not None
