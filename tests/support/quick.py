"""What comes out the same in every program of a process is made once, and a password's hash costs nothing.

Many tests have a program of their own. Without this, each would read, lean and join all static files, compile its
templates, and hash the passwords of its cast as slowly as a guess should cost. And each request of a `TestClient`
would start a thread and a loop; now all are heard on one loop, the one that the server runs on.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from argon2 import PasswordHasher
from jinja2 import Environment
from starlette.testclient import TestClient

from server import app
from server.core import page, passwords
from server.core.static import StaticFiles

_REAL = passwords._hasher, passwords._NOBODY  # noqa: SLF001 - what a test may ask back
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(scope="session", autouse=True)
def _quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "StaticFiles", cache(StaticFiles))
        patch.setattr(page, "_environment", _Environments(page._environment))  # noqa: SLF001 - the program's own
        _hash_by(patch, _CHEAP, _CHEAP.hash("nobody's"))
        with start_blocking_portal("asyncio", {"use_uvloop": True}) as portal:
            patch.setattr(TestClient, "portal", portal)
            yield


@pytest.fixture
def real_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords and codes are hashed as they are where people sign in."""
    _hash_by(monkeypatch, *_REAL)


def _hash_by(patch: pytest.MonkeyPatch, hasher: PasswordHasher, nobody: str) -> None:
    patch.setattr(passwords, "_hasher", hasher)
    patch.setattr(passwords, "_NOBODY", nobody)


class _Environments:
    """Jinja's environments, one for each language and what its templates are told, with what they have compiled."""

    def __init__(self, make: Any) -> None:  # noqa: ANN401 - the program's own function
        self.make = make
        self.made: dict[Any, Environment] = {}

    def __call__(self, locale: str, shared: dict[str, Any]) -> Environment:
        key = locale, *sorted(shared.items())
        if key not in self.made:
            self.made[key] = self.make(locale, shared)
        return self.made[key]
