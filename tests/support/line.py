"""A line of one phone's own to a server that all phones know by the same address."""

import asyncio

from tests.support.proxy import Proxy

_NO_PASSWORD = b"\x05\x00"
_CONNECTED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
_LENGTHS = {1: 4, 4: 16}


class Line(Proxy):
    """A `Proxy` that browsers use as such, by `settings`; whatever address they ask for, it leads to `target`.

    So pages, cookies and origins are those of the server, and each context's line fails by itself.
    """

    @property
    def settings(self) -> dict[str, str]:
        """For Playwright's `new_context(proxy=…)`. Chromium goes past a proxy to loopback addresses unless told."""
        return {"server": f"socks5://127.0.0.1:{self.port}", "bypass": "<-loopback>"}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.refusing:
            try:
                await _greet(reader, writer)
            except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                writer.transport.abort()
                return
        await super()._serve(reader, writer)


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """SOCKS 5 without a password (RFC 1928, 3 to 6): every request to connect is granted."""
    [_, methods] = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(_NO_PASSWORD)
    [_, _, _, kind] = await reader.readexactly(4)
    length = _LENGTHS.get(kind) or (await reader.readexactly(1))[0]
    await reader.readexactly(length + 2)
    writer.write(_CONNECTED)
