"""What must hold of a row as a whole, so that its times make sense and its fragment fits into a frame."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, NamedTuple

from server.core.clock import operating_day
from server.core.context import Context
from server.core.i18n import N_
from server.core.models import Event
from server.core.ops import RefusalError
from server.runsheet.args import TEXTS, CueAdd, CueFields
from server.runsheet.models import PLAN_FIELDS, Cue

# What one row may hold, so that its fragment and its item always fit into a frame.
MOST_TEXT = 12_000
MOST_DAYS = 7
# Which kinds a row of each kind may stand under; None is the top of a track.
ABOVE: dict[str, tuple[str | None, ...]] = {
    "segment": (None,),
    "item": (None, "segment"),
    "buffer": (None, "segment"),
    "delay": (None, "segment"),
    "cue": ("item", "buffer"),
}
FIRST_DAY, LAST_DAY = "1990-01-01", "2199-12-31"


class Broken(NamedTuple):
    """A rule that a row breaks: the fields that it is about, what to call it, and why in words."""

    fields: tuple[str, ...]
    code: str
    text: str
    params: dict[str, Any]


def refuse_bad_parent(kind: str, parent: Cue | None, track: str) -> None:
    """A segment stands at the top, an item in a segment or at the top, a cue within an item."""
    if (parent.kind if parent else None) not in ABOVE[kind]:
        raise RefusalError("bad_parent", N_("This kind of row can't stand there."))
    if parent and parent.track != track:
        raise RefusalError("bad_parent", N_("A row stands on its parent's track."))


def refuse_bad_fields(ctx: Context, cue: Cue, fields: CueFields, named: Collection[str]) -> None:
    """Refuse a row that can't be, if what is named has to do with it; of a new row everything counts."""
    counts = set(PLAN_FIELDS) if isinstance(fields, CueAdd) else set(named)
    broken = next((one for one in broken_rules(cue, ctx.event) if counts.intersection(one.fields)), None)
    if broken is None:
        return
    refusal = RefusalError(broken.code, broken.text, **broken.params)
    blamed = next((name for name in broken.fields if name in fields.model_fields_set), broken.fields[0])
    path = blamed if isinstance(fields, CueAdd) else f"set.{blamed}"
    refusal.error["fields"] = {path: broken.code}
    raise refusal


def broken_rules(cue: Cue, event: Event) -> Iterator[Broken]:
    """What is wrong with a row."""
    yield from _broken_start(cue, event)
    yield from _broken_end(cue, event)
    cells = sum(len(text) for cell in cue.columns.values() for text in cell.values())
    if cells + sum(len(getattr(cue, name)) for name in TEXTS) > MOST_TEXT:
        text = N_("A row holds at most %(most)s characters.")
        yield Broken((*TEXTS, "columns"), "too_long", text, {"most": MOST_TEXT})


def _broken_start(cue: Cue, event: Event) -> Iterator[Broken]:
    if cue.start_mode != "fixed":
        return
    if cue.start is None:
        yield Broken(("start", "start_mode"), "invalid", N_("A fixed start needs a time."), {})
        return
    day = day_of(cue.start, event)
    if not FIRST_DAY <= day <= LAST_DAY:
        yield Broken(("start",), "invalid", N_("The start is on a day before 1990 or after 2199."), {})
    if cue.day != day:
        text = N_("The start is on another day, %(day)s.")
        yield Broken(("day", "start", "start_mode"), "invalid", text, {"day": day})


def _broken_end(cue: Cue, event: Event) -> Iterator[Broken]:
    if cue.end_mode == "duration":
        if (cue.min_s or 0) > cue.duration_s:
            text = N_("The shortest duration is longer than the duration.")
            yield Broken(("min_s", "duration_s", "end_mode"), "invalid", text, {})
    elif cue.end is None:
        yield Broken(("end", "end_mode"), "invalid", N_("This kind of end needs a time."), {})
    elif cue.start is not None and cue.end < cue.start:
        text = N_("The end is before the start.")
        yield Broken(("end", "start", "end_mode"), "ends_before_start", text, {})
    elif _days_between(cue.day, day_of(cue.end, event)) > MOST_DAYS:
        text = N_("The end is more than a week after the start.")
        yield Broken(("end", "day", "start", "end_mode"), "invalid", text, {})


def day_of(moment: int, event: Event) -> str:
    """The operating day of a moment."""
    return operating_day(moment, event.timezone, event.day_change_s).isoformat()


def _days_between(one: str, other: str) -> int:
    return (date.fromisoformat(other) - date.fromisoformat(one)).days
