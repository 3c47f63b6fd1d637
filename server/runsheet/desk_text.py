"""How a track stands in one line, for the face of a button: ▶ 121 山嵐列車 06:40 ⏭ 122 換場."""

from typing import Any

from server.core.i18n import N_, translate

_HOUR_S, _MINUTE_S = 3600, 60


def one_line(document: dict[str, Any], locale: str, show: str = "") -> str:
    """`show` is "live" or "next"; anything else is both."""
    parts = [] if show == "next" else [_live(document, locale)]
    if show != "live":
        parts.append(_next(document, locale))
    mark = translate(locale, N_("[Rehearsal]")) if document["rehearsal"] else ""
    return " ".join(part for part in (mark, *parts) if part)


def _live(document: dict[str, Any], locale: str) -> str:
    live = document["live"]
    if live is None:
        return f"■ {translate(locale, N_('Show stopped'))}" if document["held"] else "–"
    sign = "■" if document["held"] else "‖" if live["state"] == "paused" else "▶"
    return f"{sign} {_title(live)} {_left(live)}".rstrip()


def _left(live: dict[str, Any]) -> str:
    if live["over_s"] > 0:
        return f"+{clock(live['over_s'])}"
    return "" if live["remaining_s"] is None else clock(live["remaining_s"])


def _next(document: dict[str, Any], locale: str) -> str:
    found = document["next"]
    if found is None:
        return f"⏭ {translate(locale, N_('Nothing next'))}"
    sign = "◐" if found["state"] in {"warm", "standby"} else "⏭"
    return f"{sign} {_title(found)}"


def _title(row: dict[str, Any]) -> str:
    return f"{row['number']} {row['title']}".strip()


def clock(seconds: int) -> str:
    """6:40 as 06:40, an hour and more with the hour before it."""
    hours, rest = divmod(seconds, _HOUR_S)
    minutes, left = divmod(rest, _MINUTE_S)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"
