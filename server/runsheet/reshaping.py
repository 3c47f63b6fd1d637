"""One row becomes two, or several become one; what stands under them goes to where its time is."""

from typing import Annotated, Any

from pydantic import Field
from sqlmodel import col, select

from server.core.access import Permission
from server.core.context import Context
from server.core.i18n import N_
from server.core.ops import Args, Id, OpSet, RefusalError
from server.runsheet.args import DAY_S, WORDS, CueEdit, CueFields, CueMove, CueRef, Seconds
from server.runsheet.batch import CopyStep, EditStep, MoveStep, RowStep, Step, carry_out, refuse_newer
from server.runsheet.copying import CueCopy
from server.runsheet.hanging import Attachment, Comment, Note
from server.runsheet.models import Cue
from server.runsheet.queries import descendants, siblings

# So many rows become one.
MOST_ROWS = 20
_LONGEST = {"title": 200, "title_en": 200, "line": 200, "line_en": 200, "note": 4000, "note_en": 4000}
_LONGEST_CELL = 4000

ops = OpSet(words=WORDS | {"new": N_("New row"), "rows": N_("Rows"), "at_s": N_("Length of the first")})


class CueSplit(Args):
    """`at_s` is how long the first of the two is to be, `new` the id of the second."""

    id: Id
    new: Id
    at_s: Seconds


class CueJoin(Args):
    """`rows` are those that follow the first one and become part of it, in their order."""

    id: Id
    rows: Annotated[list[Id], Field(min_length=1, max_length=MOST_ROWS)]


@ops.op("cue.split", may=Permission.EDIT_SHEET, of=Cue)
def split(ctx: Context, args: CueSplit) -> None:
    """Make two rows of one. Texts and people are on both; cues stay with the part in whose time they are."""
    cue = ctx.visible(Cue, args.id)
    _refuse_no_split(cue, args.at_s)
    refuse_newer(ctx, cue)
    rest = cue.duration_s - args.at_s
    steps: list[Step] = [
        CopyStep(op="cue.copy", args=CueCopy(id=args.new, of=cue.id, alone=True)),
        _edit(args.new, duration_s=rest, **_least(cue, rest), **_second_start(cue, args.at_s)),
        _edit(cue.id, duration_s=args.at_s, **_least(cue, args.at_s)),
    ]
    late = [row for row in descendants(ctx.session, cue) if row.offset_s >= args.at_s and _hangs(row)]
    for row in reversed(late):
        steps += _under(row, args.new, -args.at_s)
    carry_out(ctx, steps)


@ops.op("cue.join", may=Permission.EDIT_SHEET, of=Cue)
def join(ctx: Context, args: CueJoin) -> None:
    """Make one row of several that follow each other: texts below each other, all their people, the sum of lengths."""
    cue = ctx.visible(Cue, args.id)
    others = [ctx.visible(Cue, row) for row in args.rows]
    _refuse_no_join(ctx, cue, others)
    refuse_newer(ctx, cue, *others)
    steps: list[Step] = [_edit(cue.id, **_joined([cue, *others]))]
    since, last = cue.duration_s, _last_below(ctx, cue)
    for row in others:
        for below in descendants(ctx.session, row):
            steps += _under(below, cue.id, since, last) if below.parent == row.id else []
            last = below.id if below.parent == row.id else last
        since += row.duration_s
        steps.append(RowStep(op="cue.remove", args=CueRef(id=row.id)))
    carry_out(ctx, steps)


def _refuse_no_split(cue: Cue, at_s: int) -> None:
    if cue.kind == "segment":
        raise RefusalError("no_length", N_("A segment is as long as what stands in it. Split a row in it."))
    if cue.state == "done":
        raise RefusalError("done", N_("This row is over."))
    if cue.state == "skipped":
        raise RefusalError("skipped", N_("This row is skipped. Take it back into the plan first."))
    if cue.end_mode != "duration":
        raise RefusalError("ends_at", N_("This row ends at a time. Give it a length first."))
    if not 0 < at_s < cue.duration_s:
        raise RefusalError("bad_length", N_("The first part must be shorter than the row."))


def _refuse_no_join(ctx: Context, cue: Cue, others: list[Cue]) -> None:
    """Rows that don't follow each other, or that are no parts of one thing, stay apart."""
    rows = siblings(ctx.session, ctx.event_id, cue.track, cue.parent)
    leaving = ctx.session.exec(select(Cue.id).where(Cue.event_id == ctx.event_id, col(Cue.leaving))).all()
    there = [row.id for row in rows if row.removed_at is None and row.id not in leaving]
    place = there.index(cue.id) if cue.id in there else len(there)
    if there[place + 1 : place + 1 + len(others)] != [row.id for row in others]:
        raise RefusalError("not_adjacent", N_("Only rows that follow each other on one track can be joined."))
    for row in (cue, *others):
        _refuse_no_part(row, cue)
    _refuse_lost(ctx, others)


def _refuse_lost(ctx: Context, others: list[Cue]) -> None:
    """What people have hung on a row would go with it, and a private note without its department being told."""
    hung: set[str] = set()
    for model in (Note, Comment, Attachment):
        these = (col(model.cue).in_([row.id for row in others]), col(model.removed_at).is_(None))
        hung.update(ctx.session.exec(select(model.cue).where(model.event_id == ctx.event_id, *these)))
    for row in others:
        if row.id in hung:
            text = N_("%(title)s has notes, comments or files of its own, which would be lost.")
            raise RefusalError("hung", text, **row.labels)


def _refuse_no_part(row: Cue, first: Cue) -> None:
    if row.kind != first.kind or row.day != first.day:
        raise RefusalError("other_kind", N_("Only rows of one kind and one day can be joined."))
    if row.is_on_air or row.state == "done":
        raise RefusalError("called", N_("%(title)s has been called and stays by itself."), **row.labels)
    if (row.state == "skipped") != (first.state == "skipped"):
        raise RefusalError("skipped", N_("A row that is skipped can't be joined with one that is not."))
    if row.end_mode != "duration":
        raise RefusalError("ends_at", N_("%(title)s ends at a time. Give it a length first."), **row.labels)
    if row is not first and row.hard:
        raise RefusalError(
            "hard", N_("%(title)s has a hard time of its own, which would be lost."), **row.labels
        )


def _edit(cue_id: str, **values: Any) -> EditStep:  # noqa: ANN401 - fields of a row
    """A step that sets fields, which are a row's own and need no second look."""
    fields = CueFields.model_construct(**values)
    return EditStep(op="cue.edit", args=CueEdit.model_construct(id=cue_id, set=fields))


def _least(cue: Cue, length: int) -> dict[str, int]:
    return {"min_s": min(cue.min_s, length)} if cue.min_s is not None else {}


def _second_start(cue: Cue, at_s: int) -> dict[str, Any]:
    """How the second part starts: when the first ends, or a cue so much later than the first."""
    if cue.kind == "cue" and cue.start_mode == "offset":
        return {"offset_s": min(DAY_S, cue.offset_s + at_s)}
    if cue.kind == "cue" and cue.start is not None and cue.start_mode == "fixed":
        return {"start_mode": "fixed", "start": cue.start + at_s * 1000}
    return {"start_mode": "linked", "start": None}


def _hangs(row: Cue) -> bool:
    return row.start_mode == "offset"


def _under(row: Cue, parent: str, later_s: int, after: str | None = None) -> list[Step]:
    """Move a row under another parent, and let it keep its time."""
    steps: list[Step] = [MoveStep(op="cue.move", args=CueMove(id=row.id, parent=parent, after=after))]
    if row.kind == "cue" and _hangs(row):
        offset = max(-DAY_S, min(DAY_S, row.offset_s + later_s))
        steps.append(_edit(row.id, offset_s=offset))
    return steps


def _last_below(ctx: Context, cue: Cue) -> str | None:
    here = [row.id for row in descendants(ctx.session, cue) if row.parent == cue.id]
    return here[-1] if here else None


def _joined(rows: list[Cue]) -> dict[str, Any]:
    """The fields of one row that says what several said."""
    texts = {name: _text(name, [getattr(row, name) for row in rows], most) for name, most in _LONGEST.items()}
    length = sum(row.duration_s for row in rows)
    least = [row.min_s for row in rows]
    found: dict[str, Any] = texts | {name: _united(rows, name) for name in ("people", "departments")}
    found["columns"] = _cells(rows)
    if any(each is not None for each in least):
        found["min_s"] = sum(row.duration_s if row.min_s is None else row.min_s for row in rows)
    return found | {"duration_s": length}


def _united(rows: list[Cue], name: str) -> list[str]:
    return list(dict.fromkeys(each for row in rows for each in getattr(row, name)))


def _text(name: str, texts: list[str], most: int) -> str:
    """Different texts below each other; a line has none below it."""
    mark = "\n" if name.startswith("note") else " / "
    joined = mark.join(dict.fromkeys(filter(None, texts)))
    if len(joined) > most:
        raise RefusalError(
            "too_long", N_("Joined, a text would be longer than %(most)s characters."), most=most
        )
    return joined


def _cells(rows: list[Cue]) -> dict[str, dict[str, str]]:
    """Of each column and language what stands in all rows."""
    columns = dict.fromkeys(column for row in rows for column in row.columns)
    return {
        column: {
            locale: _text(
                "note", [row.columns.get(column, {}).get(locale, "") for row in rows], _LONGEST_CELL
            )
            for locale in ("zh-TW", "en")
            if any(row.columns.get(column, {}).get(locale) for row in rows)
        }
        for column in columns
    }
