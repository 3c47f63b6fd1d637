"""Now as the server knows it, for a phone that has nothing yet: it stands before all rows, and before any script.

It says what the scripts will say a moment later. Where something must stand above it that only they can say, there is
none: during a rehearsal, while the clock calls the track, with another plan for today.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import escape
from sqlmodel import Session, col, select

from server.core.access import EDITORS, Viewer
from server.core.feed import Chain, chains
from server.core.models import Event
from server.core.services import Services
from server.people.models import Contact
from server.runsheet.editions import Sheet as Published
from server.runsheet.first_rows import Look
from server.runsheet.first_texts import countdown_texts, is_over, row_texts, strip_texts, who_text
from server.runsheet.hanging import Mark
from server.runsheet.models import Cue, Variant
from server.runsheet.names import Names
from server.runsheet.standing import read_board

# What else is left to scripts: whoever speaks on stage begins with a screen of their own.
HOST = "host"
_SLOT = re.compile(r'(<(?:time|b|span) class="cue-(plan|proj|late|who)">)[^<]*')


@dataclass(frozen=True)
class Card:
    """A row as Now shows it: its markup up to its end, and its countdown if it has one."""

    row: str
    parts: dict[str, Any] | None


@dataclass(frozen=True)
class FirstScreen:
    """What the template shows: the bar, the strip, the rows."""

    made: int
    shift: int
    day: str
    version: str
    track: str
    tracks: list[str]
    strip: dict[str, Any]
    cards: list[Card]


def first_screen(services: Services, session: Session, viewer: Viewer) -> FirstScreen | None:
    """Now for one viewer; None where nothing runs or comes, or where only scripts can say it."""
    look = _look(services, session, viewer)
    if look.track is None or not look.slots or HOST in viewer.roles or _has_more_above(session, look):
        return None
    days = {day["date"]: day["id"] for day in look.sheet.event.days}
    return FirstScreen(
        made=look.now,
        shift=services.clock.shift,
        day=days.get(look.today, ""),
        version=_version(session, viewer),
        track=look.track.id,
        tracks=[track.id for track in look.tracks],
        strip=strip_texts(look),
        cards=list(_cards(services, session, look)),
    )


def own_row(services: Services, session: Session, event: Event, viewer: Viewer) -> str:
    """Whose page it is: the row that else comes by the socket, on the viewer's own chain."""
    kind, (_, own) = services.feed.kinds["me"], chains(viewer)
    names = services.feed.names(session, event)
    found = kind.load(session, event.id, [viewer.id]).values()
    return "".join(services.feed.row(kind, me, names, own) for me in found)


def _look(services: Services, session: Session, viewer: Viewer) -> Look:
    """What is not published yet takes no time: whoever edits looks at the same sheet as others."""
    used = session.exec(select(Cue.audience).where(Cue.event_id == viewer.event_id).distinct())
    audiences = frozenset(used) & viewer.lens.audiences - {EDITORS}
    said = (Mark.event_id == viewer.event_id, Mark.member == viewer.id, Mark.kind == "done")
    finished = session.exec(select(Mark.cue).where(*said, col(Mark.removed_at).is_(None)))
    return Look(viewer, *read_board(services, session, viewer.event_id, audiences), frozenset(finished))


def _has_more_above(session: Session, look: Look) -> bool:
    if look.sheet.rehearsed or (look.track and look.track.rolling_by):
        return True
    plans = (Variant.event_id == look.viewer.event_id, Variant.day == look.today, Variant.state != "")
    found = session.exec(select(Variant).where(*plans))
    return any(look.viewer.lens.sees(plan.visible_to) for plan in found)


def _version(session: Session, viewer: Viewer) -> str:
    found = session.get(Published, (viewer.event_id, Published.entity_kind))
    return found.label if found and viewer.lens.sees(found.visible_to) else ""


def _cards(services: Services, session: Session, look: Look) -> Iterator[Card]:
    """The rows as they stand in the sheet, filled. Without their ids: those in the sheet have them."""
    chain, _ = chains(look.viewer)
    kind, names = services.feed.kinds["cue"], services.feed.names(session, look.sheet.event)
    loaded = kind.load(session, look.viewer.event_id, list(look.slots))
    for cue_id, slot in look.slots.items():
        cue = look.sheet.cues[cue_id]
        row = services.feed.row(kind, loaded[cue_id], names, chain)
        texts = row_texts(look, cue) | (_who(services, session, cue, chain, names) if slot == "turn" else {})
        parts = countdown_texts(look, cue) if slot == "now" else None
        yield Card(_filled(_marked(row, look, cue, slot), texts), parts)


def _who(services: Services, session: Session, cue: Cue, chain: Chain, names: Any) -> dict[str, str]:  # noqa: ANN401 - a Directory
    """Who is asked for a row, for those who may know how."""
    found = services.feed.kinds["contact"].load(session, cue.event_id, cue.people[:1])
    told = [
        contact
        for contact in found.values()
        if isinstance(contact, Contact) and chain.sees(contact.visible_to)
    ]
    return {"who": who_text(told[0], Names.through(names, chain.lens))} if told else {}


def _marked(row: str, look: Look, cue: Cue, slot: str) -> str:
    """What scripts set on a row, in the place of its id."""
    track = look.sheet.tracks[cue.track]
    marks = f' data-slot="{slot}"'
    marks += ' data-mine=""' if cue.id in look.mine else ""
    marks += ' data-halted=""' if cue.state == "paused" and track.held_at is not None else ""
    if is_over(look, cue):
        marks, row = marks + ' data-over=""', row.replace("#i-live", "#i-over", 1)
    return row.replace(f' id="cue-{cue.id}"', marks, 1).removesuffix("</li>")


def _filled(row: str, texts: dict[str, str]) -> str:
    def fill(found: re.Match[str]) -> str:
        text = texts.get(found[2])
        return found[0] if text is None else found[1] + str(escape(text))

    return _SLOT.sub(fill, row)
