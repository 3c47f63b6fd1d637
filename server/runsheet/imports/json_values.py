"""Taking JSON of a stranger apart: whatever is not there, or not of the kind that one looks for, is empty."""

import math
from typing import Any

_MOST_PARTS, _ABSURD = 100, 1e15


def text_in(value: Any) -> str:  # noqa: ANN401 - any JSON
    """A value as text: numbers as people write them, lists joined, of several languages the first that there is."""
    match value:
        case str():
            return value
        case bool() | None:
            return ""
        case int() | float():
            return f"{value:.15g}" if abs(value) < _ABSURD and math.isfinite(value) else ""
        case list():
            return ", ".join(text for part in value[:_MOST_PARTS] if (text := _simple(part)))
        case dict():
            return next((text for name in _TOLD if (text := _simple(value.get(name)))), "")
    return ""


_TOLD = (
    "zh-TW",
    "zh-tw",
    "zh",
    "zh-Hant",
    "en",
    "value",
    "title",
    "name",
    "label",
    "public_name",
    "text",
    "url",
)
"""Where a text stands within an object: its languages, and its usual names."""


def _simple(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return next((text for name in _TOLD if isinstance(text := value.get(name), str) and text), "")
    return text_in(value) if isinstance(value, str | int | float) else ""


def number_in(value: Any) -> float | None:  # noqa: ANN401 - any JSON
    """A finite number of a size that can be worked with; not a truth value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < _ABSURD and math.isfinite(value) else None


def object_in(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, dict) else {}


def list_in(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, list) else []


def objects_in(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """The objects of a list."""
    return [part for part in list_in(value) if isinstance(part, dict)]


def length_text(seconds: float) -> str:
    """A length that reads the same in any unit of its column: 1'30", 15'."""
    minutes, rest = divmod(round(abs(seconds)), 60)
    return f"{'-' if seconds < 0 else ''}{minutes}'" + (f'{rest:02d}"' if rest else "")
