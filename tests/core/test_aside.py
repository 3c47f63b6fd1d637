"""Heavy work in a process of its own."""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest

from server.core.aside import AsideError, aside
from tests.support import works


class EnoughError(Exception):
    pass


def said(work: Callable[..., None], *parts: object) -> list[Any]:
    heard: list[Any] = []
    aside(work, heard.append, *parts)
    return heard


def test_bytes_and_documents_go_there_and_back() -> None:
    parts = [b"", bytes(range(256)) * 5000, {"名稱": ["開場", 1, None, True]}, "文字", [], b"last"]
    assert said(works.echo, *parts) == parts


def test_it_is_another_process_and_knows_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    [there] = said(works.whereabouts)
    assert there["pid"] != os.getpid()
    assert (there["folder"], "DATABASE_URL" in there["environment"]) == ("/", False)


def test_what_it_died_of_is_told() -> None:
    heard: list[Any] = []
    with pytest.raises(AsideError, match="no further"):
        aside(works.fall, heard.append)
    assert heard == [{"begun": True}]


def test_what_the_hearer_raises_ends_it() -> None:
    def stop(_part: object) -> None:
        raise EnoughError

    began = time.monotonic()
    with pytest.raises(EnoughError):
        aside(works.for_ever, stop)
    assert time.monotonic() - began < 20


def test_it_does_not_take_for_ever() -> None:
    with pytest.raises(AsideError):
        aside(works.silent, print, seconds=2)
