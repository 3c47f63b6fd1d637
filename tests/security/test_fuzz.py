"""The API as its own description says one may ask it, and otherwise; and whatever may be said over a socket."""

import base64
import json
import logging
import re
import socket
from itertools import cycle
from struct import pack
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from server.app import OPS
from server.core.openapi import describe
from tests.support.served import Served

# The same each time, so that a run in the gate says what the one before it said.
BOUNDED = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
API = schemathesis.openapi.from_dict(describe(OPS.ops, "http://127.0.0.1:8000"))
FOUND = [found for found in API.get_all_operations() if isinstance(found, Ok)]
CALLS = [found.ok() for found in FOUND if not found.ok().path.endswith("/live")]
# An answer to what no description allows is a refusal as it is described, or to what does no harm an answer as usual.
KEPT = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
SAID = st.sampled_from(["ping", "need", "seen", "editing", "hello", "frame", "reset", "nothing"])
FIELDS = st.sampled_from(["t", "since", "own", "seq", "id", "field", "view", "type"])
MESSAGES = st.one_of(
    st.builds(lambda kind, rest: rest | {"type": kind}, SAID, st.dictionaries(FIELDS, JSON, max_size=4)).map(
        json.dumps
    ),
    JSON.map(json.dumps),
    st.text(max_size=60),
    st.binary(max_size=60),
)


def frame(first: int, *, masked: bool, said: int | None, payload: bytes) -> bytes:
    """A frame (RFC 6455, 5.2) of any first byte; `said` is its length as it says, where that isn't what it has."""
    length = len(payload) if said is None else said
    form = ("!B", 0) if length < 126 else ("!BH", 126) if length < 1 << 16 else ("!BQ", 127)
    sizes = (length,) if form[1] == 0 else (form[1], length)
    head = bytes([first]) + pack(form[0], sizes[0] | (0x80 if masked else 0), *sizes[1:])
    return head + (
        b"mask" + bytes(a ^ b for a, b in zip(payload, cycle(b"mask"), strict=False)) if masked else payload
    )


FRAMES = st.builds(
    frame,
    st.integers(0, 255) | st.sampled_from([0x81, 0x01, 0x80, 0x88, 0x89, 0x8A, 0x82]),
    masked=st.integers(0, 9).map(bool),
    said=st.none() | st.sampled_from([0, 125, 126, 65_535, 65_536, 1 << 20, 1 << 63, (1 << 64) - 1]),
    payload=MESSAGES.map(lambda said: said if isinstance(said, bytes) else said.encode()),
)


@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: mode.value)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method.upper()} {call.path}")
def test_whatever_the_api_is_asked_it_answers_as_it_says(
    sqlite_served: Served, call: APIOperation[Any, Any, Any, Any], mode: GenerationMode
) -> None:
    served = sqlite_served
    headers = {"Authorization": f"Bearer {served.token('rui')}"}
    checks = None if mode.is_positive else KEPT

    @BOUNDED
    @given(case=call.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        case.path_parameters = {"event": served.show.event} if mode.is_positive else case.path_parameters
        answer = case.call(base_url=f"http://127.0.0.1:{served.port}", headers=headers)
        case.validate_response(answer, checks=checks)

    ask()


def test_whatever_is_said_over_a_socket_it_goes_on_or_closes_and_harms_nobody(sqlite_served: Served) -> None:
    served = sqlite_served
    url = f"ws://127.0.0.1:{served.port}/api/events/{served.show.event}/live?format=json"
    codes: set[int] = set()

    def follow(who: str) -> ClientConnection:
        return connect(
            url, additional_headers={"Authorization": f"Bearer {served.token(who)}"}, compression=None
        )

    @settings(BOUNDED, max_examples=150)
    @given(said=st.lists(MESSAGES, min_size=1, max_size=3))
    def say(said: list[str | bytes]) -> None:
        with follow(next(people)) as socket:
            try:
                for each in said:
                    socket.send(each)
                socket.send('{"type":"ping","t":"last"}')
                while (heard := json.loads(socket.recv(10)))["type"] != "pong" or heard["t"] != "last":
                    pass
            except ConnectionClosed as closed:
                codes.add(closed.rcvd.code if closed.rcvd else 1006)

    # One person opens only so many sockets in a minute.
    people = iter([who for who in ("rui", "wei", "lan", "mei", "jun", "emma") for _ in range(30)])
    with follow("qin") as other:
        say()
        other.send('{"type":"ping","t":"well"}')
        while json.loads(other.recv(10))["type"] != "pong":
            pass
    assert codes <= {1003, 1007, 1008}
    assert 1007 in codes


def test_whatever_frames_are_sent_the_line_ends_and_harms_nobody(
    sqlite_served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """Also those that no library would send: unmasked, torn, of no known kind, longer or shorter than they say."""
    served, codes = sqlite_served, set[int]()
    key = base64.b64encode(b"sixteen bytes ..").decode()
    asked = (
        f"GET /api/events/{served.show.event}/live?format=json HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
    )

    @settings(BOUNDED, max_examples=100)
    @given(frames=st.lists(FRAMES, min_size=1, max_size=4), torn=st.integers(0, 9))
    def send(frames: list[bytes], torn: int) -> None:
        with socket.create_connection(("127.0.0.1", served.port), timeout=5) as line:
            head = f"{asked}Authorization: Bearer {served.token(next(people))}\r\n\r\n"
            line.sendall(head.encode())
            assert line.recv(12) == b"HTTP/1.1 101"
            line.sendall(b"".join(frames)[: -torn or None])
            line.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: line.recv(65_536), b""))
        codes.update(int.from_bytes(code) for code in re.findall(rb"\x88.(..)", said[-130:], re.DOTALL))

    people = iter([who for who in ("rui", "wei") for _ in range(60)])
    send()
    assert codes >= {1002, 1009}
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []
    assert served.ask("rui", "GET", "/healthz").status == 200
