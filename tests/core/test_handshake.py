"""What becomes a socket, and what doesn't: by websockets' own checks, whichever way a request is looked at."""

import asyncio
import re
import socket as sockets
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.datastructures import Headers
from websockets.http11 import Request
from websockets.server import ServerProtocol

from server.core.handshake import answer
from server.core.wire import EXTENSION, text_frame
from tests.support.live import serving
from tests.support.wire_stage import bytes_until_the_end, client_frame

HOST, CONNECTION, UPGRADE = ("Host", "stage"), ("Connection", "Upgrade"), ("Upgrade", "websocket")
KEY, VERSION = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13")
PLAIN = [HOST, CONNECTION, UPGRADE, KEY, VERSION]
# The key of RFC 6455, 1.3, and its answer.
ACCEPTED = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
FIRST = text_frame(b"hello")

Lines = list[tuple[str, str]]


def but(name: str, *values: str) -> Lines:
    """The plain request, with other lines of one name."""
    return [line for line in PLAIN if line[0] != name] + [(name, value) for value in values]


GOOD: dict[str, Lines] = {
    "plain": PLAIN,
    "in capitals": [(name.upper(), value) for name, value in PLAIN],
    "WebSocket": but("Upgrade", "WebSocket"),
    "several tokens": but("Connection", "keep-alive, Upgrade"),
    "several tokens in small letters": but("Connection", "foo,upgrade ,keep-alive"),
    "several lines of tokens": but("Connection", "keep-alive", "Upgrade"),
    "two cookies": [*PLAIN, ("Cookie", "a=b"), ("Cookie", "c=d")],
    "no ASCII": [*PLAIN, ("X-Name", "å")],
    "a long header": [*PLAIN, ("X-Long", "x" * 20_000)],
    "many headers": [*PLAIN, *((f"X-{number}", "x") for number in range(200))],
    "a subprotocol": [*PLAIN, ("Sec-WebSocket-Protocol", "chat, superchat")],
    "a compressor": [*PLAIN, ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")],
    "bits of the key that nobody reads": but(KEY[0], "dGhlIHNhbXBsZSBub25jZR=="),
}
BAD: dict[str, Lines] = {
    "no key": but(KEY[0]),
    "two keys": but(KEY[0], KEY[1], KEY[1]),
    "an empty key": but(KEY[0], ""),
    "a short key": but(KEY[0], "dGhlIHNhbXBsZSBub25jZQ="),
    "a key of 15": but(KEY[0], "dGhlIHNhbXBsZSBub25j"),
    "a key of 17": but(KEY[0], "dGhlIHNhbXBsZSBub25jZQ0K"),
    "a key with a blank": but(KEY[0], "dGhlIHNhbXBs ZSBub25jZQ=="),
    "a key of another alphabet": but(KEY[0], "dGhlIHNhbXBsZSBub25_-Q=="),
    "no version": but(VERSION[0]),
    "version 8": but(VERSION[0], "8"),
    "version 013": but(VERSION[0], "013"),
    "two versions": but(VERSION[0], "13", "13"),
    "a list of versions": but(VERSION[0], "13, 8"),
    "two origins": [*PLAIN, ("Origin", "http://stage"), ("Origin", "http://stage")],
    "two upgrades": but("Upgrade", "h2c", "websocket"),
    "a token that is none": but("Connection", "Upgrade, a b"),
    "a subprotocol that is none": [*PLAIN, ("Sec-WebSocket-Protocol", "a b")],
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    async def endpoint(socket: WebSocket) -> None:
        await socket.send({"type": "websocket.accept", EXTENSION: FIRST})
        await socket.send_text(f"{socket.url.path}?{socket.url.query} {socket.headers.get('x-name')}")
        async for text in socket.iter_text():
            await socket.send_text(f"you said {text}")

    async def late(socket: WebSocket) -> None:
        await asyncio.sleep(2)
        await endpoint(socket)

    async def denied(socket: WebSocket) -> None:
        await socket.close(4401)

    routes = [WebSocketRoute(f"/{each.__name__}", each) for each in (denied, late)]
    routes.append(WebSocketRoute("/{name}", endpoint))
    with serving(Starlette(routes=routes)) as number:
        yield number


def request(lines: Lines, path: str = "/場?a=%20b") -> bytes:
    address = path.replace("場", "%E5%A0%B4")
    return "".join(
        [f"GET {address} HTTP/1.1\r\n", *(f"{name}: {value}\r\n" for name, value in lines), "\r\n"]
    ).encode("latin-1")


def asked(port: int, data: bytes, until: bytes = b"") -> bytes:
    """All that comes; once this has come, we end it."""
    with sockets.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(data)
        said = b""
        while until and until not in said:
            said += line.recv(1 << 16)
        if until:
            line.sendall(client_frame(0x8, b"\x03\xe8"))
        return said + bytes_until_the_end(line)


@pytest.mark.parametrize("lines", GOOD.values(), ids=GOOD)
def test_whoever_asks_for_a_socket_as_they_may_gets_one_and_what_is_said_first(
    port: int, lines: Lines
) -> None:
    told = text_frame(f"/場?a=%20b {dict(lines).get('X-Name')}".encode())
    head, _, frames = asked(port, request(lines), until=told).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 ")
    accepted = [each for each in head.split(b"\r\n") if each.startswith(b"Sec-WebSocket-Accept: ")]
    assert len(accepted) == 1
    assert (accepted[0].endswith(ACCEPTED)) == (KEY[1] in dict(lines).values())
    assert b"Sec-WebSocket-Extensions" not in head
    assert b"Sec-WebSocket-Protocol" not in head
    assert frames.startswith(FIRST + told)


@pytest.mark.parametrize("lines", BAD.values(), ids=BAD)
def test_whoever_asks_otherwise_is_refused_in_one_answer_and_nothing_after(port: int, lines: Lines) -> None:
    said = asked(port, request(lines) + request(PLAIN))
    assert re.match(rb"HTTP/1.1 (400|426) ", said)
    assert said.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("lines", [*GOOD.values(), *BAD.values()], ids=[*GOOD, *BAD])
def test_what_is_known_at_a_glance_websockets_would_say_too(lines: Lines) -> None:
    status, said = answer("/", [(name.lower().encode(), value.encode("latin-1")) for name, value in lines])
    theirs = ServerProtocol().accept(Request("/", Headers(lines)))
    assert status == theirs.status_code
    told = theirs.headers.get("Sec-WebSocket-Accept", theirs.reason_phrase)
    assert told.encode() in said


def test_an_endpoint_that_says_no_says_403(port: int) -> None:
    assert asked(port, request(PLAIN, "/denied")).startswith(b"HTTP/1.1 403 ")


def test_what_comes_with_the_request_is_no_request(port: int) -> None:
    """RFC 6455, 4.1: a client waits for the answer before it says anything."""
    said = asked(port, request(PLAIN) + request(PLAIN), until=FIRST)
    assert said.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("frame", [client_frame(0x9, b"HTTP/1.1 200 OK"), client_frame(0x8), b"\xff\xff"],
                         ids=["a ping", "a close", "no frame"])  # fmt: skip
def test_who_speaks_before_the_answer_puts_nothing_in_front_of_it(port: int, frame: bytes) -> None:
    with sockets.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        line.sendall(request(PLAIN, "/late"))
        time.sleep(0.1)  # so that it doesn't come with the request, which is dropped
        line.sendall(frame)
        assert bytes_until_the_end(line) == b""


def test_a_head_longer_than_any_of_ours_is_no_handshake(port: int) -> None:
    said = asked(port, request([*PLAIN, ("X-Long", "x" * 300_000)]))
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"400"]


def test_an_address_that_is_no_ascii_is_answered(port: int) -> None:
    assert asked(port, request(PLAIN, "/\xff"))[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 403"}
