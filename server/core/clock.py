"""The one source of time, so that tests can hold it still."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


class Clock:
    """The machine's clock."""

    def now(self) -> int:
        """Milliseconds since 1970-01-01T00:00Z."""
        return time.time_ns() // 1_000_000


@dataclass
class FixedClock(Clock):
    """A clock that stands still until a test moves it."""

    at: int

    def now(self) -> int:
        return self.at

    def advance(self, seconds: float) -> None:
        """Move the hand forward (or back, with a negative number)."""
        self.at += round(seconds * 1000)


def from_iso(text: str) -> int:
    """ISO 8601 with an offset to epoch milliseconds; ValueError if there is no offset or it is no time."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = "a time needs an offset"
        raise ValueError(message)
    return round(moment.timestamp() * 1000)


def to_iso(moment: int | None, zone: str = "UTC") -> str | None:
    """Epoch milliseconds to ISO 8601 with the zone's offset at that moment."""
    if moment is None:
        return None
    stamp = datetime.fromtimestamp(moment / 1000, UTC).astimezone(ZoneInfo(zone))
    return stamp.isoformat(timespec="milliseconds" if moment % 1000 else "seconds")


def operating_day(moment: int, zone: str, day_change_s: int) -> date:
    """The operating day of a moment: with a change at 06:00, 00:30 still belongs to the evening before."""
    local = datetime.fromtimestamp(moment / 1000, ZoneInfo(zone))
    return (local - timedelta(seconds=day_change_s)).date()
