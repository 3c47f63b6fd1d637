"""What a phone says over its socket once it follows: pings, what it needs again, which row it has open."""

from typing import Any, cast

from server.core import strict_json
from server.core.access import Permission, Viewer
from server.core.clock import to_iso
from server.core.feed import Chain
from server.core.hub import Hub
from server.core.services import Services
from server.core.subscription import Subscription
from server.core.wire import text_frame


class Ear:
    """Hears one socket, without a task of its own: a wire is handed over to it, see `Wire.hand_over`."""

    __slots__ = ("_hub", "_is_editing", "_services", "_sub", "_viewer")

    def __init__(self, services: Services, hub: Hub, sub: Subscription, viewer: Viewer) -> None:
        self._services, self._hub, self._sub, self._viewer = services, hub, sub, viewer
        self._is_editing = False

    def heard(self, message: str | bytes) -> None:
        """One message. What can't be meant closes the socket, with the code of RFC 6455, 7.4.1."""
        if isinstance(message, bytes):
            self._sub.wire.close(1003, "text only")
            return
        try:
            said = strict_json.loads(message.encode("utf-8", "surrogatepass"))
        except strict_json.BadJsonError:
            self._sub.wire.close(1007, "not JSON")
            return
        self._take(said if isinstance(said, dict) else {})

    def over(self) -> None:
        if self._is_editing:
            show_editing(self._hub, self._viewer, None)

    def _take(self, said: dict[str, Any]) -> None:
        kind, viewer, now = said.get("type"), self._viewer, self._services.clock.now()
        limit = "need_member" if kind == "need" else "live_member"
        if not self._services.limits.allow(limit, f"{viewer.event_id}:{viewer.id}"):
            self._sub.wire.close(1008, "too often")
        elif kind == "ping":
            pong = {"type": "pong", "t": said.get("t"), "now": to_iso(now), "ms": now}
            if self._sub.wire.ready:
                self._sub.wire.write(text_frame(strict_json.dumps(pong)))
        elif kind == "need":
            self._hub.rewind(self._sub, [cursor(said.get(name), 0) for name in ("since", "own")])
        elif (
            kind == "editing" and isinstance(said.get("id"), str | None) and viewer.may(Permission.EDIT_CELLS)
        ):
            self._is_editing = bool(said.get("id"))
            show_editing(self._hub, viewer, said.get("id"), said.get("field"))


def show_editing(hub: Hub, viewer: Viewer, cue_id: str | None, field: object = None) -> None:
    """Tell the team which row somebody has open, and which cell of it; that it is none any more is news too."""
    row, cell = (cue_id or "")[:64], field[:80] if isinstance(field, str) else ""
    topic, who = "editing", {"who": viewer.id, "name": viewer.name}
    state = strict_json.dumps({"type": "ephemeral", "topic": topic, **who, "id": row, "field": cell})
    hub.ephemeral(viewer.event_id, (topic, viewer.id), state, _is_of_the_team, is_last=not row)


def _is_of_the_team(sub: Subscription) -> bool:
    return cast("Chain", sub.keys[0]).lens.is_of_the_team


def cursor(value: object, missing: int) -> int:
    """A cursor as the client gave it; `missing` if it gave none, and never beyond what can be."""
    text = str(value) if value is not None else ""
    return int(text[:18]) if text.isascii() and text.isdigit() else missing
