"""The run sheet: one tree of segments, items and cues, and what its rows hang on."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal

from sqlalchemy import Index
from sqlmodel import Field

from server.core.i18n import N_
from server.core.models import Entity, bytewise, json_column, moment_column

Kind = Literal["segment", "item", "cue", "buffer", "delay"]
StartMode = Literal["fixed", "linked", "offset", "manual", "line"]
EndMode = Literal["duration", "end", "count_to_end"]
Run = list[int | None]

ON_AIR = frozenset({"live", "paused"})
CALLED = ON_AIR | {"done"}


class Track(Entity, table=True):
    """A track of the sheet; tracks run in parallel, as 主舞台 and 河岸小舞台.

    While it is stopped (停演) `held_at` is epoch milliseconds, and `held_by` the member who stopped it. `caller` has
    the call of it since `caller_since`, given by `handed_by` or taken; without one, whoever may calls.

    While the clock calls it, `rolling_by` is the member in whose name, since `rolling_at` (epoch milliseconds).
    """

    entity_kind: ClassVar[str] = "track"
    name: str
    name_en: str = ""
    place: str | None = None
    order_key: str = Field(sa_column=bytewise())
    held_at: int | None = Field(default=None, sa_column=moment_column())
    held_by: str = ""
    caller: str = ""
    caller_since: int | None = Field(default=None, sa_column=moment_column())
    handed_by: str = ""
    rolling_by: str | None = None
    rolling_at: int | None = Field(default=None, sa_column=moment_column())
    versions: dict[str, int] = Field(default_factory=dict, sa_column=json_column())

    @property
    def labels(self) -> dict[str, str]:
        return {"title": self.name} | ({"title_en": self.name_en} if self.name_en else {})


class Place(Entity, table=True):
    """A place on site."""

    entity_kind: ClassVar[str] = "place"
    name: str
    name_en: str = ""
    versions: dict[str, int] = Field(default_factory=dict, sa_column=json_column())


class ColumnDef(Entity, table=True):
    """A column of the cue sheet, owned by a department: light, sound, video, props, and so on."""

    __tablename__ = "column_def"
    entity_kind: ClassVar[str] = "column"
    name: str
    name_en: str = ""
    department: str | None = None
    order_key: str = Field(sa_column=bytewise())
    versions: dict[str, int] = Field(default_factory=dict, sa_column=json_column())


class Cue(Entity, table=True):
    """A row of the run sheet.

    Instants (`start`, `end`, `runs`, `paused_at`, `called_at`) are epoch milliseconds, durations (`*_s`) seconds.
    `day` is the operating day: 00:30 belongs to the evening before. `hard` (硬時間) is a time that must not be
    missed; it is not the same as a fixed start. `runs` holds every run as [start, end or None]. `reading` (唸法) is how
    the names in the row are read aloud. `published` is what others see of fields whose edits wait to be published, and
    a row that is `leaving` goes then: see `published.py`.
    """

    entity_kind: ClassVar[str] = "cue"
    drafted: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    __table_args__ = (
        Index("cue_parent", "event_id", "parent"),
        Index("cue_track", "event_id", "track", "state"),
    )
    parent: str | None = None
    order_key: str = Field(sa_column=bytewise())
    number: str = ""
    kind: str = "item"
    title: str = ""
    title_en: str = ""
    title_kind: str = ""
    title_kind_en: str = ""
    reading: str = ""
    reading_en: str = ""
    track: str
    place: str | None = None
    meeting: str = ""
    meeting_en: str = ""
    day: str
    start_mode: str = "linked"
    start: int | None = Field(default=None, sa_column=moment_column())
    offset_s: int = 0
    line: str = ""
    line_en: str = ""
    end_mode: str = "duration"
    end: int | None = Field(default=None, sa_column=moment_column())
    duration_s: int = 0
    min_s: int | None = None
    hard: bool = False
    colour: str = ""
    columns: dict[str, dict[str, str]] = Field(default_factory=dict, sa_column=json_column())
    people: list[str] = Field(default_factory=list, sa_column=json_column())
    departments: list[str] = Field(default_factory=list, sa_column=json_column())
    note: str = ""
    note_en: str = ""
    call: str = ""
    state: str = "planned"
    runs: list[Run] = Field(default_factory=list, sa_column=json_column())
    added_s: int = 0
    paused_at: int | None = Field(default=None, sa_column=moment_column())
    paused_ms: int = 0
    called_by: str = ""
    called_at: int | None = Field(default=None, sa_column=moment_column())
    flagged: list[str] = Field(default_factory=list, sa_column=json_column())
    published: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    leaving: bool = False
    versions: dict[str, int] = Field(default_factory=dict, sa_column=json_column())

    @property
    def labels(self) -> dict[str, str]:
        """The row as one says it, 121 山嵐列車: as `title`, and as `title_en` if it has an English one."""
        titles = {"title": self.title or self.title_en} | (
            {"title_en": self.title_en} if self.title_en else {}
        )
        return {name: f"{self.number} {title}".strip() for name, title in titles.items()}

    @property
    def is_on_air(self) -> bool:
        return self.state in ON_AIR

    @property
    def last_transition(self) -> int | None:
        """When the row was last started, ended, or called, whichever came last."""
        moments = [moment for run in self.runs[-1:] for moment in run if moment is not None]
        return max([*moments, *([self.called_at] if self.called_at else [])], default=None)


class Variant(Entity, table=True):
    """A plan for when things turn out otherwise, as 雨備 B: which rows are left out, and what others become.

    It is one of a `group` (雨備), and has a short name in it (`plan`: B). `decider` decides until `decide_at` (epoch
    milliseconds) whether it is switched on. `changes` are {cue, set}, where set is as `cue.edit` takes it. While it is
    on, `before` holds what stood in the rows: {cue: {field: [value, seq]}}, where seq is the entry that replaced it.
    Where an edit waited to be published, a third one is what its editors had there.
    """

    entity_kind: ClassVar[str] = "variant"
    group: str = ""
    group_en: str = ""
    plan: str
    name: str = ""
    name_en: str = ""
    day: str
    decide_at: int | None = Field(default=None, sa_column=moment_column())
    decider: str | None = None
    skip: list[str] = Field(default_factory=list, sa_column=json_column())
    changes: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    announce: str = ""
    announce_en: str = ""
    state: str = ""
    switched_at: int | None = Field(default=None, sa_column=moment_column())
    switched_by: str = ""
    before: dict[str, dict[str, list[Any]]] = Field(default_factory=dict, sa_column=json_column())
    versions: dict[str, int] = Field(default_factory=dict, sa_column=json_column())

    @property
    def labels(self) -> dict[str, str]:
        """How one says it, 雨備 B: as `title`, and in English as `title_en`."""
        return {
            "title": f"{self.group} {self.plan}".strip(),
            "title_en": f"{self.group_en or self.group} {self.plan}".strip(),
        }

    @property
    def replaced(self) -> dict[str, dict[str, Any]]:
        """What it stands in the place of, as far as times depend on it: for whoever looks ahead to switching back."""
        timed = {
            cue: {field: value for field, (value, *_) in fields.items() if field in TIMED}
            for cue, fields in self.before.items()
        }
        return {cue: fields for cue, fields in timed.items() if fields}

    @property
    def named(self) -> set[str]:
        """Every row that it is about."""
        return {*self.skip, *(change["cue"] for change in self.changes)}


# What the times of rows depend on, and where one has to be.
TIMED = frozenset(
    {
        "day",
        "start_mode",
        "start",
        "offset_s",
        "end_mode",
        "end",
        "duration_s",
        "min_s",
        "hard",
        "place",
        "state",
    }
)


# What calls set of a row, and nothing else does.
CALLED_FIELDS = ("state", "runs", "added_s", "paused_at", "paused_ms", "called_by", "called_at")
_UNPLANNED = {*Entity.model_fields, *CALLED_FIELDS, "parent", "order_key", "published", "leaving", "versions"}
# All else of a row is planned: edited, published, copied, kept in versions and brought back.
PLAN_FIELDS = [name for name in Cue.model_fields if name not in _UNPLANNED]
# Texts of a row that need only a word before them, each with its English (`meeting`, `meeting_en`). Page, table, form,
# search and news take them from here.
FACTS = {"meeting": N_("Meet")}


def copy_of(cue: Cue, values: dict[str, Any] | None = None) -> Cue:
    """A row that is in no table, with other values."""
    return Cue(**cue.model_dump() | (values or {}))


def plan_of(cue: Cue) -> dict[str, Any]:
    """The fields of a row that are planned, not called."""
    return {name: getattr(cue, name) for name in PLAN_FIELDS}
