"""The feed: from log to frames. Pages, phones and machines all read an event through here."""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, cast

from sqlmodel import Session, col, func, select

from server.core import strict_json
from server.core.access import Lens, Viewer
from server.core.cache import Cache
from server.core.db import Database
from server.core.frames import Answer, Frame, Reading, Reset, Want
from server.core.models import Change, Entity, Event

log = logging.getLogger(__name__)

FRAME_BYTES = 64 * 1024
BULK = 200
BULK_JITTER_MS = 2000
CATCH_UP = 2000
WINDOW_CHANGES = 50_000
WINDOW_MS = 72 * 3600 * 1000


class Kind(Protocol):
    """How a feature shows one kind of entity."""

    name: str

    def load(self, session: Session, event_id: str, ids: Iterable[str]) -> dict[str, Entity]:
        """The entities with these ids, by id, removed ones too."""

    def all(self, session: Session, event_id: str) -> list[Entity]:
        """Every entity that is not removed, in the order of its list."""

    def body(self, entity: Entity, event: Event) -> dict[str, Any]:
        """The entity as machines see it."""

    def html(self, entity: Entity, names: Any, locale: str, view: str) -> str:  # noqa: ANN401 - the feature's names
        """The entity's row; an empty text if the view has no list of this kind."""


@dataclass(frozen=True)
class Chain:
    """Who follows what, in which form: all that share a chain share its bytes.

    `member` is empty for the chain of a lens, and names the person for their own chain.
    """

    lens: Lens
    member: str = ""
    view: str = ""
    format: str = "html"

    @property
    def name(self) -> str:
        return "own" if self.member else "lens"

    def sees(self, audience: str | None) -> bool:
        return audience == f"person:{self.member}" if self.member else self.lens.sees(audience)

    @property
    def audiences(self) -> frozenset[str]:
        return frozenset({f"person:{self.member}"}) if self.member else self.lens.audiences


def chains(viewer: Viewer, view: str = "", form: str = "html") -> tuple[Chain, Chain]:
    """The two chains that a viewer's socket follows: the lens's and their own."""
    return Chain(viewer.lens, "", view, form), Chain(viewer.lens, viewer.id, view, form)


class _Touched(NamedTuple):
    kind: str
    id: str
    seq: int


Names = Callable[[Session, Event], Any]


class Feed:
    """Reads the log for a chain. `names` gives what rows quote by name, cached by the event's directory_seq."""

    def __init__(self, db: Database, kinds: Iterable[Kind], names: Names, now: Callable[[], int]) -> None:
        self._db = db
        self.kinds = {kind.name: kind for kind in kinds}
        self._load_names, self._now = names, now
        self._names: Cache[tuple[str, int], Any] = Cache(256)
        self._rows: Cache[tuple[str, str, str, int, str, str], str] = Cache(200_000)

    def head(self, event_id: str) -> int:
        """The seq of an event's last change; 0 if there is no such event."""
        return self.heads([event_id]).get(event_id, 0)

    def heads(self, events: Collection[str]) -> dict[str, int]:
        """The seq of each event's last change."""
        with self._db.read() as session:
            found = session.exec(select(Event.id, Event.head).where(col(Event.id).in_(events)))
            return {event_id: head for event_id, head in found}

    def read(self, event_id: str, wants: Collection[Want], *, live: bool) -> Reading:
        """Answer many chains from one snapshot: see `server.core.frames.Reader`."""
        with self._db.read() as session:
            event = session.get_one(Event, event_id)
            return Reading(event.head, {want: self._answer(session, event, want, live=live) for want in wants})

    def _answer(self, session: Session, event: Event, want: Want, *, live: bool) -> Answer:
        chain, since = want
        try:
            return self._frames(session, event, cast("Chain", chain), since, live=live)
        except Exception:
            log.exception("a chain could not be read")
            return Reset("error", BULK_JITTER_MS)

    def _frames(self, session: Session, event: Event, chain: Chain, since: int, *, live: bool) -> Answer:
        """Frames that bring a chain from `since` to the head, or a reset; nothing if nothing shows through the lens."""
        if since and (event.head - since > WINDOW_CHANGES or self._is_too_old(session, event, since)):
            return Reset("window")
        touched = self._touched(session, event, chain, since) if since else self._everything(session, event, chain)
        if len(touched) > (BULK if live else CATCH_UP):
            return Reset("bulk", BULK_JITTER_MS)
        return self._encode(chain, since, event.head, self._items(session, event, chain, touched))

    def rows(self, session: Session, event: Event, chain: Chain, kind_name: str) -> list[str]:
        """Every row of a kind that the chain may see, from cached fragments."""
        kind, names = self.kinds[kind_name], self.names(session, event)
        return [
            self.row(kind, entity, names, chain) for entity in kind.all(session, event.id) if chain.sees(entity.visible_to)
        ]

    def row(self, kind: Kind, entity: Entity, names: Any, chain: Chain) -> str:  # noqa: ANN401 - see Kind.html
        """One cached row fragment."""
        key = (entity.event_id, kind.name, entity.id, entity.version, chain.lens.locale, chain.view)
        return self._rows.get(key, lambda: kind.html(entity, names, chain.lens.locale, chain.view))

    def names(self, session: Session, event: Event) -> Any:  # noqa: ANN401 - see Names
        """The event's directory of names."""
        return self._names.get((event.id, event.directory_seq), lambda: self._load_names(session, event))

    def bodies(self, session: Session, event: Event, viewer: Viewer, kind_name: str) -> list[dict[str, Any]]:
        """Every entity of a kind that the viewer may see, as machines see it."""
        kind = self.kinds[kind_name]
        return [
            {"id": entity.id, "version": entity.version, **kind.body(entity, event)}
            for entity in kind.all(session, event.id)
            if entity.visible_to in viewer.audiences
        ]

    def _is_too_old(self, session: Session, event: Event, since: int) -> bool:
        if since >= event.head:
            return False
        first = session.exec(
            select(Change.received).where(Change.event_id == event.id, Change.seq == since + 1)
        ).one_or_none()
        return first is None or first < self._now() - WINDOW_MS

    def _touched(self, session: Session, event: Event, chain: Chain, since: int) -> list[_Touched]:
        """The entities changed since, in order of their last seq, that the chain sees or saw."""
        last = func.max(Change.seq)
        audiences = list(chain.audiences)
        found = session.exec(
            select(Change.entity_kind, Change.entity, last)
            .where(
                Change.event_id == event.id,
                Change.seq > since,
                Change.seq <= event.head,
                col(Change.audience).in_(audiences) | col(Change.was).in_(audiences),
            )
            .group_by(Change.entity_kind, Change.entity)
            .order_by(last)
        )
        return [_Touched(*row) for row in found if row[0] in self.kinds]

    def _everything(self, session: Session, event: Event, chain: Chain) -> list[_Touched]:
        """What a chain sees, for a client that starts from nothing."""
        entities = [(name, entity) for name, kind in self.kinds.items() for entity in kind.all(session, event.id)]
        seen = [_Touched(name, one.id, one.version) for name, one in entities if chain.sees(one.visible_to)]
        return sorted(seen, key=lambda one: one.seq)

    def _items(self, session: Session, event: Event, chain: Chain, touched: list[_Touched]) -> list[tuple[int, Any]]:
        """(seq, item) for each touched entity: an HTML text or a JSON item."""
        ids: dict[str, list[str]] = {}
        for one in touched:
            ids.setdefault(one.kind, []).append(one.id)
        entities = {name: self.kinds[name].load(session, event.id, wanted) for name, wanted in ids.items()}
        show = self._json_item if chain.format == "json" else self._html_item
        return [(one.seq, show(session, event, chain, one, entities[one.kind].get(one.id))) for one in touched]

    def _html_item(self, session: Session, event: Event, chain: Chain, one: _Touched, entity: Entity | None) -> str:
        if entity is None or not chain.sees(entity.visible_to):
            return f"<del data-kind={one.kind} data-id={one.id} data-v={one.seq}></del>"
        return self.row(self.kinds[one.kind], entity, self.names(session, event), chain)

    def _json_item(
        self, _session: Session, event: Event, chain: Chain, one: _Touched, entity: Entity | None
    ) -> dict[str, Any]:
        if entity is None or not chain.sees(entity.visible_to):
            return {"kind": one.kind, "id": one.id, "seq": one.seq, "gone": True}
        body = self.kinds[one.kind].body(entity, event)
        return {"kind": one.kind, "id": one.id, "version": entity.version, "seq": one.seq, "body": body}

    def _encode(self, chain: Chain, since: int, head: int, items: list[tuple[int, Any]]) -> list[Frame]:
        """Cut items into frames of at most 64 KiB; the last one reaches the head."""
        frames, base, part, size = [], since, [], 0
        for place, (seq, item) in enumerate(items):
            part.append(item)
            size += len(item) * 2 if isinstance(item, str) else 600
            if size > FRAME_BYTES // 2 and place + 1 < len(items):
                frames.append(_frame(chain, base, seq, part))
                base, part, size = seq, [], 0
        if part:
            frames.append(_frame(chain, base, head, part))
        return frames


def _frame(chain: Chain, base: int, seq: int, part: list[Any]) -> Frame:
    content = {"items": part} if chain.format == "json" else {"html": "".join(part)}
    return Frame(base, seq, strict_json.dumps({"type": "frame", "chain": chain.name, "base": base, "seq": seq, **content}))
