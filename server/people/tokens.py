"""Bearer tokens for machines: made, listed and ended by `fieldcue token`."""

from collections.abc import Iterable
from typing import Any

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from server.core.auth import token_session
from server.core.ids import digest, new_secret
from server.core.models import Token
from server.core.services import Services
from server.people.queries import find_viewer

DAYS = 90
_DAY_MS = 86_400_000
_SHOWN = 16


def issue_token(services: Services, event: str, member: str, label: str = "", days: int = DAYS) -> str | None:
    """A token that acts as a member of an event for some days; None if there is no such member."""
    now = services.clock.now()
    with services.db.write() as session:
        if find_viewer(session, event, member) is None:
            return None
        secret = new_secret()
        session.add(
            Token(
                secret_hash=digest(secret),
                event_id=event,
                member_id=member,
                label=label,
                created_at=now,
                expires_at=now + days * _DAY_MS,
            )
        )
    return secret


def list_tokens(services: Services, event: str) -> list[dict[str, Any]]:
    """The tokens of an event that still work, the newest first; `id` names one without being its secret."""
    with services.db.read() as session:
        found = session.exec(
            _open(services.clock.now(), event).order_by(col(Token.created_at).desc(), Token.secret_hash)
        )
        return [
            {"id": _id(token), "member": token.member_id, "expires_at": token.expires_at} for token in found
        ]


def revoke_tokens(services: Services, event: str, named: str) -> int:
    """End one token, by its id or itself, or all of a member; how many. Their sockets are cut at once."""
    now, one = services.clock.now(), digest(named)
    with services.db.write() as session:
        tokens = session.exec(_open(now, event)).all()
        meant = (each for each in tokens if named in {_id(each), each.member_id} or each.secret_hash == one)
        ended = _end(meant, now)
    for each in ended:
        services.revoke(each)
    return len(ended)


def end_tokens(session: Session, event_id: str, member_id: str, now: int) -> list[str]:
    """Within an op: end all tokens of a member, and those they made; the sessions of machines that end with them.

    Whoever calls it records a change of the member's `me`, which cuts their sockets, those of machines too.
    """
    theirs = (col(Token.member_id) == member_id) | (col(Token.made_by) == member_id)
    return _end(session.exec(_open(now, event_id).where(theirs)).all(), now)


def _end(tokens: Iterable[Token], now: int) -> list[str]:
    ended = list(tokens)
    for token in ended:
        token.revoked_at = now
    return [token_session(token.secret_hash) for token in ended]


def _open(now: int, event_id: str) -> SelectOfScalar[Token]:
    expires = col(Token.expires_at)
    is_open = col(Token.revoked_at).is_(None), expires.is_(None) | (expires > now)
    return select(Token).where(Token.event_id == event_id, *is_open)


def id_of(secret: str) -> str:
    """The id by which a token is listed."""
    return digest(secret)[:_SHOWN]


def _id(token: Token) -> str:
    return token.secret_hash[:_SHOWN]
