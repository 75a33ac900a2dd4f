"""Whom and what a model was trained on, told without naming anyone: salted SHA-256 of the patients' names and
of the training pictures.

They tell whether a known patient or picture was among them, not which were among them.
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from errors import BadInputError
from imaging.pictures import read_picture

_PICTURE_DIGITS = 16
"""Of a picture's identity: there are thousands of them in a model folder, and 64 bits keep them apart."""


@dataclass(frozen=True)
class TrainingIdentities:
    """What one ``model.json`` says of its training data; no pictures where an earlier version wrote it."""

    salt: str = field(repr=False)
    patients: frozenset[str]
    pictures: frozenset[str]

    def has_patient(self, name: str) -> bool:
        return is_among(name, self.patients, self.salt)

    def has_picture(self, digest: str) -> bool:
        """By its ``picture_digest``."""
        return _picture_identity(self.salt, digest) in self.pictures


def read_identities(folder: Path) -> list[TrainingIdentities]:
    """Of every model in a folder and those below it. Raises BadInputError where there is none, or one is no
    model's description."""
    cards = sorted(folder.rglob("model.json"))
    if not cards:
        raise BadInputError(folder, "no models here; give a folder that a training wrote")
    return [_read_identities(path) for path in cards]


def _read_identities(path: Path) -> TrainingIdentities:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        patients, pictures = frozenset(content["patients"]), frozenset(content.get("pictures", ()))
        return TrainingIdentities(content["salt"], patients, pictures)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise BadInputError(path, "does not say whom it was trained on; train the model again") from None


def new_salt() -> str:
    return secrets.token_hex(16)


def patient_identities(patients: Iterable[str], salt: str) -> tuple[str, ...]:
    """Sorted, each patient once."""
    return tuple(sorted(_identity(salt, patient) for patient in set(patients)))


def picture_identities(pictures: Iterable[Path], salt: str) -> tuple[str, ...]:
    """Sorted, each picture once. Raises BadInputError where one cannot be read."""
    digests = {picture_digest(read_picture(path)) for path in set(pictures)}
    return tuple(sorted(_picture_identity(salt, digest) for digest in digests if digest))


def picture_digest(pixels: NDArray[np.integer]) -> str | None:
    """SHA-256 of a gray picture (rows, columns) of 16 bits at most; None where all its pixels are the same.

    Shifting and stretching the values by whole numbers, as an export without loss does, changes nothing:
    the smallest value is taken for 0, and what divides all of them is divided out.
    """
    values = pixels.astype(np.int64) - int(pixels.min())
    divisor = int(np.gcd.reduce(np.flatnonzero(np.bincount(values.ravel()))))
    if divisor == 0:
        return None
    shape = f"{pixels.shape[0]}x{pixels.shape[1]}:".encode()
    return hashlib.sha256(shape + (values // divisor).astype("<u2").tobytes()).hexdigest()


def is_among(patient: str, identities: Collection[str], salt: str) -> bool:
    """Whether a patient is one of those whom ``patient_identities`` was given."""
    return _identity(salt, patient) in identities


def _identity(salt: str, patient: str) -> str:
    return hashlib.sha256(f"{salt}:{patient}".encode()).hexdigest()


def _picture_identity(salt: str, digest: str) -> str:
    return _identity(salt, digest)[:_PICTURE_DIGITS]
