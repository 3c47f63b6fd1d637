"""Which rows Now shows to a viewer, and for what: the twin of static/js/track.js, mine.js, turn.js and now.js."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from server.core.access import Viewer
from server.core.clock import operating_day
from server.runsheet.kept_sheet import Sheet
from server.runsheet.models import Cue, Track
from server.runsheet.timing import Board, Standing
from server.runsheet.upcoming import WAITING

SOON_MS = 15 * 60_000


@dataclass(frozen=True)
class Look:
    """A sheet as of a moment, and who looks at it; `finished` are the rows of which they said that they are done."""

    viewer: Viewer
    sheet: Sheet
    board: Board
    now: int
    finished: Collection[str] = ()

    @cached_property
    def tracks(self) -> list[Track]:
        """Those that have rows, in their order."""
        shown = (track for track in self.sheet.tracks.values() if track.id in self.board.tracks)
        return sorted(shown, key=lambda track: (track.order_key, track.id))

    @cached_property
    def track(self) -> Track | None:
        """One that they call, else the first."""
        first = self.tracks[0] if self.tracks else None
        return next((track for track in self.tracks if self.viewer.may_call(track.id)), first)

    @cached_property
    def standing(self) -> Standing:
        return self.board.tracks[self.track.id] if self.track else Standing()

    @cached_property
    def today(self) -> str:
        event = self.sheet.event
        return operating_day(self.now, event.timezone, event.day_change_s).isoformat()

    @cached_property
    def slots(self) -> dict[str, str]:
        """What each row is on the screen for, by its id: first what runs, or comes if nothing does."""
        current, following, turn = self.standing.current, self.standing.next, self._turn
        first = current or following
        if not first:
            return {}
        slots = {first: "now"}
        if current and following and following != turn:
            slots[following] = "next"
        if turn and turn != first:
            slots[turn] = "turn" if self._is_soon(turn) else "mine"
        return slots

    @cached_property
    def mine(self) -> frozenset[str]:
        """Rows with my name; or my department's, if none has it."""
        cues, ours = self.sheet.cues.values(), self.viewer.departments
        named = frozenset(cue.id for cue in cues if self.viewer.id in cue.people)
        return named or frozenset(cue.id for cue in cues if not ours.isdisjoint(cue.departments))

    @property
    def _turn(self) -> str | None:
        """My next row of today that I have not finished, by its projected start."""
        cues, times = self.sheet.cues, self.board.times
        mine = (cue_id for cue_id in cues if cue_id in self.mine and self._is_to_come(cues[cue_id]))
        known = [cue_id for cue_id in mine if times[cue_id].projected_start is not None]
        return min(known, key=lambda cue_id: times[cue_id].projected_start or 0, default=None)

    def _is_to_come(self, cue: Cue) -> bool:
        days = ("", self.today)
        return (
            cue.kind != "segment"
            and cue.state in WAITING
            and cue.id not in self.finished
            and (cue.day in days or self._days[cue.id] in days)
        )

    @cached_property
    def _days(self) -> dict[str, str]:
        """On which day each row is, as it is rehearsed."""
        return {row.id: row.day for row in self.sheet.rows}

    def _is_soon(self, cue_id: str) -> bool:
        start = self.board.times[cue_id].projected_start
        is_near = start is not None and start - self.now < SOON_MS
        return is_near or self.sheet.cues[cue_id].state != "planned"
