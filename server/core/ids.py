"""Identifiers and secrets."""

import hashlib
import hmac
import re
import secrets
import time

ID_PATTERN = r"^[A-Za-z0-9_.:\-]{1,64}$"
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID = re.compile(ID_PATTERN)


def new_id() -> str:
    """A short id that sorts by the time it was made: 48 bits of milliseconds, 50 random bits."""
    return _base32(time.time_ns() // 1_000_000, 10) + _base32(secrets.randbits(50), 10)


def is_id(text: str) -> bool:
    """Whether the text may stand as an entity's id."""
    return bool(_ID.fullmatch(text))


def new_secret() -> str:
    """A secret of 192 bits for links, sessions and tokens."""
    return secrets.token_urlsafe(24)


def digest(secret: str) -> str:
    """What is stored of a secret. Its 192 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _base32(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 32)
        letters.append(_ALPHABET[rest])
    return "".join(reversed(letters))


def same_secret(one: str, other: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())
