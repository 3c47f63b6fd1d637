"""Ops: the one way in which an event changes.

An op is a JSON object `{id, op, args, at?, base_version?, after_op?}`. A feature declares what it accepts
with `OpSet.op`; the writer runs it in a transaction, once.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from server.core import strict_json
from server.core.access import Permission
from server.core.clock import from_iso
from server.core.faults import Fault, fault, faults_of
from server.core.i18n import N_
from server.core.ids import ID_PATTERN
from server.core.models import Entity

MAX_OPS = 500
MAX_BODY = 1 << 20
_ENVELOPE_WORDS = {"id": N_("Op id"), "op": N_("Op"), "args": N_("Arguments"), "at": N_("Time of the op")}


def plain(text: str) -> str:
    """A text without the control characters that no field may hold; line breaks and tabs stay."""
    return text.translate(_NO_CONTROLS).strip()


def is_plain(text: str) -> bool:
    """Whether `plain` would leave it as it is, but for blanks around it."""
    return _CONTROL.search(text.strip()) is None


# C0 but tab and line feed, delete, C1, and the overrides of direction, with which a title can pose as another.
_CONTROLS = {*range(32), 127, *range(128, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)} - {9, 10}
_NO_CONTROLS = dict.fromkeys(_CONTROLS)
_CONTROL = re.compile(f"[{''.join(map(chr, sorted(_CONTROLS)))}]")


def _clean(value: object) -> object:
    return plain(value) if isinstance(value, str) else value


def _one_line(value: object) -> object:
    return " ".join(plain(value).split()) if isinstance(value, str) else value


Id = Annotated[str, Field(pattern=ID_PATTERN)]
# A database keeps a place in the log in 64 bits, and a script of a page in 53.
MOST_SEQ = 2**53
Seq = Annotated[int, Field(ge=1, le=MOST_SEQ)]
Line = Annotated[str, BeforeValidator(_one_line), Field(max_length=200)]
Text = Annotated[str, BeforeValidator(_clean), Field(max_length=4000)]


class Args(BaseModel):
    """Arguments of an op: bounded, and nothing unknown."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Fields = TypeVar("Fields", bound=Args)


def _named(fields: Fields) -> Fields:
    if not fields.model_fields_set:
        raise fault("too_short", N_("must name at least one field"))
    return fields


# Fields of which an edit names some: one that names none would be an entry of the log about nothing.
Named = Annotated[Fields, AfterValidator(_named), Field(json_schema_extra={"minProperties": 1})]


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
    """An op cannot be done. `text` is an English msgid with %(name)s places; it is translated for the reader.

    Of the params `who` is a member's id and `when` epoch milliseconds: people are told a name and a time. `title_en`,
    if there is one, takes the place of `title` for whoever reads English.
    """

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
    """A declared op: its name, its permission, its arguments' model and what it does.

    `of` is the kind of row that `args.id` names, so that the writer can load those of a group at once.
    One that `is_long` may change hundreds of rows, for which nobody else's op should wait more often than once: it has
    a transaction of its own, and finds in the log whatever came before it.
    `words` are the names that people have for the arguments, as msgids.
    """

    name: str
    may: Permission
    args: type[Args]
    run: Action
    of: type[Entity] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    is_long: bool = False


@dataclass(frozen=True)
class Former:
    """What an older build calls an op, which phones may still have queued: its name today, and its arguments'."""

    now: str
    args: Callable[[dict[str, Any]], dict[str, Any]] = dict


@dataclass
class OpSet:
    """The ops of a feature, or of the whole program.

    An op that gets another name or other arguments takes a new name, and the old one stays in `former` for 30 days:
    a phone may send what it queued before its page was renewed. `docs/ops.json` lists what was ever accepted.
    """

    ops: dict[str, Op] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    former: dict[str, Former] = field(default_factory=dict)

    def op(
        self, name: str, may: Permission, of: type[Entity] | None = None, *, is_long: bool = False
    ) -> Callable[[Action], Action]:
        """Declare a function `(ctx, args: SomeArgs)` as an op that needs a permission."""

        def declare(action: Action) -> Action:
            self.ops[name] = Op(name, may, action.__annotations__["args"], action, of, self.words, is_long)
            return action

        return declare

    def include(self, *others: "OpSet") -> "OpSet":
        """These ops and those of others."""
        merged, former = dict(self.ops), dict(self.former)
        for other in others:
            merged.update(other.ops)
            former.update(other.former)
        return OpSet(merged, former=former)

    def find(self, name: str, args: dict[str, Any]) -> tuple[Op | None, dict[str, Any]]:
        """An op by its name, or the name that an older build has for it; and the arguments as it takes them today."""
        old = self.former.get(name)
        return (self.ops.get(old.now), old.args(args)) if old else (self.ops.get(name), args)


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
    except ValidationError as error:
        return _invalid(_id_of(raw), faults_of(error, _ENVELOPE_WORDS))
    op, said = registry.find(envelope.op, envelope.args)
    if op is None:
        return refused(envelope.id, "unknown_op", N_("This version does not know “%(op)s”."), op=envelope.op)
    try:
        args = op.args.model_validate(said)
    except ValidationError as error:
        return _invalid(envelope.id, faults_of(error, op.words))
    try:
        at = from_iso(envelope.at) if envelope.at else None
    except ValueError:
        return _invalid(envelope.id, [Fault("at", "time", _ENVELOPE_WORDS["at"], NO_TIME)])
    return Prepared(envelope.id, op, args, _hash(op.name, args), at, envelope.base_version, envelope.after_op)


NO_TIME = N_("must be a time with an offset, between 1990 and 2200")


def refused(op_id: str, code: str, text: str, **params: Any) -> Result:  # noqa: ANN401 - numbers and texts
    """A rejection that was never stored."""
    return {"id": op_id, "status": "rejected", "error": {"code": code, "text": text, "params": params}}


def _hash(name: str, args: Args) -> str:
    body = args.model_dump_json(exclude_unset=True)
    return hashlib.sha256(f"{name}{body}".encode()).hexdigest()


def _invalid(op_id: str, faults: list[Fault]) -> Result:
    result = refused(
        op_id, "invalid", N_("Check: %(names)s."), names=", ".join(fault.path for fault in faults)
    )
    result["error"] |= {"faults": faults, "fields": {fault.path: fault.code for fault in faults}}
    return result


def _id_of(raw: object) -> str:
    found = raw.get("id") if isinstance(raw, dict) else None
    return found[:64] if isinstance(found, str) else ""


def read_batch(body: bytes) -> list[Any]:
    """The ops of a request body `{"ops": […]}`; BadJsonError (also: no_batch, too_many_ops) if it is not one."""
    document = strict_json.loads(body)
    batch = document.get("ops") if isinstance(document, dict) else None
    if not isinstance(batch, list) or set(document) != {"ops"}:
        raise strict_json.BadJsonError("no_batch")
    if len(batch) > MAX_OPS:
        raise strict_json.BadJsonError("too_many_ops")
    return batch
