"""Addresses that are told what changes in an event, and what became of each telling."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from server.core.access import TEAM
from server.core.models import ALL, Entity, json_column, moment_column

LENS = frozenset({ALL, TEAM})
"""What every webhook sees: what the whole team may read, whoever made it. Never a note of a department or a person."""


class Webhook(Entity, table=True):
    """An address that is told of changes. It has read the log up to `cursor`.

    `state`: on, paused, failed (its receiver was silent for a day) or gone (it answered 410). `secret_before` signs
    beside `secret` until `before_until`, so that a receiver can change over. A courier holds it until `leased_until`.
    Instants are epoch milliseconds. What the log says of one is for nobody to read: addresses may hold secrets.
    """

    entity_kind: ClassVar[str] = "webhook"
    name: str
    url: str
    groups: list[str] = Field(default_factory=list, sa_column=json_column())
    locale: str = "zh-TW"
    secret: str
    secret_before: str = ""
    before_until: int = Field(default=0, sa_type=BigInteger)
    state: str = "on"
    cursor: int = Field(default=0, sa_type=BigInteger)
    made_by: str = ""
    made_at: int = Field(sa_type=BigInteger)
    leased_until: int = Field(default=0, sa_type=BigInteger)


class Delivery(SQLModel, table=True):
    """One telling: of the changes from `first_seq` to `last_seq`, or a test. Sent again, it keeps its id.

    `state`: waiting, done or failed; `status` is what the receiver answered last, `error` a code if it did not.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (Index("webhook_delivery_of", "event_id", "webhook", "made_at"),)

    event_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    webhook: str
    kind: str = "changes"
    first_seq: int = Field(default=0, sa_type=BigInteger)
    last_seq: int = Field(default=0, sa_type=BigInteger)
    count: int = 0
    state: str = Field(default="waiting", index=True)
    tries: int = 0
    status: int | None = None
    error: str = ""
    took_ms: int = 0
    made_at: int = Field(sa_type=BigInteger)
    tried_at: int | None = Field(default=None, sa_column=moment_column())
    next_at: int = Field(default=0, sa_type=BigInteger)
