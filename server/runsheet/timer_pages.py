"""The pages of a monitor at the edge of the stage: the door by which it comes in, and the timer itself."""

from sqlmodel import Session
from starlette.responses import Response

from server.core.access import Permission
from server.core.feed import chains
from server.core.models import Event
from server.core.page import Ask, page
from server.people.doors import door, in_chosen_language
from server.people.joining import home_of
from server.people.models import Member
from server.runsheet.names import Names
from server.runsheet.timer_rows import TIMER

_LISTS = ("cue", "signal", "track")


def timer_door(ask: Ask) -> Response:
    """Where a screen's link leads. The secret is in the fragment; a screen that is in already goes straight on."""
    with ask.services.db.read() as session:
        home = _home(ask, session)
    return in_chosen_language(ask, "runsheet/timer_door.html", home=home)


def timer(ask: Ask) -> Response:
    """One track's timer over the whole screen."""
    chain, _ = chains(ask.member, TIMER)
    with ask.services.db.read() as session:
        event = session.get_one(Event, ask.member.event_id)
        feed = ask.services.feed
        names = feed.names(session, event)
        rows = {kind: feed.rows(session, event, chain, kind) for kind in _LISTS}
    return ask.page("runsheet/timer.html", event=event, lens=Names(names, ask.locale), rows=rows)


def _home(ask: Ask, session: Session) -> str:
    """Where the screen that asks belongs; "" for everybody else."""
    person = ask.identity
    member = session.get(Member, (person.event_id, person.member_id)) if person and person.member_id else None
    return home_of(member) if member and not member.removed_at and member.viewer().is_screen else ""


ROUTES = [
    page("/timer", door(timer_door), public=True),
    page("/e/{event}/timer", timer, may=Permission.WATCH),
]
