"""Requests as only an attacker or a torn line makes them, on a real uvicorn: each is refused, and holds up nobody."""

import http.client
import re
import socket
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.sync.client import connect

from server.core.heads import MOST_HELD, PatientProtocol
from tests.support.live import serving

HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /read HTTP/1.1\r\n" + HOST
# What is hidden in a request, in the hope that we take it for one of its own.
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
UPGRADE = b"Connection: Upgrade\r\n"
SOCKET = b"GET /socket HTTP/1.1\r\n" + HOST + UPGRADE + b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
SOCKET += b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
END = b"0\r\n\r\n"
AMBIGUOUS = {
    "a length and chunks": POST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n" + END + HIDDEN,
    "chunks and a length": POST + CHUNKED + b"Content-Length: 5\r\n\r\n" + END + HIDDEN,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 41\r\n\r\n" + HIDDEN,
    "two lengths alike": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}" + HIDDEN,
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}" + HIDDEN,
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}" + HIDDEN,
    "a length in hex": POST + b"Content-Length: 0x2\r\n\r\n{}" + HIDDEN,
    "a length below zero": POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + END + HIDDEN,
    "two codings": POST + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + END + HIDDEN,
    "chunks not last": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + END + HIDDEN,
    "a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n" + END + HIDDEN,
    "a coding behind a control": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + END + HIDDEN,
    "a folded line": POST + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 0\r\n\r\n" + END + HIDDEN,
    "a size that is none": POST + CHUNKED + b"\r\nzz\r\n{}\r\n" + END + HIDDEN,
    "a size below zero": POST + CHUNKED + b"\r\n-1\r\n{}\r\n" + END + HIDDEN,
    "a size beyond all": POST + CHUNKED + b"\r\nffffffffffffffffff\r\n{}" + HIDDEN,
    "a chunk longer than it says": POST + CHUNKED + b"\r\n2\r\n{}xx\r\n" + END + HIDDEN,
    "line feeds alone in chunks": POST + CHUNKED + b"\r\n2\n{}\n0\n\n" + HIDDEN,
    "line feeds alone": b"POST /read HTTP/1.1\nHost: 127.0.0.1\n\n" + HIDDEN,
    "a return alone": POST + b"A: b\rTransfer-Encoding: chunked\r\n\r\n" + HIDDEN,
    "a nul in a header": POST + b"A: b\0c\r\n\r\n" + HIDDEN,
    "a body that wants a socket": POST + UPGRADE + b"Upgrade: websocket\r\nContent-Length: 41\r\n\r\n" + HIDDEN,
    "a socket while an answer is owed": POST + b"Content-Length: 0\r\n\r\n" + SOCKET,
    "a socket of an older version": SOCKET.replace(b"1.1", b"1.0"),
    "a body that wants HTTP/2": POST + UPGRADE + b"Upgrade: h2c\r\nContent-Length: 41\r\n\r\n" + HIDDEN,
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN,
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n" + HIDDEN,
}  # fmt: skip


class Hasty(PatientProtocol):
    head = 0.3
    body = 0.3


class Heard:
    """A program that keeps which paths it was asked for, and a server before it."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        routes = [Route("/{path}", self._answer, methods=["GET", "POST"]), WebSocketRoute("/socket", _echo)]
        self.app, self.port = Starlette(routes=routes), 0

    async def _answer(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        return PlainTextResponse(f"{len(await request.body())}")

    def send(self, *parts: bytes, seconds: float = 5) -> bytes:
        """All that comes until the server hangs up."""
        with self.line(seconds) as line:
            for part in parts:
                line.sendall(part)
            return read_to_the_end(line)

    def line(self, seconds: float = 5) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port))
        line.settimeout(seconds)
        return line

    def answers(self) -> float:
        """How long somebody else waits, in seconds."""
        began, line = time.monotonic(), http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        line.request("GET", "/other")
        assert line.getresponse().read() == b"0"
        line.close()
        return time.monotonic() - began


async def _echo(asked: WebSocket) -> None:
    await asked.accept()
    async for text in asked.iter_text():
        await asked.send_text(text)


def read_to_the_end(line: socket.socket) -> bytes:
    said = b""
    try:
        while part := line.recv(65_536):
            said += part
    except ConnectionResetError:
        pass
    return said


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    program = Heard()
    with serving(program.app, http=Hasty) as program.port:
        yield program


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_nothing_after_it_is_read(
    heard: Heard, request_: bytes
) -> None:
    heard.paths.clear()
    said = heard.send(request_)
    assert re.findall(rb"HTTP/1.1 (\d+)", said)[-1:] == [b"400"]
    assert heard.paths in ([], ["/read"])  # its own body, at the most, was begun


def test_requests_that_come_together_are_answered_one_by_one(heard: Heard) -> None:
    heard.paths.clear()
    more = POST + b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN + POST + CHUNKED
    more += b"Connection: close\r\n\r\n2\r\n{}\r\n" + END
    said = heard.send(more)
    assert heard.paths == ["/read", "/read"]
    assert re.findall(rb"\r\n\r\n(\d+)", said) == [b"%d" % len(HIDDEN), b"2"]


@pytest.mark.parametrize("start", [b"GET /x HTTP/1.1\r\nA: ", b"GET /", POST + CHUNKED + b"\r\n0\r\nA: "],
                         ids=["a header", "an address", "a trailer"])  # fmt: skip
def test_a_head_without_end_is_ended_before_it_costs_anything(heard: Heard, start: bytes) -> None:
    """Each piece of a header is copied onto the last: 90 MB of one stopped the loop for seconds."""
    sent = 0
    with heard.line() as line:
        line.sendall(start)
        try:
            while sent < 64 * MOST_HELD:
                line.sendall(b"x" * MOST_HELD)
                sent += MOST_HELD
                time.sleep(0.01)
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert sent < 64 * MOST_HELD
    assert heard.answers() < 1


@pytest.mark.parametrize(
    "begun",
    [b"", b"\r\n", b"GET /x HT", POST, POST + b"Content-Length: 9\r\n\r\nx", POST + CHUNKED + b"\r\n"],
    ids=["nothing", "a blank line", "a line", "a header", "a body", "chunks"],
)  # fmt: skip
def test_what_was_begun_and_never_ends_is_let_go(heard: Heard, begun: bytes) -> None:
    assert heard.send(begun) == b""


def test_a_line_that_was_of_use_is_let_go_too_when_it_goes_on_with_nothing(heard: Heard) -> None:
    with heard.line() as line:
        line.sendall(b"GET /x HTTP/1.1\r\n" + HOST + b"\r\n")
        assert line.recv(65_536).endswith(b"\r\n\r\n0")
        line.sendall(b"\r\n")
        assert read_to_the_end(line) == b""


def test_a_body_that_comes_slowly_is_waited_for(heard: Heard) -> None:
    with heard.line() as line:
        line.sendall(POST + b"Content-Length: 4\r\nConnection: close\r\n\r\n")
        for _ in range(4):
            time.sleep(0.15)
            line.sendall(b"x")
        assert read_to_the_end(line).endswith(b"\r\n\r\n4")


def test_a_socket_stays_however_long_it_says_nothing(heard: Heard) -> None:
    with connect(f"ws://127.0.0.1:{heard.port}/socket", compression=None) as client:
        time.sleep(2 * Hasty.body)
        client.send("still here")
        assert client.recv(5) == "still here"


@pytest.mark.parametrize("more", [b"", b"Sec-WebSocket-Version: 1\r\n", b"Content-Length: 41\r\n"])
def test_a_handshake_that_is_none_is_not_left_waiting(heard: Heard, more: bytes) -> None:
    asked = (
        b"GET /socket HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + more + b"\r\n"
    )
    said = heard.send(asked + HIDDEN)
    assert re.findall(rb"HTTP/1.1 (\d)", said) in ([], [b"4"])
