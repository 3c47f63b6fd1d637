"""What a webhook's receiver reads: the changes as the API tells them, each with a sentence for people."""

from typing import Any

from sqlmodel import Session, col, select

from server.connections.models import LENS, Delivery, Webhook
from server.connections.queries import changes_of
from server.core.changes import change_body
from server.core.clock import to_iso
from server.core.feed import Feed
from server.core.i18n import N_, either, translate
from server.core.models import Change, Event
from server.core.strict_json import dumps
from server.runsheet.models import Cue
from server.runsheet.published import as_published

_WORDS = {
    "cue.go": "GO",
    "cue.turn": "GO",
    "cue.rewind": N_("Run again"),
    "cue.finish": N_("Finished"),
    "cue.skip": N_("Skipped"),
    "cue.uncall": N_("Taken back"),
    "cue.warm": N_("Warm"),
    "cue.standby": N_("Standby"),
    "cue.pause": N_("Paused"),
    "cue.resume": N_("Resumed"),
    "cue.nudge": N_("Time added"),
    "track.hold": N_("Show stopped"),
    "track.release": N_("Show goes on"),
    "cue.add": N_("Added"),
    "cue.move": N_("Moved"),
    "cue.remove": N_("Removed"),
}
_OF_OTHERS = {"baseline": N_("Plan frozen"), "comment": N_("Comment"), "entry": N_("Site log")}
_BEGINS = frozenset({"cue.go", "cue.turn", "cue.rewind"})


def message(feed: Feed, session: Session, hook: Webhook, delivery: Delivery) -> bytes:
    """The body of a message: `{type, timestamp, data}`, as Standard Webhooks recommends."""
    event = session.get_one(Event, hook.event_id)
    data: dict[str, Any] = {"event": event.id, "name": event.name}
    if delivery.kind == "test":
        data["text"] = translate(hook.locale, N_("This is a test. Nothing has happened."))
    else:
        data |= {"changes": _told(feed, session, event, hook, delivery), "head": event.head}
    kind = "fieldcue.test" if delivery.kind == "test" else "fieldcue.changes"
    return dumps({"type": kind, "timestamp": to_iso(delivery.made_at, event.timezone), "data": data})


def _told(
    feed: Feed, session: Session, event: Event, hook: Webhook, delivery: Delivery
) -> list[dict[str, Any]]:
    changes, names = changes_of(session, hook, delivery), feed.names(session, event)
    rows = _rows(session, event.id, changes)
    return [
        change_body(feed, change, event, LENS, names) | {"text": _sentence(change, rows, names, hook.locale)}
        for change in changes
    ]


def _rows(session: Session, event_id: str, changes: list[Change]) -> dict[str, Cue]:
    """The rows of these changes that the whole team may read."""
    ids = {change.entity for change in changes if change.entity_kind == Cue.entity_kind}
    found = session.exec(select(Cue).where(Cue.event_id == event_id, col(Cue.id).in_(ids)))
    return {cue.id: as_published(cue) for cue in found if cue.visible_to in LENS}


def _sentence(change: Change, rows: dict[str, Cue], names: Any, locale: str) -> str:  # noqa: ANN401 - a Directory
    """周柏睿 · GO · 121 山嵐列車."""
    person, row = names.people.get(change.actor), rows.get(change.entity)
    who = either(locale, person.name, person.name_en) if person else ""
    what = ""
    if row:
        what = f"{row.number} {either(locale, row.title, row.title_en)}".strip()
    elif change.entity_kind == "track" and change.entity in names.tracks:
        track = names.tracks[change.entity]
        what = either(locale, track.name, track.name_en)
    return " · ".join(part for part in (who, _word(change, row, locale), what) if part)


def _word(change: Change, row: Cue | None, locale: str) -> str:
    """A GO enters two things: the row that it begins, and the one that ends for it."""
    is_item = row is None or row.kind != "cue"
    ends = change.kind in _BEGINS and is_item and change.detail.get("call", {}).get("state") == "done"
    kind = "cue.finish" if ends else change.kind
    word = _OF_OTHERS.get(change.entity_kind) or _WORDS.get(kind)
    return translate(locale, word or N_("Changed"))
