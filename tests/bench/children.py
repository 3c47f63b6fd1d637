"""Servers as processes of their own, which obey one command a line: those of `fanout_server`, and peers."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.crowd import connected


class Child:
    """A server process; `port` is where it serves."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.hear())

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def say(self, command: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def measure(self, what: str) -> float:
        self.say(what)
        return float(self.hear())

    def connect(self, request: bytes = b"") -> socket.socket:
        """A socket to it; `request` is the handshake of a WebSocket, if it is to be one."""
        return connected(self.port, request)


@contextmanager
def child(*args: str) -> Iterator[Child]:
    """A server of `fanout_server` for as long as the block lasts."""
    with running(sys.executable, "-m", "tests.bench.fanout_server", *args) as one:
        yield one


@contextmanager
def running(*command: str) -> Iterator[Child]:
    """Any server that obeys as those do, for as long as the block lasts."""
    one = Child(*command)
    try:
        yield one
    finally:
        one.close()
