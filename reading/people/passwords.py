"""Passwords: the rule for a new one, and their hashes by argon2id (RFC 9106)."""

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 256
"""Characters."""
RULE = f"{SHORTEST} characters or more; not the name of the account, not one of the commonest"
_HASHER = PasswordHasher()
# Of the usual lists of leaked passwords, without digits and marks at their ends.
_COMMON_WORDS = """
    password passwordpassword mypassword thisismypassword changeme changemechangeme letmein letmeinletmein
    welcome welcomewelcome iloveyou iloveyouiloveyou qwerty qwertyuiop qwertyqwerty qwertyuiopasdfghjkl
    asdfghjkl asdfghjklqwerty zxcvbnm administrator adminadmin adminadminadmin correcthorsebatterystaple
    trustno princess sunshine football baseball superman starwars q1w2e3r4t5y6 1q2w3e4r5t6y 1qaz2wsx3edc
    abcdefghijkl abcdefghijklmn discern discerndiscern coordinator radiology radiologist
"""
_COMMONEST = frozenset(_COMMON_WORDS.split())
_FEWEST_CHARACTERS = 4
"""Different ones."""
_ENDS = "0123456789!?.,;:#*+-_$@% "


def check_new(password: str, account_name: str) -> None:
    """Raises ValueError, a sentence, where it may not be the password of this account."""
    plain = _plain(password).casefold()
    if not SHORTEST <= len(_plain(password)) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters; choose another one")
    if account_name.casefold() in (plain, plain.strip(_ENDS)):
        raise ValueError("a password is not the account's name; choose another one")
    bare = plain.strip(_ENDS)
    if {plain, bare} & _COMMONEST or not bare or len(set(plain)) < _FEWEST_CHARACTERS:
        raise ValueError("this password is among the first that anybody would try; choose another one")


def hashed(password: str) -> str:
    return _HASHER.hash(_plain(password))


def fits(password_hash: str | None, password: str) -> bool:
    """Whether it is the password; it takes as long where there is none."""
    try:
        right = _HASHER.verify(password_hash or _nobodys(), _plain(password))
    except (VerificationError, InvalidHashError):
        return False
    return right and password_hash is not None


def outdated(password_hash: str) -> bool:
    """Whether a new hash of the same password would be made with other parameters."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody's")


def _plain(password: str) -> str:
    """The same characters, however a keyboard composes them (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
