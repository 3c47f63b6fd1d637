"""Somebody who imports."""

from pathlib import Path
from typing import Any

import pytest

from server.runsheet import import_work
from server.runsheet.imports import Workbook
from server.runsheet.imports.book import Limits
from server.runsheet.imports.reading import read
from tests.support.importing import Importer
from tests.support.show import Show


@pytest.fixture
def rui(show: Show, monkeypatch: pytest.MonkeyPatch) -> Importer:
    """Rui, who coordinates; on both databases. Files are read in this process, which takes less time."""
    monkeypatch.setattr(import_work, "parse_file", _read_here)
    # Else even a small workbook goes aside, where what was set here does not count.
    monkeypatch.setattr(import_work, "NEAR_BYTES", 1 << 30)
    return Importer(show)


def _read_here(path: Path, **told: Any) -> Workbook:  # noqa: ANN401 - as `parse_file`
    with path.open("rb") as file:
        return read(file, Limits(), **told)
