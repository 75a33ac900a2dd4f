"""Random tokens. A store keeps their digests alone: who reads it can use none of them."""

import hashlib
import secrets

_BYTES = 32


def new_token() -> str:
    """Fit for a link or a cookie."""
    return secrets.token_urlsafe(_BYTES)


def token_digest(token: str) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()
