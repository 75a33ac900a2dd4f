"""An upload becomes the folder of an open reading."""

from pathlib import Path

from imaging.deidentified_studies import deidentify_studies
from imaging.pseudonyms import PseudonymKey
from reading.cases.examination import KINDS, CaseRefused, read_examination
from reading.cases.leaks import active_study_of
from reading.cases.uploads import check_zip
from reading.store.database import Store


def take_in(store: Store, upload: Path, folder: Path, account_id: str, key: PseudonymKey) -> tuple[str, ...]:
    """Write the upload's pictures without their patient to ``folder``, which appears whole or not at all;
    sentences on what of them cannot be used.

    Raises CaseRefused where it cannot be read, or is a case of a study in which its account takes part.
    """
    if not upload.exists():
        raise CaseRefused("the upload is no longer there; send it again")
    check_zip(upload)
    examination = read_examination(upload)
    if active_study_of(store, account_id, examination.digests | examination.picture_digests):
        raise CaseRefused("is a case of a reader study in which you take part; it is read there alone")
    written = deidentify_studies([upload], folder, key, workers=1, kinds=KINDS)
    if not written.written:
        raise CaseRefused("cannot be de-identified; export it again from the archive")
    said = [f"{examination.unusable} of its pictures cannot be used"] if examination.unusable else []
    if written.warnings:
        said.append("what may be text is burned into its pictures; look at them before you pass them on")
    return tuple(said)
