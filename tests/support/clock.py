"""Time that a test holds in its hand."""

from dataclasses import dataclass

from server.core.clock import Clock


@dataclass
class FixedClock(Clock):
    """A clock that stands still until a test moves it."""

    at: int

    def now(self) -> int:
        return self.at

    def advance(self, seconds: float) -> None:
        """Move the hand forward (or back, with a negative number)."""
        self.at += round(seconds * 1000)
