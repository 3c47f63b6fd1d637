"""The protocol class on a real uvicorn, against clients that behave and clients that don't."""

import asyncio
import logging
import os
import socket as sockets
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path

import pytest
import uvloop
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from server.core.live import require_uvloop
from server.core.live_protocol import LiveProtocol
from server.core.wire import text_frame, wire_of
from server.venue.authority import Hosts, certify
from tests.bench.crowd import handshake
from tests.support.live import serving, wait_until
from tests.support.wire_stage import Stage, bytes_until_the_end, client_frame, frames_until_the_end, staged

Staged = Callable[..., AbstractContextManager[Stage]]

CLOSE, TEXT = 0x88, 0x81
DROP = text_frame(b"poured" * 20)


class Impatient(LiveProtocol):
    stall = 0.3
    grace = 0.3


@pytest.fixture(params=["plain", "tls", "handed over"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Staged:
    """Both lines: behind TLS the transport is another class, with other buffers. And both ways to keep a socket."""
    certified = certify(tmp_path, Hosts(["127.0.0.1"])) if request.param == "tls" else None
    return partial(staged, certified, stays="hands over" if request.param == "handed over" else "stays")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 200_000])
def test_a_frame_of_any_length_is_read_as_it_was_written(stage: Staged, size: int) -> None:
    text = "場" * (size // 3) + "x" * (size % 3)
    with stage() as on, on.client() as client:
        on.on_loop(lambda: on.recorder.wire.write(text_frame(text.encode())))
        assert client.recv(5) == text


def test_no_socket_has_a_compressor_of_its_own(stage: Staged) -> None:
    with stage() as on, on.client() as client:
        assert client.protocol.extensions == []


def test_raw_frames_and_messages_of_the_endpoint_do_not_mix(stage: Staged) -> None:
    with stage(data=text_frame(b"poured" * 100)) as on, on.client() as client:
        for n in range(200):
            client.send(str(n))
        answers = list[str]()
        while len(answers) < 200:
            text = str(client.recv(5))
            answers += [text] if text.startswith("you") else []
        assert answers == [f"you said {n}" for n in range(200)]


@pytest.mark.parametrize(
    "parts",
    [
        [client_frame(0x8, struct.pack("!H", 1000))],
        [client_frame(0x3)],  # an opcode that does not exist
        [b"\x81\x01a"],  # not masked
        [client_frame(0x1, b"\xff\xfe")],  # not UTF-8
        [b"\x82\xff" + struct.pack("!Q", 1 << 40) + bytes(4)],  # a terabyte to come
        [client_frame(0x1, b"x" * 60_000).replace(b"\x81", b"\x01", 1), client_frame(0x0, b"x" * 6_000)],
    ],
    ids=["close", "bad opcode", "unmasked", "not text", "terabyte", "too long in parts"],
)
def test_after_a_close_frame_comes_not_one_byte(stage: Staged, parts: list[bytes]) -> None:
    with stage(data=DROP) as on, on.raw() as client:
        on.on_loop(on.recorder.fill)
        for part in parts:
            client.sendall(part)
            # Each by itself: what a server leaves unread resets the line, and takes along what was sent before.
            time.sleep(0.05)
        wait_until(lambda: on.recorder.told == ["gone"])
        opcodes = [opcode for opcode, _ in frames_until_the_end(client)]
        assert opcodes.count(CLOSE) == 1
        assert opcodes[-1] == CLOSE


@pytest.mark.parametrize("how", ["closes", "raises", "returns"])
def test_the_end_of_the_endpoint_ends_the_writing(stage: Staged, how: str) -> None:
    with stage(data=DROP) as on, on.raw(how) as client:
        wait_until(lambda: on.recorder.told == ["gone"])
        if how == "closes":
            client.sendall(client_frame(0x8, struct.pack("!H", 4000)))
        opcodes = [opcode for opcode, _ in frames_until_the_end(client)]
        assert opcodes[-1:] == [CLOSE] if how == "closes" else CLOSE not in opcodes


def test_a_shutdown_ends_the_writing_with_a_close(stage: Staged) -> None:
    with stage(data=DROP) as on, on.raw() as client:
        told = list[str]()
        shutdown = on.recorder.wire._protocol.shutdown  # noqa: SLF001 - as uvicorn does
        on.on_loop(on.recorder.fill)
        on.on_loop(lambda: (shutdown(), told.extend(on.recorder.told)))  # type: ignore[func-returns-value]
        assert told == ["gone"]
        opcodes = [opcode for opcode, _ in frames_until_the_end(client)]
        assert opcodes.count(CLOSE) == 1
        assert opcodes[-1] == CLOSE


@pytest.mark.parametrize("how", ["half", "reset"])
def test_a_peer_that_hangs_up_is_gone(stage: Staged, how: str) -> None:
    with stage(data=DROP) as on, on.raw() as client:
        on.on_loop(on.recorder.fill)
        if how == "half" and isinstance(client, ssl.SSLSocket):
            client.settimeout(0.1)
            with suppress(OSError):  # it says that it ends, and doesn't wait for the server's word
                client.unwrap()
        elif how == "half":
            client.shutdown(sockets.SHUT_WR)
        else:
            client.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        # What is written to a broken connection before we hear of it, uvloop drops.
        wait_until(lambda: on.recorder.told[-1:] == ["gone"])
        assert how == "reset" or on.recorder.told == ["gone"]


def test_a_peer_that_hangs_up_while_it_is_let_in_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    async def endpoint(socket: WebSocket) -> None:
        # As uvloop does when the peer has ended its side; that the connection is lost, it tells a step later.
        wire_of(socket.scope)._protocol.transport.close()  # noqa: SLF001 - to be in that step
        try:
            await socket.accept()
            await socket.send_text("hello")
        finally:
            ended.set()

    with (
        serving(Starlette(routes=[WebSocketRoute("/", endpoint)])) as port,
        sockets.create_connection(("127.0.0.1", port)) as client,
    ):
        client.sendall(handshake("/", ""))
        assert ended.wait(10)
    assert "Exception" not in caplog.text


@pytest.mark.parametrize(("how", "said", "code"), [("listens", b"", 4401), ("dawdles", b"hello", 1006)])
def test_our_close_is_the_last_thing_written_and_the_endpoint_sees_it(
    stage: Staged, how: str, said: bytes, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    with stage() as on, on.raw(how) as client:
        client.sendall(client_frame(0x1, said) * 3 if said else b"")
        time.sleep(0.05)
        on.on_loop(lambda: on.recorder.wire.close(4401, "access", text_frame(b"wipe")))
        on.on_loop(lambda: on.recorder.wire.close(4402, "again"))
        client.sendall(client_frame(0x1, b"anybody there?"))
        wait_until(lambda: on.codes == [code])
        client.sendall(client_frame(0x9, b"and now?"))
        time.sleep(0.05)
        client.sendall(client_frame(0x8, struct.pack("!H", 4401)))
        frames = frames_until_the_end(client)
        assert frames == [(TEXT, b"wipe"), (CLOSE, struct.pack("!H", 4401) + b"access")]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_peer_that_never_answers_the_close_is_cut_off(stage: Staged) -> None:
    with stage(Impatient) as on, on.raw() as client:
        on.on_loop(lambda: on.recorder.wire.close(4401, "access"))
        start = time.monotonic()
        assert [opcode for opcode, _ in frames_until_the_end(client)] == [CLOSE]
        assert 0.2 < time.monotonic() - start < 3


def test_a_slow_reader_pauses_and_resumes(stage: Staged) -> None:
    with stage(data=text_frame(b"x" * 20_000)) as on, on.raw() as client:
        wait_until(lambda: on.recorder.told == ["paused"])
        on.recorder.data = b""
        assert on.recorder.wire._protocol.transport.get_write_buffer_size() <= 128 * 1024  # noqa: SLF001
        client.settimeout(0.1)
        taken = 0
        while on.recorder.told != ["paused", "resumed"]:
            assert on.recorder.told == ["paused"]
            # A reader may have the last byte before the loop comes to say that all was written.
            with suppress(TimeoutError):
                taken += len(client.recv(1 << 16))
        assert taken < 600_000


def test_a_reader_that_stalls_is_cut_off(stage: Staged) -> None:
    with stage(Impatient, data=text_frame(b"x" * 20_000)) as on, on.raw() as client:
        wait_until(lambda: on.recorder.told == ["paused", "gone"])
        assert not on.recorder.wire.ready
        assert client.fileno() > 0


# TLS takes what is written at once and hands it on encrypted, so there the bound holds from the next write on.
@pytest.mark.parametrize("stage", ["plain"], indirect=True)
def test_a_reader_with_too_much_before_it_is_cut_off_at_once(stage: Staged) -> None:
    with stage() as on, on.raw():
        on.on_loop(lambda: on.recorder.wire.write(text_frame(b"x" * 2_000_000)))
        wait_until(lambda: on.recorder.told == ["gone"])


@pytest.mark.parametrize("stage", ["plain"], indirect=True)
def test_who_begins_a_socket_behind_an_answer_that_nobody_reads_is_cut_off(stage: Staged) -> None:
    with stage(Impatient) as on:
        on.app.routes.append(Route("/large", lambda _: PlainTextResponse("x" * 8_000_000)))
        with sockets.socket() as client:
            client.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", on.port))
            client.sendall(b"GET /large HTTP/1.1\r\nHost: stage\r\n\r\n")
            time.sleep(0.2)
            client.sendall(handshake("/stays", ""))
            time.sleep(1)
            client.settimeout(20)
            data = bytes_until_the_end(client)
        assert data.startswith(b"HTTP/1.1 200")
        assert b" 101 " not in data


def test_a_stalled_viewer_is_cut_off_rather_than_closed(stage: Staged) -> None:
    with stage(data=text_frame(b"x" * 20_000)) as on, on.raw() as client:
        wait_until(lambda: on.recorder.told == ["paused"])
        on.on_loop(lambda: on.recorder.wire.close(4401, "access", text_frame(b"wipe")))
        wait_until(lambda: on.recorder.told == ["paused", "gone"])
        assert b"wipe" not in bytes_until_the_end(client)


def test_a_flood_of_pings_that_nobody_reads_the_answers_to_is_cut_off(stage: Staged) -> None:
    with stage() as on, on.raw() as client:
        pings = client_frame(0x9, os.urandom(125)) * 100_000
        with pytest.raises(OSError, match=r"reset|[Bb]roken pipe|EOF occurred"):
            client.sendall(pings)
        wait_until(lambda: on.recorder.told[-1:] == ["gone"])


@pytest.mark.parametrize(
    "said", [client_frame(0x9, b""), b"\x00" + client_frame(0, b"")[1:]], ids=["pings", "parts"]
)
def test_a_flood_of_frames_that_say_nothing_is_cut_off(stage: Staged, said: bytes) -> None:
    with stage() as on, on.raw() as client:
        client.sendall(b"\x01" + client_frame(0x1, b"")[1:])  # the first part of a text that never ends
        with suppress(OSError):
            client.sendall(said * 2000)
        wait_until(lambda: on.recorder.told[-1:] == ["gone"])


def test_a_wire_that_was_handed_over_needs_no_task_and_ends_once() -> None:
    with staged(None, stays="hands over") as on, on.raw() as client:
        client.sendall(client_frame(0x1, b"early"))
        client.settimeout(5)
        assert client.recv(100) == text_frame(b"you said early")
        protocol = on.recorder.wire._protocol  # noqa: SLF001 - uvicorn's own count
        wait_until(lambda: not protocol.tasks)
        client.sendall(client_frame(0x1, b"a") + client_frame(0x2, b"b"))
        answers = text_frame(b"you said a") + text_frame(b"you said b'b'")
        assert client.recv(len(answers), sockets.MSG_WAITALL) == answers
        client.sendall(client_frame(0x8, struct.pack("!H", 1000)))
        assert [opcode for opcode, _ in frames_until_the_end(client)] == [CLOSE]
        assert (on.recorder.told, on.recorder.overs) == (["gone"], 1)


def test_a_wire_that_has_ended_is_handed_over_to_nobody() -> None:
    with staged(None) as on, on.raw("hands over") as client:
        client.sendall(client_frame(0x8, struct.pack("!H", 1000)))
        assert [opcode for opcode, _ in frames_until_the_end(client)] == [CLOSE]
        time.sleep(0.1)
        assert (on.recorder.told, on.recorder.overs) == (["gone"], 0)


def test_what_an_ear_cannot_take_closes_the_socket(caplog: pytest.LogCaptureFixture) -> None:
    with staged(None, Impatient) as on, on.raw("hands over") as client:
        client.sendall(client_frame(0x1, b"fail") * 2)
        assert frames_until_the_end(client) == [(CLOSE, struct.pack("!H", 1011))]
        assert (on.recorder.told, on.recorder.overs) == (["gone"], 1)
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
        "what a socket said could not be taken"
    ]


def test_another_protocol_class_has_no_wire() -> None:
    with pytest.raises(RuntimeError, match="LiveProtocol"):
        wire_of({"type": "websocket", "extensions": {}})


def test_only_uvloop_will_do() -> None:
    async def start() -> None:
        require_uvloop()

    uvloop.run(start())
    with (
        pytest.raises(RuntimeError, match="uvloop"),
        asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as plain,
    ):
        plain.run(start())
