"""The cast of an event, on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.people.stage import Stage, opened


@pytest.fixture
def stage(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The program with its cast; on each database."""
    with opened(cast_url, tmp_path) as stage:
        yield stage


@pytest.fixture
def fresh(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The program as nobody has seen it yet; on each database."""
    with opened(database_url, tmp_path) as stage:
        yield stage
