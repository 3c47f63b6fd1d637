"""What a desk's buttons do: the caller's own ops, on the row that the caller's screen would call.

These ops are in no registry, so no client can name them; only `/api/desk` hands them in. Which row a press means is
found before, by the same board as on the screen, and the op looks whether that still holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import Field
from sqlmodel import col, select

from server.core.access import Permission
from server.core.context import Context
from server.core.i18n import N_
from server.core.ops import Args, Op, RefusalError
from server.runsheet import calling
from server.runsheet.args import CueRef
from server.runsheet.models import Cue
from server.runsheet.published import as_published
from server.runsheet.standing import Aim

TWICE_MS = 700
"""Longer than a switch that bounces or a finger that trembles, shorter than two cues that are meant."""
MOST_SECONDS = 3600


class Press(Args):
    """A button that was pressed: the row that it means, and the item that ran when that was found.

    `keyed`: it has an id of its own, so a second one is meant.
    """

    id: str | None
    current: str | None
    keyed: bool = False
    seconds: int = Field(default=60, ge=-MOST_SECONDS, le=MOST_SECONDS)


Act = Callable[[Context, Press, str], dict[str, Any] | None]


def _go(ctx: Context, press: Press, row: str) -> dict[str, Any] | None:
    return calling.go(ctx, calling.Go(id=row, current=press.current))


def _standby(ctx: Context, _press: Press, row: str) -> None:
    calling.standby(ctx, CueRef(id=row))


def _pause(ctx: Context, _press: Press, row: str) -> None:
    calling.pause(ctx, CueRef(id=row))


def _resume(ctx: Context, _press: Press, row: str) -> None:
    calling.resume(ctx, CueRef(id=row))


def _plus(ctx: Context, press: Press, row: str) -> None:
    calling.nudge(ctx, calling.Nudge(id=row, seconds=press.seconds))


@dataclass(frozen=True)
class Button:
    """What a verb of `/api/desk` does, and to which row."""

    op: Op
    aims: Callable[[Aim], str | None]


def _button(
    op: str, act: Act, aims: Callable[[Aim], str | None], code: str, leaves: frozenset[str] = frozenset()
) -> Button:
    """`leaves` are the states in which it leaves rows: so a second press at once is known for an echo."""

    def run(ctx: Context, press: Press) -> dict[str, Any]:
        if not press.keyed:
            _refuse_echo(ctx, leaves)
        if press.id is None:
            raise RefusalError(code, _NONE[code], status="conflict")
        more = act(ctx, press, press.id)
        cue = as_published(ctx.visible(Cue, press.id))
        titles = {"title": cue.title, "title_en": cue.title_en}
        return {"row": {"id": cue.id, "number": cue.number, **titles}} | (more or {})

    return Button(Op(op, Permission.CALL_BY_DESK, Press, run), aims)


_NONE = {
    "nothing_next": N_("Nothing comes next on this track."),
    "nothing_live": N_("Nothing runs on this track."),
}
_GONE, _WAITS, _HOLDS, _RUNS = (
    frozenset(states) for states in (("live", "done"), ("standby",), ("paused",), ("live",))
)
BUTTONS = {
    "go": _button("cue.go", _go, lambda aim: aim.next, "nothing_next", _GONE),
    "next": _button("cue.go", _go, lambda aim: aim.item, "nothing_next", _GONE),
    "standby": _button("cue.standby", _standby, lambda aim: aim.next, "nothing_next", _WAITS),
    "plus": _button("cue.nudge", _plus, lambda aim: aim.current, "nothing_live"),
    "pause": _button("cue.pause", _pause, lambda aim: aim.current, "nothing_live", _HOLDS),
    "resume": _button("cue.resume", _resume, lambda aim: aim.current, "nothing_live", _RUNS),
}


def _refuse_echo(ctx: Context, states: frozenset[str]) -> None:
    """A second press within a blink is the first one's echo: this desk has just called a row into that state.

    It is looked for in the log's own transaction, so that it makes no difference which process each came to.
    """
    track = next(iter(ctx.viewer.tracks))
    mine = Cue.event_id == ctx.event_id, Cue.track == track, Cue.called_by == ctx.viewer.id
    just = col(Cue.called_at) > ctx.received - TWICE_MS, col(Cue.state).in_(states)
    if states and ctx.session.exec(select(Cue.id).where(*mine, *just).limit(1)).first():
        raise RefusalError("twice", N_("Pressed twice at once; it was carried out once."))
