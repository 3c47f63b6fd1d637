"""One message on its way: pinned to an address that may be reached, without redirects, for ten seconds at most."""

import asyncio
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from server.connections.addresses import ForbiddenAddressError, Reach, is_literal

SECONDS = 10.0
CONNECT_SECONDS = 5.0
MOST_READ = 4096
"""Of an answer's body; nobody looks at it, but a receiver that is cut off while it writes may take it for a failure."""


@dataclass(frozen=True)
class Outcome:
    """What a receiver answered, or a code for why it did not; `wait_s` is what it asked for by Retry-After."""

    status: int | None = None
    error: str = ""
    took_ms: int = 0
    wait_s: float = 0

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_gone(self) -> bool:
        return self.status == HTTPStatus.GONE


class _Resolver(AbstractResolver):
    """Names become addresses that may be reached, or nothing; what is connected to is what was looked at."""

    def __init__(self, reach: Reach, scheme: str) -> None:
        self._reach, self._scheme = reach, scheme
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [each for each in found if self._reach.allows(each["host"], self._scheme)]
        if found and not allowed:
            raise ForbiddenAddressError(host)
        return allowed

    async def close(self) -> None:
        await self._inner.close()


async def post(url: str, body: bytes, headers: dict[str, str], reach: Reach) -> Outcome:
    """Send one message. Whatever happens is an outcome."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(SECONDS):
            status, wait_s = await _exchange(url, body, headers, reach)
        found = Outcome(status=status, wait_s=wait_s)
    except Exception as error:  # noqa: BLE001 - a strange receiver is no fault of ours
        found = Outcome(error=_code(error))
    return Outcome(found.status, found.error, round((time.monotonic() - began) * 1000), found.wait_s)


async def _exchange(url: str, body: bytes, headers: dict[str, str], reach: Reach) -> tuple[int, float]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_literal(host):
        reach.check(host, parts.scheme)

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, address = info
        reach.check(address[0], parts.scheme)
        return socket.socket(family, kind, proto)

    connector = aiohttp.TCPConnector(
        resolver=_Resolver(reach, parts.scheme), use_dns_cache=False, force_close=True, socket_factory=make
    )
    timeout = aiohttp.ClientTimeout(total=SECONDS, sock_connect=CONNECT_SECONDS)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session,
        session.post(url, data=body, headers=headers, allow_redirects=False) as answer,
    ):
        with suppress(aiohttp.ClientError):
            await answer.content.read(MOST_READ)
        return answer.status, _wait(answer.headers.get("Retry-After", ""))


def _wait(text: str) -> float:
    """Seconds of a Retry-After (RFC 9110, 10.2.3); 0 for none."""
    if text.strip().isdecimal():
        return float(text)
    with suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    return 0.0


def _code(error: Exception) -> str:
    """Why no answer came, as a code."""
    causes: list[BaseException | None] = [error, error.__cause__, getattr(error, "os_error", None)]
    if any(isinstance(each, ForbiddenAddressError) for each in causes):
        return "forbidden"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "unknown_host"
    if isinstance(error, aiohttp.ClientSSLError) or isinstance(error.__cause__, ssl.SSLError):
        return "certificate"
    return "unreachable" if isinstance(error, OSError) else "broken"
