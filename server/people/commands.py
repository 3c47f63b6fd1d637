"""What commands on this machine ask of the running program: tokens, and what is kept of one person."""

from collections.abc import Callable
from typing import Any

from sqlmodel import col, select

from server.core.ids import new_id
from server.core.ops import Prepared, prepare
from server.core.services import Services
from server.core.writer import Submission
from server.people.models import Member
from server.people.personal import copy_of
from server.people.tokens import issue_token, list_tokens, revoke_tokens


def tell_person(services: Services, event: str, member: str) -> dict[str, Any] | None:
    """All that is kept of a member, also of one who was removed; None if there is no such member."""
    with services.db.read() as session:
        return copy_of(session, event, member) if session.get(Member, (event, member)) else None


def erase_person(services: Services, event: str, member: str) -> str:
    """Erase it, as an owner of the event who is somebody else; why it could not be, or nothing."""
    op = prepare(services.ops, {"id": new_id(), "op": "member.erase", "args": {"id": member}})
    with services.db.read() as session:
        here = select(Member).where(Member.event_id == event, col(Member.removed_at).is_(None))
        owner = next((each.id for each in session.exec(here) if each.is_owner and each.id != member), None)
    if not isinstance(op, Prepared) or owner is None:
        return "not_found"
    [result] = services.writers.submit(Submission(event, owner, [op], services.clock.now())).result()
    return str(result.get("error", {}).get("code", ""))


COMMANDS: dict[str, Callable[..., object]] = {
    "token": issue_token,
    "tokens": list_tokens,
    "token-revoke": revoke_tokens,
    "person": tell_person,
    "person-erase": erase_person,
}
