"""What the live layer and its reader say to each other, and the messages that are the live layer's own."""

import random
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

from server.core import strict_json
from server.core.clock import to_iso
from server.core.metrics import BYTES, FRAMES
from server.core.wire import text_frame

CHAINS = ("lens", "own")
# Of its own, so that threads which end sockets leave the state of the common one alone.
_spread = random.Random()  # noqa: S311 - spreads load, guards nothing

# A group's key, and the seq that its clients hold.
Want = tuple[Hashable, int]


class Frame(NamedTuple):
    """What changed in `(base, seq]` of a chain: JSON text, or, once it is framed, bytes for the wire."""

    base: int
    seq: int
    payload: bytes


class Reset(NamedTuple):
    """The chain can't be continued: the client fetches anew, at a random time within `jitter_ms`."""

    reason: str
    jitter_ms: int = 0


Answer = Sequence[Frame] | Reset


class Reading(NamedTuple):
    """One snapshot of an event's log, read to its `head`.

    An answer is a list of frames without gaps. It ends at the head, or earlier if that is enough for now:
    the hub then asks again from there. A want that is left out, or has an empty list, had nothing new.
    """

    head: int
    answers: Mapping[Want, Answer]


class Reader(Protocol):
    """Where frames come from. Both run in threads; what they raise is logged, and they are asked again."""

    def heads(self, events: Collection[str]) -> Mapping[str, int]:
        """The seq of each event's last change."""

    def read(self, event: str, wants: Collection[Want], *, live: bool) -> Reading:
        """Answer many wants from one snapshot: of all hot groups if `live`, else of sockets that catch up.

        There may be thousands (each member's own chain is one), and one may stand there twice. A lens that
        can't be rendered must not stop the others: give it a reset, and raise only what concerns all.
        """


@dataclass(frozen=True)
class Pace:
    """The live layer's times, in seconds."""

    poll: float = 2.0  # between looks at the heads, which make up for lost wakes
    heartbeat: float = 20.0
    silence: float = 45.0  # of the client, until it counts as gone
    state: float = 1.0  # between two showings of one ephemeral state
    retry: float = 0.2  # after a first failed reading, doubling up to `retry_most`
    retry_most: float = 5.0


def framed(want: Want, answer: Answer) -> Answer:
    """An answer ready for the wire; ValueError if it would not move its reader on."""
    if isinstance(answer, Reset):
        return answer
    cursors = [want[1], *(frame.seq for frame in answer)]
    if any(after <= before for before, after in pairwise(cursors)):
        message = f"frames that do not go forward: {cursors}"
        raise ValueError(message)
    return [frame._replace(payload=text_frame(frame.payload)) for frame in answer]


def count(frames: Sequence[Frame], sockets: int) -> None:
    """Count frames that so many sockets get."""
    FRAMES.inc(len(frames) * sockets)
    BYTES.inc(sum(len(frame.payload) for frame in frames) * sockets)


def heartbeat(now: int, cursors: Mapping[str, int]) -> bytes:
    """Moves the cursors of chains without news. `now` in epoch milliseconds."""
    return _message(type="heartbeat", now=to_iso(now), seq=cursors)


def reset(order: Reset) -> bytes:
    """Tell one client to fetch anew."""
    after_ms = _spread.randint(0, order.jitter_ms)
    return _message(type="reset", reason=order.reason, after_ms=after_ms)


def _message(**content: object) -> bytes:
    return text_frame(strict_json.dumps(content))
