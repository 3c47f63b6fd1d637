"""What of an entity an edit sets: whole fields, and parts of those that are objects, each with its own version."""

from collections.abc import Iterable, Mapping
from typing import Any

FieldKey = tuple[str, str, str]
"""(version key, field, part); the part is empty for a whole field."""


def keys_of(values: dict[str, Any], parts: Mapping[str, Iterable[str]]) -> list[FieldKey]:
    """Everything that an edit sets: `parts` names the keys of those fields that are objects."""
    return [
        (f"{name}.{part}" if part else name, name, part)
        for name in values
        for part in (parts.get(name) or [""])
    ]


def split(key: str) -> tuple[str, str]:
    """The field and the part of a version key."""
    name, _, part = key.partition(".")
    return name, part


def part_of(value: Any, part: str) -> Any:  # noqa: ANN401 - a field may hold anything
    """A field's value, or one part of it."""
    return value.get(part) if part else value


def cut(values: dict[str, Any], keys: list[FieldKey]) -> dict[str, Any]:
    """Of some values what these keys name: whole fields, and of objects only the named parts."""
    found: dict[str, Any] = {}
    for _, name, part in keys:
        if part:
            found.setdefault(name, {})[part] = values[name].get(part)
        else:
            found[name] = values[name]
    return found
