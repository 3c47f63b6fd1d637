"""The large write of a compared file: what came, what changed, what moved and what goes, in one transaction.

The worker says what is to become of which row. A row that somebody has changed or called since the coordinator looked
stays as it is, and so does one that could not be what the file says; each is named in the result, and all else is done.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, cast

from sqlmodel import col, select

from server.core.access import Permission
from server.core.context import Context
from server.core.ops import Op, RefusalError
from server.runsheet import drafting
from server.runsheet.import_insert import COLUMNS, Needed, need, put_in, refuse_cancelled
from server.runsheet.import_place import keys_for
from server.runsheet.models import CALLED, Cue
from server.runsheet.planned import merged
from server.runsheet.published import is_new
from server.runsheet.rehearsing import refuse_given_back
from server.runsheet.rules import ABOVE, broken_rules
from server.runsheet.taking import take_out

Values = dict[str, Any]
List = tuple[str, str | None, list[tuple[str, bool]]]
_MOST_NAMED = 50


class Change(Needed):
    """edits: columns of the table by row; of `columns` only the cells that change.

    moves: track and parent by row; without a track, on that of the parent. staying: rows that don't go along with them.
    order: lists of siblings as (track, parent, [(row, whether it is put there)]), in the order of the file. gone: rows
    to remove, those above others first. called: rows that may change although they were called. base: the head of
    the log that the coordinator looked at.
    """

    base: int
    edits: dict[str, Values]
    moves: dict[str, Values]
    staying: list[str]
    gone: list[str]
    order: list[List]
    called: list[str]


class Standing(NamedTuple):
    """What the place of a row depends on."""

    id: str
    order_key: str
    kind: str
    track: str
    parent: str | None
    removed_at: int | None


def _change(ctx: Context, args: Change) -> Values:
    refuse_cancelled(ctx, args.job)
    head = ctx.log.head
    need(ctx, args)
    work = _Work(ctx, args)
    work.move()
    work.edit()
    work.add()
    work.remove()
    ctx.seq = ctx.log.head
    return work.done | {"left": work.left[:_MOST_NAMED], "kept": len(work.left), "span": [head + 1, ctx.seq]}


CHANGE = Op("import.change", Permission.CONFIGURE, Change, _change, is_long=True)


class Trial:
    """A row as it would be with other values: as much of one as the rules look at."""

    def __init__(self, cue: Cue, values: Values) -> None:
        self._cue, self._values = cue, values

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any field of a row
        return self._values[name] if name in self._values else getattr(self._cue, name)


def amend(ctx: Context, cue: Cue, values: Values) -> None:
    """Set columns of a row as `cue.edit` does, of `columns` only the named cells; refused if it can't be so."""
    cells = set(values.get("columns", ()))
    made = values | ({"columns": merged(cue.columns, values["columns"])} if cells else {})
    broken = next(broken_rules(cast("Cue", Trial(cue, made)), ctx.event), None)
    if broken and not made.keys().isdisjoint(broken.fields):
        raise RefusalError(broken.code, broken.text, **broken.params)
    drafting.amend(ctx, cue, made, {"columns": cells} if cells else {})


def standing(ctx: Context) -> dict[str, Standing]:
    """Every row of the event, removed ones too."""
    table = Cue.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    query = table.select().with_only_columns(*(table.c[name] for name in Standing._fields))
    found = ctx.session.connection().execute(query.where(table.c.event_id == ctx.event_id))
    return {row[0]: Standing(*row) for row in found}


class Below:
    """Which rows stand under which, as it was before anything moved."""

    def __init__(self, rows: Iterable[Standing]) -> None:
        self._children: dict[str, list[str]] = {}
        for row in rows:
            if row.parent and row.removed_at is None:
                self._children.setdefault(row.parent, []).append(row.id)

    def at_once(self, cue_id: str) -> list[str]:
        return self._children.get(cue_id, [])

    def all(self, cue_id: str) -> list[str]:
        """Top down."""
        return [found for child in self.at_once(cue_id) for found in (child, *self.all(child))]


def load(ctx: Context, ids: Iterable[str]) -> dict[str, Cue]:
    """These rows, as far as they are there and the viewer may see them, by one statement."""
    these = (Cue.event_id == ctx.event_id, col(Cue.id).in_(list(ids)))
    found = ctx.session.exec(select(Cue).where(*these).order_by(Cue.id))
    return {row.id: row for row in found if row.visible_to in ctx.viewer.audiences}


def left_out(code: str) -> RefusalError:
    """Why one row of many stays as it is; people read a word for the code."""
    return RefusalError(code, code)


@dataclass
class _Work:
    ctx: Context
    args: Change
    left: list[Values] = field(default_factory=list)
    done: Values = field(default_factory=lambda: dict.fromkeys(("added", "changed", "moved", "removed"), 0))

    def __post_init__(self) -> None:
        self._part = replace(self.ctx, op=replace(self.ctx.op, base_version=self.args.base))
        self._there = standing(self.ctx)
        self._below = Below(self._there.values())
        self._new = {row[COLUMNS["id"]]: row for row in self.args.rows}
        self._gone, self._staying = set(self.args.gone), set(self.args.staying)
        self._refused: set[str] = set()
        self._placed: dict[str, Values] = {}
        named = {*self.args.edits, *self.args.moves, *self._gone}
        self._rows = load(self.ctx, named | {row for each in named for row in self._below.all(each)})

    # Places

    def move(self) -> None:
        """Find where rows go; what can't go anywhere stays."""
        for cue_id, where in self.args.moves.items():
            self._try(cue_id, partial(self._move, where))
        for row_id, row in list(self._new.items()):
            try:
                row[COLUMNS["track"]] = self._track(row[COLUMNS["kind"]], _where(row))
            except RefusalError as refusal:
                del self._new[row_id]
                self._leave(row[COLUMNS["title"]], refusal.code)
        for track, parent, wanted in self.args.order:
            self._put(track, parent, wanted)

    def _move(self, where: Values, cue: Cue) -> None:
        track = self._track(cue.kind, where)
        below = self._below.all(cue.id)
        if track != cue.track:
            self._refuse_tied([cue, *(self._rows[row] for row in below if row in self._rows)])
        self._placed.setdefault(cue.id, {}).update(where | {"track": track})
        for row in below if track != cue.track else ():
            if row not in self.args.moves and row not in self._staying:
                self._placed.setdefault(row, {})["track"] = track

    def _track(self, kind: str, where: Values) -> str:
        """The track of a row that goes there. What is above it must be there, or come, and be of the right kind."""
        parent = where["parent"]
        if not parent:
            above, track = None, where["track"]
        elif parent in self._new:
            row = self._new[parent]
            above, track = row[COLUMNS["kind"]], row[COLUMNS["track"]]
        else:
            found = self._there.get(parent)
            if found is None or found.removed_at or parent in self._gone:
                raise left_out("no_place")
            above, track = found.kind, self._placed.get(parent, {}).get("track", found.track)
        if above not in ABOVE[kind]:
            raise left_out("no_place")
        return str(where["track"] or track)

    def _refuse_tied(self, rows: list[Cue]) -> None:
        """What runs, or was called in a rehearsal, stays on its track."""
        if any(row.is_on_air for row in rows):
            raise left_out("on_air")
        refuse_given_back(self.ctx, rows)

    def _put(self, track: str, parent: str | None, wanted: list[tuple[str, bool]]) -> None:
        coming = {
            row_id for row_id, is_put in wanted if is_put and (row_id in self._placed or row_id in self._new)
        }
        if not coming:
            return
        here = (
            row for row in self._there.values() if row.parent == parent and (parent or row.track == track)
        )
        can = [(row_id, row_id in coming) for row_id, is_put in wanted if not is_put or row_id in coming]
        for row_id, key in keys_for(((row.order_key, row.id) for row in here), can).items():
            if row_id in self._new:
                self._new[row_id][COLUMNS["order_key"]] = key
            else:
                self._placed[row_id]["order_key"] = key

    # Rows

    def edit(self) -> None:
        """Set what changes, each row once."""
        for cue_id in dict.fromkeys([*self._placed, *self.args.edits]):
            if cue_id not in self._refused:
                self._try(cue_id, self._edit)

    def _edit(self, cue: Cue) -> None:
        edits, day = self.args.edits.get(cue.id, {}), cue.day
        if cue.is_on_air and "kind" in edits:
            raise left_out("on_air")
        amend(self._part, cue, edits | self._placed.get(cue.id, {}))
        self.done["changed"] += bool(edits)
        self.done["moved"] += cue.id in self.args.moves
        if cue.day != day and cue.kind not in {"segment", "cue"}:
            self._bring_cues(cue, day)

    def _bring_cues(self, item: Cue, day: str) -> None:
        """An item that leaves a day brings its cues, but not those with a time of their own, or that the file names."""
        for row in self._below.at_once(item.id):
            cue = self._rows.get(row)
            if cue and cue.day == day and cue.start_mode != "fixed" and row not in self.args.edits:
                drafting.amend(self._part, cue, {"day": item.day})

    def add(self) -> None:
        """Insert what came."""
        put_in(self.ctx, self.args.job, self._new.values())
        self.done["added"] = len(self._new)

    def remove(self) -> None:
        """Take out what goes, with all that hangs on it; from below, since what stays keeps the row above it."""
        going: list[Cue] = []
        for cue_id in reversed(self.args.gone):
            self._try(cue_id, lambda cue: going.append(self._leaving(cue)))
        going.reverse()
        if drafting.publishes_at_once(self.ctx):
            now, later = going, []
        else:
            now, later = [cue for cue in going if is_new(cue)], [cue for cue in going if not is_new(cue)]
        if now:
            take_out(self.ctx, now)
            drafting.took_out(self.ctx, now)
        for cue in later:
            drafting.leave(self.ctx, cue)
        self.done["removed"] = len(going)

    def _leaving(self, cue: Cue) -> Cue:
        if cue.is_on_air:
            raise left_out("on_air")
        self._part.refuse_newer(cue)
        staying = [self._rows.get(row) for row in self._below.at_once(cue.id) if row not in self._gone]
        if any(row is None or row.parent == cue.id for row in staying):
            raise left_out("not_empty")
        return cue

    def _try(self, cue_id: str, act: Callable[[Cue], None]) -> None:
        """Do something with a row, unless it is gone, or was changed or called meanwhile."""
        cue = self._rows.get(cue_id)
        try:
            if cue is None:
                raise left_out("gone")
            self._refuse_called(cue)
            act(cue)
        except RefusalError as refusal:
            self._refused.add(cue_id)
            self._gone.discard(cue_id)
            self._placed.pop(cue_id, None)
            self._leave(cue.title if cue else "", refusal.code)

    def _refuse_called(self, cue: Cue) -> None:
        is_named = cue.id in self.args.edits or cue.id in self.args.moves or cue.id in self._gone
        if is_named and (cue.state in CALLED or cue.runs) and cue.id not in self.args.called:
            raise left_out("called")

    def _leave(self, title: str, why: str) -> None:
        self.left.append({"title": title, "why": why})


def _where(row: list[Any]) -> Values:
    return {"track": row[COLUMNS["track"]], "parent": row[COLUMNS["parent"]]}
