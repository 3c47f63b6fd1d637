"""Links by which a client or a guest reads the published sheet without being signed in."""

from typing import ClassVar

from sqlmodel import Field

from server.core.models import Entity, json_column, moment_column

PARTS = ("time", "length", "place", "people", "note")
"""What of a row may be shown beside its title."""


class GuestLink(Entity, table=True):
    """A link that opens for whoever has it, any number of times, until it is revoked (`removed_at`) or expires.

    It shows the `tracks` that are named, or all of them where none is; of `level` coarse (粗流) segments and items, of
    fine (細流) cues and buffers too; and of each row what is in `shows` and `columns`. A column of `columns` shows as
    long as it is for everybody; `team_columns` were ticked although they are the team's. `hash` is the SHA-256 of the
    secret. Instants are epoch milliseconds. What the log says of one is for nobody to read.
    """

    __tablename__ = "guest_link"
    entity_kind: ClassVar[str] = "guest"
    name: str
    hash: str = Field(index=True, unique=True)
    level: str = "coarse"
    tracks: list[str] = Field(default_factory=list, sa_column=json_column())
    shows: list[str] = Field(default_factory=list, sa_column=json_column())
    columns: list[str] = Field(default_factory=list, sa_column=json_column())
    team_columns: list[str] = Field(default_factory=list, sa_column=json_column())
    locale: str = "zh-TW"
    expires_at: int = Field(sa_column=moment_column(nullable=False))
    made_by: str = ""
    made_at: int = Field(sa_column=moment_column(nullable=False))
    opened_at: int | None = Field(default=None, sa_column=moment_column())

    def is_open(self, now: int) -> bool:
        """Whether it opens at that moment."""
        return self.removed_at is None and now < self.expires_at
