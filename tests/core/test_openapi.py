"""The document that machines are built from: whole, true, and of one mind with the code."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from server.app import OPS
from server.core.openapi import describe
from server.core.ops import Prepared, prepare
from tests.core.test_ops import BAD, GOOD

Json = dict[str, Any]
DOCUMENT: Json = describe(OPS.ops, "http://127.0.0.1:8000")
METHODS = {"get", "post"}
WHERE = {"path", "query"}
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def parts(node: Any, path: str = "#") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any part of the document
    yield path, node
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, part in inner:
        yield from parts(part, f"{path}/{name}")


def resolved(schema: Json) -> Json:
    found = DOCUMENT
    for name in schema["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def fits(schema: Json, value: Any) -> bool:  # noqa: ANN401 - one line for each keyword that we use
    """Whether a value fits a schema, as far as our document uses JSON Schema 2020-12."""
    if "$ref" in schema:
        return fits(resolved(schema), value)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema and sum(fits(part, value) for part in schema[keyword]) < 1:
            return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "type" in schema and (
        not isinstance(value, TYPES[schema["type"]])
        or (isinstance(value, bool) and schema["type"] != "boolean")
    ):
        return False
    return all(check(schema, value) for kind, check in CHECKS if isinstance(value, kind))


def _text_fits(schema: Json, value: str) -> bool:
    return (
        len(value) <= schema.get("maxLength", len(value))
        and len(value) >= schema.get("minLength", 0)
        and ("pattern" not in schema or re.search(schema["pattern"], value) is not None)
    )


def _number_fits(schema: Json, value: float) -> bool:
    return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))


def _list_fits(schema: Json, value: list[Any]) -> bool:
    return len(value) <= schema.get("maxItems", len(value)) and all(
        fits(schema.get("items", {}), one) for one in value
    )


def _object_fits(schema: Json, value: Json) -> bool:
    known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    named = schema.get("patternProperties", {})
    if any(name not in value for name in schema.get("required", [])):
        return False
    if len(value) > schema.get("maxProperties", len(value)):
        return False
    for name, part in value.items():
        rules = (
            [known[name]] if name in known else [rule for key, rule in named.items() if re.search(key, name)]
        )
        if not rules and more is False:
            return False
        rules = rules or ([more] if isinstance(more, dict) else [])
        if not all(fits(rule, part) for rule in rules) or not fits(schema.get("propertyNames", {}), name):
            return False
    return True


CHECKS: list[tuple[Any, Any]] = [
    (str, _text_fits),
    ((int, float), _number_fits),
    (list, _list_fits),
    (dict, _object_fits),
]


def test_it_is_a_document_of_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    assert all(path.startswith("/api/") for path in DOCUMENT["paths"])
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in DOCUMENT["components"]["schemas"])


def test_every_call_says_what_it_takes_and_what_it_answers() -> None:
    for path, item in DOCUMENT["paths"].items():
        assert item.keys() <= METHODS
        for call in item.values():
            named = {(one["name"], one["in"]) for one in call["parameters"]}
            assert len(named) == len(call["parameters"])
            assert {one["in"] for one in call["parameters"]} <= WHERE
            assert all("schema" in one for one in call["parameters"])
            assert {name for name, where in named if where == "path"} == set(re.findall(r"{(\w+)}", path))
            assert all(one["required"] for one in call["parameters"] if one["in"] == "path")
            assert {"200", "default"} <= call["responses"].keys()
            assert all(answer["description"] for answer in call["responses"].values())


def test_every_reference_leads_somewhere() -> None:
    references = [node for _, node in parts(DOCUMENT) if isinstance(node, dict) and "$ref" in node]
    assert references
    assert all(resolved(node) for node in references)


def test_every_type_is_one_of_json() -> None:
    types = {
        node["type"]
        for path, node in parts(DOCUMENT)
        if isinstance(node, dict) and isinstance(node.get("type"), str)
    }
    assert types - {"http"} <= TYPES.keys()


def test_every_op_is_listed_with_what_it_does_and_needs() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert {part["$ref"].rpartition("/")[2] for part in schemas["Op"]["oneOf"]} == {
        f"op.{name}" for name in OPS.ops
    }
    for name, op in OPS.ops.items():
        about = schemas[f"op.{name}"]["description"]
        assert about.endswith(f" Needs `{op.may}`.")
        assert len(about) > 30


def test_no_field_claims_a_default_that_would_be_set() -> None:
    edit = DOCUMENT["components"]["schemas"]["CueFields"]["properties"]
    assert not [name for name, schema in edit.items() if "default" in schema]
    assert edit["start"]["anyOf"][0] == {"type": "string", "format": "date-time"}


@pytest.mark.parametrize("values", GOOD, ids=str)
def test_what_the_code_takes_the_document_allows(values: Json) -> None:
    op = {
        "id": "x",
        "op": "cue.edit",
        "args": {"id": "a", "set": values},
        "base_version": 5,
        "at": "2027-04-10T12:00:00Z",
    }
    assert isinstance(prepare(OPS, op), Prepared)
    assert fits({"$ref": "#/components/schemas/Op"}, op)


# What JSON Schema can't say: that a format is kept, and what is trimmed before it is measured.
UNSAID = {"time", "day"}


@pytest.mark.parametrize(
    ("values", "code"), [(values, code) for values, code in BAD if code not in UNSAID], ids=str
)
def test_what_the_document_forbids_the_code_refuses(values: Json, code: str) -> None:
    del code
    op = {"id": "x", "op": "cue.edit", "args": {"id": "a", "set": values}}
    assert not fits({"$ref": "#/components/schemas/Op"}, op) or "\n" in str(values.get("colour"))
    assert not isinstance(prepare(OPS, op), Prepared)


def test_an_op_fits_one_schema_only() -> None:
    op = {"id": "x", "op": "cue.ready", "args": {"id": "a"}}
    found = [name for name in OPS.ops if fits({"$ref": f"#/components/schemas/op.{name}"}, op)]
    assert found == ["cue.ready"]
