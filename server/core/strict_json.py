"""JSON as RFC 8259 asks for it and no more: no duplicate keys, no NaN, no lone surrogates, no depth bombs."""

import json
import re
from typing import Any, NoReturn

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
MAX_DEPTH = 32


class BadJsonError(ValueError):
    """The text is not JSON that we accept; the message says why, in plain English."""


def loads(raw: bytes) -> Any:  # noqa: ANN401 - a JSON document is any value
    """Parse UTF-8 JSON, or raise BadJsonError."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadJsonError("not UTF-8") from error
    except RecursionError as error:
        raise BadJsonError("nested too deeply") from error
    except ValueError as error:
        raise BadJsonError(str(error)) from error
    if _depth(raw) > MAX_DEPTH:
        raise BadJsonError("nested too deeply")
    if _SURROGATE_ESCAPE.search(raw):
        _refuse_lone_surrogates(value)
    return value


def dumps(value: object) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise BadJsonError("a key stands twice in one object")
    return document


def _no_constant(name: str) -> NoReturn:
    raise BadJsonError(f"{name} is not JSON")


def _depth(raw: bytes) -> int:
    """An upper bound of the nesting: brackets inside strings count too, which only real depth makes matter."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return 0
    return _true_depth(json.loads(raw))


def _true_depth(value: object) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [child for item in level for child in _children(item)]
    return deepest - 1


def _children(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse_lone_surrogates(value: object) -> None:
    try:
        dumps(value)
    except UnicodeEncodeError as error:
        raise BadJsonError("a lone surrogate is not text") from error
