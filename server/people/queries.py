"""Loading people: always as somebody who may see them."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Row, Table
from sqlalchemy import select as select_rows
from sqlmodel import Session, col, select

from server.core.access import Viewer
from server.core.models import BrowserSession, Event
from server.core.whole import Whole, among
from server.people.models import Account, Contact, Department, Facet, JoinLink, Me, Member


def find_viewer(session: Session, event_id: str, member_id: str) -> Viewer | None:
    """The member as a viewer; None if there is none or they were removed."""
    member = session.get(Member, (event_id, member_id))
    return None if member is None or member.removed_at else member.viewer()


_MEMBERS: Table = Member.__table__  # type: ignore[attr-defined]  # SQLModel's tables have no public type
_LOOKS = "event_id", "id", "account_id", "name", "roles", "department", "tracks", "locale"
_SEEN = select_rows(*(_MEMBERS.c[name] for name in _LOOKS)).where(
    among(_MEMBERS.c.event_id, "events"), _MEMBERS.c.removed_at.is_(None)
)
_BY = {name: Whole(_SEEN.where(among(_MEMBERS.c[name], "ids"))) for name in ("id", "account_id")}

Wanted = Collection[tuple[str, str | None]]
"""Events, and somebody's id in each."""


def viewers_of(session: Session, wanted: Wanted) -> dict[tuple[str, str | None], Viewer]:
    """The members of these ids that are in their events, as viewers."""
    return {(member.event_id, member.id): _viewer(member) for member in _members(session, "id", wanted)}


def viewers_of_accounts(session: Session, wanted: Wanted) -> dict[tuple[str, str | None], Viewer]:
    """The same by the ids of accounts."""
    found = _members(session, "account_id", wanted)
    return {(member.event_id, member.account_id): _viewer(member) for member in found}


def _members(session: Session, column: str, wanted: Wanted) -> Iterable[Row[Any]]:
    """Some of them in other events too, if several are asked for at once.

    As rows of what a viewer is made of, by a statement that is there: of a thousand phones that come back, objects
    would take half of the time.
    """
    if not wanted:
        return ()
    these = {"events": list({event for event, _ in wanted}), "ids": list({one for _, one in wanted})}
    return _BY[column].rows(session, these)


def _viewer(row: Row[Any]) -> Viewer:
    return Member.viewer(cast("Member", row))


def locales_of(session: Session, browsers: Sequence[Row[Any]]) -> list[str]:
    """The language of each browser's person, also of one who was removed: they are told so in theirs."""
    accounts = {one.account_id for one in browsers if one.account_id}
    events = {one.event_id for one in browsers if not one.account_id}
    members = {one.member_id for one in browsers if not one.account_id}
    told: dict[tuple[str | None, str | None], str] = {}
    if accounts:
        found = session.exec(select(Account.id, Account.locale).where(col(Account.id).in_(accounts)))
        told |= {("", account): locale for account, locale in found}
    if members:
        are_these = col(Member.event_id).in_(events), col(Member.id).in_(members)
        rows = session.exec(select(Member.event_id, Member.id, Member.locale).where(*are_these))
        told |= {(event, member): locale for event, member, locale in rows}
    keys = [("", one.account_id) if one.account_id else (one.event_id, one.member_id) for one in browsers]
    return [told.get(key, "zh-TW") for key in keys]


def events_of_account(session: Session, account_id: str) -> list[Event]:
    """The events in which an account is a member, the newest first."""
    found = session.exec(
        select(Event)
        .join(Member, col(Member.event_id) == Event.id)
        .where(Member.account_id == account_id, col(Member.removed_at).is_(None))
        .order_by(col(Event.created_at).desc())
    )
    return list(found)


def member_of_account(session: Session, event_id: str, account_id: str) -> Member | None:
    """The account's member in an event."""
    return session.exec(
        select(Member).where(
            Member.event_id == event_id, Member.account_id == account_id, col(Member.removed_at).is_(None)
        )
    ).first()


def visible_member(session: Session, viewer: Viewer, member_id: str) -> Member | None:
    """A member that a viewer may see, not one who was removed."""
    member = session.get(Member, (viewer.event_id, member_id))
    return member if member and member.visible_to in viewer.audiences else None


def visible_members(session: Session, viewer: Viewer) -> list[Member]:
    """The members that a viewer may see, by department and id."""
    members = session.exec(
        select(Member)
        .where(Member.event_id == viewer.event_id, col(Member.removed_at).is_(None))
        .order_by(col(Member.department), Member.id)
    )
    return [member for member in members if member.visible_to in viewer.audiences]


def departments(session: Session, event_id: str) -> list[Department]:
    """The event's departments by id."""
    return list(
        session.exec(
            select(Department)
            .where(Department.event_id == event_id, col(Department.removed_at).is_(None))
            .order_by(Department.id)
        )
    )


def open_links(session: Session, event_id: str, member_ids: Iterable[str], now: int) -> dict[str, JoinLink]:
    """The newest usable link of each member."""
    links = session.exec(
        select(JoinLink)
        .where(JoinLink.event_id == event_id, col(JoinLink.member_id).in_(list(member_ids)))
        .where(JoinLink.expires_at > now)
        .where(col(JoinLink.spent_at).is_(None), col(JoinLink.revoked_at).is_(None))
        .order_by(col(JoinLink.created_at))
    )
    return {link.member_id: link for link in links}


def members_inside(session: Session, event_id: str) -> set[str]:
    """The ids of members who have got in: a browser of theirs is signed in, or they have an account."""
    by_link = select(BrowserSession.member_id).where(
        BrowserSession.event_id == event_id, col(BrowserSession.revoked_at).is_(None)
    )
    by_account = select(Member.id).where(Member.event_id == event_id, col(Member.account_id).is_not(None))
    return {*filter(None, session.exec(by_link)), *session.exec(by_account)}


def sessions_of_member(session: Session, event_id: str, member_id: str) -> list[BrowserSession]:
    """The browsers in which a member is signed in by link, the latest first."""
    return list(
        session.exec(
            select(BrowserSession)
            .where(BrowserSession.event_id == event_id, BrowserSession.member_id == member_id)
            .where(col(BrowserSession.revoked_at).is_(None))
            .order_by(col(BrowserSession.seen_at).desc())
        )
    )


def sessions_of_account(session: Session, account_id: str) -> list[BrowserSession]:
    """The browsers in which an account is signed in, the latest first."""
    return list(
        session.exec(
            select(BrowserSession)
            .where(BrowserSession.account_id == account_id, col(BrowserSession.revoked_at).is_(None))
            .order_by(col(BrowserSession.seen_at).desc())
        )
    )


def members_of_account(session: Session, account_id: str) -> list[Member]:
    """What an account is in each of its events."""
    query = select(Member).where(Member.account_id == account_id, col(Member.removed_at).is_(None))
    return list(session.exec(query.order_by(Member.event_id)))


def account_by_email(session: Session, email: str) -> Account | None:
    """The account with an e-mail address, whatever its case."""
    return session.exec(select(Account).where(Account.email == email.strip().lower())).first()


class _Contacts:
    """How to reach members, as the feed loads it: with the radio channels of their departments."""

    name = Contact.entity_kind

    def load(self, session: Session, event_id: str, ids: Iterable[str]) -> dict[str, Any]:
        found = select(Member).where(Member.event_id == event_id, col(Member.id).in_(list(ids)))
        return {contact.id: contact for contact in self._faces(session, event_id, session.exec(found))}

    def all(self, session: Session, event_id: str) -> list[Any]:
        found = select(Member).where(Member.event_id == event_id, col(Member.removed_at).is_(None))
        return self._faces(session, event_id, session.exec(found.order_by(Member.id)))

    def _faces(self, session: Session, event_id: str, members: Iterable[Member]) -> list[Contact]:
        channels = {department.id: department.channel for department in departments(session, event_id)}
        return [Contact(member, channels.get(member.department or "", "")) for member in members]


class _Kind:
    """Members and departments as the feed loads them."""

    def __init__(
        self, name: str, model: type[Member] | type[Department], facet: type[Facet] | None = None
    ) -> None:
        self.name, self._model, self._facet = name, model, facet

    def load(self, session: Session, event_id: str, ids: Iterable[str]) -> dict[str, Any]:
        rows = session.exec(
            select(self._model).where(self._model.event_id == event_id, col(self._model.id).in_(list(ids)))
        )
        return {row.id: self._face(row) for row in rows}

    def all(self, session: Session, event_id: str) -> list[Any]:
        rows = session.exec(
            select(self._model)
            .where(self._model.event_id == event_id, col(self._model.removed_at).is_(None))
            .order_by(self._model.id)
        )
        return [self._face(row) for row in rows]

    def _face(self, row: Any) -> Any:  # noqa: ANN401 - a row or a face of it
        return self._facet(row) if self._facet else row


KIND_MODELS = (
    _Kind("department", Department),
    _Kind("member", Member),
    _Contacts(),
    _Kind("me", Member, Me),
)
