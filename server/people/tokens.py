"""Bearer tokens for machines."""

from server.core.ids import digest, new_secret
from server.core.models import Token
from server.core.services import Services
from server.people.queries import find_viewer


def issue_token(services: Services, event_id: str, member_id: str, label: str = "") -> str | None:
    """A token that acts as a member of an event; None if there is no such member."""
    with services.db.write() as session:
        if find_viewer(session, event_id, member_id) is None:
            return None
        secret = new_secret()
        session.add(
            Token(
                secret_hash=digest(secret),
                event_id=event_id,
                member_id=member_id,
                label=label,
                created_at=services.clock.now(),
            )
        )
    return secret
