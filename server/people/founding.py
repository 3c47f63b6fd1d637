"""Beginnings: an organisation, its owner, a first event. Made before there is anybody who could send an op."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, func, select

from server.core.auth import hash_password
from server.core.ids import new_id
from server.core.log import Log
from server.core.models import Event
from server.people.models import Account, Contact, Me, Member, Organisation, detail_of


@dataclass(frozen=True)
class Founder:
    """Who makes an event."""

    account_id: str
    organisation_id: str
    name: str
    locale: str


def is_empty(session: Session) -> bool:
    """Whether nobody has been here yet."""
    return session.exec(select(func.count()).select_from(Organisation)).one() == 0


def found_organisation(session: Session, name: str, now: int) -> str:
    """Make an organisation; returns its id."""
    organisation = Organisation(id=new_id(), name=name, created_at=now)
    session.add(organisation)
    return organisation.id


def open_account(session: Session, organisation_id: str, email: str, password: str, now: int, **who: str) -> Account:
    """Make an account that signs in by e-mail and password. The caller checks that the address is free."""
    account = Account(
        id=new_id(),
        organisation_id=organisation_id,
        email=email.strip().lower(),
        password_hash=hash_password(password),
        created_at=now,
        **who,
    )
    session.add(account)
    return account


def found_event(session: Session, event: Event, founder: Founder, member_id: str, now: int) -> Member:
    """Make an event with its owner as the first entry of its log."""
    session.add(event)
    session.flush()
    owner = Member(
        event_id=event.id,
        id=member_id,
        account_id=founder.account_id,
        name=founder.name,
        roles=["owner"],
        tracks=["*"],
        locale=founder.locale,
    )
    log = Log(session, event.id)
    for face in (owner, Contact(owner), Me(owner)):
        owner.version = log.append(
            face, None, at=now, received=now, actor=owner.id, op_id=new_id(), kind="event.found", detail=detail_of(owner)
        )
    session.add(owner)
    log.write()
    return owner


def days_from(first: date, count: int) -> list[dict[str, str]]:
    """The days of an event as its row keeps them: D1, D2 …"""
    return [{"id": f"D{n + 1}", "date": (first + timedelta(days=n)).isoformat(), "name": ""} for n in range(count)]
