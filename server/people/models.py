"""Organisations, accounts, departments, members and the links by which they join."""

from typing import Any, ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from server.core.access import Viewer
from server.core.auth import name_by_link
from server.core.models import Entity, json_column


class Organisation(SQLModel, table=True):
    """A company that runs events."""

    id: str = Field(primary_key=True)
    name: str
    created_at: int = Field(sa_type=BigInteger)


class Account(SQLModel, table=True):
    """A person of the organisation who signs in by e-mail and password (argon2id, RFC 9106)."""

    id: str = Field(primary_key=True)
    organisation_id: str = Field(index=True)
    email: str = Field(index=True, unique=True)
    password_hash: str
    name: str
    locale: str = "zh-TW"
    created_at: int = Field(sa_type=BigInteger)


class Department(Entity, table=True):
    """A department of an event, as 舞台組 or 技術組. `channel` is its radio channel, which is for the team alone."""

    entity_kind: ClassVar[str] = "department"
    name: str
    name_en: str = ""
    colour: str = ""
    channel: str = ""
    versions: dict[str, int] = Field(default_factory=dict, sa_column=json_column())


class Member(Entity, table=True):
    """A person in an event: who they are, what they may do, which tracks they may call.

    `call_sign` is how they are called on the radio, by their post: 舞監, A 門. `channel` is where they listen, if it is
    not where their department does.
    """

    entity_kind: ClassVar[str] = "member"
    account_id: str | None = Field(default=None, index=True)
    name: str
    name_en: str = ""
    title: str = ""
    title_en: str = ""
    department: str | None = None
    roles: list[str] = Field(default_factory=list, sa_column=json_column())
    tracks: list[str] = Field(default_factory=list, sa_column=json_column())
    phone: str = ""
    channel: str = ""
    call_sign: str = ""
    pass_no: str = ""
    locale: str = "zh-TW"
    versions: dict[str, int] = Field(default_factory=dict, sa_column=json_column())

    @property
    def is_owner(self) -> bool:
        return "owner" in self.roles

    @property
    def has_chosen_locale(self) -> bool:
        """Whether somebody set the language; until then a phone that joins brings its own."""
        return "locale" in self.versions

    def viewer(self) -> Viewer:
        """The member as ops and pages know them."""
        return Viewer(
            event_id=self.event_id,
            id=self.id,
            name=self.name,
            roles=frozenset(self.roles),
            departments=frozenset({self.department} if self.department else ()),
            tracks=frozenset(self.tracks),
            locale=self.locale,
        )


class Facet:
    """Another face of a member's row, for a narrower audience than the member's own."""

    entity_kind: ClassVar[str]

    def __init__(self, member: Member) -> None:
        self.member = member
        self.event_id, self.id = member.event_id, member.id

    @property
    def version(self) -> int:
        return self.member.version

    @version.setter
    def version(self, seq: int) -> None:
        self.member.version = seq

    @property
    def audience(self) -> str:
        raise NotImplementedError

    @property
    def visible_to(self) -> str | None:
        return None if self.member.removed_at else self.audience


class Me(Facet):
    """What a member's own phone knows of them: rights, tracks, language."""

    entity_kind: ClassVar[str] = "me"

    @property
    def audience(self) -> str:
        return f"person:{self.id}"

    @property
    def name_by_link(self) -> str:
        """Under which a browser that joined by link keeps what waits to be sent; proves nothing."""
        return name_by_link(self.event_id, self.id)


class Contact(Facet):
    """How to reach a member, their pass, and what they may do: for the team, not for clients, sponsors and vendors.

    `channel` is the radio channel on which they are heard: their own, or `shared`, that of their department.
    """

    entity_kind: ClassVar[str] = "contact"

    def __init__(self, member: Member, shared: str = "") -> None:
        super().__init__(member)
        self.channel = member.channel or shared

    @property
    def audience(self) -> str:
        return "team"


class JoinLink(SQLModel, table=True):
    """A personal link or QR. Stored hashed, spent once, expiring, revocable."""

    __tablename__ = "join_link"

    secret_hash: str = Field(primary_key=True)
    event_id: str = Field(index=True)
    member_id: str
    made_by: str = ""
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    spent_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class BrowserCode(SQLModel, table=True):
    """A short code by which a signed-in browser lets in another one of the same person. Stored hashed, spent once.

    It lives only as long as the session that made it, and says which session it opened.
    """

    __tablename__ = "browser_code"

    id: str = Field(primary_key=True)
    code_hash: str = Field(index=True, unique=True)
    session_id: str = Field(index=True)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    spent_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    opened: str | None = None


def detail_of(member: Member) -> dict[str, Any]:
    """What the log keeps of a new member."""
    return {"name": member.name, "roles": member.roles, "department": member.department}
