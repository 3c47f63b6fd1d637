"""Ephemeral states of one event: who is online, who edits this row. Shown whole, never stored, no cursor."""

import asyncio
from collections.abc import Callable, Collection, Hashable

from server.core.subscription import Subscription
from server.core.wire import text_frame

Audience = Callable[[Subscription], bool]


class _State:
    __slots__ = ("audience", "data", "fresh", "is_last", "timer")

    def __init__(self) -> None:
        self.data, self.fresh, self.is_last = b"", False, False
        self.audience: Audience | None = None
        self.timer: asyncio.TimerHandle | None = None

    def show(self, subs: Collection[Subscription]) -> None:
        for sub in subs:
            if sub.groups and (self.audience is None or self.audience(sub)):
                sub.wire.write(self.data)


class States:
    """Each topic's newest state: shown at once, but at most once in `pause` seconds, and to newcomers."""

    def __init__(self, pause: float, hot: Callable[[], Collection[Subscription]]) -> None:
        self._pause, self._hot = pause, hot
        self._topics: dict[Hashable, _State] = {}

    def show(self, topic: Hashable, payload: bytes, audience: Audience | None, *, is_last: bool) -> None:
        """Replace a topic's state, for those in its audience (None: everybody); the last one is not kept."""
        state = self._topics.setdefault(topic, _State())
        state.data, state.audience, state.fresh = text_frame(payload), audience, True
        state.is_last = is_last
        if state.timer is None:
            self._flush(topic, state)

    def greet(self, sub: Subscription) -> None:
        """Show a newcomer everything."""
        for state in self._topics.values():
            state.show((sub,))

    def clear(self) -> None:
        for topic in tuple(self._topics):
            self._forget(topic)

    def _flush(self, topic: Hashable, state: _State) -> None:
        state.timer = None
        if state.fresh:
            state.fresh = False
            state.timer = asyncio.get_running_loop().call_later(self._pause, self._flush, topic, state)
            state.show(self._hot())
        elif state.is_last:
            self._forget(topic)

    def _forget(self, topic: Hashable) -> None:
        state = self._topics.pop(topic, None)
        if state and state.timer:
            state.timer.cancel()
