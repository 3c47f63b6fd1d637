"""`/api/openapi.json`, made from the registry of ops, so that it cannot say anything else than the code."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from server.core.api import answer
from server.core.ops import MAX_OPS, Op
from server.core.services import Services


async def get_openapi(request: Request) -> Response:
    """The machine contract as OpenAPI 3.1 (spec.openapis.org/oas/v3.1.0)."""
    services: Services = request.app.state.services
    return answer(describe(services.ops.ops, services.origin))


def describe(ops: dict[str, Op], origin: str) -> dict[str, Any]:
    """The document for a set of ops."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM, "Result": _RESULT}
    for op in ops.values():
        schemas[f"op.{op.name}"] = _op_schema(op, schemas)
    schemas["Op"] = {"oneOf": [_ref(f"op.{name}") for name in ops], "discriminator": {"propertyName": "op"}}
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


def _op_schema(op: Op, schemas: dict[str, Any]) -> dict[str, Any]:
    args = op.args.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(args.pop("$defs", {}))
    return {
        "type": "object",
        "description": f"{(op.run.__doc__ or '').strip()} Needs `{op.may}`.",
        "required": ["id", "op", "args"],
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "maxLength": 64},
            "op": {"const": op.name},
            "args": args,
            "at": {"type": "string", "format": "date-time"},
            "base_version": {"type": "integer", "minimum": 0},
            "after_op": {"type": "string", "maxLength": 64},
        },
    }


def _paths() -> dict[str, Any]:
    base = "/api/events/{event}"
    batch = {"type": "object", "required": ["ops"], "properties": {"ops": _array("Op", maxItems=MAX_OPS)}}
    results = {"type": "object", "properties": {"results": _array("Result"), "head": {"type": "integer"}}}
    return {
        f"{base}/ops": {"post": _call("Carry out ops, in order.", [], results, batch)},
        f"{base}/state": {"get": _call("What this viewer may see now.", ["kinds"], _STATE)},
        f"{base}/changes": {"get": _call("The log after a cursor.", ["since", "epoch", "limit"], _CHANGES)},
        f"{base}/live": {
            "get": _call("A WebSocket of frames.", ["since", "own", "epoch", "format", "view"], {})
        },
    }


def _call(
    summary: str, queries: list[str], result: dict[str, Any], body: dict[str, Any] | None = None
) -> dict[str, Any]:
    event = {"name": "event", "in": "path", "required": True, "schema": {"type": "string"}}
    call: dict[str, Any] = {
        "summary": summary,
        "parameters": [
            event,
            *({"name": name, "in": "query", "schema": {"type": "string"}} for name in queries),
        ],
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


def _array(name: str, **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name), **limits}


_PROBLEM = {
    "type": "object",
    "description": "RFC 9457.",
    "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}},
}
_RESULT = {
    "type": "object",
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string"},
        "status": {"enum": ["applied", "duplicate", "rejected", "conflict", "retry"]},
        "seq": {"type": "integer"},
        "result": {"type": "object"},
        "error": {
            "type": "object",
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        },
    },
}
_STATE = {
    "type": "object",
    "properties": {
        "now": {"type": "string", "format": "date-time"},
        "head": {"type": "integer"},
        "epoch": {"type": "string"},
        "entities": {"type": "object"},
    },
}
_CHANGES = {
    "type": "object",
    "properties": {"changes": {"type": "array"}, "head": {"type": "integer"}, "reset": {"type": "string"}},
}
