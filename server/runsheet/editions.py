"""What is published of a sheet: its version, the versions before it, and what people are told of changes."""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, LargeBinary
from sqlmodel import Field, SQLModel

from server.core.models import Entity, json_column, moment_column

SHEET = "sheet"
"""The id of the one `Sheet` of an event."""


class Sheet(Entity, table=True):
    """How far an event's sheet is published: its version `number`, 0 before the first.

    `at` and `by` say when and by whom. From the first version on edits wait until they are published (發布), unless
    the event is in 現場模式 since `live_at`, or the member who edits is one of `editors`. `edited_at` is when an edit
    first went out by itself since. A row that is projected to start `threshold_s` seconds otherwise than its people
    were told is a change for them. Instants are epoch milliseconds.
    """

    entity_kind: ClassVar[str] = "sheet"
    number: int = 0
    at: int | None = Field(default=None, sa_column=moment_column())
    by: str = ""
    live_at: int | None = Field(default=None, sa_column=moment_column())
    live_by: str = ""
    editors: list[str] = Field(default_factory=list, sa_column=json_column())
    edited_at: int | None = Field(default=None, sa_column=moment_column())
    threshold_s: int = 300
    versions: dict[str, int] = Field(default_factory=dict, sa_column=json_column())

    @property
    def label(self) -> str:
        """As pages and prints name it: v7, or v7+ once something went out by itself; nothing before the first."""
        return f"v{self.number}{'+' if self.edited_at else ''}" if self.number else ""

    def is_live_for(self, member: str) -> bool:
        """Whether what this member edits goes out at once."""
        return not self.number or self.live_at is not None or member in self.editors


class Edition(SQLModel, table=True):
    """A version as it was published: `sheet` is what stood in it (`published.pack`), `note` what its maker said of it.

    `counts` says how many rows were added, changed and removed since the version before.
    """

    event_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    by: str
    note: str = ""
    counts: dict[str, int] = Field(default_factory=dict, sa_column=json_column())
    sheet: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Ack(Entity, table=True):
    """That a member has answered a notice, up to the entry `sent` of the log: for their own phones alone.

    Its id is that of the notice and the member. `at` is epoch milliseconds.
    """

    __tablename__ = "notice_ack"
    entity_kind: ClassVar[str] = "ack"
    notice: str
    member: str
    sent: int = Field(sa_column=moment_column(nullable=False))
    at: int = Field(sa_column=moment_column(nullable=False))


class Notice(Entity, table=True):
    """What has changed in a row for those it touches, until they say 知道了: one for each row, by its id.

    `changes` are {field, old, new}, a cell's field being `columns.<id>`; `number`, `title` and `title_en` name the row
    also when it is gone. `to` are members; `acked` and `reminded` map a member to epoch milliseconds. `edition` is the
    version with which it came, 0 for what went out by itself. `sent` is the entry of the log with the newest change.
    `told` is (start, plan, when) of what was last said of a start that the clock has moved.
    """

    entity_kind: ClassVar[str] = "notice"
    cue: str
    number: str = ""
    title: str = ""
    title_en: str = ""
    edition: int = 0
    at: int = Field(default=0, sa_column=moment_column(nullable=False))
    by: str = ""
    changes: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    to: list[str] = Field(default_factory=list, sa_column=json_column())
    acked: dict[str, int] = Field(default_factory=dict, sa_column=json_column())
    reminded: dict[str, int] = Field(default_factory=dict, sa_column=json_column())
    sent: int = Field(default=0, sa_column=moment_column(nullable=False))
    told: list[int] | None = Field(default=None, sa_column=json_column(nullable=True))
