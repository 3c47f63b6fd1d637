"""JSON as RFC 8259 asks for it and no more: no duplicate keys, no NaN, no lone surrogates, no depth bombs."""

import json
import re
from math import isfinite
from typing import Any, NoReturn

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
MAX_DEPTH = 32


class BadJsonError(ValueError):
    """The text is not JSON that we accept. `code` says why; `at` is the character where reading stopped."""

    def __init__(self, code: str, at: int | None = None) -> None:
        super().__init__(code if at is None else f"{code} at character {at}")
        self.code, self.at = code, at


def loads(raw: bytes) -> Any:  # noqa: ANN401 - a JSON document is any value
    """Parse UTF-8 JSON, or raise BadJsonError.

    Its codes: not_utf8, not_json, too_deep, duplicate_key, not_a_number, lone_surrogate.
    """
    try:
        value = _decoder.decode(raw.decode())
    except UnicodeDecodeError as error:
        raise BadJsonError("not_utf8", error.start) from error
    except RecursionError as error:
        raise BadJsonError("too_deep") from error
    except json.JSONDecodeError as error:
        raise BadJsonError("not_json", error.pos) from error
    except BadJsonError:
        raise
    except (
        ValueError
    ) as error:  # an integer of more than 4,300 digits (docs.python.org/3/library/stdtypes.html)
        raise BadJsonError("not_a_number") from error
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise BadJsonError("too_deep")
    if _SURROGATE_ESCAPE.search(raw):
        _refuse_lone_surrogates(value)
    return value


def dumps(value: object) -> bytes:
    """Compact UTF-8 JSON."""
    return _encoder.encode(value).encode()


def dumps_long(value: object) -> bytes:
    """As `dumps`, of a document with long lists: entry by entry, since all other threads wait while one is written."""
    if isinstance(value, dict):
        members = (dumps(name) + b":" + dumps_long(each) for name, each in value.items())
        return b"{" + b",".join(members) + b"}"
    return b"[" + b",".join(map(dumps, value)) + b"]" if isinstance(value, list) else dumps(value)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise BadJsonError("duplicate_key")
    return document


def _no_constant(_name: str) -> NoReturn:
    raise BadJsonError("not_a_number")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise BadJsonError("not_a_number")
    return number


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _depth(value: object) -> int:
    """How many lists and objects stand within each other."""
    deepest, level = 0, _containers([value])
    while level:
        deepest += 1
        level = [child for item in level for child in _containers(item)]
    return deepest


def _containers(value: Any) -> list[Any]:  # noqa: ANN401 - a list or an object
    inner = value.values() if isinstance(value, dict) else value
    return [child for child in inner if isinstance(child, dict | list)]


def _refuse_lone_surrogates(value: object) -> None:
    try:
        dumps(value)
    except UnicodeEncodeError as error:
        raise BadJsonError("lone_surrogate") from error
