"""One socket's place in an event, and the groups in which sockets share bytes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from server.core.frames import CHAINS, Reading, Reset, Want, count, heartbeat, reset
from server.core.metrics import RESETS

if TYPE_CHECKING:
    from server.core.room import Room
    from server.core.wire import Wire

log = logging.getLogger(__name__)


class Holder(NamedTuple):
    """Who holds a socket. `rights_at` is the event's head when it was looked up what they may see."""

    member: str = ""
    session: str = ""
    rights_at: int = 0


class Subscription:
    """One socket in one event.

    `keys` name the groups it follows: the lens's chain, then the member's own. `cursors` are the seqs that
    the client holds of them, as long as the socket isn't hot (then its groups know).
    """

    __slots__ = ("cursors", "event", "groups", "holder", "keys", "room", "wire")

    def __init__(
        self,
        event: str,
        wire: Wire,
        keys: Sequence[Hashable],
        cursors: Sequence[int],
        holder: Holder | None = None,
    ) -> None:
        self.event, self.wire, self.keys, self.cursors = event, wire, tuple(keys), list(cursors)
        self.holder = holder or Holder()
        self.groups: tuple[Group, ...] = ()
        self.room: Room | None = None

    def paused(self) -> None:
        if self.room:
            self.room.cool(self)

    def resumed(self) -> None:
        if self.room:
            self.room.admit(self)

    def gone(self) -> None:
        """Nothing more is written to it. Harmless if it has left already."""
        if self.room:
            self.room.leave(self)

    def wants(self, below: int) -> list[Want]:
        """The chains that the client holds less of than `below`."""
        return [want for want in zip(self.keys, self.cursors, strict=True) if want[1] < below]

    def deliver(self, asked: Collection[Want], reading: Reading, now: int) -> None:
        """Write what was read for this socket alone, as far as the wire takes it."""
        quiet = []
        for place, want in enumerate(zip(self.keys, tuple(self.cursors), strict=True)):
            answer = reading.answers.get(want, ())
            if isinstance(answer, Reset):
                RESETS.labels(answer.reason).inc()
                self._write(reset(answer), {place: reading.head})
            elif answer:
                count(answer, 1)
                for frame in answer:
                    self._write(frame.payload, {place: frame.seq})
            elif want in asked:
                quiet.append(place)
        if quiet:
            told = heartbeat(now, {CHAINS[place]: reading.head for place in quiet})
            self._write(told, dict.fromkeys(quiet, reading.head))

    def _write(self, data: bytes, cursors: dict[int, int]) -> None:
        if self.wire.ready:
            for place, seq in cursors.items():
                self.cursors[place] = seq
            self.wire.write(data)


class Group:
    """The hot sockets of one chain: they share bytes, and each client holds the cursor of `want` or more.

    `asked` is the want of the round under way. A want is kept as it is, since most of thousands have nothing new.
    """

    __slots__ = ("asked", "hot", "want")

    def __init__(self, key: Hashable, cursor: int) -> None:
        self.want: Want = (key, cursor)
        self.asked = self.want
        self.hot: dict[Subscription, Callable[[bytes], None]] = {}

    @property
    def key(self) -> Hashable:
        return self.want[0]

    @property
    def cursor(self) -> int:
        return self.want[1]

    def move(self, cursor: int) -> None:
        """Its clients have been told what there is up to here."""
        self.want = (self.want[0], cursor)

    def write(self, data: bytes) -> None:
        # A copy, because a write that fills its socket's buffer takes that socket out of `hot`.
        for write in tuple(self.hot.values()):
            try:
                write(data)
            except Exception:
                log.exception("a socket broke in the middle of a round")
                next(sub for sub, own in self.hot.items() if own is write).wire.abort()
