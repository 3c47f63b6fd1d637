"""Ops: the one way in which an event changes.

An op is a JSON object `{id, op, args, at?, base_version?, after_op?}`. A feature declares what it accepts
with `OpSet.op`; the writer runs it in a transaction, once.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from server.core import strict_json
from server.core.access import Permission
from server.core.clock import from_iso
from server.core.ids import ID_PATTERN

MAX_OPS = 500
MAX_BODY = 1 << 20


def plain(text: str) -> str:
    """A text without the control characters that no field may hold; line breaks and tabs stay."""
    return "".join(letter for letter in text if letter >= " " or letter in "\n\t").strip()


def _clean(value: object) -> object:
    return plain(value) if isinstance(value, str) else value


Id = Annotated[str, Field(pattern=ID_PATTERN)]
Line = Annotated[str, BeforeValidator(_clean), Field(max_length=200)]
Text = Annotated[str, BeforeValidator(_clean), Field(max_length=4000)]


class Args(BaseModel):
    """Arguments of an op: bounded, and nothing unknown."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Envelope(BaseModel):
    """An op as it arrives."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    id: Id
    op: str = Field(max_length=64)
    args: dict[str, Any]
    at: str | None = Field(default=None, max_length=40)
    base_version: int | None = Field(default=None, ge=0)
    after_op: Id | None = None


class RefusalError(Exception):
    """An op cannot be done. `text` is an English msgid with %(name)s places; it is translated for the reader."""

    def __init__(self, code: str, text: str, *, status: str = "rejected", **params: Any) -> None:  # noqa: ANN401
        super().__init__(code)
        self.status = status
        self.error = {"code": code, "text": text, "params": params}

    @property
    def code(self) -> str:
        return str(self.error["code"])


Action = Callable[[Any, Any], dict[str, Any] | None]


@dataclass(frozen=True)
class Op:
    """A declared op: its name, its permission, its arguments' model and what it does."""

    name: str
    may: Permission
    args: type[Args]
    run: Action


@dataclass
class OpSet:
    """The ops of a feature, or of the whole program."""

    ops: dict[str, Op] = field(default_factory=dict)

    def op(self, name: str, may: Permission) -> Callable[[Action], Action]:
        """Declare a function `(ctx, args: SomeArgs)` as an op that needs a permission."""

        def declare(action: Action) -> Action:
            self.ops[name] = Op(name, may, action.__annotations__["args"], action)
            return action

        return declare

    def include(self, *others: "OpSet") -> "OpSet":
        """These ops and those of others."""
        merged = dict(self.ops)
        for other in others:
            merged.update(other.ops)
        return OpSet(merged)


@dataclass(frozen=True)
class Prepared:
    """An op that has been read and checked as far as that goes without the database."""

    id: str
    op: Op
    args: Args
    hash: str
    at: int | None
    base_version: int | None
    after_op: str | None


Result = dict[str, Any]


def prepare(registry: OpSet, raw: object) -> Prepared | Result:
    """Read one op: what the writer takes, or the refusal. Neither is stored."""
    try:
        envelope = Envelope.model_validate(raw)
        op = registry.ops.get(envelope.op)
        if op is None:
            return refused(envelope.id, "unknown_op", "This version does not know “%(op)s”.", op=envelope.op)
        args = op.args.model_validate(envelope.args)
        at = from_iso(envelope.at) if envelope.at else None
    except ValidationError as error:
        return _invalid(raw, error)
    except (ValueError, OverflowError):
        return refused(_id_of(raw), "invalid", "The time of the op is not a time.", fields={"at": "time"})
    return Prepared(envelope.id, op, args, _hash(op.name, args), at, envelope.base_version, envelope.after_op)


def refused(op_id: str, code: str, text: str, *, fields: dict[str, str] | None = None, **params: Any) -> Result:  # noqa: ANN401
    """A rejection that was never stored."""
    error: dict[str, Any] = {"code": code, "text": text, "params": params}
    if fields:
        error["fields"] = fields
    return {"id": op_id, "status": "rejected", "error": error}


def _hash(name: str, args: Args) -> str:
    body = args.model_dump_json(exclude_unset=True)
    return hashlib.sha256(f"{name}{body}".encode()).hexdigest()


def _invalid(raw: object, error: ValidationError) -> Result:
    fields = {".".join(map(str, fault["loc"])) or "op": fault["type"] for fault in error.errors(include_url=False)}
    return refused(_id_of(raw), "invalid", "Check: %(names)s.", fields=fields, names=", ".join(fields))


def _id_of(raw: object) -> str:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found[:64] if isinstance(found, str) else ""


def read_batch(body: bytes) -> list[Any]:
    """The ops of a request body `{"ops": […]}`; BadJsonError if it is something else."""
    document = strict_json.loads(body)
    batch = document.get("ops") if isinstance(document, dict) else None
    if not isinstance(batch, list) or set(document) != {"ops"}:
        raise strict_json.BadJsonError('expected {"ops": […]}')
    if len(batch) > MAX_OPS:
        raise strict_json.BadJsonError(f"more than {MAX_OPS} ops")
    return batch
