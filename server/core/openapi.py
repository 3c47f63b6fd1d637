"""`/api/openapi.json`, made from the registry of ops, so that it cannot say anything else than the code."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from server.core.api import MAX_CHANGES, answer
from server.core.ids import ID_PATTERN
from server.core.ops import MAX_OPS, Op
from server.core.services import Services

Json = dict[str, Any]


async def get_openapi(request: Request) -> Response:
    """The machine contract as OpenAPI 3.1 (spec.openapis.org/oas/v3.1.0)."""
    services: Services = request.app.state.services
    return answer(describe(services.ops.ops, services.origin))


def describe(ops: dict[str, Op], origin: str) -> Json:
    """The document for a set of ops."""
    schemas: Json = {"Problem": _PROBLEM, "Result": _RESULT, "Change": _CHANGE}
    for op in ops.values():
        schemas[f"op.{op.name}"] = _op_schema(op, schemas)
    schemas["Op"] = {"oneOf": [_ref(f"op.{name}") for name in ops]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fieldcue", "version": "1"},
        "servers": [{"url": origin}],
        "security": [{"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
        "paths": _paths(),
    }


def _op_schema(op: Op, schemas: Json) -> Json:
    args = _as_meant(op.args.model_json_schema(ref_template="#/components/schemas/{model}"))
    schemas.update(args.pop("$defs", {}))
    return {
        "type": "object",
        "description": f"{(op.run.__doc__ or '').strip()} Needs `{op.may}`.",
        "required": ["id", "op", "args"],
        "additionalProperties": False,
        "properties": {
            "id": _ID,
            "op": {"const": op.name},
            "args": args,
            "at": {"type": "string", "format": "date-time", "maxLength": 40},
            "base_version": {"type": "integer", "minimum": 0},
            "after_op": _ID,
        },
    }


def _as_meant(schema: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """What is not named stays as it is, so a default would say something wrong; and keys are as strict as values."""
    if isinstance(schema, list):
        return [_as_meant(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _as_meant(part) for name, part in schema.items() if name != "default" or _is_schema(part)}
    return kept | ({"additionalProperties": False} if "patternProperties" in kept else {})


def _is_schema(part: Any) -> bool:  # noqa: ANN401 - as above
    """Whether what stands under `default` describes an argument of that name."""
    return isinstance(part, dict) and "type" in part


def _paths() -> Json:
    base = "/api/events/{event}"
    ops = {"ops": _array("Op", maxItems=MAX_OPS)}
    batch = {"type": "object", "required": ["ops"], "additionalProperties": False, "properties": ops}
    results = {"type": "object", "properties": {"results": _array("Result"), "head": {"type": "integer"}}}
    carry_out = "Carry out ops, in order, if the log is the one that `epoch` names."
    return {
        f"{base}/ops": {"post": _call(carry_out, {"epoch": _WORD}, results, batch)},
        f"{base}/state": {"get": _call("What this viewer may see now.", _STATE_QUERY, _STATE)},
        f"{base}/changes": {"get": _call("The log after a cursor.", _CHANGES_QUERY, _CHANGES)},
        f"{base}/live": {"get": _call("A WebSocket of frames.", _LIVE_QUERY, {})},
    }


def _call(summary: str, query: Json, result: Json, body: Json | None = None) -> Json:
    event = {"name": "event", "in": "path", "required": True, "schema": {"type": "string"}}
    queries = [{"name": name, "in": "query", "schema": schema} for name, schema in query.items()]
    call: Json = {
        "summary": summary,
        "parameters": [event, *queries],
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": result}}},
            "default": {
                "description": "A problem.",
                "content": {"application/problem+json": {"schema": _ref("Problem")}},
            },
        },
    }
    if body:
        call["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return call


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _array(name: str, **limits: int) -> Json:
    return {"type": "array", "items": _ref(name), **limits}


_ID = {"type": "string", "pattern": ID_PATTERN}
_TEXT, _MOMENT = {"type": "string"}, {"type": "string", "format": "date-time"}
_SEQ = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
# A question is read only without control characters, see `SecurityMiddleware`.
_WORD = {"type": "string", "pattern": "^[ -~]*$"}
_STATE_QUERY: Json = {"kinds": {**_WORD, "description": "Kinds of entities, divided by commas."}}
_CHANGES_QUERY: Json = {
    "since": _SEQ,
    "epoch": _WORD,
    "limit": {"type": "integer", "minimum": 0, "maximum": MAX_CHANGES},
}
_LIVE_QUERY: Json = {
    "since": _SEQ,
    "own": _SEQ,
    "epoch": _WORD,
    "format": {"enum": ["html", "json"]},
    "view": _WORD,
}
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457.",
    "required": ["type", "title", "status"],
    "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
}
_RESULT = {
    "type": "object",
    "required": ["id", "status"],
    "properties": {
        "id": _TEXT,
        "status": {"enum": ["applied", "duplicate", "rejected", "conflict", "retry"]},
        "seq": _SEQ,
        "first": {"enum": ["applied", "rejected", "conflict"], "description": "Of a duplicate: what it was."},
        "result": {
            "type": "object",
            "properties": {"undo": {"type": "object", "description": "An op that takes this one back."}},
        },
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": _TEXT,
                "message": {"type": "string", "description": "For people, in their language."},
                "fields": {"type": "object", "description": "Path in the arguments → what is wrong there."},
                "who": {"type": "string", "description": "Of a conflict: the member who was first."},
                "when": {"anyOf": [_MOMENT, {"type": "null"}]},
                "now": {"type": "object", "description": "Of a conflict: what stands now."},
                "version": _SEQ,
            },
        },
    },
}
_STATE = {
    "type": "object",
    "properties": {
        "now": _MOMENT,
        "head": _SEQ,
        "epoch": _TEXT,
        "entities": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "object"}},
        },
    },
}
_CHANGE = {
    "type": "object",
    "properties": {
        "seq": _SEQ,
        "at": {**_MOMENT, "description": "When it happened, as its sender says if that can be."},
        "received": _MOMENT,
        "actor": {"type": "string", "description": "A member's id."},
        "op_id": _TEXT,
        "kind": {"type": "string", "description": "Mostly the name of the op."},
        "of": {"type": "string", "description": "The kind of the entity."},
        "entity": {"type": "string", "description": "Its id."},
        "detail": {"type": "object", "description": "Empty where this viewer may not read it."},
    },
}
_CHANGES = {
    "type": "object",
    "properties": {
        "changes": _array("Change"),
        "last": {**_SEQ, "description": "How far the log was read: the next `since`."},
        "head": _SEQ,
        "epoch": _TEXT,
        "reset": {"type": "string", "description": "Why the state must be fetched anew instead."},
    },
}
