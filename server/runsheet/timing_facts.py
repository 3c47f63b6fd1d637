"""Rows of a sheet as the timing engine takes them: milliseconds throughout."""

from collections.abc import Iterable, Mapping
from typing import Any

from server.runsheet.timing_types import Row, Run


def facts_of(cues: Iterable[Any], frozen: Mapping[str, Run]) -> list[Row]:
    """The facts of each row, of the table or with the same fields, and with the plan as it was frozen."""
    return [
        Row(
            id=cue.id,
            kind=cue.kind,
            parent=cue.parent,
            track=cue.track,
            day=cue.day,
            start_mode=cue.start_mode,
            start=cue.start,
            offset=cue.offset_s * 1000,
            end_mode=cue.end_mode,
            end=cue.end,
            duration=cue.duration_s * 1000,
            minimum=None if cue.min_s is None else cue.min_s * 1000,
            hard=cue.hard,
            state=cue.state,
            runs=tuple((run[0], run[1]) for run in cue.runs),
            added=cue.added_s * 1000,
            paused_at=cue.paused_at,
            paused=cue.paused_ms,
            baseline=frozen.get(cue.id),
        )
        for cue in cues
    ]
