"""Times of an event as they stand in one that begins on another day: by calendar day and local time.

What is at 14:00 stays at 14:00, also where the clocks change in between.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Move:
    """So many calendar days on (or back), on the clocks of a zone."""

    zone: str
    days: int

    @classmethod
    def between(cls, zone: str, first: str, other: str) -> "Move":
        """From one first day to another, both as YYYY-MM-DD."""
        return cls(zone, (date.fromisoformat(other) - date.fromisoformat(first)).days)

    def day(self, day: str) -> str:
        """An operating day, moved."""
        return (date.fromisoformat(day) + timedelta(days=self.days)).isoformat()

    def moment(self, moment: int | None) -> int | None:
        """An instant in epoch milliseconds, moved; an hour that its new night leaves out is told by the old clock.

        Of an hour that comes twice it is the first, unless it was the second before and is there twice again.
        """
        if moment is None:
            return None
        seconds, rest = divmod(moment, 1000)
        here = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(self.zone))
        there = (here + timedelta(days=self.days)).replace(fold=here.fold)
        return round(there.timestamp()) * 1000 + rest
