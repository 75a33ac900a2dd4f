"""Whom a model was trained on, told without naming anyone: salted SHA-256 of the patients' names.

They tell whether a known patient was among them, not who was among them.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable


def new_salt() -> str:
    return secrets.token_hex(16)


def patient_identities(patients: Iterable[str], salt: str) -> tuple[str, ...]:
    """Sorted, each patient once."""
    return tuple(sorted(_identity(salt, patient) for patient in set(patients)))


def is_among(patient: str, identities: Collection[str], salt: str) -> bool:
    """Whether a patient is one of those whom ``patient_identities`` was given."""
    return _identity(salt, patient) in identities


def _identity(salt: str, patient: str) -> str:
    return hashlib.sha256(f"{salt}:{patient}".encode()).hexdigest()
