"""What the timing engine takes and gives. Everything is an integer of milliseconds; instants are UTC."""

from collections.abc import Sequence
from dataclasses import dataclass, field

Run = tuple[int | None, int | None]


@dataclass(slots=True)
class Row:
    """The facts of a row that bear on time.

    `offset` (signed), `duration`, `minimum`, `added` (signed) and `paused` are lengths. `runs` holds every
    run as (start, end or None); `baseline` is the plan as it was frozen, (start, end).
    """

    id: str
    kind: str = "item"
    parent: str | None = None
    track: str = ""
    day: str = ""
    start_mode: str = "linked"
    start: int | None = None
    offset: int = 0
    end_mode: str = "duration"
    end: int | None = None
    duration: int = 0
    minimum: int | None = None
    hard: bool = False
    state: str = "planned"
    runs: Sequence[Run] = ()
    added: int = 0
    paused_at: int | None = None
    paused: int = 0
    baseline: Run | None = None


@dataclass(slots=True)
class Times:
    """Instants of one row; None where nobody can know. A skipped row has no projection.

    `planned` is what is shown as the plan, `plan` the plan as it stands: other times only of a frozen row.
    """

    planned_start: int | None = None
    planned_end: int | None = None
    projected_start: int | None = None
    projected_end: int | None = None
    plan_start: int | None = None
    plan_end: int | None = None


@dataclass(slots=True)
class Cut:
    """A row where time may be found, and how much at most: by shortening it or leaving it out."""

    id: str
    spare: int


@dataclass(slots=True)
class Standing:
    """Where a track stands.

    `current` is the live row, `next` the one to call. `offset` is positive when behind. `over` is how long
    the live row is past its end. `hard` is the next row that must not be missed; `left` is what may still be
    lost before it, negative if it will be late; `save` is what must then be found, and `cuts` where. `total`
    is the planned length of the day's unskipped rows.
    """

    current: str | None = None
    next: str | None = None
    offset: int = 0
    over: int = 0
    left: int | None = None
    hard: str | None = None
    save: int = 0
    total: int = 0
    cuts: list[Cut] = field(default_factory=list)


@dataclass(slots=True)
class Turn:
    """What the clock alone would run: `live` since its plan `at`, `pending` until it, or `finished`."""

    state: str = "finished"
    id: str | None = None
    at: int | None = None


@dataclass(slots=True)
class Board:
    """`gaps` tells how far a row begins by plan after the row before it ends: a gap, or an overlap if negative."""

    times: dict[str, Times]
    tracks: dict[str, Standing]
    gaps: dict[str, int]


@dataclass(slots=True)
class Slot:
    """A row's place on its line, by the plan as it stands now.

    `firm`: the start doesn't follow from the row before. `timed`: the row has a planned time; one that starts
    by hand only keeps room.
    """

    row: Row
    index: int
    start: int | None
    end: int | None
    firm: bool
    timed: bool


@dataclass(slots=True)
class Anchor:
    """The start of a segment, for the first row in it; `index` tells a new segment from one come back to."""

    index: int
    start: int
    day: str


@dataclass(slots=True)
class Line:
    """The unskipped items, buffers and delays of one track on one operating day, in tree order."""

    track: str
    day: str
    slots: list[Slot] = field(default_factory=list)
    end: int | None = None
    anchored: int = -1
    base: Slot | None = None
    standing: Standing = field(default_factory=Standing)


@dataclass(slots=True)
class Course:
    """On the way along a line: how late we come, and how much later (`room`) we might without harm.

    `end` is where the row before ends by plan, or, while no plan is known (`loose`), where it ends in fact.
    """

    now: int
    waiting: bool
    late: int = 0
    room: int = 0
    end: int | None = None
    loose: bool = False
    next: Slot | None = None
    hard: Slot | None = None
    left: int | None = None
    save: int = 0


@dataclass(slots=True)
class Sheet:
    """All rows, and what the plan makes of them.

    `opened` holds the first start in each segment, `inside` the rows in items.
    """

    rows: Sequence[Row]
    by_id: dict[str, Row]
    times: dict[str, Times] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)
    anchors: dict[str, Anchor] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)
    lines: dict[tuple[str, str], Line] = field(default_factory=dict)
    gaps: dict[str, int] = field(default_factory=dict)
    inside: list[Row] = field(default_factory=list)
