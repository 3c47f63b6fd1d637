"""Servers of `fanout_server` as processes of their own, which obey one command a line."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.bench.crowd import connected


class Child:
    """A server process; `port` is where it serves."""

    def __init__(self, *args: str) -> None:
        command = [sys.executable, "-m", "tests.bench.fanout_server", *args]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.hear())

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
    """A server for as long as the block lasts."""
    one = Child(*args)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.wait(10)
