"""Loading the run sheet: always as somebody who may see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Text, bindparam, cast
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, func, select

from server.core.access import EDITORS, Viewer
from server.core.clock import operating_day
from server.core.models import Entity, Event
from server.people.models import Department, Member
from server.people.queries import departments
from server.runsheet.calendar_links import Calendar
from server.runsheet.editions import Ack, Notice, Sheet
from server.runsheet.hanging import Act, Attachment, Comment, Entry, Mark, Note, Signal
from server.runsheet.lines import Baseline, Rehearsal
from server.runsheet.models import CALLED_FIELDS, PLAN_FIELDS, ColumnDef, Cue, Place, Track, Variant
from server.runsheet.places import Sibling, places
from server.runsheet.published import published
from server.runsheet.timing import Board, Run, compute
from server.runsheet.timing import Row as TimingRow
from server.runsheet.timing_facts import facts_of
from server.runsheet.timing_rehearsed import Rehearsing, rehearse
from server.runsheet.tree import in_tree_order

_VALUES = (*PLAN_FIELDS, *CALLED_FIELDS, "id", "parent", "order_key", "published")


@dataclass(frozen=True)
class Directory:
    """What rows quote by name, each in the order in which it is shown."""

    departments: dict[str, Department]
    columns: dict[str, ColumnDef]
    places: dict[str, Place]
    tracks: dict[str, Track]
    people: dict[str, Member]


def directory(session: Session, event: Event) -> Directory:
    """The names of an event, removed people too, since what they called keeps their name."""
    people = session.exec(select(Member).where(Member.event_id == event.id))
    return Directory(
        departments={row.id: row for row in departments(session, event.id)},
        columns={row.id: row for row in _all(session, event.id, ColumnDef)},
        places={row.id: row for row in _all(session, event.id, Place)},
        tracks={row.id: row for row in _all(session, event.id, Track)},
        people={row.id: row for row in people},
    )


def visible_cues(session: Session, viewer: Viewer) -> list[Cue]:
    """Every row of the sheet as it is published that a viewer may see, in tree order."""
    cues = published_cues(session, viewer.event_id)
    return [cue for cue in cues if cue.visible_to in viewer.audiences]


def visible_values(session: Session, viewer: Viewer) -> dict[str, Any]:
    """Every published row as plain values, in any order: of `fields`, `documents` among them as texts.

    Nobody waits here for what can be done aside: to read documents, to take what is published, to put rows in order.
    Times depend on all rows, so `seen` says of each whether the viewer may see it.
    """
    columns: Any = Cue.__table__.c  # type: ignore[attr-defined]  # SQLModel adds it
    documents = [name for name in _VALUES if isinstance(columns[name].type, JSON)]
    read = [cast(columns[name], Text) if name in documents else columns[name] for name in _VALUES]
    seen = columns.audience.in_(list(viewer.audiences))
    these = (
        columns.event_id == viewer.event_id,
        columns.removed_at.is_(None),
        columns.audience != EDITORS,  # published.is_new
    )
    rows = session.connection().execute(sql_select(*read, seen).where(*these))
    return {"fields": [*_VALUES, "seen"], "documents": documents, "rows": list(map(tuple, rows))}


def published_cues(session: Session, event_id: str) -> list[Cue]:
    """Every row as everybody sees it, in tree order: what the show runs by. Copies where something waits."""
    return published(all_cues(session, event_id))


def all_cues(session: Session, event_id: str) -> list[Cue]:
    """Every row that is not removed as its editors have it, in tree order, whoever may see it."""
    cues = session.exec(select(Cue).where(Cue.event_id == event_id, col(Cue.removed_at).is_(None)))
    return in_tree_order(cues)


def sheet_of(session: Session, event_id: str) -> list[Cue]:
    """As `all_cues`, read once in a session: only for those that write nothing."""
    known: dict[str, list[Cue]] = session.info.setdefault("sheets", {})
    if event_id not in known:
        known[event_id] = all_cues(session, event_id)
    return known[event_id]


def siblings(session: Session, event_id: str, track: str, parent: str | None) -> list[Sibling]:
    """The rows under one parent (or at the top) of a track, in order; removed ones too, since they may come back."""
    query = (
        select(Cue.id, Cue.order_key, Cue.number, Cue.day, Cue.removed_at)  # type: ignore[call-overload]  # has four
        .where(Cue.event_id == event_id, Cue.track == track, Cue.parent == parent)
        .order_by(Cue.order_key, Cue.id)
    )
    return places(session).siblings((track, parent), lambda: [Sibling(*row) for row in session.exec(query)])


def descendants(session: Session, cue: Cue, removed_at: int | None = None) -> list[Cue]:
    """All rows under a row, top down. The tree is three deep, so these are two queries."""
    found: list[Cue] = []
    parents = [cue.id]
    while parents:
        rows = list(
            session.exec(
                select(Cue)
                .where(
                    Cue.event_id == cue.event_id, col(Cue.parent).in_(parents), Cue.removed_at == removed_at
                )
                .order_by(Cue.order_key, Cue.id)
            )
        )
        found += rows
        parents = [row.id for row in rows]
    return found


def numbers(session: Session, event_id: str) -> set[str]:
    """Every number in use."""
    query = select(Cue.number).where(Cue.event_id == event_id, col(Cue.removed_at).is_(None))
    return places(session).numbers(lambda: set(session.exec(query)))


def last_key(session: Session, event_id: str, model: type[Track] | type[ColumnDef]) -> str | None:
    """The order key at the end of a list."""
    return session.exec(select(func.max(model.order_key)).where(model.event_id == event_id)).one()


def marks_for(session: Session, event_id: str, member: str) -> list[Any]:
    """The marks that are for one member alone."""
    own = (Mark.event_id == event_id, Mark.audience == f"person:{member}", col(Mark.removed_at).is_(None))
    return list(session.exec(select(Mark).where(*own).order_by(Mark.id)))


def acks_for(session: Session, event_id: str, member: str) -> list[Any]:
    """What one member has answered."""
    return list(session.exec(select(Ack).where(Ack.event_id == event_id, Ack.audience == f"person:{member}")))


def attached_files(session: Session, viewer: Viewer, content_hash: str) -> list[tuple[str, str]]:
    """(member, name) of the attachments with that file that a viewer may see."""
    found = session.exec(
        select(Attachment.member, Attachment.name).where(
            Attachment.event_id == viewer.event_id,
            Attachment.blob == content_hash,
            col(Attachment.audience).in_(list(viewer.audiences)),
            col(Attachment.removed_at).is_(None),
        )
    )
    return [(member, name) for member, name in found]


def frozen_plan(session: Session, event_id: str) -> dict[str, Run]:
    """Planned (start, end) of each row as it was frozen, the last time that it was. Its twin is baseline.js."""
    found = session.exec(
        select(Baseline).where(Baseline.event_id == event_id, col(Baseline.removed_at).is_(None))
    )
    parts = sorted(found, key=lambda part: (part.frozen_at, part.id))
    return {row_id: (run[0], run[1]) for part in parts for row_id, run in part.rows.items()}


def rehearsing(session: Session, event_id: str) -> list[Rehearsing]:
    """The rehearsals that run, as the timing of rows wants them."""
    these = (
        Rehearsal.event_id == event_id,
        col(Rehearsal.ended_at).is_(None),
        col(Rehearsal.removed_at).is_(None),
    )
    return [
        Rehearsing(each.track, each.day, each.on, each.cue, each.shift_ms, each.began_at)
        for each in session.exec(select(Rehearsal).where(*these))
    ]


def timing_rows(
    cues: Iterable[Cue], frozen: Mapping[str, Run] | None = None, rehearsals: Iterable[Rehearsing] = ()
) -> list[TimingRow]:
    """Rows as the timing engine takes them, with the plan as it was frozen, and as they are rehearsed."""
    return rehearse(facts_of(cues, frozen or {}), rehearsals)


def board(
    cues: Iterable[Cue],
    event: Event,
    now: int,
    frozen: Mapping[str, Run] | None = None,
    rehearsals: Iterable[Rehearsing] = (),
) -> Board:
    """Planned and projected times of all rows, as of a moment."""
    today = operating_day(now, event.timezone, event.day_change_s).isoformat()
    return compute(timing_rows(cues, frozen, rehearsals), now, today)


def _all(session: Session, event_id: str, model: type[Any]) -> list[Any]:
    these = (model.event_id == event_id, col(model.removed_at).is_(None))
    return list(session.exec(select(model).where(*these).order_by(*_order(model), model.id)))


def _order(model: type[Any]) -> tuple[Any, ...]:
    """As a page lists them, which puts a row that comes later where its `data-order` says."""
    told: dict[Any, tuple[Any, ...]] = {
        Entry: (col(Entry.at).desc(),),
        Comment: (Comment.at,),
        Attachment: (Attachment.added_at,),
    }
    if model in told:
        return told[model]
    return (model.order_key,) if hasattr(model, "order_key") else ()


class TableKind:
    """Loads one table for the feed."""

    def __init__(self, model: type[Any]) -> None:
        self.name, self._model = model.entity_kind, model
        these = col(model.id).in_(bindparam("ids", expanding=True))
        self._load = select(model).where(model.event_id == bindparam("event"), these)

    def load(self, session: Session, event_id: str, ids: Iterable[str]) -> dict[str, Entity]:
        rows = session.exec(self._load, params={"event": event_id, "ids": list(ids)})
        return {row.id: row for row in rows}

    def all(self, session: Session, event_id: str) -> list[Any]:
        return sheet_of(session, event_id) if self._model is Cue else _all(session, event_id, self._model)


MODELS = (
    Cue,
    Sheet,
    Notice,
    Ack,
    Mark,
    Note,
    Act,
    Signal,
    Attachment,
    Baseline,
    Comment,
    Entry,
    Rehearsal,
    Track,
    Place,
    ColumnDef,
    Variant,
    Calendar,
)
