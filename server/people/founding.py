"""Beginnings: an organisation, its owner, a first event. Made before there is anybody who could send an op."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from sqlmodel import Session, select

from server.core.ids import new_id
from server.core.log import Log
from server.core.models import Entity, Event
from server.core.passwords import hash_password
from server.people.models import Account, Contact, Me, Member, Organisation, detail_of

# The one that the first visit makes: with a name of its own, two visits at once can't both make it.
FIRST_ORGANISATION = "first"


@dataclass(frozen=True)
class Founder:
    """Who makes an event."""

    account_id: str
    organisation_id: str
    name: str
    locale: str


def is_empty(session: Session) -> bool:
    """Whether nobody has been here yet."""
    return session.exec(select(Organisation.id).limit(1)).first() is None


def found_organisation(session: Session, name: str, now: int, organisation_id: str = "") -> str:
    """Make an organisation; returns its id."""
    organisation = Organisation(id=organisation_id or new_id(), name=name, created_at=now)
    session.add(organisation)
    session.flush()
    return organisation.id


def open_account(
    session: Session, organisation_id: str, email: str, password: str, now: int, **who: str
) -> Account:
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
    """Make an event with its owner as the first entry of its log. Whoever makes it may also call its show."""
    session.add(event)
    session.flush()
    owner = Member(
        event_id=event.id,
        id=member_id,
        account_id=founder.account_id,
        name=founder.name,
        roles=["owner", "caller"],
        tracks=["*"],
        locale=founder.locale,
    )
    log, founded = Log(session, event.id), {"kind": "event.found", "detail": detail_of(owner)}
    for face in (owner, Contact(owner), Me(owner)):
        moment = {"at": now, "received": now}
        owner.version = log.append(
            cast("Entity", face), None, **moment, **founded, actor=owner.id, op_id=new_id()
        )
    session.add(owner)
    log.write()
    return owner


def days_from(first: date, count: int) -> list[dict[str, str]]:
    """The days of an event as its row keeps them: D1, D2 and so on."""
    return [
        {"id": f"D{n + 1}", "date": (first + timedelta(days=n)).isoformat(), "name": ""} for n in range(count)
    ]
