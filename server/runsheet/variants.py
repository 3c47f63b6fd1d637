"""Ops on rain plans and other variants: made and edited by coordinators, switched by whoever decides, in one step."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from sqlmodel import col, select

from server.core.access import Permission
from server.core.clock import to_iso
from server.core.context import Context, not_found
from server.core.faults import fault
from server.core.i18n import N_
from server.core.ops import Args, Id, Line, Named, OpSet, RefusalError, Text
from server.people.models import Member
from server.runsheet.args import WORDS, CueFields, Day, Moment
from server.runsheet.around import AUDIENCES, require, shown_to
from server.runsheet.models import Cue, Variant, copy_of
from server.runsheet.planned import merged, take_day_along, values_of
from server.runsheet.rehearsing import refuse_rehearsed_rows
from server.runsheet.rules import broken_rules
from server.runsheet.switching import Drafts, rows_of

MOST_ROWS = 200
# Characters of JSON, so that a variant always fits into a frame.
MOST_OF_CHANGES = 16_000
# What stands in the rows while it is on, and so is not edited then.
_APPLIED = ("day", "skip", "changes")

ops = OpSet(words=WORDS)


def _without_kind(fields: CueFields) -> CueFields:
    if "kind" in fields.model_fields_set:
        raise fault("kind", N_("can't change what kind of row it is"))
    return fields


class CueChange(Args):
    cue: Id
    set: Annotated[Named[CueFields], AfterValidator(_without_kind)]


def _each_once(changes: list[CueChange]) -> list[CueChange]:
    if len({change.cue for change in changes}) < len(changes):
        raise fault("twice", N_("must name each row once"))
    return changes


Announcement = Annotated[Text, Field(max_length=1000)]
Short = Annotated[Line, Field(max_length=20)]


class VariantPut(Args):
    """The whole variant: what is not named is empty. `shown_to`: the team alone, or also clients and vendors."""

    id: Id
    group: Short = ""
    group_en: Short = ""
    plan: Annotated[Line, Field(min_length=1, max_length=12)]
    name: Line = ""
    name_en: Line = ""
    day: Day
    decide_at: Moment = None
    decider: Id | None = None
    skip: Annotated[list[Id], Field(max_length=MOST_ROWS)] = Field(default=[])
    changes: Annotated[list[CueChange], Field(max_length=MOST_ROWS), AfterValidator(_each_once)] = Field(
        default=[]
    )
    announce: Announcement = ""
    announce_en: Announcement = ""
    shown_to: Literal["team", "all"] = "team"


class VariantRef(Args):
    id: Id


class VariantSwitch(Args):
    """`current` is the variant of that day that was on when the viewer decided; null if none was."""

    id: Id
    current: Id | None


@ops.op("variant.put", may=Permission.EDIT_SHEET, of=Variant)
def put(ctx: Context, args: VariantPut) -> None:
    """Add a variant, or change it; one that was removed comes back. While it is on, its rows stay as they are."""
    known = ctx.find(Variant, args.id)
    values = _columns_of(args)
    _refuse_bad_rows(ctx, args, known)
    if args.decider and not (known and known.decider == args.decider):
        require(ctx, Member, args.decider)
    ctx.undo = {"op": "variant.remove", "args": {"id": args.id}}
    if known is None:
        ctx.add(Variant(event_id=ctx.event_id, id=args.id, **values), **values)
    elif known.removed_at:
        ctx.amend(known, values | {"removed_at": None})
    else:
        _refuse_while_on(known, values)
        ctx.undo = {"op": "variant.put", "args": _as_args(known)}
        ctx.amend(known, values)


@ops.op("variant.remove", may=Permission.EDIT_SHEET, of=Variant)
def remove(ctx: Context, args: VariantRef) -> None:
    """Take a variant away that is not on."""
    variant = ctx.visible(Variant, args.id)
    if variant.state:
        raise _is_on(variant)
    was, variant.removed_at = variant.visible_to, ctx.received
    ctx.record(variant, {}, was=was)
    ctx.undo = {"op": "variant.put", "args": _as_args(variant)}


@ops.op("variant.switch", may=Permission.VIEW, of=Variant, is_long=True)
def switch(ctx: Context, args: VariantSwitch) -> dict[str, Any]:
    """Switch to a variant; the one that was on that day is taken back in the same step.

    Rows that run or ran stay as they are. If another is on than the viewer saw, somebody else decided first, and
    nothing changes.
    """
    variant = ctx.visible(Variant, args.id)
    on = _on(ctx, variant.day)
    before = on.before if on else {}
    drafts = Drafts(ctx, variant.named | before.keys())
    _refuse_undecided(ctx, variant, drafts)
    refuse_rehearsed_rows(ctx, drafts.rows.values())
    if variant.state or (on.id if on else None) != args.current:
        raise _already_switched(ctx, on or variant, args.current)
    _refuse_changed(ctx, variant)
    drafts.take_back(before)
    replaced = drafts.put_on(variant)
    changed = drafts.write(variant)
    if on:
        _turn(ctx, on, "", {})
    _turn(ctx, variant, "on", drafts.dated(replaced))
    ctx.undo = _undo_of(variant, on)
    return {"changed": changed, "left": drafts.left}


@ops.op("variant.back", may=Permission.VIEW, of=Variant, is_long=True)
def back(ctx: Context, args: VariantRef) -> dict[str, Any]:
    """Take a variant back: the rows stand as before, except what was changed since, and rows that run or ran."""
    variant = ctx.visible(Variant, args.id)
    drafts = Drafts(ctx, variant.before)
    _refuse_undecided(ctx, variant, drafts)
    refuse_rehearsed_rows(ctx, drafts.rows.values())
    if not variant.state:
        raise _already_switched(ctx, _on(ctx, variant.day) or variant, variant.id)
    drafts.take_back(variant.before)
    changed = drafts.write(variant)
    _turn(ctx, variant, "", {})
    ctx.undo = {"op": "variant.switch", "args": {"id": variant.id, "current": None}}
    return {"changed": changed, "left": drafts.left}


def _columns_of(args: VariantPut) -> dict[str, Any]:
    """The arguments as columns; what a change sets stays in the form in which `cue.edit` takes it."""
    values = args.model_dump(exclude={"id", "shown_to"})
    values["skip"] = list(dict.fromkeys(args.skip))
    values["changes"] = [
        {"cue": change.cue, "set": _iso(change.set.model_dump(exclude_unset=True))} for change in args.changes
    ]
    return values | {"audience": AUDIENCES[args.shown_to]}


def _iso(values: dict[str, Any]) -> dict[str, Any]:
    return values | {name: to_iso(values[name]) for name in ("start", "end") if name in values}


def _as_args(variant: Variant) -> dict[str, Any]:
    """The arguments that put a variant as it is."""
    kept = {name: getattr(variant, name) for name in VariantPut.model_fields if name != "shown_to"}
    return kept | {"decide_at": to_iso(variant.decide_at), "shown_to": shown_to(variant.audience)}


def _refuse_bad_rows(ctx: Context, args: VariantPut, known: Variant | None) -> None:
    """Each row must be there, unless the variant had it already, and can be what it is to become."""
    ids = {*args.skip, *(change.cue for change in args.changes)}
    if len(ids) > MOST_ROWS:
        raise RefusalError("too_many", N_("A plan names at most %(most)s rows."), most=MOST_ROWS)
    if len(json.dumps(_columns_of(args)["changes"])) > MOST_OF_CHANGES:
        raise RefusalError("too_long", N_("A plan changes too much text. Split it, or shorten the notes."))
    rows = rows_of(ctx, ids)
    unknown = sorted(ids - rows.keys() - (known.named if known else set()))
    if unknown:
        raise not_found(unknown[0])
    for change in args.changes:
        if change.cue in rows:
            _refuse_bad_change(ctx, rows[change.cue], change.set)


def _refuse_bad_change(ctx: Context, cue: Cue, fields: CueFields) -> None:
    values = values_of(ctx, fields, cue)
    if "columns" in values:
        values["columns"] = merged(cue.columns, values["columns"])
    take_day_along(ctx, cue, values)
    broken = next(broken_rules(copy_of(cue, values), ctx.event), None)
    if broken and set(broken.fields) & values.keys():
        refusal = RefusalError(broken.code, broken.text, **broken.params, **cue.labels)
        refusal.error["fields"] = {"changes": broken.code}
        raise refusal


def _refuse_while_on(variant: Variant, values: dict[str, Any]) -> None:
    if variant.state and any(values[name] != getattr(variant, name) for name in _APPLIED):
        raise _is_on(variant)


def _is_on(variant: Variant) -> RefusalError:
    return RefusalError("is_on", N_("%(title)s is on. Switch back first."), **variant.labels)


def _on(ctx: Context, day: str) -> Variant | None:
    """The variant that is on that day."""
    these = (Variant.event_id == ctx.event_id, Variant.day == day, Variant.state == "on")
    return ctx.session.exec(select(Variant).where(*these, col(Variant.removed_at).is_(None))).first()


def _refuse_undecided(ctx: Context, variant: Variant, drafts: Drafts) -> None:
    """It is switched by its decider, by a coordinator, or by who calls all the tracks on which a row changes."""
    if ctx.viewer.id == variant.decider or ctx.viewer.may(Permission.EDIT_SHEET):
        return
    tracks = {row.track for row in drafts.rows.values()}
    if tracks and all(map(ctx.viewer.may_call, tracks)):
        return
    text = N_("%(title)s is switched by %(who)s, by show controllers, or by who calls all of its tracks.")
    if not variant.decider:
        text = N_("%(title)s is switched by show controllers, or by who calls all of its tracks.")
    raise RefusalError("not_yours", text, who=variant.decider or "", **variant.labels)


def _already_switched(ctx: Context, shown: Variant, expected: str | None) -> RefusalError:
    """Another is on than the viewer saw, or none any more: who did that, and when."""
    if shown.state:
        who, when, text = (
            shown.switched_by,
            shown.switched_at,
            N_("%(who)s decided first, at %(when)s: %(title)s."),
        )
    else:
        shown = (ctx.find(Variant, expected) if expected else None) or shown
        who, when = ctx.who_made(shown.version)
        text = N_("%(title)s is not on any more: %(who)s switched at %(when)s.")
    now = {"current": shown.id if shown.state else None}
    return RefusalError(
        "already_switched", text, status="conflict", who=who, when=when, **shown.labels, now=now
    )


def _refuse_changed(ctx: Context, variant: Variant) -> None:
    """Nobody switches to another plan than the one that they saw."""
    newest = max(variant.versions.get(name, 0) for name in _APPLIED)
    who, when = ctx.who_made(newest)
    if newest > (ctx.op.base_version or newest) and who != ctx.viewer.id:
        text = N_("%(who)s has changed %(title)s, at %(when)s. Look at it again.")
        raise RefusalError("plan_changed", text, status="conflict", who=who, when=when, **variant.labels)


def _turn(ctx: Context, variant: Variant, state: str, before: dict[str, Any]) -> None:
    """Say that a variant is on or off, with what stood before it."""
    values = {"state": state, "switched_at": ctx.fact_time(variant.switched_at), "switched_by": ctx.viewer.id}
    was = {name: getattr(variant, name) for name in values}
    for name, value in (values | {"before": before}).items():
        setattr(variant, name, value)
    ctx.record(variant, {"set": values, "was": was}, was=variant.visible_to)


def _undo_of(variant: Variant, on: Variant | None) -> dict[str, Any]:
    if on is None:
        return {"op": "variant.back", "args": {"id": variant.id}}
    return {"op": "variant.switch", "args": {"id": on.id, "current": variant.id}}
