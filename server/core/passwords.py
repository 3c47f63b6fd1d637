"""Passwords and codes that people type: hashed as slowly as a guess should cost."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from argon2.low_level import Type, hash_secret_raw

from server.core.ids import new_secret

# OWASP's first choice of argon2id parameters for sign-in (Password Storage Cheat Sheet): 19 MiB, 2 passes.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# So many at once and no more, so that a flood of sign-ins takes neither the memory nor every core.
_hashing = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """Argon2id (RFC 9106) with a random salt."""
    with _hashing:
        return _hasher.hash(password)


def slow_digest(code: str) -> str:
    """What is stored of a secret that is short enough to be typed, and found by.

    As costly to guess as a password. All have one salt, since it is looked up by this alone.
    """
    with _hashing:
        raw = hash_secret_raw(
            code.encode(), b"fieldcue typed secret", _hasher.time_cost, _hasher.memory_cost,
            _hasher.parallelism, hash_len=32, type=Type.ID,
        )  # fmt: skip
    return raw.hex()


def check_password(stored: str | None, password: str) -> bool:
    """Whether a password is right. Takes as long without an account, so that time does not tell who has one."""
    try:
        with _hashing:
            return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except Argon2Error:
        return False


_NOBODY = _hasher.hash(new_secret())
