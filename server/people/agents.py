"""What a browser calls itself, as people call it."""

import re

_BROWSERS = (
    (r"\bLine/", "LINE"),
    (r"\bFB(AN|AV|_IAB)|MessengerForiOS", "Facebook"),
    (r"\bInstagram\b", "Instagram"),
    (r"\bEdg(e|A|iOS)?/", "Edge"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\b(Firefox|FxiOS)/", "Firefox"),
    (r"\b(Chrome|CriOS|Chromium)/", "Chrome"),
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


def _first(table: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for pattern, name in table if re.search(pattern, agent)), "")
