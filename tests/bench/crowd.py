"""Many sockets that only listen: one epoll, so that the listener costs less than what it measures."""

import select
import socket
import ssl
import time
from collections.abc import Iterator
from struct import unpack_from

PATIENCE = 20.0
AT_ONCE = 100


class Crowd:
    """WebSockets to one server. `requests` are the handshakes, one for each; empty ones for a bare server."""

    def __init__(self, port: int, requests: list[bytes]) -> None:
        self.peers = [connected(port, request) for request in requests]
        self._epoll = select.epoll()
        self._buffer = bytearray(1 << 18)
        self._rest = [b"" for _ in self.peers]
        self._place = {peer.fileno(): place for place, peer in enumerate(self.peers)}
        for peer in self.peers:
            peer.settimeout(0)
            self._epoll.register(peer.fileno(), select.EPOLLIN)

    def close(self) -> None:
        self._epoll.close()
        for peer in self.peers:
            peer.close()

    def settle(self, quiet: float = 0.3) -> None:
        """Read until nothing has come for so many seconds."""
        while ready := self._epoll.poll(quiet):
            for number, _ in ready:
                self._read(number)

    def hear(self, marker: bytes) -> tuple[list[float], int]:
        """When each heard a message that holds the marker, and how many bytes had come to all of them by then."""
        heard: dict[int, float] = {}
        size, deadline = 0, time.perf_counter() + PATIENCE
        while len(heard) < len(self.peers):
            assert time.perf_counter() < deadline, f"{len(heard)} of {len(self.peers)} heard {marker!r}"
            for number, _ in self._epoll.poll(1):
                for message in self._read(number):
                    size += len(message)
                    if marker in message:
                        heard.setdefault(number, time.perf_counter())
        return list(heard.values()), size

    def _read(self, number: int) -> list[bytes]:
        """The whole messages that have come to a socket."""
        place = self._place[number]
        # Into a buffer that is there: to make a new one each time would cost more than all the rest.
        size = self.peers[place].recv_into(self._buffer)
        data = self._rest[place] + bytes(memoryview(self._buffer)[:size])
        messages = list(_frames(data))
        self._rest[place] = data[sum(map(len, messages)) :]
        return messages


def handshake(path: str, token: str) -> bytes:
    """The request that opens a WebSocket as the owner of a token."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Authorization: Bearer {token}\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


def connected(port: int, request: bytes) -> socket.socket:
    """A socket to a server; `request` is the handshake of a WebSocket, if it is to be one."""
    peer = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if request:
        peer.sendall(request)
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            # Not a byte of what comes behind it.
            seen = answer + peer.recv(1 << 12, socket.MSG_PEEK)
            end = seen.find(b"\r\n\r\n")
            answer += peer.recv((end + 4 if end >= 0 else len(seen)) - len(answer))
        assert b" 101 " in answer.partition(b"\r\n")[0], answer
    return peer


class Arrival:
    """A handshake under way, by TLS if there is something to trust; `heard` grows until it is answered."""

    def __init__(self, port: int, request: bytes, trust: ssl.SSLContext | None) -> None:
        self.request, self.heard = request, b""
        peer = socket.socket()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.connect(("127.0.0.1", port))
        if trust:
            self.peer: socket.socket = trust.wrap_socket(
                peer, server_hostname="127.0.0.1", do_handshake_on_connect=False
            )
        else:
            self.peer = peer
        self.peer.settimeout(0)

    def go_on(self) -> bool:
        """As far as it goes without waiting; whether it is a WebSocket now."""
        try:
            if isinstance(self.peer, ssl.SSLSocket) and self.request:
                self.peer.do_handshake()
            if self.request:
                self.peer.sendall(self.request)
                self.request = b""
            while b"\r\n\r\n" not in self.heard:
                more = self.peer.recv(1 << 16)
                assert more, f"closed after {self.heard!r}"
                self.heard += more
        except (ssl.SSLWantReadError, BlockingIOError):
            return False
        assert b" 101 " in self.heard.partition(b"\r\n")[0], self.heard[:200]
        return True


def shake_hands(
    port: int, requests: list[bytes], trust: ssl.SSLContext | None = None
) -> tuple[list[socket.socket], float]:
    """Open a socket for each, so many at once; they, and how many a second became WebSockets."""
    waiting, opened, left = select.epoll(), list[socket.socket](), list(reversed(requests))
    arriving: dict[int, Arrival] = {}
    begin = time.perf_counter()
    while left or arriving:
        while left and len(arriving) < AT_ONCE:
            one = Arrival(port, left.pop(), trust)
            if one.go_on():
                opened.append(one.peer)
            else:
                arriving[one.peer.fileno()] = one
                waiting.register(one.peer.fileno(), select.EPOLLIN)
        ready = waiting.poll(PATIENCE) if arriving else []
        assert ready or not arriving, "no handshake is answered"
        for fd, _ in ready:
            if arriving[fd].go_on():
                waiting.unregister(fd)
                opened.append(arriving.pop(fd).peer)
    return opened, len(requests) / (time.perf_counter() - begin)


def _frames(data: bytes) -> Iterator[bytes]:
    """The whole frames at the beginning of what has come; unmasked, as servers send (RFC 6455, 5.2)."""
    at = 0
    while at + 10 <= len(data) or (at + 2 <= len(data) and data[at + 1] < 126):
        length = data[at + 1]
        size, head = length, 2
        if length == 126:
            size, head = unpack_from("!H", data, at + 2)[0], 4
        elif length == 127:
            size, head = unpack_from("!Q", data, at + 2)[0], 10
        if at + head + size > len(data):
            return
        yield data[at : at + head + size]
        at += head + size
