"""The doctor's look around: settings, address and certificate, Redis, the running server, the event loop."""

import json
import socket
import ssl
import time
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

import redis

from server.core.auth import is_loopback
from server.keeping.findings import Finding, Level, bad, fine, look
from server.settings import Settings

SECONDS = 3
DAY = 86_400
FEW_DAYS, MANY_DAYS = 1, 7


def of_settings(settings: Settings) -> Iterator[Finding]:
    """Whether phones can sign in at the address, and whether its certificate is theirs to trust."""
    origin = _running(settings.data_dir).get("origin", settings.origin)
    parts = urlsplit(origin)
    host = parts.hostname or ""
    if parts.scheme == "https":
        yield fine("address", f"網址是 {origin}", f"The address is {origin}")
        yield _certificate(host, parts.port or 443, _trusted(settings))
    elif is_loopback(host):
        todo = (
            "要給手機用：設 FIELDCUE_PUBLIC_URL 成 https 網址，或用 make run TLS=1 HOST=0.0.0.0",
            "For phones: set FIELDCUE_PUBLIC_URL to an https address, or use make run TLS=1 HOST=0.0.0.0",
        )
        yield look("address", f"只有這台電腦能登入：{origin}", "Only this computer can sign in", todo)
    else:
        todo = (
            "FIELDCUE_PUBLIC_URL 要是 https 網址",
            "FIELDCUE_PUBLIC_URL has to be an https address",
        )
        yield bad(
            "address",
            f"沒有人能登入：{origin} 不是 https",
            "Nobody can sign in: the address is not https",
            todo,
        )


def of_redis(settings: Settings) -> Iterator[Finding]:
    """Whether the bus answers, if there is to be one."""
    if not settings.redis_url:
        return
    try:
        with redis.Redis.from_url(
            settings.redis_url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        todo = (
            "沒有它也能用，但跨程序的更新要等 2 秒：看 FIELDCUE_REDIS_URL",
            "It works without, 2 s later between processes: look at FIELDCUE_REDIS_URL",
        )
        yield look("redis", "Redis 沒有回應", f"Redis does not answer: {error}", todo)
        return
    yield fine("redis", "Redis 有回應", "Redis answers")


def of_server(settings: Settings) -> Iterator[Finding]:
    """Whether a server runs on this folder and answers, and has its database."""
    if not (settings.data_dir / "run.json").exists():
        yield look("server", "伺服器沒有在跑", "No server runs here", ("make run", "make run"))
        return
    found = _running(settings.data_dir)
    # By the address that this machine uses, and by the one of the phones: it may not know its own name.
    addresses = dict.fromkeys(found[name] for name in ("url", "origin") if name in found)
    tried = [_answers(address, _trusted(settings)) for address in addresses]
    if tried:
        yield next((finding for finding in tried if finding.level is Level.FINE), tried[0])
    else:
        todo = ("停掉伺服器再啟動一次", "End the server and start it again")
        yield bad("server", "讀不到 run.json", "run.json can't be read", todo)


def of_loop() -> Iterator[Finding]:
    """uvloop, without which nothing is served."""
    try:
        found = version("uvloop")
        import uvloop  # noqa: PLC0415 - whether it loads is what is asked
    except (PackageNotFoundError, ImportError):
        todo = ("重新安裝：make run", "Install anew: make run")
        yield bad("uvloop", "沒有 uvloop", "uvloop is missing", todo)
        return
    yield fine("uvloop", f"uvloop {found}", f"Its loop is {uvloop.Loop.__module__}")


def _running(data_dir: Path) -> dict[str, str]:
    """What the serving process wrote of itself; nothing if none does, or it can't be read."""
    try:
        found = json.loads((data_dir / "run.json").read_text())
    except (OSError, ValueError):
        return {}
    return (
        {name: value for name, value in found.items() if isinstance(value, str)}
        if isinstance(found, dict)
        else {}
    )


def _answers(url: str, context: ssl.SSLContext | None) -> Finding:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=SECONDS, context=context) as answer:  # noqa: S310 - what our own process wrote
            answer.read()
    except (OSError, HTTPException, ValueError) as error:
        todo = (
            "看它是不是還開著，紀錄裡說了什麼；不在了就再啟動",
            "See whether it still runs and what its log says; start it again if it is gone",
        )
        return bad("server", f"伺服器沒有回應：{url}", f"The server does not answer: {error}", todo)
    return fine("server", f"伺服器有回應：{url}", "The server answers, and has its database")


def _certificate(host: str, port: int, context: ssl.SSLContext | None) -> Finding:
    """The certificate that a browser is shown at our own address."""
    todo = (
        "看憑證和反向代理；場地自己的憑證用 TLS=1 啟動會自動更新",
        "Look at the certificate and the proxy; a start with TLS=1 renews the venue's own",
    )
    try:
        with socket.create_connection((host, port), timeout=SECONDS) as line:
            trusting = context or ssl.create_default_context()
            with trusting.wrap_socket(line, server_hostname=host) as secured:
                shown = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return bad(
            "certificate",
            "瀏覽器不會相信這張憑證",
            f"Browsers won't trust the certificate: {error.verify_message}",
            todo,
        )
    except (OSError, UnicodeError) as error:
        away = ("從手機打開網址看看", "Open the address on a phone to see")
        return look(
            "certificate",
            "從這裡連不到網址，沒看到憑證",
            f"The address can't be reached from here: {error}",
            away,
        )
    return _lasting((ssl.cert_time_to_seconds(str(shown["notAfter"])) - time.time()) / DAY, todo)


def _lasting(days: float, todo: tuple[str, str]) -> Finding:
    said = (f"憑證還有 {days:.0f} 天", f"The certificate fits the address and lasts {days:.0f} more days")
    if days < FEW_DAYS:
        return bad("certificate", *said, todo)
    return look("certificate", *said, todo) if days < MANY_DAYS else fine("certificate", *said)


def _trusted(settings: Settings) -> ssl.SSLContext | None:
    """What phones here trust: the venue's own authority where there is one, beside the public ones."""
    own = settings.data_dir / "tls" / "ca.pem"
    return trusting(own) if own.is_file() else None


def trusting(authority: Path) -> ssl.SSLContext:
    """Public authorities, and one of one's own."""
    context = ssl.create_default_context()
    context.load_verify_locations(authority)
    return context
