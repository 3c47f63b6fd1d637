"""What machines read of the run sheet's entities, as JSON: times ISO 8601 with offset, durations in seconds."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlmodel import Session

from server.core.clock import to_iso
from server.core.models import Event
from server.people.models import Contact, Department, Me, Member
from server.runsheet.calendar_links import Calendar
from server.runsheet.editions import Ack, Notice, Sheet
from server.runsheet.hanging import Act, Attachment, Comment, Entry, Mark, Note, Signal
from server.runsheet.lines import Baseline, Rehearsal
from server.runsheet.models import CALLED_FIELDS, PLAN_FIELDS, ColumnDef, Cue, Place, Track, Variant
from server.runsheet.published import published
from server.runsheet.queries import MODELS, board, frozen_plan, rehearsing, sheet_of
from server.runsheet.timing import Times

# What machines read of each kind of entity, and so what the log may tell of it.
FIELDS: dict[str, tuple[str, ...]] = {
    Cue.entity_kind: (
        *PLAN_FIELDS,
        *CALLED_FIELDS,
        *("parent", "order_key", "leaving"),
    ),
    Mark.entity_kind: ("cue", "member", "kind", "at"),
    Note.entity_kind: ("cue", "department", "text", "text_en"),
    Act.entity_kind: ("cue", "kind", "eta", "at", "member"),
    Signal.entity_kind: (
        *("kind", "minutes", "cue", "by", "at", "sent"),
        *("reply", "replied_by", "replied_at"),
    ),
    Attachment.entity_kind: (
        *("cue", "column", "name", "media", "size", "blob", "member"),
        *("state", "width", "height", "reason", "added_at"),
    ),
    Rehearsal.entity_kind: (
        *("track", "day", "on", "cue", "shift_ms", "began_at", "ended_at", "member", "results"),
    ),
    Baseline.entity_kind: ("track", "day", "frozen_at", "frozen_by", "rows"),
    Comment.entity_kind: ("cue", "member", "text", "at"),
    Entry.entity_kind: ("text", "track", "cue", "member", "at"),
    Variant.entity_kind: (
        *("group", "group_en", "plan", "name", "name_en", "day", "decide_at", "decider", "skip", "changes"),
        *("announce", "announce_en", "audience", "state", "switched_at", "switched_by"),
    ),
    Calendar.entity_kind: ("member", "scope", "track", "made_at", "read_at"),
    Sheet.entity_kind: ("number", "at", "by", "live_at", "live_by", "editors", "edited_at", "threshold_s"),
    Ack.entity_kind: ("notice", "sent", "at"),
    Notice.entity_kind: (
        *("cue", "number", "title", "title_en", "edition", "at", "by"),
        *("changes", "to", "acked", "reminded", "sent"),
    ),
    Track.entity_kind: (
        "name",
        "name_en",
        "place",
        "order_key",
        "held_at",
        "held_by",
        "caller",
        "caller_since",
        "handed_by",
        "rolling_by",
        "rolling_at",
    ),
    Place.entity_kind: ("name", "name_en"),
    ColumnDef.entity_kind: ("name", "name_en", "department", "order_key", "audience"),
    Department.entity_kind: ("name", "name_en", "colour"),
    Member.entity_kind: ("name", "name_en", "title", "title_en", "department"),
    Contact.entity_kind: ("phone", "channel", "call_sign", "roles", "tracks", "pass_no"),
    Me.entity_kind: ("name", "roles", "department", "tracks", "locale"),
}
_MOMENTS = frozenset(
    {
        "start",
        "end",
        "paused_at",
        "called_at",
        "at",
        "added_at",
        "replied_at",
        "claimed",
        "expires",
        "frozen_at",
        "began_at",
        "ended_at",
        "eta",
        "held_at",
        "caller_since",
        "rolling_at",
        "decide_at",
        "switched_at",
        "made_at",
        "read_at",
        "live_at",
        "edited_at",
    }
)
# Parts of a log entry's detail: fields and their values, and what is said about the change itself.
VALUES = frozenset({"set", "was", "call"})
ABOUT = VALUES | {
    "at",
    "claimed",
    "cue",
    "kind",
    "removed_with",
    "restored_with",
    "quotes",
    "import",
    "expires",
    "variant",
}


def cue_body(cue: Cue, event: Event) -> dict[str, Any]:
    """A row as machines see it: times ISO 8601 with offset, durations in seconds."""
    body = _body(Cue.entity_kind)(cue, event)
    return body | {"order": body.pop("order_key"), "skipped": cue.state == "skipped"}


def _body(kind: str) -> Callable[[Any, Event], dict[str, Any]]:
    return lambda entity, event: {
        name: for_machines(name, getattr(entity, name), event.timezone) for name in FIELDS[kind]
    }


def for_machines(name: str, value: Any, zone: str) -> Any:  # noqa: ANN401 - a field may hold anything
    """A stored value with its moments in ISO 8601."""
    if name == "runs":
        return [span(run, zone) for run in value]
    if name == "results":
        return {row_id: [span(run, zone) for run in runs] for row_id, runs in value.items()}
    if name == "rows":
        return {row_id: span(run, zone) for row_id, run in value.items()}
    return to_iso(value, zone) if name in _MOMENTS else value


def span(run: Sequence[int | None], zone: str) -> dict[str, str | None]:
    start, end = run
    return {"start": to_iso(start, zone), "end": to_iso(end, zone)}


def _contact_body(contact: Contact, _event: Event) -> dict[str, Any]:
    """With the channel on which they are heard, their department's where they have none of their own."""
    body = {name: getattr(contact.member, name) for name in FIELDS[Contact.entity_kind]}
    return body | {"channel": contact.channel}


def _me_body(me: Me, _event: Event) -> dict[str, Any]:
    member = me.member
    viewer = member.viewer()
    return {
        "name": member.name,
        "roles": member.roles,
        "department": member.department,
        "tracks": member.tracks,
        "locale": member.locale,
        "permissions": sorted(viewer.permissions),
    }


BODIES: dict[str, Callable[[Any, Event], dict[str, Any]]] = {
    **{model.entity_kind: _body(model.entity_kind) for model in (*MODELS, Department, Member)},
    Cue.entity_kind: cue_body,
    Contact.entity_kind: _contact_body,
    Me.entity_kind: _me_body,
}


_NO_TIMES = Times()


def derive_state(session: Session, entities: dict[str, list[dict[str, Any]]], event: Event, now: int) -> None:
    """Add to the bodies of cues their times as of `now`, and to those of tracks their offset in seconds."""
    if not {"cue", "track"} & entities.keys():
        return
    frozen = frozen_plan(session, event.id)
    found = board(published(sheet_of(session, event.id)), event, now, frozen, rehearsing(session, event.id))
    for body in entities.get("cue", []):
        times = found.times.get(body["id"], _NO_TIMES)
        body["baseline"] = span(frozen[body["id"]], event.timezone) if body["id"] in frozen else None
        for name in ("planned_start", "planned_end", "projected_start", "projected_end"):
            body[name] = to_iso(getattr(times, name), event.timezone)
    for body in entities.get("track", []):
        track = found.tracks.get(body["id"])
        body["offset"] = track.offset / 1000 if track and track.offset is not None else None
        body["current"], body["next"] = (track.current, track.next) if track else (None, None)
