"""What people say of the run sheet's rows and tracks, and what they hang on them."""

from typing import ClassVar

from sqlalchemy import Index
from sqlmodel import Field

from server.core.media import PHOTOS
from server.core.models import Entity, json_column, moment_column


class Note(Entity, table=True):
    """A department's private note on a row: an entity of its own, since its audience is narrower."""

    __tablename__ = "cue_note"
    entity_kind: ClassVar[str] = "note"
    cue: str
    department: str
    text: str
    text_en: str = ""
    versions: dict[str, int] = Field(default_factory=dict, sa_column=json_column())


class Mark(Entity, table=True):
    """What a member of the crew says of a row: 已就緒 ready, 完成 done, or 需要協助 help."""

    entity_kind: ClassVar[str] = "mark"
    cue: str
    member: str
    kind: str
    at: int = Field(sa_column=moment_column(nullable=False))


class Act(Entity, table=True):
    """Where the act of an item is (`kind`: arrived, backstage, onstage, late, or nothing): one for each, by its id.

    It is for the team alone. `eta` is when one that is late is expected, `at` when it was said, both epoch
    milliseconds; `member` is who said it.
    """

    __tablename__ = "cue_act"
    entity_kind: ClassVar[str] = "act"
    cue: str
    kind: str = ""
    eta: int | None = Field(default=None, sa_column=moment_column())
    at: int = Field(default=0, sa_column=moment_column(nullable=False))
    member: str = ""
    versions: dict[str, int] = Field(default_factory=dict, sa_column=json_column())


class Signal(Entity, table=True):
    """What a caller last told a track's host in silence, and what the host answered. Its id is the track's.

    `kind` is 拉長 stretch (by `minutes`, if they are named), 收尾 wrap or 繼續 resume; `reply` is 收到 got, 人未到
    missing or 麥克風 mic. `cue` is the item that was live then: when that has ended, the signal is out of date.
    `sent` is the entry of the log that put it down, by which answers name it. Moments are epoch milliseconds.
    """

    entity_kind: ClassVar[str] = "signal"
    kind: str
    minutes: int | None = None
    cue: str | None = None
    by: str
    at: int = Field(sa_column=moment_column(nullable=False))
    sent: int = Field(sa_column=moment_column(nullable=False))
    reply: str = ""
    replied_by: str = ""
    replied_at: int | None = Field(default=None, sa_column=moment_column())


class Attachment(Entity, table=True):
    """A photo or a file on a row, or in a department's cell of it (`column`). It has the row's audience.

    `blob` is the SHA-256 of what `member` sent, or is about to send: `state` is awaited until it is ready, or refused
    for a `reason` (a code of `core/blob_words.py`). `media`, `size` are as announced; of a photo that is ready, `media`
    and the pixels are those of what is shown. `added_at` is epoch milliseconds.
    """

    entity_kind: ClassVar[str] = "attachment"
    __table_args__ = (
        Index("attachment_cue", "event_id", "cue"),
        Index("attachment_blob", "event_id", "blob"),
    )
    cue: str
    column: str | None = None
    name: str
    media: str
    size: int = Field(sa_column=moment_column(nullable=False))
    blob: str
    member: str
    state: str = "awaited"
    width: int | None = None
    height: int | None = None
    reason: str = ""
    added_at: int = Field(sa_column=moment_column(nullable=False))

    @property
    def is_photo(self) -> bool:
        return self.media in PHOTOS


class Comment(Entity, table=True):
    """What `member` says of a row, at `at` (epoch milliseconds). It is the team's alone."""

    __tablename__ = "cue_comment"
    entity_kind: ClassVar[str] = "comment"
    cue: str
    member: str
    text: str
    at: int = Field(sa_column=moment_column(nullable=False))


class Entry(Entity, table=True):
    """A line of the site's log (現場紀錄): what `member` wrote down of what happened at `at` (epoch milliseconds).

    `cue` is what ran then, and `track` where; it is the team's alone.
    """

    __tablename__ = "log_entry"
    entity_kind: ClassVar[str] = "entry"
    text: str
    track: str | None = None
    cue: str | None = None
    member: str
    at: int = Field(sa_column=moment_column(nullable=False))
