"""What is kept of a line, one track on one operating day: its plan as it was frozen, and its rehearsals."""

from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from server.core.models import Entity, json_column, moment_column
from server.runsheet.models import Run


class Baseline(Entity, table=True):
    """The plan of a line (one track, one operating day) as it was frozen, or a part of it where that is long.

    `rows` maps a row's id to its planned [start, end], epoch milliseconds, None where nobody knew. It names rows that
    are removed or stand elsewhere by now; where a row is named twice, the later `frozen_at` counts.
    """

    entity_kind: ClassVar[str] = "baseline"
    track: str
    day: str
    frozen_at: int = Field(default=0, sa_column=moment_column(nullable=False))
    frozen_by: str = ""
    rows: dict[str, Run] = Field(default_factory=dict, sa_column=json_column())

    @property
    def first(self) -> int:
        """The first moment in it, from which `packed` counts."""
        return min((moment for run in self.rows.values() for moment in run if moment is not None), default=0)

    @property
    def packed(self) -> str:
        """Its rows as pages carry them: `id,start,end`, in seconds after `first`, with a space between rows."""
        first = self.first
        told = (
            [None if each is None else (each - first) / 1000 for each in run] for run in self.rows.values()
        )
        spans = (",".join("" if each is None else f"{each:.12g}" for each in run) for run in told)
        return " ".join(f"{row_id},{span}" for row_id, span in zip(self.rows, spans, strict=True))


class Rehearsal(Entity, table=True):
    """A line that was run, or is, on the operating day `on`, beginning with `cue`; its plan is `shift_ms` earlier.

    `results` maps a row's id to what it ran, [start, end]; there are some once it has ended. `before` is what each row
    was that has been called since, and nobody reads it. Instants are epoch milliseconds.
    """

    entity_kind: ClassVar[str] = "rehearsal"
    __table_args__ = (Index("rehearsal_track", "event_id", "track"),)
    track: str
    day: str
    on: str
    cue: str
    shift_ms: int = Field(sa_column=moment_column(nullable=False))
    began_at: int = Field(sa_column=moment_column(nullable=False))
    ended_at: int | None = Field(default=None, sa_column=moment_column())
    member: str
    results: dict[str, list[list[int]]] = Field(default_factory=dict, sa_column=json_column())
    before: dict[str, dict[str, Any]] = Field(default_factory=dict, sa_column=json_column())

    @property
    def packed(self) -> str:
        """How long rows took, as pages carry it: `id,seconds` for each, with a space between rows."""
        return " ".join(f"{row_id},{rehearsed_seconds(runs)}" for row_id, runs in self.results.items())


def rehearsed_seconds(runs: list[list[int]]) -> int:
    """How long the last of some runs took, in full seconds."""
    start, stop = runs[-1]
    return round((stop - start) / 1000)
