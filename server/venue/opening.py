"""A server on a venue's network: https with a certificate of its own, and the page that helps phones to trust it."""

import shutil
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette

from server.core.auth import is_loopback
from server.core.heads import PatientProtocol
from server.core.static import StaticFiles
from server.settings import Settings
from server.venue.addresses import as_address, is_name, lan_addresses, local_name
from server.venue.authority import Certified, Hosts, certify
from server.venue.terminal import codes
from server.venue.trust import Doorstep, trust_app

MOST_HOSTS = 12
_ALONE = (
    "  手機還連不到：只聽這台電腦自己。加 HOST=0.0.0.0 再啟動。\n"
    "  Phones can't reach it yet: it listens to this computer alone. Start it with HOST=0.0.0.0.\n\n"
)


class VenueError(Exception):
    """It can't be served like that. The message is for a person at a terminal, in both languages."""


def at_venue(settings: Settings) -> Settings:
    """The settings with the address at which phones reach us by https; as they are without `tls`."""
    if not settings.tls:
        return settings
    name = settings.host_name.strip().lower().rstrip(".")
    if name and not (is_name(name) or as_address(name)):
        raise VenueError(
            f"FIELDCUE_HOST_NAME 不是名稱也不是位址：{name[:80]!r}\n"
            f"FIELDCUE_HOST_NAME is neither a name nor an address: {name[:80]!r}"
        )
    if settings.public_url:
        if not settings.secure:
            raise VenueError(
                "TLS=1 的時候 PUBLIC_URL 要是 https 開頭\nWith TLS=1 the PUBLIC_URL has to begin with https"
            )
        return settings
    host = name or str(lan_addresses(settings.host)[0])
    shown = f"[{host}]" if ":" in host else host
    return settings.model_copy(update={"public_url": f"https://{shown}:{settings.port}"})


def own_url(settings: Settings) -> str:
    """Where this machine reaches the server itself: by an address, since it may not know its own name."""
    if not settings.tls:
        return settings.origin
    address = str(lan_addresses(settings.host)[0])
    return f"https://{f'[{address}]' if ':' in address else address}:{settings.port}"


@contextmanager
def doorstep(
    settings: Settings, static: StaticFiles, links: Sequence[tuple[str, str]] = ()
) -> Iterator[dict[str, Any]]:
    """What uvicorn needs to serve https, while the page for phones is served beside it; nothing without `tls`.

    `links` are people's personal links, pairs of (who, address), to be scanned from the terminal.
    """
    if not settings.tls:
        yield {}
        return
    certified = certify(settings.data_dir / "tls", _hosts(settings))
    with _listening(settings) as listener:
        step = Doorstep(settings.origin, _trust_origin(settings), certified.authority)
        with _served(trust_app(step, static, dev=settings.dev), listener):
            _tell(_welcome(step, certified) + (_ALONE if is_loopback(settings.host) else ""))
            if sys.stdout.isatty() and not is_loopback(settings.host):
                _tell(_to_scan(step, links))
            yield {"ssl_keyfile": certified.key, "ssl_certfile": certified.chain}


def trust_port(settings: Settings) -> int:
    return settings.trust_port or settings.port + 1


def _hosts(settings: Settings) -> Hosts:
    """The address that phones use must be in the certificate; the machine's others may."""
    main = urlsplit(settings.origin).hostname or ""
    name = settings.host_name.strip().lower().rstrip(".")
    needed = [main, *([name] if name else [])]
    others = [local_name(), *map(str, lan_addresses(settings.host))]
    return Hosts(
        list(dict.fromkeys(needed)), [host for host in others if host and host not in needed][:MOST_HOSTS]
    )


def _trust_origin(settings: Settings) -> str:
    host = urlsplit(settings.origin).hostname or ""
    return f"http://{f'[{host}]' if ':' in host else host}:{trust_port(settings)}"


def _listening(settings: Settings) -> socket.socket:
    port = trust_port(settings)
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host.strip("[]"), port), family=family)
    except OSError as error:
        raise VenueError(
            f"連接埠 {port} 已經有人用了（手機信任憑證的頁面）：用 FIELDCUE_TRUST_PORT 換一個\n"
            f"Port {port}, for the page that phones trust us by, is taken: name another in FIELDCUE_TRUST_PORT"
        ) from error


@contextmanager
def _served(app: Starlette, listener: socket.socket) -> Iterator[None]:
    """Serve a small app in a thread of its own."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), name="trust", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=5)


def _welcome(step: Doorstep, certified: Certified) -> str:
    again = (
        "\n  !! 位址變了或舊憑證快到期，做了新的憑證：每支手機都要再信任一次。\n"
        "  !! The address has changed, or the old certificate was ending: every phone has to trust the new one.\n"
    )
    return (
        f"{again if certified.replaced else ''}\n"
        f"  1 手機先信任這台伺服器，一次就好。Let each phone trust this server first, once:\n    {step.origin}\n"
        f"  2 再掃個人 QR 或打開。Then scan a personal code, or open:\n    {step.secure_origin}\n"
        f"  憑證到 {certified.expires:%Y-%m-%d}，指紋 SHA-256。It ends then; its fingerprint:\n"
        f"    {certified.fingerprint[:47]}\n    {certified.fingerprint[48:]}\n\n"
    )


def _to_scan(step: Doorstep, links: Sequence[tuple[str, str]]) -> str:
    width = shutil.get_terminal_size().columns
    first = codes([("1 信任 trust", step.origin), ("2 Fieldcue", step.secure_origin)], width)
    return first + (codes(links, width) if links else "")


def _tell(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
