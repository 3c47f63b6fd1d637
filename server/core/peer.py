"""What the other end of a WebSocket says: frames to whole messages, pings answered, rules kept (RFC 6455)."""

import logging
from collections.abc import Iterator
from math import inf
from typing import NamedTuple, cast

from websockets.frames import DATA_OPCODES, Frame, Opcode
from websockets.protocol import CLOSING, OPEN
from websockets.server import ServerProtocol

log = logging.getLogger(__name__)

LONGEST_MESSAGE = 64 * 1024
# No browser sends a message of ours in parts at all; a proxy may.
MOST_PARTS = 64
# So many frames at once, and so many a second then: a page says a few messages a second, and pongs.
FRAMES, FRAMES_A_SECOND = 512, 32
# So much is read before it is looked at how many frames it was: six bytes may be one.
_PIECE = 4096


class End(NamedTuple):
    """Why a socket ended: the code and the reason of the close frame that came first."""

    code: int
    reason: str


class Peer:
    """One peer from the end of the handshake on; bytes in, messages and bytes out, without IO.

    Without any extension: a compressor for each connection costs 32 KB and 8 to 18 times the CPU.
    """

    __slots__ = ("_conn", "_is_deaf", "_is_text", "_left", "_parts", "_since")

    def __init__(self, now: float = 0) -> None:
        self._conn = ServerProtocol(max_size=LONGEST_MESSAGE, state=OPEN, logger=log)
        self._is_text = self._is_deaf = False
        self._parts: list[bytes] = []
        self._left, self._since = float(FRAMES), now

    def messages(self, data: bytes, now: float = 0) -> Iterator[str | bytes]:
        """What has been said wholly with these bytes, at a moment in seconds; nothing if they break a rule."""
        for begin in range(0, len(data), _PIECE):
            yield from self._said(data[begin : begin + _PIECE], now)
            if self.floods:
                return

    def _said(self, data: bytes, now: float) -> Iterator[str | bytes]:
        self._conn.receive_data(data)
        frames = cast("list[Frame]", self._conn.events_received())
        self._left = min(FRAMES, self._left + (now - self._since) * FRAMES_A_SECOND) - len(frames)
        self._since = now
        for frame in frames if self._conn.parser_exc is None else ():
            whole = self._whole(frame)
            if self.floods or self._is_deaf:
                return
            if whole is None:
                continue
            try:
                yield whole.decode() if self._is_text else whole
            except UnicodeDecodeError:
                self.close(1007, "")
                self._is_deaf = True

    def _whole(self, frame: Frame) -> bytes | None:
        """The message that a frame is the last part of."""
        if frame.opcode not in DATA_OPCODES:
            return None
        if frame.opcode is not Opcode.CONT:
            self._is_text, self._parts = frame.opcode is Opcode.TEXT, []
        self._parts.append(bytes(frame.data))
        if len(self._parts) > MOST_PARTS:
            self._left = -inf
        if not frame.fin:
            return None
        whole, self._parts = b"".join(self._parts), []
        return whole

    def close(self, code: int, reason: str) -> None:
        """Say goodbye in the next `answers`, unless it has been said: a second close frame would be an error."""
        if self._conn.state is OPEN:
            self._conn.send_close(code, reason)

    def answers(self) -> bytes:
        """What has to be written: pongs, and the close frame of what ends."""
        return b"".join(self._conn.data_to_send())

    @property
    def end(self) -> End | None:
        """How it ends, as soon as a close frame went either way."""
        first = self._conn.close_rcvd or self._conn.close_sent
        return End(first.code, first.reason) if first and self._conn.state >= CLOSING else None

    @property
    def floods(self) -> bool:
        """Whether it says more than anybody has to say, in frames that need be no messages: pings, empty parts."""
        return self._left < 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be said: the peer has closed, or broken a rule."""
        return self._conn.close_rcvd is not None or self._conn.parser_exc is not None
