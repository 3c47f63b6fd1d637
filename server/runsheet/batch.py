"""Several ops on rows as one: all or none of them, and one step to take back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlmodel import col, select

from server.core.access import Permission
from server.core.context import Context
from server.core.i18n import N_
from server.core.ops import Args, OpSet, RefusalError
from server.runsheet import actions, calling, copying
from server.runsheet.args import WORDS, CueAdd, CueEdit, CueMove, CueRef
from server.runsheet.copying import CueCopy
from server.runsheet.models import Cue
from server.runsheet.places import Places, held

# What is done to two hundred rows; each may be moved and edited.
MOST_STEPS = 400
# So many rows may change in one step: while it is carried out, nobody else's op is.
MOST_ROWS = 600
# A call is taken back only if nothing was called since, which the next step of the same op would be.
_BACK = {"cue.skip": "cue.resume", "cue.resume": "cue.skip"}

ops = OpSet(words=WORDS | {"steps": N_("Steps")})
_OPS = OpSet().include(actions.ops, calling.ops, copying.ops).ops


class _Step(Args):
    """`base_version`: the version that this row was changed from; by default that of the whole."""

    base_version: int | None = Field(default=None, ge=0)


class AddStep(_Step):
    op: Literal["cue.add"]
    args: CueAdd


class CopyStep(_Step):
    op: Literal["cue.copy"]
    args: CueCopy


class EditStep(_Step):
    op: Literal["cue.edit"]
    args: CueEdit


class MoveStep(_Step):
    op: Literal["cue.move"]
    args: CueMove


class RowStep(_Step):
    op: Literal["cue.remove", "cue.restore", "cue.skip", "cue.resume"]
    args: CueRef


Step = AddStep | CopyStep | EditStep | MoveStep | RowStep


class CueBatch(Args):
    """Each step is an op on a row: what it takes, and from which version of the row it was made."""

    steps: Annotated[
        list[Annotated[Step, Field(discriminator="op")]], Field(min_length=1, max_length=MOST_STEPS)
    ]


@ops.op("cue.batch", may=Permission.EDIT_CELLS, is_long=True)
def batch(ctx: Context, args: CueBatch) -> None:
    """Carry out steps in their order, or none of them. Each needs the permission of its op."""
    carry_out(ctx, args.steps)


def carry_out(ctx: Context, steps: Sequence[Step]) -> None:
    """Do the steps of an op; `ctx.undo` becomes all of them back.

    If rows were changed by others meanwhile, the refusal has all of them as `rows`, each with its version; any other
    refusal has the `row` that is to blame.
    """
    _rows = _load(ctx, steps)
    undos: list[dict[str, Any]] = []
    stale: list[RefusalError] = []
    with held(ctx.session) as places:
        for step in steps:
            try:
                undos += _do(ctx, step, places)
                _refuse_too_many(ctx)
            except RefusalError as refusal:
                refusal.error["row"] = step.args.id
                if refusal.code != "stale":
                    raise
                stale.append(refusal)
    if stale:
        stale[0].error["rows"] = {str(each.error["row"]): _version(each) for each in stale}
        raise stale[0]
    ctx.undo = {"op": "cue.batch", "args": {"steps": undos[::-1]}} if undos else None


def refuse_newer(ctx: Context, *rows: Cue) -> None:
    """A conflict that says which, if one of these rows was changed since the op's base version."""
    for row in rows:
        try:
            ctx.refuse_newer(row)
        except RefusalError as refusal:
            refusal.error |= {"row": row.id, "rows": {row.id: _version(refusal)}}
            raise


def _version(refusal: RefusalError) -> int:
    params: Any = refusal.error["params"]
    return int(params["version"])


def _do(ctx: Context, step: Step, places: Places) -> list[dict[str, Any]]:
    """Carry out one step; how it is taken back."""
    op = _OPS[step.op]
    ctx.require(op.may)
    if step.op == "cue.resume":
        _refuse_unskipped(ctx, step.args.id)
    base = ctx.op.base_version if step.base_version is None else step.base_version
    part = replace(ctx, op=replace(ctx.op, op=op, args=step.args, base_version=base), undo=None, touched=[])
    op.run(part, step.args)
    ctx.session.flush()
    places.follow(part.touched)
    ctx.touched += part.touched
    ctx.seq = part.seq
    if step.op in _BACK:
        return [{"op": _BACK[step.op], "args": {"id": step.args.id}}]
    return [part.undo] if part.undo else []


def _refuse_too_many(ctx: Context) -> None:
    if len({row.id for row in ctx.touched if isinstance(row, Cue)}) > MOST_ROWS:
        text = N_("That would change more than %(most)s rows at once. Do it in parts.")
        raise RefusalError("too_many", text, most=MOST_ROWS)


def _refuse_unskipped(ctx: Context, cue_id: str) -> None:
    """Only a row that was skipped is resumed here: the undo skips it, which an item that was held could not be."""
    cue = ctx.visible(Cue, cue_id)
    if cue.state != "skipped":
        text = N_("%(title)s is not skipped.")
        raise RefusalError("not_skipped", text, status="conflict", **cue.labels, now={"state": cue.state})


def _load(ctx: Context, steps: Sequence[Step]) -> list[Cue]:
    """The rows that are named, by one statement; they stay the session's for as long as they are held."""
    ids = {step.args.id for step in steps}
    return list(ctx.session.exec(select(Cue).where(Cue.event_id == ctx.event_id, col(Cue.id).in_(ids))))
