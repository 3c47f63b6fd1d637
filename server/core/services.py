"""What a request needs of the running program; made once by `create_app`, passed and never imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from server.core.access import Permission
from server.core.cache import Cache

if TYPE_CHECKING:
    from sqlalchemy import Row
    from sqlmodel import Session

    from server.core.access import Viewer
    from server.core.auth import Identity
    from server.core.blob_pages import Holder
    from server.core.blob_store import BlobStore
    from server.core.bus import Bus
    from server.core.clock import Clock
    from server.core.db import Database
    from server.core.feed import Feed
    from server.core.gathering import Gathering
    from server.core.hub import Hub
    from server.core.models import Event
    from server.core.ops import OpSet
    from server.core.page import Templates
    from server.core.security import Limits
    from server.core.shell import Shell
    from server.core.writer import Writers

# Less than the second within which a browser that was signed out must be out.
REMEMBER_MS = 800
MOST_KNOWN = 500

Who = TypeVar("Who")


class Remembered(Generic[Who]):
    """Who was looked up just now, so that a burst of requests asks the database once.

    `age` goes up whenever all is forgotten. Who looks somebody up gives the age from before, so that what was
    read before a revocation is not remembered after it.
    """

    def __init__(self) -> None:
        self.age = 0
        self._known: dict[tuple[str, str], tuple[int, Who | None]] = {}

    def get(self, key: tuple[str, str], now: int) -> Who | None:
        until, who = self._known.get(key, (0, None))
        return who if now < until else None

    def put(self, key: tuple[str, str], who: Who, now: int, age: int) -> None:
        if len(self._known) >= MOST_KNOWN:
            self._known = {key: known for key, known in self._known.items() if now < known[0]}
        if age == self.age:
            self._known[key] = (now + REMEMBER_MS, who)

    def clear(self) -> None:
        self.age += 1
        self._known.clear()


class Timings(Protocol):
    """How often the live layer beats, in seconds, where its hints go, where webhooks may go, who measures."""

    @property
    def silence_seconds(self) -> float: ...
    @property
    def ping_seconds(self) -> float: ...
    @property
    def poll_seconds(self) -> float: ...
    @property
    def redis_url(self) -> str: ...
    @property
    def webhook_private(self) -> str: ...
    @property
    def metrics_token(self) -> str: ...


@dataclass
class Services:
    """The program's parts."""

    settings: Timings
    origin: str
    secure: bool
    dev: bool
    build: str
    shell: Shell
    clock: Clock
    db: Database
    ops: OpSet
    templates: Templates
    feed: Feed
    writers: Writers
    limits: Limits
    find_members: Callable[[Session, Sequence[tuple[Identity, str]]], list[Viewer | None]]
    locales_of: Callable[[Session, Sequence[Row[Any]]], list[str]]
    derive: Callable[[Session, dict[str, list[dict[str, Any]]], Event, int], None]
    views: Mapping[str, Permission]
    blobs: BlobStore
    holders: Sequence[Holder]
    hub: Hub | None = None
    doors: Gathering[Any, Any] | None = None
    bus: Bus | None = None
    documents: Cache[Any, bytes] = field(default_factory=lambda: Cache(256))
    sheets: Cache[Any, Any] = field(default_factory=lambda: Cache(16))
    boards: Cache[Any, Any] = field(default_factory=lambda: Cache(32))
    identities: Remembered[Identity] = field(default_factory=Remembered)
    viewers: Remembered[Viewer] = field(default_factory=Remembered)

    @property
    def ages(self) -> tuple[int, int]:
        """They go up with each revocation that this process hears of."""
        return self.identities.age, self.viewers.age

    def find_member(self, session: Session, identity: Identity, event_id: str) -> Viewer | None:
        """Who somebody is in an event; None if nobody."""
        [found] = self.find_members(session, [(identity, event_id)])
        return found

    def may_look(self, viewer: Viewer, view: str, form: str = "html") -> bool:
        """Whether a viewer may have the rows of a view: what its page asks for, they need too.

        A body for machines holds all of a row, whatever the view.
        """
        needed = self.views.get(view)
        return needed is not None and viewer.may(needed) and (form == "html" or viewer.may(Permission.VIEW))

    def revoke(self, session_id: str) -> None:
        """Cut the sockets of a session. From any thread."""
        self.identities.clear()
        self.viewers.clear()
        if self.hub:
            self.hub.revoke_from_thread(session_id)
        if self.bus:
            self.bus.tell(session=session_id)

    def committed(self, event_id: str, head: int) -> None:
        """An event has new changes. From any thread, and cheap."""
        if self.hub:
            self.hub.wake(event_id, head)
        if self.bus:
            self.bus.tell(event=event_id, head=head)
