"""Taking back what a compared file has done to the sheet: by the log, which has what stood there before.

What somebody has changed or called since stays, and is named; all else is as it was.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import col, select

from server.core.context import Context
from server.core.models import Change as Entry
from server.core.ops import RefusalError
from server.runsheet import drafting
from server.runsheet.import_change import CHANGE, Below, amend, left_out, standing
from server.runsheet.import_insert import put_out, remove_names
from server.runsheet.models import CALLED, Cue
from server.runsheet.taking import hangers

Values = dict[str, Any]
_MOST_NAMED = 50


def take_back(ctx: Context, job_id: str, span: tuple[int, int]) -> Values:
    """Undo the entries `span` of the log, which a compared file has made of rows. `rows` is how many rows it was."""
    within = col(Entry.seq).between(span[0], span[1])
    these = (Entry.event_id == ctx.event_id, within, Entry.op_id == f"{job_id}:{CHANGE.name}")
    query = select(Entry).where(*these, Entry.entity_kind == Cue.entity_kind)
    work = _Back(ctx, list(ctx.session.exec(query.order_by(col(Entry.seq).desc()))))
    work.restore()
    work.set_back()
    work.put_out(job_id)
    remove_names(ctx, job_id)
    return {"rows": work.rows, "kept": len(work.left), "left": work.left[:_MOST_NAMED]}


@dataclass
class _Back:
    """Entries are the newest first."""

    ctx: Context
    entries: list[Entry]
    left: list[Values] = field(default_factory=list)
    rows: int = 0

    def __post_init__(self) -> None:
        changed = {entry.entity for entry in self.entries if "import" not in entry.detail}
        these = (Cue.event_id == self.ctx.event_id, col(Cue.id).in_(changed))
        found = self.ctx.session.exec(select(Cue).where(*these).order_by(Cue.id))
        self._there = {row.id: row for row in found}

    def restore(self) -> None:
        """Bring back what went, with what hung on it, unless it came back by itself or its parent has gone."""
        gone = [self._there[entry.entity] for entry in self.entries if _has_taken(entry)]
        back = {row.id: row for row in gone if row.removed_at}
        parents = self._parents(back)
        for row in list(back.values()):
            if row.parent and row.parent not in back and parents.get(row.parent) is not None:
                self._leave(back.pop(row.id), "no_place")
        for moment in {row.removed_at for row in back.values()}:
            rows = [row for row in back.values() if row.removed_at == moment]
            for entity in [*rows, *hangers(self.ctx, rows, moment)]:
                entity.removed_at = None
                if isinstance(entity, Cue):
                    drafting.bring_back(self.ctx, entity)
                self.ctx.record(entity, {"restored_with": rows[0].id}, was=None)
        self.rows += len(back)
        self.ctx.session.flush()

    def _parents(self, rows: Values) -> dict[str, int | None]:
        """When what these rows stand under was removed, if it was."""
        ids = {row.parent for row in rows.values() if row.parent}
        query = select(Cue.id, Cue.removed_at).where(Cue.event_id == self.ctx.event_id, col(Cue.id).in_(ids))
        return dict(self.ctx.session.exec(query).all())

    def set_back(self) -> None:
        """Let stand again what stood in the fields, each row once."""
        before: dict[str, Values] = {}
        since: dict[str, int] = {}
        stale: set[str] = set()
        for entry in self.entries:
            if "set" in entry.detail and entry.entity in self._there:
                row = self._there[entry.entity]
                stale |= {row.id for ours in _keep_ours(row, entry, before) if not ours}
                since[row.id] = entry.received
        for cue_id, values in before.items():
            self._set_back(self._there[cue_id], values, since[cue_id], is_stale=cue_id in stale)

    def _set_back(self, cue: Cue, values: Values, since: int, *, is_stale: bool) -> None:
        try:
            if cue.removed_at or cue.visible_to not in self.ctx.viewer.audiences:
                raise left_out("gone")
            if (cue.state in CALLED or cue.runs) and (cue.last_transition or 0) >= since:
                raise left_out("called")
            if values:
                amend(self.ctx, cue, values)
        except RefusalError as refusal:
            self._leave(cue, refusal.code)
            return
        self.rows += bool(values)
        if is_stale:
            self._leave(cue, "stale")

    def put_out(self, job_id: str) -> None:
        """Remove what came, unless it was called, or something else stands under it by now."""
        came = {entry.entity for entry in self.entries if "import" in entry.detail}
        self.ctx.session.flush()
        there = standing(self.ctx)
        below = Below(there.values())
        called = set(self._called(came))
        going = [row for row in came if there[row].removed_at is None]
        staying = {
            row for row in going if row in called or any(each not in came for each in below.at_once(row))
        }
        staying |= {row for row in going if not staying.isdisjoint(below.all(row))}
        titles = select(Cue).where(Cue.event_id == self.ctx.event_id, col(Cue.id).in_(staying))
        for cue in self.ctx.session.exec(titles.order_by(Cue.id)):
            self._leave(cue, "called" if cue.id in called else "not_empty")
        self.rows += put_out(self.ctx, job_id, sorted(set(going) - staying))

    def _called(self, ids: Iterable[str]) -> Iterator[str]:
        query = select(Cue.id, Cue.state, Cue.runs).where(
            Cue.event_id == self.ctx.event_id, col(Cue.id).in_(list(ids))
        )
        return (row_id for row_id, state, runs in self.ctx.session.exec(query) if state in CALLED or runs)

    def _leave(self, cue: Cue, why: str) -> None:
        self.left.append({"title": cue.labels["title"], "why": why})


def _has_taken(entry: Entry) -> bool:
    """Whether a row went by this entry: at once, or with the version that was published since."""
    return "removed_with" in entry.detail or bool(entry.detail.get("set", {}).get("leaving"))


def _keep_ours(cue: Cue, entry: Entry, before: dict[str, Values]) -> Iterator[bool]:
    """Gather what stood in the fields that the entry set last; says of each whether it did."""
    values = before.setdefault(cue.id, {})
    for name, was in entry.detail["was"].items():
        parts = list(was) if name == "columns" else [""]
        for part in parts:
            is_ours = cue.versions.get(f"{name}.{part}" if part else name) == entry.seq
            if is_ours and part:
                values.setdefault(name, {})[part] = was[part] or {}
            elif is_ours:
                values[name] = was
            yield is_ours
