"""Signed-in browsers as people read of them: what they are called, since when, last seen."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from server.core.models import BrowserSession

_BROWSERS = (
    (r"\bLine/", "LINE"),
    (r"\bFB(AN|AV|_IAB)|MessengerForiOS", "Facebook"),
    (r"\bInstagram\b", "Instagram"),
    (r"\bEdg(e|A|iOS)?/", "Edge"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\b(Firefox|FxiOS)/", "Firefox"),
    (r"(Chrome|CriOS|Chromium)/", "Chrome"),
    (r"\bSafari/", "Safari"),
)
_DEVICES = (
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bWindows\b", "Windows"),
    (r"\bMac OS X\b", "Mac"),
    (r"\bCrOS\b", "Chromebook"),
    (r"\bLinux\b", "Linux"),
)


def browser_name(agent: str) -> str:
    """“Safari · iPhone” for a User-Agent (RFC 9110, 10.1.5); its first word if it is none that we know."""
    names = [_first(table, agent) for table in (_BROWSERS, _DEVICES)]
    return " · ".join(filter(None, names)) or agent.split("/", maxsplit=1)[0][:30] or "?"


def browser_lines(
    browsers: Iterable[BrowserSession], zone: str, locale: str, current: str = ""
) -> list[dict[str, Any]]:
    """What a page shows of browsers, with times in an event's zone; `current` is the one that asks."""
    return [
        {
            "id": browser.id,
            "name": browser_name(browser.agent),
            "since": moment_text(browser.created_at, zone, locale),
            "seen": moment_text(browser.seen_at, zone, locale),
            "here": browser.id == current,
        }
        for browser in browsers
    ]


def moment_text(ms: int, zone: str, locale: str) -> str:
    """A moment as a list shows it, in an event's zone: 4/10 14:36."""
    local = datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZoneInfo(zone))
    form = "M/d HH:mm" if locale == "zh-TW" else "d MMM HH:mm"
    return format_datetime(local, form, locale=locale.replace("-", "_"))


def _first(table: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for pattern, name in table if re.search(pattern, agent)), "")
