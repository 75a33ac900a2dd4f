"""Pseudonyms of patients, studies and images: the same under one key, unlinkable without it."""

import hashlib
import hmac
import os
import re
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from errors import BadInputError

_PREFIX = "discern-pseudonym-key-1:"
_KEY_BYTES = 32
_LINE = re.compile(rf"{_PREFIX}([0-9a-f]{{{2 * _KEY_BYTES}}})\n?")
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: none of I, L, O and U."""


@dataclass(frozen=True)
class PseudonymKey:
    """The secret behind the pseudonyms: HMAC-SHA256 under it, with a label for each purpose.

    Whoever holds the key and a patient's identity can tell the pseudonym; keep it as you keep the patients'
    list. The secret has 32 bytes.
    """

    secret: bytes = field(repr=False)

    def patient(self, patient_id: str, issuer: str = "") -> str:
        """P and 10 upper-case letters or digits, for a PatientID and its IssuerOfPatientID."""
        return "P" + self._letters("patient", issuer.strip(), patient_id.strip(), count=10)

    def uid(self, original: str) -> str:
        """A valid UID in place of another: 2.25 and a UUID of 122 pseudorandom bits (PS3.5 B.2)."""
        return f"2.25.{uuid.UUID(bytes=self._digest('uid', original)[:16], version=4).int}"

    def short(self, original_uid: str) -> str:
        """8 lower-case letters or digits in place of a UID, for file names."""
        return self._letters("short", original_uid, count=8).lower()

    def _letters(self, *parts: str, count: int) -> str:
        number = int.from_bytes(self._digest(*parts), "big")
        return "".join(_LETTERS[number >> 5 * place & 31] for place in range(count))

    def _digest(self, *parts: str) -> bytes:
        # The lengths keep ("a", "bc") and ("ab", "c") apart.
        encoded = [part.encode() for part in parts]
        message = b"".join(len(part).to_bytes(8, "big") + part for part in encoded)
        return hmac.digest(self.secret, message, hashlib.sha256)


def read_key(path: Path) -> PseudonymKey:
    """The key of a file. Raises BadInputError where it is absent or no key."""
    try:
        line = _LINE.fullmatch(path.read_text(encoding="ascii"))
    except OSError:
        raise BadInputError(path, "cannot be read; give the key file of this project") from None
    except UnicodeDecodeError:
        line = None
    if line is None:
        raise BadInputError(
            path, "not a key of pseudonyms; give the file that an earlier export made, or a new name"
        )
    return PseudonymKey(bytes.fromhex(line[1]))


def open_key(path: Path) -> PseudonymKey:
    """The key of a file, or a new random one where there is none, written for its owner alone (0600).

    Raises BadInputError where the file is no key, or cannot be written.
    """
    if not path.exists():
        try:
            _write_new_key(path)
        except OSError:
            raise BadInputError(path, "cannot be written; give a folder you may write to") from None
    return read_key(path)


def _write_new_key(path: Path) -> None:
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".key-")
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{_PREFIX}{os.urandom(_KEY_BYTES).hex()}\n")
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, leaves the key alone that another process made in the meantime.
        os.link(unfinished, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(unfinished)
