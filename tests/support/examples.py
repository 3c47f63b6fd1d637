"""Arguments of ops, made from their models: the least that is taken, and texts wherever a text may stand."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from pydantic import ValidationError

from server.core.ids import ID_PATTERN, new_id
from server.core.ops import Args, Op

Json = dict[str, Any]
Write = Callable[[int | None], str]

TEXTS = (
    *("none", "0" * 64, "2026-11-23", "#aabbcc", "2026-11-23T14:00:00+08:00"),
    *("https://example.com", f"whsec_{'A' * 32}"),
)


def example(op: Op, names: str = TEXTS[0]) -> Json:
    """The op with the least that its model takes; `names` is the id of whatever has to be named."""
    schema = _schema(op.args)
    args = _value(schema, schema.get("$defs", {}) | {"": names})
    for text in TEXTS:
        for name in _refused(op, args):
            args[name] = text
    return {"id": new_id(), "op": op.name, "args": args}


def named(op: Op, entity: str, usual: Json | None = None) -> Json:
    """The same with an entity's id in every argument that takes one, but those that have a `usual` one."""
    schema, found = _schema(op.args), example(op, entity)
    whole = {name: _value(part, schema.get("$defs", {}) | {"": entity}) for name, part in _ids(schema)}
    found["args"] = found["args"] | whole
    found["args"] |= {name: value for name, value in (usual or {}).items() if name in whole}
    return found


def free_texts(schema: Json, defs: Json, path: str = "") -> Iterator[str]:
    """Where a model takes any text, as `set.columns.*.*` or `flags[]`."""
    for part, step in _parts(schema, defs):
        yield from free_texts(part, defs, f"{path}{step}")
    if _is_free(schema):
        yield path.removeprefix(".")


def with_texts(schema: Json, args: Json, write: Write) -> Json:
    """Arguments with a text in every field that takes any; `write` is told how long it may be.

    What is named already stays, and what is an object or a list is gone through as far as it is there.
    """
    filled: Json = _fill(schema, args, write, schema.get("$defs", {}))
    return filled


@cache
def _schema(model: type[Args]) -> Json:
    return model.model_json_schema()


def _ids(schema: Json) -> Iterator[tuple[str, Json]]:
    for name, part in schema.get("properties", {}).items():
        kinds = [part, *part.get("anyOf", ())]
        if any(kind.get("pattern") == ID_PATTERN for kind in kinds):
            yield name, next(kind for kind in kinds if kind.get("pattern") == ID_PATTERN)


def _is_free(schema: Json) -> bool:
    limits = {"enum", "const", "pattern", "format"} & schema.keys()
    return schema.get("type") == "string" and not limits


def _parts(schema: Json, defs: Json) -> Iterator[tuple[Json, str]]:
    if "$ref" in schema:
        yield defs[schema["$ref"].rsplit("/", 1)[1]], ""
    for kind in ("anyOf", "oneOf", "allOf"):
        yield from ((part, "") for part in schema.get(kind, ()))
    yield from ((part, f".{name}") for name, part in schema.get("properties", {}).items())
    others = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
    yield from ((part, ".*") for part in others if isinstance(part, dict))
    if "items" in schema:
        yield schema["items"], "[]"


def _fill(schema: Json, value: Any, write: Write, defs: Json) -> Any:  # noqa: ANN401 - any JSON value
    if "$ref" in schema:
        return _fill(defs[schema["$ref"].rsplit("/", 1)[1]], value, write, defs)
    kinds = schema.get("anyOf") or schema.get("oneOf") or [schema]
    for kind in kinds:
        if kind is not schema:
            value = _fill(kind, value, write, defs)
    if _is_free(schema) and value is None:
        return write(schema.get("maxLength"))
    if isinstance(value, dict):
        return _filled_object(schema, value, write, defs)
    if isinstance(value, list) and "items" in schema:
        return [_fill(schema["items"], each, write, defs) for each in value]
    return value


def _filled_object(schema: Json, value: Json, write: Write, defs: Json) -> Json:
    known = schema.get("properties", {})
    others = [*schema.get("patternProperties", {}).values(), schema.get("additionalProperties")]
    other = next((part for part in others if isinstance(part, dict)), None)
    found = {name: _fill(part, value.get(name), write, defs) for name, part in known.items()}
    kept = value | {name: each for name, each in found.items() if each is not None}
    if other:
        kept |= {name: _fill(other, each, write, defs) for name, each in value.items() if name not in known}
    return kept


def _refused(op: Op, args: Json) -> list[str]:
    """The texts among the arguments that a validator of the model refuses, though its schema doesn't say so."""
    try:
        op.args.model_validate(args)
    except ValidationError as error:
        names = [str(fault["loc"][0]) for fault in error.errors()]
        return [name for name in names if isinstance(args.get(name), str)]
    return []


def _value(schema: Json, defs: Json) -> Any:  # noqa: ANN401 - any JSON value
    if "$ref" in schema:
        least = {"minProperties": schema.get("minProperties", 0)}
        return _value(defs[schema["$ref"].rsplit("/", 1)[1]] | least, defs)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "anyOf" in schema:
        return None if {"type": "null"} in schema["anyOf"] else _value(schema["anyOf"][0], defs)
    if "oneOf" in schema:
        return _value(schema["oneOf"][0], defs)
    return _OF_TYPE[schema["type"]](schema, defs)


def _object(schema: Json, defs: Json) -> Json:
    names = [*schema.get("required", ()), *schema.get("properties", ())]
    most = max(len(schema.get("required", ())), schema.get("minProperties", 0))
    return {name: _value(schema["properties"][name], defs) for name in names[:most]}


def _text(schema: Json, defs: Json) -> str:
    """A text that fits: one of those that our patterns stand for."""
    texts = (defs.get("", TEXTS[0]), *TEXTS)
    return next((each for each in texts if re.search(schema.get("pattern", ""), each)), texts[0])


_OF_TYPE: dict[str, Any] = {
    "object": _object,
    "string": _text,
    "array": lambda schema, defs: [_value(schema["items"], defs)] * schema.get("minItems", 0),
    "integer": lambda schema, _defs: max(schema.get("minimum", 1), 1),
    "number": lambda schema, _defs: max(schema.get("minimum", 1), 1),
    "boolean": lambda _schema, _defs: True,
    "null": lambda _schema, _defs: None,
}
