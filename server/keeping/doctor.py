"""`fieldcue doctor`: what an operator wants to know before doors open. It reads only, also beside a running server."""

import json
from collections.abc import Iterator

from server.core.clock import Clock
from server.keeping.backup import Place
from server.keeping.findings import Finding, Level
from server.keeping.look_around import of_loop, of_redis, of_server, of_settings
from server.keeping.look_data import of_database, of_folder, of_photos
from server.settings import Settings


def examine(settings: Settings, *, deep: bool = False) -> Iterator[Finding]:
    """Look at everything, one finding after the other; `deep` at every page of the database and every photo."""
    place = Place(settings.data_dir, settings.database, settings.blobs_url)
    yield from of_folder(settings.data_dir)
    yield from of_database(place, _now(settings), deep=deep)
    yield from of_photos(place, deep=deep)
    yield from of_settings(settings)
    yield from of_redis(settings)
    yield from of_server(settings)
    yield from of_loop()


def verdict(findings: list[Finding]) -> str:
    """The last line: whether the doors may open."""
    bad = sum(finding.level is Level.BAD for finding in findings)
    if bad:
        return f"{bad} 個問題要先處理。{bad} to be dealt with before doors open."
    looks = sum(finding.level is Level.LOOK for finding in findings)
    if looks:
        return f"沒有擋路的問題；! 的 {looks} 項看一下。Nothing is in the way; look at the {looks} marked !."
    return "可以開門。Ready for doors."


def _now(settings: Settings) -> int:
    """The server's clock: a demo's may be set to another moment."""
    try:
        offset = int(json.loads((settings.data_dir / "demo.json").read_text())["offset_ms"])
    except (OSError, ValueError, KeyError, TypeError):
        offset = 0
    return Clock().now() + offset
