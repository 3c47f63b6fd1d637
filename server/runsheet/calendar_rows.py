"""What a calendar shows of the sheet: the rows of somebody, as they may see them, with their planned times.

Planned and not projected, since a calendar asks when it likes: what it shows has to be right for hours.
"""

from typing import Any

from sqlmodel import Session, col, func, select

from server.core.access import Viewer
from server.core.models import Change, Event
from server.runsheet.calendar_links import Calendar
from server.runsheet.clock_text import duration
from server.runsheet.exporting import times_now
from server.runsheet.exports.ical import Entry
from server.runsheet.models import Cue
from server.runsheet.names import Names
from server.runsheet.published import as_left_out
from server.runsheet.queries import visible_cues
from server.runsheet.timing import Times


def calendar_entries(
    session: Session, viewer: Viewer, event: Event, names: Names, calendar: Calendar, now: int
) -> list[Entry]:
    """The rows that a link is for, as far as they have a planned start."""
    cues = _meant(as_left_out(visible_cues(session, viewer)), viewer, calendar)
    board = times_now(session, event, now)
    newest = _newest(session, event.id)
    entries: list[Entry] = []
    for cue in cues:
        times = board.times[cue.id]
        if times.planned_start is not None:
            sequence, stamp = newest[cue.track]
            entries.append(
                _told(cue, names, times)
                | {"uid": f"{cue.id}@{event.id}.fieldcue", "sequence": sequence, "stamp": stamp}
                | {"start": times.planned_start, "end": times.planned_end}
            )
    return entries


def _meant(cues: list[Cue], viewer: Viewer, calendar: Calendar) -> list[Cue]:
    """`mine` are the rows with my name, or my department's if none has it, as on the phone's Mine."""
    if calendar.scope == "mine":
        named = [cue for cue in cues if viewer.id in cue.people]
        return named or [cue for cue in cues if viewer.departments.intersection(cue.departments)]
    return [cue for cue in cues if cue.kind != "cue" and calendar.track in {None, cue.track}]


def _newest(session: Session, event_id: str) -> dict[str, tuple[int, int]]:
    """By track the seq of its newest change and when that was: a row moves with those before it, unchanged itself.

    Also with one that was removed, or that isn't seen here.
    """
    made = select(Cue.track, func.max(Cue.version)).where(Cue.event_id == event_id).group_by(Cue.track)
    seqs = dict(session.exec(made).all())
    query = select(Change.seq, Change.received).where(
        Change.event_id == event_id, col(Change.seq).in_(set(seqs.values()))
    )
    times = dict(session.exec(query).all())
    return {track: (seq, times.get(seq, 0)) for track, seq in seqs.items()}


def _told(cue: Cue, names: Names, times: Times) -> dict[str, Any]:
    title = names.t(cue.title or cue.title_en, cue.title_en)
    kind = names.t(cue.title_kind, cue.title_kind_en)
    lines = (
        f"{names.tracks.get(cue.track, '')} · {_length(cue, times)}".strip(" ·"),
        names.t(cue.meeting, cue.meeting_en),
        names.listed("people", cue.people),
        names.t(cue.note, cue.note_en),
    )
    return {
        "title": " ".join(filter(None, (cue.number, kind, title))),
        "place": names.places.get(cue.place or "", ""),
        "text": "\n".join(filter(None, lines)),
        "track": names.tracks.get(cue.track, ""),
        "skipped": cue.state == "skipped",
    }


def _length(cue: Cue, times: Times) -> str:
    start, end = times.planned_start, times.planned_end
    if cue.end_mode == "duration" or start is None or end is None:
        return duration(cue.duration_s * 1000)
    return duration(end - start)
