"""The proxy against a server that echoes."""

import asyncio
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.support.line import Line
from tests.support.proxy import Proxy, reset

Connect = Callable[[Proxy], socket.socket]


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(1024):
            self.request.sendall(data)


@pytest.fixture
def proxy(proxy_to: Callable[[int], Proxy]) -> Iterator[Proxy]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
        proxy = proxy_to(server.server_address[1])
        yield proxy
        proxy.cut()
        server.shutdown()


@pytest.fixture
def connect() -> Iterator[Connect]:
    opened: list[socket.socket] = []

    def connect(proxy: Proxy) -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", proxy.port), timeout=5))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def test_it_forwards_both_ways(proxy: Proxy, connect: Connect) -> None:
    assert _say(connect(proxy), b"hello") == b"hello"


def test_a_cut_ends_every_connection(proxy: Proxy, connect: Connect) -> None:
    client = connect(proxy)
    _say(client, b"hello")
    proxy.cut()
    assert proxy.connections == 0
    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_a_cut_passes_over_an_end_that_is_closed_already(proxy: Proxy) -> None:
    async def cut_twice() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", proxy.target)
        writer.transport.abort()
        await asyncio.sleep(0.05)  # until its socket is closed
        assert writer.get_extra_info("socket").fileno() == -1
        reset(writer)

    asyncio.run(cut_twice())


def test_at_its_end_nothing_stays_open(proxy: Proxy) -> None:
    line = Line(proxy.target)
    with socket.create_connection(("127.0.0.1", line.port), timeout=5) as client:
        client.sendall(b"\x05")  # and no more of its greeting
        time.sleep(0.2)
        line.close()
        assert client.recv(1) == b""


def test_after_a_cut_with_refusal_nobody_gets_in_until_it_is_healed(proxy: Proxy, connect: Connect) -> None:
    proxy.cut(refuse=True)
    with pytest.raises(OSError, match="reset"):
        _say(connect(proxy), b"hello")
    proxy.heal()
    assert _say(connect(proxy), b"hello") == b"hello"


def test_a_hang_says_nothing_and_loses_nothing(proxy: Proxy, connect: Connect) -> None:
    client = connect(proxy)
    _say(client, b"hello")
    proxy.hang()
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        _say(client, b"later")
    proxy.heal()
    client.settimeout(5)
    assert client.recv(16) == b"later"


def test_deaf_it_lets_answers_through_and_no_requests(proxy: Proxy, connect: Connect) -> None:
    client = connect(proxy)
    _say(client, b"hello")
    proxy.mute()
    client.sendall(b"asked before")
    time.sleep(0.1)
    proxy.deafen()
    client.sendall(b"asked after")
    client.settimeout(0.3)
    proxy.loop.call_soon_threadsafe(proxy.answering.set)
    assert client.recv(64) == b"asked before"
    with pytest.raises(TimeoutError):
        client.recv(64)
    proxy.heal()
    assert client.recv(64) == b"asked after"


def test_a_snap_breaks_off_in_the_middle_of_the_next_answer(proxy: Proxy, connect: Connect) -> None:
    client = connect(proxy)
    _say(client, b"hello")
    proxy.snap()
    assert _say(client, b"twelve bytes") == b"twelve"
    assert client.recv(64) == b""


def test_a_delay_holds_bytes_back(proxy: Proxy, connect: Connect) -> None:
    client = connect(proxy)
    proxy.delay(0.2)
    began = time.monotonic()
    assert _say(client, b"hello") == b"hello"
    assert time.monotonic() - began >= 0.4


def _say(client: socket.socket, words: bytes) -> bytes:
    client.sendall(words)
    return client.recv(1024)
