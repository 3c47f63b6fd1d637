"""The feed: from log to frames. Pages, phones and machines all read an event through here."""

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Protocol, TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from server.core.access import Lens, Viewer
from server.core.cache import Cache
from server.core.db import Database
from server.core.frames import Answer, Reading, Reset, Want
from server.core.metrics import RENDERS
from server.core.models import Entity, Event
from server.core.packing import Item, pack
from server.core.tail import Tail, Touched

log = logging.getLogger(__name__)

FRAME_BYTES = 64 * 1024
BULK = 200
BULK_JITTER_MS = 2000
CATCH_UP = 2000
WINDOW_CHANGES = 50_000
WINDOW_MS = 72 * 3600 * 1000


class Kind(Protocol):
    """How a feature shows one kind of entity."""

    @property
    def name(self) -> str:
        """What machines call it."""

    def load(self, session: Session, event_id: str, ids: Iterable[str]) -> dict[str, Entity]:
        """The entities with these ids, by id, removed ones too."""

    def all(self, session: Session, event_id: str) -> list[Entity]:
        """Every entity that is not removed, in the order of its list."""

    def personal(self, session: Session, event_id: str, member: str) -> list[Entity]:
        """Those that are for one member alone."""

    def body(self, entity: Entity, event: Event, lens: Lens, names: Any) -> dict[str, Any]:  # noqa: ANN401 - the feature's names
        """The entity as machines see it through a lens that may see it."""

    def detail(
        self,
        detail: dict[str, Any],
        event: Event,
        audiences: Collection[str],
        names: Any,  # noqa: ANN401 - as above
    ) -> dict[str, Any]:
        """What an entry of the log tells these audiences, as machines see it: never more than the body."""

    def shows(self, view: str) -> bool:
        """Whether a view has a list of this kind."""

    def shape(self, names: Any, lens: Lens, view: str) -> str:  # noqa: ANN401 - the feature's names
        """What rows of one version differ in besides language: the table's columns, whether drafts are told."""

    def html(self, entity: Entity, names: Any, lens: Lens, view: str) -> str:  # noqa: ANN401 - the feature's names
        """The entity's row; an empty text if it has none in this view."""


class Directory(Protocol):
    """What rows quote by name. The core itself only tells who did something."""

    people: dict[str, Any]


@dataclass(frozen=True)
class Chain:
    """Who follows what, in which form: all that share a chain share its bytes.

    `member` is empty for the chain of a lens, and names the person for their own chain.
    """

    lens: Lens
    member: str = ""
    view: str = ""
    format: str = "html"

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Chains are looked up by the thousand for every change, so each is hashed once.
        return hash((self.lens, self.member, self.view, self.format))

    @property
    def name(self) -> str:
        return "own" if self.member else "lens"

    def sees(self, audience: str | None) -> bool:
        return audience in self.audiences

    @cached_property
    def audiences(self) -> frozenset[str]:
        return frozenset({f"person:{self.member}"}) if self.member else self.lens.audiences


def chains(viewer: Viewer, view: str = "", form: str = "html") -> tuple[Chain, Chain]:
    """The two chains that a viewer's socket follows: the lens's and their own."""
    lens, view = viewer.looks_at(view)
    return _lens_chain(lens, "", view, form), Chain(lens, viewer.id, view, form)


_lens_chain = lru_cache(4096)(Chain)


Names = Callable[[Session, Event], Any]
Told = TypeVar("Told")


class Feed:
    """Reads the log for a chain. `names` gives what rows quote by name, cached by the event's directory_seq."""

    def __init__(self, db: Database, kinds: Iterable[Kind], names: Names, now: Callable[[], int]) -> None:
        self._db = db
        self.kinds = {kind.name: kind for kind in kinds}
        self._load_names, self._now = names, now
        self._names: Cache[tuple[str, int], Any] = Cache(256)
        # The fullest row takes 2 KB, so this is bounded by some 40 MB.
        self._rows: Cache[tuple[str, str, str, int, str], str] = Cache(20_000)

    def head(self, event_id: str) -> int:
        """The seq of an event's last change; 0 if there is no such event."""
        return self.heads([event_id]).get(event_id, 0)

    def heads(self, events: Collection[str]) -> dict[str, int]:
        """The seq of each event's last change."""
        with self._db.read() as session:
            found = session.exec(select(Event.id, Event.head).where(col(Event.id).in_(events)))
            return dict(found.all())

    def read(self, event_id: str, wants: Collection[Want], *, live: bool) -> Reading:
        """Answer many chains from one snapshot: see `server.core.frames.Reader`."""
        with self._db.read() as session:
            event = session.get_one(Event, event_id)
            snapshot = _Snapshot(self, session, event, BULK if live else CATCH_UP)
            # A set: of thousands of own chains most hold the same.
            snapshot.load_tail({since for _, since in wants})
            answers = ((want, _answer(snapshot.frames, want)) for want in snapshot.with_news(wants))
            return Reading(event.head, {want: answer for want, answer in answers if answer})

    def html(self, event_id: str, chain: Chain, since: int) -> str:
        """The rows of a chain that changed after a cursor; none if they are better fetched anew."""
        with self._db.read() as session:
            snapshot = _Snapshot(self, session, session.get_one(Event, event_id), BULK)
            snapshot.load_tail([since])
            found = _answer(snapshot.items, (chain, since))
        return "" if isinstance(found, Reset) else "".join(str(row) for _, row in found)

    def rows(self, session: Session, event: Event, chain: Chain, kind_name: str) -> list[str]:
        """Every row of a kind that the chain may see, from cached fragments."""
        kind, names = self.kinds[kind_name], self.names(session, event)
        entities = [entity for entity in kind.all(session, event.id) if chain.sees(entity.visible_to)]
        shown = (self.row(kind, entity, names, chain) for entity in entities)
        # What takes a row out of a page is for those who may have it.
        return [row for row in shown if not row.startswith("<del")]

    def row(self, kind: Kind, entity: Entity, names: Any, chain: Chain) -> str:  # noqa: ANN401 - see Kind.html
        """One cached row fragment."""
        view = f"{chain.lens.locale} {chain.view} {kind.shape(names, chain.lens, chain.view)}"
        key = (entity.event_id, kind.name, entity.id, entity.version, view)

        def render() -> str:
            RENDERS.inc()
            return kind.html(entity, names, chain.lens, chain.view)

        return self._rows.get(key, render)

    def names(self, session: Session, event: Event) -> Any:  # noqa: ANN401 - a Directory, and more
        """The event's directory of names."""
        return self._names.get((event.id, event.directory_seq), lambda: self._load_names(session, event))

    def bodies(self, session: Session, event: Event, viewer: Viewer, kind_name: str) -> list[dict[str, Any]]:
        """Every entity of a kind that the viewer may see, as machines see it."""
        kind, names = self.kinds[kind_name], self.names(session, event)
        return [
            {"id": entity.id, "version": entity.version, **kind.body(entity, event, viewer.lens, names)}
            for entity in kind.all(session, event.id)
            if entity.visible_to in viewer.audiences
        ]

    def oldest(self) -> int:
        """Changes received before this moment are past the window."""
        return self._now() - WINDOW_MS


def _answer(read: Callable[[Chain, int], Told], want: Want) -> Told | Reset:
    """What one chain is told. What is wrong with one must not stop the others; a lost database stops all."""
    chain, since = want
    try:
        return read(cast("Chain", chain), since)
    except SQLAlchemyError:
        raise
    except Exception:
        log.exception("a chain could not be read")
        return Reset("error", BULK_JITTER_MS)


class _Snapshot:
    """One event as it is at one moment, read for many chains: what they share is loaded once."""

    def __init__(self, feed: Feed, session: Session, event: Event, most: int) -> None:
        self._feed, self._session, self._event, self._most = feed, session, event, most
        self._tail, self._oldest, self._covered = Tail([], event.head), feed.oldest(), event.head
        self._entities: dict[str, dict[str, Entity]] = {}

    def load_tail(self, cursors: Iterable[int]) -> None:
        """Read the changes since the oldest of these cursors that is within the window."""
        first = max(1, self._event.head - WINDOW_CHANGES)
        within = [since for since in cursors if first <= since < self._event.head]
        if within:
            self._covered = min(within)
            self._tail = Tail.load(self._session, self._event, self._covered, self._feed.kinds.keys())

    def with_news(self, wants: Iterable[Want]) -> list[Want]:
        """Those that may have news. Of thousands of own chains most have none, so a look at each must cost nothing."""
        told, covered = self._tail.audiences, self._covered
        asked = cast("Iterable[tuple[Chain, int]]", wants)
        return [want for want in asked if want[1] < covered or not told.isdisjoint(want[0].audiences)]

    def frames(self, chain: Chain, since: int) -> Answer:
        """Frames from a cursor to the head, or a reset; nothing if nothing shows through the lens."""
        found = self.items(chain, since)
        if isinstance(found, Reset):
            return found
        return pack(chain, since, self._event.head, found, FRAME_BYTES)

    def items(self, chain: Chain, since: int) -> list[Item] | Reset:
        """What changed after a cursor and shows through the lens, in the order of the last changes."""
        if since >= self._event.head:
            return []
        is_past = since > 0 and self._tail.is_past(since, self._oldest)
        if is_past and not chain.member:
            return Reset("window")
        # What is somebody's own is little, so it is simply told again.
        is_known = since > 0 and not is_past
        touched = self._tail.touched(chain.audiences, since) if is_known else self._everything(chain)
        if len(touched) > self._most:
            return Reset("bulk", BULK_JITTER_MS)
        return self._shown(chain, touched)

    def _everything(self, chain: Chain) -> list[Touched]:
        """What a chain sees, for a client that starts from nothing."""
        found = [
            Touched(kind.name, entity.id, entity.version)
            for kind in self._feed.kinds.values()
            for entity in self._all(kind, chain)
            if chain.sees(entity.visible_to)
        ]
        return sorted(found, key=lambda one: one.seq)

    def _all(self, kind: Kind, chain: Chain) -> list[Entity]:
        if chain.member:
            return kind.personal(self._session, self._event.id, chain.member)
        return kind.all(self._session, self._event.id)

    def _shown(self, chain: Chain, touched: list[Touched]) -> list[Item]:
        """(seq, item) for each touched entity that the chain's view shows: an HTML text or a JSON item."""
        self._load(touched)
        show = self._json_item if chain.format == "json" else self._html_item
        items = ((one.seq, show(chain, one, self._entities[one.kind].get(one.id))) for one in touched)
        return [(seq, item) for seq, item in items if item]

    def _load(self, touched: list[Touched]) -> None:
        missing: dict[str, list[str]] = {}
        for one in touched:
            if one.id not in self._entities.setdefault(one.kind, {}):
                missing.setdefault(one.kind, []).append(one.id)
        for name, ids in missing.items():
            self._entities[name] |= self._feed.kinds[name].load(self._session, self._event.id, ids)

    def _html_item(self, chain: Chain, one: Touched, entity: Entity | None) -> str:
        kind = self._feed.kinds[one.kind]
        if not kind.shows(chain.view):
            return ""
        if entity is None or not chain.sees(entity.visible_to):
            return f"<del data-kind={one.kind} data-id={one.id} data-v={one.seq}></del>"
        return self._feed.row(kind, entity, self._feed.names(self._session, self._event), chain)

    def _json_item(self, chain: Chain, one: Touched, entity: Entity | None) -> dict[str, Any]:
        if entity is None or not chain.sees(entity.visible_to):
            return {"kind": one.kind, "id": one.id, "seq": one.seq, "gone": True}
        names = self._feed.names(self._session, self._event)
        body = self._feed.kinds[one.kind].body(entity, self._event, chain.lens, names)
        return {"kind": one.kind, "id": one.id, "version": entity.version, "seq": one.seq, "body": body}
