"""Tables that every feature stands on: events, their log, receipts, and what proves who is asking."""

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Column, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

ALL = "all"


def json_column(*, nullable: bool = False) -> Any:  # noqa: ANN401 - a column has no narrower public type
    """A JSON document: JSONB on PostgreSQL, text on SQLite. Replace the value to change it; never mutate it."""
    return Column(
        JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"), nullable=nullable
    )


def moment_column(*, nullable: bool = True) -> Any:  # noqa: ANN401 - as above
    """Epoch milliseconds."""
    return Column(BigInteger, nullable=nullable)


def bytewise() -> Any:  # noqa: ANN401 - as above
    """Text that compares by bytes on both databases, for order keys."""
    return Column(String().with_variant(String(collation="C"), "postgresql"), nullable=False)


class Event(SQLModel, table=True):
    """One event: its clock, and the head of its log.

    `directory_seq` is the seq of the last change to what rows quote by name (people, places, tracks,
    columns, departments), so that caches of those names know when to look again.
    """

    id: str = Field(primary_key=True)
    organisation_id: str = Field(index=True)
    name: str
    name_en: str = ""
    venue: str = ""
    venue_en: str = ""
    timezone: str = "Asia/Taipei"
    day_change_s: int = 21600
    days: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    head: int = Field(default=0, sa_column=moment_column(nullable=False))
    directory_seq: int = Field(default=0, sa_column=moment_column(nullable=False))
    epoch: str
    created_at: int = Field(sa_column=moment_column(nullable=False))


class Change(SQLModel, table=True):
    """One numbered entry of an event's log. `audience` may read the entity now; `was` could before."""

    event_id: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    at: int = Field(sa_column=moment_column(nullable=False))
    received: int = Field(sa_column=moment_column(nullable=False))
    actor: str
    op_id: str
    kind: str
    entity_kind: str
    entity: str
    audience: str | None = None
    was: str | None = None
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())

    __table_args__ = (Index("change_entity", "event_id", "entity_kind", "entity", "seq"),)


class Receipt(SQLModel, table=True):
    """The first answer to an op, given again to whoever repeats it; kept 45 days."""

    event_id: str = Field(primary_key=True)
    op_id: str = Field(primary_key=True)
    member: str
    hash: str
    result: dict[str, Any] = Field(sa_column=json_column())
    at: int = Field(sa_column=Column(BigInteger, index=True, nullable=False))


class Entity(SQLModel):
    """What every row of event data carries. `versions` maps a field to the seq that last set it."""

    entity_kind: ClassVar[str]
    event_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    audience: str = ALL
    version: int = Field(default=0, sa_type=BigInteger)
    removed_at: int | None = Field(default=None, sa_type=BigInteger)

    @property
    def visible_to(self) -> str | None:
        """The audience that may read the row now; None once it is removed."""
        return None if self.removed_at else self.audience


class BrowserSession(SQLModel, table=True):
    """A signed-in browser. It belongs to an account, or to one member of one event who joined by link."""

    __tablename__ = "browser_session"

    id: str = Field(primary_key=True)
    secret_hash: str = Field(index=True, unique=True)
    account_id: str | None = Field(default=None, index=True)
    event_id: str | None = None
    member_id: str | None = Field(default=None, index=True)
    agent: str = ""
    created_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger, index=True)


class Token(SQLModel, table=True):
    """A bearer token for machines: acts as one member of one event.

    One with a `scope` opens nothing but what that names: "desk" calls a track over `/api/desk`. It ends with the
    member who made it.
    """

    secret_hash: str = Field(primary_key=True)
    event_id: str
    member_id: str
    label: str = ""
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    scope: str = ""
    made_by: str = ""
    used_at: int | None = Field(default=None, sa_type=BigInteger)
