"""Imports in one call, and their results put so that a test can say them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from server.runsheet.imports.drafts import Options
from server.runsheet.imports.guessing import guess
from server.runsheet.imports.rows import Result, build_rows
from tests.runsheet.imports.files import FIRST_DAY, Row, book_of, csv_bytes

TAIPEI = timedelta(hours=8)


def imported(raw: bytes, **options: Any) -> Result:  # noqa: ANN401 - as Options takes them
    book = book_of(raw)
    return build_rows(book, guess(book), Options(FIRST_DAY, **{"shift": True, **options}))


def rows_of(*rows: Row, head: Row = ("時間", "流程", "時長"), **options: Any) -> Result:  # noqa: ANN401
    return imported(csv_bytes([head, *rows]), **options)


def clock(row: dict[str, Any]) -> str:
    """The start as 24:30 of the row's operating day."""
    if row["start"] is None:
        return "-"
    local = datetime.fromtimestamp(row["start"] / 1000, UTC) + TAIPEI
    days = (local.date() - date.fromisoformat(row["day"])).days
    return f"{local.hour + 24 * days:02d}:{local.minute:02d}"


def told(result: Result) -> list[tuple[str, str]]:
    return [(finding.code, finding.cell) for finding in result.findings]


def minutes(result: Result) -> list[tuple[str, str, float]]:
    return [(row["title"], clock(row), row["duration_s"] / 60) for row in result.rows]
