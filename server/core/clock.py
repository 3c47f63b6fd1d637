"""The one source of time."""

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_HALF_A_DAY_MS = 12 * 3_600_000
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class Clock:
    """The machine's clock."""

    shift = 0
    """How far it is ahead of the real time, in ms: only a demo's is."""

    def now(self) -> int:
        """Milliseconds since 1970-01-01T00:00Z."""
        return time.time_ns() // 1_000_000


def from_iso(text: str) -> int:
    """ISO 8601 with an offset to epoch milliseconds.

    ValueError if there is no offset, or it is no time, or not one between 1990 and 2200: a moment outside
    can't be shown in every zone, and no event is there.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = "a time needs an offset"
        raise ValueError(message)
    if not _EARLIEST <= moment < _LATEST:
        message = "a time is between 1990 and 2200"
        raise ValueError(message)
    return round(moment.timestamp() * 1000)


def to_iso(moment: int | None, zone: str = "UTC") -> str | None:
    """Epoch milliseconds to ISO 8601 with the zone's offset at that moment."""
    if moment is None:
        return None
    seconds, ms = divmod(moment, 1000)
    stamp, offset = _second(seconds, zone)
    return f"{stamp}.{ms:03}{offset}" if ms else stamp + offset


@lru_cache(256)
def _second(seconds: int, zone: str) -> tuple[str, str]:
    """A whole second in ISO 8601 without its offset, and the offset: of those who come at once all are told it."""
    stamp = datetime.fromtimestamp(seconds, ZoneInfo(zone)).isoformat()
    return stamp[:19], stamp[19:]


def local_time(moment: int, zone: str, now: int) -> str:
    """A moment as people on site say it: 14:36:05, with the date before it unless it is of the last 12 hours."""
    local = datetime.fromtimestamp(moment / 1000, ZoneInfo(zone))
    is_near = abs(now - moment) < _HALF_A_DAY_MS
    return f"{local:%H:%M:%S}" if is_near else f"{local:%Y-%m-%d %H:%M:%S}"


def operating_day(moment: int, zone: str, day_change_s: int) -> date:
    """The operating day of a moment: with a change at 06:00, 00:30 still belongs to the evening before."""
    local = datetime.fromtimestamp(moment / 1000, ZoneInfo(zone))
    return (local - timedelta(seconds=day_change_s)).date()
