"""What switching a variant on or back makes of the rows: worked out on copies, then written, each row once.

It goes out at once, so it is worked out on the rows as everybody sees them. What waits to be published of a field that
is switched is kept with what stood there, and waits again when that does.

A key is the name of a field, or `columns.<id>` for a department's cell: each has a version of its own.
"""

from collections.abc import Iterable
from typing import Any

from sqlmodel import col, select

from server.core.clock import to_iso
from server.core.context import Context
from server.core.models import Change
from server.runsheet import drafting
from server.runsheet.args import CueFields
from server.runsheet.models import CALLED, PLAN_FIELDS, Cue, Variant, copy_of
from server.runsheet.planned import merged, take_day_along
from server.runsheet.published import as_published, held_instead
from server.runsheet.queries import descendants
from server.runsheet.rules import broken_rules

Values = dict[str, Any]
Before = dict[str, Values]
_WAITING = frozenset({"planned", "warm", "standby"})
_NOTHING = object()
_SWITCHED = (*PLAN_FIELDS, "state")


def rows_of(ctx: Context, ids: Iterable[str]) -> dict[str, Cue]:
    """These rows as far as the viewer may see them, in the order of their ids; removed ones are not there."""
    these = (Cue.event_id == ctx.event_id, col(Cue.id).in_(list(ids)))
    found = ctx.session.exec(select(Cue).where(*these).order_by(Cue.id))
    return {row.id: row for row in found if row.visible_to in ctx.viewer.audiences}


def value_at(cue: Cue, key: str) -> Any:  # noqa: ANN401 - a field may hold anything
    """What stands under a key."""
    name, _, part = key.partition(".")
    return getattr(cue, name).get(part) if part else getattr(cue, name)


def put_at(cue: Cue, key: str, value: Any) -> None:  # noqa: ANN401 - as above
    """Let something stand under a key."""
    name, _, part = key.partition(".")
    setattr(cue, name, merged(getattr(cue, name), {part: value}) if part else value)


def keys_between(one: Cue, other: Cue) -> list[str]:
    """Under which keys two states of a row differ."""
    names = [name for name in _SWITCHED if getattr(one, name) != getattr(other, name)]
    cells = (f"columns.{part}" for part in sorted({*one.columns, *other.columns}))
    differing = [key for key in cells if value_at(one, key) != value_at(other, key)]
    return [name for name in names if name != "columns"] + differing


def values_in(change: Values) -> Values:
    """What a variant sets in a row, as columns of it."""
    return CueFields.model_validate(change["set"]).model_dump(exclude_unset=True)


class Drafts:
    """The rows of a switch. `left` says which rows stay as they are, and why: gone, started, changed or invalid."""

    def __init__(self, ctx: Context, ids: Iterable[str]) -> None:
        self._ctx = ctx
        self.rows = rows_of(ctx, ids)
        self._drafts = {cue_id: copy_of(as_published(row)) for cue_id, row in self.rows.items()}
        self._waiting = {cue_id: _waiting(row) for cue_id, row in self.rows.items()}
        self._left: dict[str, Values] = {}

    @property
    def left(self) -> list[Values]:
        return list(self._left.values())

    def take_back(self, before: Before) -> None:
        """Let stand again what stood there before, except where somebody has changed it since."""
        for cue_id, fields in before.items():
            if draft := self._draft(cue_id):
                self._restore(cue_id, draft, fields)

    def put_on(self, variant: Variant) -> Before:
        """Set and leave out what a variant says; [what stood there before, what waited there if anything did]."""
        before = {cue_id: copy_of(draft) for cue_id, draft in self._drafts.items()}
        for change in variant.changes:
            self._set(change["cue"], values_in(change))
        for cue_id in variant.skip:
            self._skip(cue_id)
        found = {}
        for cue_id, draft in self._drafts.items():
            was, waiting = before.get(cue_id, as_published(self.rows[cue_id])), self._waiting[cue_id]
            found[cue_id] = {
                key: [value_at(was, key), *([waiting.pop(key)] if key in waiting else [])]
                for key in keys_between(was, draft)
            }
        return {cue_id: fields for cue_id, fields in found.items() if fields}

    def write(self, variant: Variant) -> int:
        """Change the rows; how many have changed."""
        changing = {
            cue_id: keys_between(as_published(self.rows[cue_id]), draft)
            for cue_id, draft in self._drafts.items()
        }
        for cue_id, keys in changing.items():
            if keys:
                self._write(self.rows[cue_id], self._drafts[cue_id], keys, variant)
        return sum(map(bool, changing.values()))

    def dated(self, before: Before) -> dict[str, dict[str, list[Any]]]:
        """With the entry of the log that replaced each value."""
        return {
            cue_id: {
                key: [value, self.rows[cue_id].versions.get(key, 0), *waiting]
                for key, (value, *waiting) in fields.items()
            }
            for cue_id, fields in before.items()
        }

    def _draft(self, cue_id: str) -> Cue | None:
        """A row that may still change; what runs or ran stays, and so does what isn't there."""
        draft = self._drafts.get(cue_id)
        if draft is None or draft.state in CALLED:
            self._leave(cue_id, "started" if draft else "gone")
            return None
        return draft

    def _leave(self, cue_id: str, why: str, **more: Any) -> None:  # noqa: ANN401 - texts and lists
        self._left[cue_id] = {"cue": cue_id, "why": why, **more}

    def _restore(self, cue_id: str, draft: Cue, fields: Values) -> None:
        since = [key for key, (_, seq, *_) in fields.items() if not self._stands(cue_id, key, seq)]
        trial = copy_of(draft)
        for key in fields.keys() - since:
            put_at(trial, key, fields[key][0])
        if any(broken_rules(trial, self._ctx.event)):
            since = list(fields)
        else:
            self._drafts[cue_id] = trial
            again = {key: waiting[0] for key, (_, _, *waiting) in fields.items() if waiting}
            self._waiting[cue_id] |= {key: value for key, value in again.items() if key not in since}
        if since:
            self._leave_changed(cue_id, since)

    def _stands(self, cue_id: str, key: str, seq: int) -> bool:
        """Whether what this entry of the log has set still stands; a rehearsal gives a row back what it took."""
        row = self.rows[cue_id]
        if row.versions.get(key, 0) == seq:
            return True
        entry = self._ctx.session.get(Change, (self._ctx.event_id, seq))
        if entry is None or entry.entity != cue_id:
            return False
        name, _, part = key.partition(".")
        values = entry.detail.get("set", {}) | entry.detail.get("call", {})
        found = values.get(name, _NOTHING)
        if part and isinstance(found, dict):
            found = found.get(part, _NOTHING)
        return bool(found == value_at(row, key))

    def _leave_changed(self, cue_id: str, keys: list[str]) -> None:
        versions = self.rows[cue_id].versions
        who, when = self._ctx.who_made(max(versions.get(key, 0) for key in keys))
        at = to_iso(when, self._ctx.event.timezone)
        self._leave(cue_id, "changed", fields=keys, who=who, when=at)

    def _set(self, cue_id: str, values: Values) -> None:
        draft = self._draft(cue_id)
        if draft is None:
            return
        if "columns" in values:
            values["columns"] = merged(draft.columns, values["columns"])
        take_day_along(self._ctx, draft, values)
        trial = copy_of(draft, values)
        if any(broken_rules(trial, self._ctx.event)):
            self._leave(cue_id, "invalid")
            return
        self._drafts[cue_id] = trial
        self._bring_cues(trial, draft.day)

    def _bring_cues(self, item: Cue, day: str) -> None:
        """An item that leaves a day brings its cues, as an edit of it does."""
        if item.day == day or item.kind in {"segment", "cue"}:
            return
        for cue in descendants(self._ctx.session, item):
            self.rows.setdefault(cue.id, cue)
            self._waiting.setdefault(cue.id, _waiting(cue))
            draft = self._drafts.setdefault(cue.id, copy_of(as_published(cue)))
            if draft.day == day and draft.start_mode != "fixed" and draft.state not in CALLED:
                draft.day = item.day

    def _skip(self, cue_id: str) -> None:
        draft = self._draft(cue_id)
        if draft is None or draft.state not in _WAITING:
            return
        inside = descendants(self._ctx.session, draft) if draft.kind == "segment" else []
        if any(row.state in CALLED for row in inside):
            self._leave(cue_id, "started")
        else:
            draft.state = "skipped"

    def _write(self, row: Cue, draft: Cue, keys: list[str], variant: Variant) -> None:
        shown = as_published(row)
        was, now = _cut(shown, keys), _cut(draft, keys)
        detail: Values = {"was": was, "variant": variant.id}
        if "state" in now:
            detail["call"] = {"state": now.pop("state")}
        if now:
            detail["set"] = now
        names = {key.partition(".")[0] for key in keys}
        before = {name: getattr(shown, name) for name in names}
        for key, value in ({key: value_at(draft, key) for key in keys} | self._waiting[row.id]).items():
            put_at(row, key, value)
        row.published = held_instead(row, draft)
        drafting.switched(self._ctx, row, before)
        seq = self._ctx.record(row, detail, was=row.visible_to)
        row.versions = row.versions | dict.fromkeys(keys, seq)


def _waiting(row: Cue) -> Values:
    """What waits to be published of a row, by key."""
    shown = as_published(row)
    return {key: value_at(row, key) for key in keys_between(row, shown)}


def _cut(cue: Cue, keys: list[str]) -> Values:
    """What stands under these keys, as fields; of columns only the named cells."""
    cut: Values = {}
    for key in keys:
        name, _, part = key.partition(".")
        if part:
            cut.setdefault(name, {})[part] = value_at(cue, key)
        else:
            cut[name] = value_at(cue, key)
    return cut
