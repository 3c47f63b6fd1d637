"""The demo's clock: the real one, moved so that the demo's moment is now."""

from server.core.clock import Clock


class DemoClock(Clock):
    """Runs as fast as the real clock, `offset_ms` away from it."""

    def __init__(self, offset_ms: int = 0) -> None:
        self.shift = offset_ms

    def now(self) -> int:
        return super().now() + self.shift


class SeedClock(Clock):
    """Stands at the moment of the op that is being seeded."""

    def __init__(self, at: int) -> None:
        self.at = at

    def now(self) -> int:
        return self.at
