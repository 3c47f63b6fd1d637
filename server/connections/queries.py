"""Loading webhooks: for those who set the event up, and for the courier."""

from sqlmodel import Session, col, select

from server.connections.groups import wants
from server.connections.models import LENS, Delivery, Webhook
from server.core.access import Permission, Viewer
from server.core.changes import visible_changes
from server.core.models import Change, Event

SHOWN = 20
"""So many deliveries of a webhook are shown, the newest first."""
AT_ONCE = 100
"""So many changes go out in one message at most."""
_READ = 1000


def visible_webhooks(session: Session, viewer: Viewer) -> list[Webhook]:
    """Every webhook of the event, for whoever sets it up."""
    if not viewer.may(Permission.CONFIGURE):
        return []
    here = Webhook.event_id == viewer.event_id, col(Webhook.removed_at).is_(None)
    return list(session.exec(select(Webhook).where(*here).order_by(col(Webhook.made_at), Webhook.id)))


def last_deliveries(session: Session, event_id: str) -> dict[str, list[Delivery]]:
    """What became of the last deliveries of each webhook, the newest first."""
    query = select(Delivery).where(Delivery.event_id == event_id)
    found: dict[str, list[Delivery]] = {}
    for delivery in session.exec(query.order_by(col(Delivery.made_at).desc(), col(Delivery.id).desc())):
        found.setdefault(delivery.webhook, []).append(delivery)
    return {webhook: each[:SHOWN] for webhook, each in found.items()}


def next_changes(session: Session, hook: Webhook, since: int) -> tuple[list[Change], int]:
    """The next changes that a webhook is to be told of, and how far the log was read for them."""
    head = session.exec(select(Event.head).where(Event.id == hook.event_id)).one()
    found = visible_changes(session, hook.event_id, LENS, since, _READ)
    wanted = [change for change in found if wants(hook.groups, change.kind, change.entity_kind)][:AT_ONCE]
    if len(wanted) == AT_ONCE:
        return wanted, wanted[-1].seq
    last = found[-1].seq if found else since
    return wanted, last if len(found) == _READ else max(last, head)


def changes_of(session: Session, hook: Webhook, delivery: Delivery) -> list[Change]:
    """The changes that a delivery tells."""
    found = visible_changes(session, hook.event_id, LENS, delivery.first_seq - 1, _READ)
    within = (change for change in found if change.seq <= delivery.last_seq)
    return [change for change in within if wants(hook.groups, change.kind, change.entity_kind)]


def waiting_of(session: Session, event_id: str, webhook: str) -> list[Delivery]:
    """What waits to be sent: tests before everything, then the oldest."""
    these = Delivery.event_id == event_id, Delivery.webhook == webhook, Delivery.state == "waiting"
    found = session.exec(select(Delivery).where(*these).order_by(col(Delivery.made_at), Delivery.id))
    return sorted(found, key=lambda delivery: delivery.kind != "test")
