"""Whether the AI, or a reader, may know a case already."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import select

from imaging.export import LOSSLESS
from imaging.picture_form import PictureForm, make_picture
from imaging.pseudonyms import PseudonymKey
from imaging.windowing import Window
from models.identities import TrainingIdentities, picture_digest
from reading.cases.examination import Examination
from reading.store import tables
from reading.store.database import Store

_FORMS = (LOSSLESS, PictureForm(window="tags"), PictureForm(window=Window()))
"""The forms of ``discern export`` that keep the stored pixels."""


def training_leak(
    models: Sequence[TrainingIdentities],
    examination: Examination,
    names: Collection[str] = (),
    keys: Collection[PseudonymKey] = (),
) -> str | None:
    """Why a case may not be read with these models, a sentence; None where nothing is known against it.

    Its patient is looked up by PatientID, by the other ``names`` under which a cohort may hold it (its
    folder's, the reference's), and by the pseudonym that an export under one of the ``keys`` gave. Its
    pictures are looked up too, whatever they were called: without loss, in the files' own window, and in the
    default one. Not found is a picture that was cropped, scaled or stored as JPEG, or shown in another
    window, of a patient under a name that is given here in no way; nor any picture by models of a version
    that did not yet keep the pictures' identities.
    """
    patient = examination.study.patient
    known_as = {
        patient.patient_id,
        *names,
        *(key.patient(patient.patient_id, patient.issuer) for key in keys),
    }
    return _known(models, known_as, _picture_digests(examination))


def picture_leak(
    models: Sequence[TrainingIdentities],
    patient: str,
    digests: Collection[str],
    keys: Collection[PseudonymKey] = (),
) -> str | None:
    """The same of a single picture, by its ``picture_digest`` and its patient as its table calls them, which
    is also looked up by the pseudonyms that the ``keys`` give."""
    return _known(models, {patient, *(key.patient(patient) for key in keys)}, digests)


def active_study_of(store: Store, account_id: str, digests: Collection[str]) -> str | None:
    """The id of a study that is not closed, in which this account takes part, and that has a case with one of
    these slices (``Examination.digests``, and ``picture_digests`` of studies of single pictures); None where
    there is none."""
    wanted = (
        select(tables.studies.c.id)
        .join(tables.members, tables.members.c.study == tables.studies.c.id)
        .join(tables.cases, tables.cases.c.study == tables.studies.c.id)
        .join(tables.case_pixels, tables.case_pixels.c.case == tables.cases.c.id)
        .where(
            tables.studies.c.state != "closed",
            tables.members.c.account == account_id,
            tables.case_pixels.c.digest.in_(digests),
        )
        .limit(1)
    )
    with store.read() as connection:
        found: str | None = connection.scalar(wanted)
    return found


def _known(
    models: Sequence[TrainingIdentities], patients: Collection[str], digests: Iterable[str]
) -> str | None:
    if any(model.has_patient(name) for model in models for name in patients):
        return "its patient is among those on whom a model of this study was trained"
    with_pictures = [model for model in models if model.pictures]
    if with_pictures and any(model.has_picture(digest) for digest in digests for model in with_pictures):
        return "a picture of it is among those on which a model of this study was trained"
    return None


def _picture_digests(examination: Examination) -> Iterator[str]:
    for item, pixels in examination.slices:
        for form in _FORMS:
            digest = picture_digest(make_picture(pixels, item.geometry, form).gray)
            if digest:
                yield digest
