"""Getting in by a personal link: looked at first, then spent, once."""

from datetime import date
from http import HTTPStatus
from typing import Any

from babel.dates import format_date
from sqlmodel import Session, col, update
from starlette.responses import Response

from server.core.api import answer
from server.core.auth import open_session
from server.core.clock import operating_day
from server.core.i18n import LOCALES, N_, preferred
from server.core.ids import digest
from server.core.models import Event
from server.core.page import Ask, page
from server.people.doors import (
    address,
    agent,
    attempt_id,
    door,
    in_language,
    let_in,
    secret_again,
    set_language,
)
from server.people.models import Department, JoinLink, Member

# What is wrong with a link: (what happened, what to do next).
UNKNOWN = (N_("This link is not complete."), N_("Open it again from the message, or scan the QR once more."))
SPENT = (N_("This link was used already."), N_("It works once. Ask your show controller for a new one."))
EXPIRED = (N_("This link has expired."), N_("Ask your show controller for a new one."))
REVOKED = (
    N_("This link no longer works."),
    N_("A newer one was made, or it was taken back. Ask for a new one."),
)
TOO_MANY = (N_("Too many tries."), N_("Wait a minute, then try again."))


def join_page(ask: Ask) -> Response:
    """The page of a personal link. The secret is in the fragment, which no server sees."""
    chosen = ask.request.query_params.get("lang", "")
    return in_language(
        ask, _locale(ask, chosen, None), "people/join.html", lang=chosen if chosen in LOCALES else ""
    )


def look_at_link(ask: Ask) -> Response:
    """Whose link this is, without spending it: 「這是你嗎？」"""  # noqa: D400, D415 - it ends in its own language
    with ask.services.db.read() as session:
        link, member, trouble = _find(ask, session)
        locale = _locale(ask, ask.text("lang"), member)
        if link is None or member is None or (trouble and not _is_in(ask, member)):
            return _refuse(ask, locale, trouble or UNKNOWN)
        event = session.get_one(Event, member.event_id)
        department = session.get(Department, (event.id, member.department)) if member.department else None
    is_in = _is_in(ask, member)
    return in_language(
        ask, locale, "people/_join_card.html",
        member=member, event=event, department=department, days=_days(ask, event, locale),
        is_in=is_in, other=bool(ask.identity) and not is_in,
    )  # fmt: skip


def join(ask: Ask) -> Response:
    """Spend a link: this browser is signed in as its member."""
    with ask.services.db.write() as session:
        link, member, trouble = _find(ask, session)
        if member is None or link is None:
            return _refuse(ask, _locale(ask, ask.text("lang"), None), trouble or UNKNOWN)
        secret = _again(ask, session, link) if link.spent_at else None
        if secret is None and (trouble or not _spend(ask, session, link)):
            return _refuse(ask, _locale(ask, ask.text("lang"), member), trouble or SPENT)
        secret = secret or _open(ask, session, member)
    set_language(ask, member, _locale(ask, ask.text("lang"), member))
    return let_in(ask, answer({"to": home_of(member)}), secret)


def home_of(member: Member) -> str:
    """Where a member begins: a screen has one page alone."""
    return f"/e/{member.event_id}" + ("/timer" if member.viewer().is_screen else "")


def _find(ask: Ask, session: Session) -> tuple[JoinLink | None, Member | None, tuple[str, str] | None]:
    """The link with its member, and what is wrong with it."""
    limits, opens = ask.services.limits, digest(ask.text("secret"))
    link = session.get(JoinLink, opens)
    if not (limits.allow("join_link", opens) if link else limits.allow("join_unknown_address", address(ask))):
        return None, None, TOO_MANY
    member = session.get(Member, (link.event_id, link.member_id)) if link else None
    if link is None or member is None:
        return None, None, UNKNOWN
    if member.removed_at:
        return None, None, REVOKED
    return link, member, _trouble(link, ask.services.clock.now())


def _trouble(link: JoinLink, now: int) -> tuple[str, str] | None:
    if link.spent_at:
        return SPENT
    if link.revoked_at:
        return REVOKED
    return EXPIRED if link.expires_at < now else None


def _spend(ask: Ask, session: Session, link: JoinLink) -> bool:
    """Mark the link as used; False if another request was first, or it was taken back at this moment."""
    fresh = update(JoinLink).where(
        col(JoinLink.secret_hash) == link.secret_hash,
        col(JoinLink.spent_at).is_(None),
        col(JoinLink.revoked_at).is_(None),
    )
    return session.exec(fresh.values(spent_at=ask.services.clock.now())).rowcount == 1


def _open(ask: Ask, session: Session, member: Member) -> str:
    columns = {"id": _attempt(ask), "event_id": member.event_id, "member_id": member.id}
    return open_session(session, ask.services.clock.now(), agent(ask), **columns)


def _again(ask: Ask, session: Session, link: JoinLink) -> str | None:
    """A new secret, if it was this browser that spent the link."""
    return secret_again(session, _attempt(ask), link.spent_at or 0, ask.services.clock.now())


def _attempt(ask: Ask) -> str:
    return attempt_id(ask.text("secret"), ask.text("attempt"))


def _is_in(ask: Ask, member: Member) -> bool:
    """Whether this browser is the member's already: people open their link again to get back."""
    person = ask.identity
    return person is not None and (person.event_id, person.member_id) == (member.event_id, member.id)


def _locale(ask: Ask, chosen: str, member: Member | None) -> str:
    """What they just chose, else what was set for them, else the phone's language."""
    if chosen in LOCALES:
        return chosen
    if member and member.has_chosen_locale:
        return member.locale
    return preferred(ask.request.headers.get("accept-language", ""))


def _days(ask: Ask, event: Event, locale: str) -> list[dict[str, Any]]:
    """The event's days as a signboard shows them, and which of them is today."""
    today = operating_day(ask.services.clock.now(), event.timezone, event.day_change_s)
    days = [(day["id"], date.fromisoformat(day["date"])) for day in event.days]
    form = "EEEEE M/d" if locale == "zh-TW" else "EEE d/M"
    return [
        {
            "id": name,
            "date": day,
            "here": day == today,
            "word": format_date(day, form, locale.replace("-", "_")),
        }
        for name, day in days
    ]


def _refuse(ask: Ask, locale: str, trouble: tuple[str, str]) -> Response:
    status = HTTPStatus.TOO_MANY_REQUESTS if trouble is TOO_MANY else HTTPStatus.GONE
    return in_language(ask, locale, "people/_join_refused.html", status, what=trouble[0], then=trouble[1])


ROUTES = [
    page("/join", door(join_page), public=True),
    page("/join/look", door(look_at_link), public=True, methods=("POST",)),
    page("/join", door(join), public=True, methods=("POST",)),
]
