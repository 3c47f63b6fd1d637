"""Logs are lines of JSON, and hold no secret."""

import json
import logging
import sys

import pytest

from server.core.logs import JsonFormatter, redact


def line(message: str, *args: object, error: bool = False) -> dict[str, str]:
    info = sys.exc_info() if error else None
    record = logging.LogRecord("server.core", logging.WARNING, __file__, 1, message, args, info)
    found: dict[str, str] = json.loads(JsonFormatter().format(record))
    return found


def test_a_record_is_one_line_of_json() -> None:
    found = line("河岸 %s\nnext", 5)
    assert (found["level"], found["logger"], found["message"]) == ("warning", "server.core", "河岸 5\nnext")
    assert found["at"].endswith("+00:00")


def test_an_error_comes_with_its_trace_and_without_its_secrets() -> None:
    try:
        int("password=hunter2")
    except ValueError:
        found = line("it failed", error=True)
    assert "ValueError" in found["error"]
    assert "hunter2" not in found["error"]


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer SECRET",
        "authorization: bearer SECRET",
        '{"password": "SECRET"}',
        "password=SECRET&name=x",
        "cookie: fieldcue-loopback=SECRET; other=SECRET",
        "Set-Cookie: __Host-fieldcue=SECRET; HttpOnly",
        "GET /join#SECRET",
        "webhook whsec_SECRET",
        "http://127.0.0.1/join#SECRET opened",
        "postgresql+psycopg://user:SECRET@host/db",
        "token: SECRET",
        "UniqueViolation: duplicate key\nDETAIL:  Key (email)=(SECRET) already exists.",
    ],
)
def test_what_looks_like_a_secret_is_left_out(text: str) -> None:
    assert "SECRET" not in redact(text)


def test_what_is_none_stays() -> None:
    assert redact("event riverside2027 is at 484") == "event riverside2027 is at 484"
