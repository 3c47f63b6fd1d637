"""The courier: tells webhooks what the log says behind their cursors.

The log is the outbox, written in the op's own transaction: a webhook that is silent for an hour is only behind, and
costs nobody anything. What is to be sent next is put down as a delivery before it is sent, so that it goes out under
the same id after a crash. Each webhook has one message on its way at a time, so their order holds; a slow one keeps
nobody else. With several couriers a lease says who has a webhook.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Coroutine
from typing import Any

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col, exists, select

from server.connections.addresses import Reach
from server.connections.messages import message
from server.connections.models import Delivery, Webhook
from server.connections.queries import next_changes, waiting_of
from server.connections.signing import headers_for
from server.core.ids import new_id
from server.core.models import Event
from server.core.services import Services

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
LEASE_MS = 30_000
"""Longer than a message can be on its way, ten seconds."""
AT_ONCE = 64
GIVE_UP_MS = 24 * 3_600_000
KEPT = 50
FAR = 200
"""So far behind for nothing, a webhook's cursor is moved; until then it is only remembered."""
FIRST_WAIT_S, LONGEST_WAIT_S, LONGEST_ASKED_S = 5.0, 2 * 3600.0, 6 * 3600.0
Key = tuple[str, str]


class Courier:
    """Sends what is due, on a loop in a thread of its own."""

    def __init__(self, services: Services, reach: Reach) -> None:
        self._services, self._reach = services, reach
        self._seen: dict[Key, int] = {}
        self._under_way: dict[Key, asyncio.Task[None]] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.run_forever, name="courier", daemon=True)

    def start(self) -> None:
        """Work in a thread of this process. On SQLite there is no other, so whoever had a lease is dead."""
        if self._services.db.is_sqlite:
            with self._services.db.write() as session:
                session.exec(update(Webhook).where(col(Webhook.leased_until) > 0).values(leased_until=0))
        self._thread.start()

    def stop(self) -> None:
        """End; what is on its way and has no answer yet goes out again, under the same id."""
        self._stop.set()
        self._thread.join(timeout=30)

    def run_forever(self) -> None:
        """Work in the calling thread until stopped."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                await self._look()
            except Exception:
                log.exception("the courier could not look for what is due")
            await asyncio.sleep(LOOK_SECONDS)
        for task in list(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def step(self) -> int:
        """Send all that is due now, and wait for it; how many webhooks that were. For tests."""
        await self._look()
        tasks = list(self._under_way.values())
        await asyncio.gather(*tasks)
        return len(tasks)

    async def _look(self) -> None:
        due = await asyncio.to_thread(self._due)
        for key, head in due:
            if key not in self._under_way and len(self._under_way) < AT_ONCE:
                self._send(key, self._serve(key, head))

    def _send(self, key: Key, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way[key] = task
        task.add_done_callback(lambda _: self._under_way.pop(key, None))

    async def _serve(self, key: Key, head: int) -> None:
        """Send one webhook's messages, one after the other, until nothing is due any more."""
        try:
            while not self._stop.is_set():
                if not await asyncio.to_thread(self._has_news, key):
                    self._seen[key] = head
                    return
                taken = await asyncio.to_thread(self._take, key)
                if taken is None or not await self._deliver(*taken):
                    return
        except Exception:
            log.exception("a webhook could not be served")

    async def _deliver(self, hook: Webhook, delivery: Delivery) -> bool:
        """Whether it arrived, so that the next may follow at once. Whatever goes wrong, it is settled."""
        from server.connections.sending import Outcome, post  # noqa: PLC0415 - 20 MB that most events never need

        outcome = Outcome(error="stopped")
        try:
            body, headers = await asyncio.to_thread(self._packed, hook, delivery)
            outcome = await post(hook.url, body, headers, self._reach)
        except Exception:
            log.exception("a message to a webhook could not be made")
            outcome = Outcome(error="failed")
        finally:
            await asyncio.shield(asyncio.to_thread(self._settle, hook, delivery, outcome))
        return outcome.is_delivered

    # What is due

    def _due(self) -> list[tuple[Key, int]]:
        """Webhooks that are behind, or have something to send again. Without a lock, since it comes so often."""
        now = self._services.clock.now()
        is_waiting = exists().where(
            col(Delivery.event_id) == col(Webhook.event_id),
            col(Delivery.webhook) == col(Webhook.id),
            col(Delivery.state) == "waiting",
            col(Delivery.next_at) <= now,
        )
        is_behind = (col(Webhook.cursor) < col(Event.head)) & (col(Webhook.state) == "on")
        query = (
            select(Webhook.event_id, Webhook.id, Event.head, is_waiting)
            .join(Event, col(Event.id) == Webhook.event_id)
            .where(*_free(now), is_behind | is_waiting)
        )
        with self._services.db.read() as session:
            found = session.exec(query).all()
        return [
            ((event, hook), head)
            for event, hook, head, waits in found
            if waits or self._seen.get((event, hook)) != head
        ]

    def _has_news(self, key: Key) -> bool:
        """Whether it is worth the writer's turn: most of what happens concerns few webhooks."""
        with self._services.db.read() as session:
            hook = session.get(Webhook, key)
            if hook is None or hook.removed_at:
                return False
            if self._ready(session, hook):
                return True
            if self._is_blocked(session, hook):
                return False
            changes, read = next_changes(session, hook, hook.cursor)
        return bool(changes) or read - hook.cursor >= FAR

    def _take(self, key: Key) -> tuple[Webhook, Delivery] | None:
        """Lease a webhook and put down what is sent next; None if that is nothing."""
        now = self._services.clock.now()
        mine = select(Webhook).where(_is(key), *_free(now)).with_for_update(skip_locked=True)
        with self._services.db.write() as session:
            hook = session.exec(mine).first()
            delivery = self._next(session, hook, now) if hook else None
            if hook is None or delivery is None:
                return None
            hook.leased_until = now + LEASE_MS
            delivery.tries, delivery.tried_at = delivery.tries + 1, now
        return hook, delivery

    def _next(self, session: Session, hook: Webhook, now: int) -> Delivery | None:
        ready = self._ready(session, hook)
        if ready or self._is_blocked(session, hook):
            return ready
        return _cut(session, hook, now)

    def _ready(self, session: Session, hook: Webhook) -> Delivery | None:
        """What waits and is due: a test always, the rest while the webhook is on."""
        now, waiting = self._services.clock.now(), waiting_of(session, hook.event_id, hook.id)
        due = (each for each in waiting if each.next_at <= now)
        return next((each for each in due if hook.state == "on" or each.kind == "test"), None)

    def _is_blocked(self, session: Session, hook: Webhook) -> bool:
        """Whether nothing new is cut: it is held back, or something before it has not arrived yet."""
        waiting = waiting_of(session, hook.event_id, hook.id)
        return hook.state != "on" or any(each.kind != "test" for each in waiting)

    def _packed(self, hook: Webhook, delivery: Delivery) -> tuple[bytes, dict[str, str]]:
        """A message's body and headers, signed as of now."""
        with self._services.db.read() as session:
            body = message(self._services.feed, session, hook, delivery)
        now = self._services.clock.now()
        secrets = [hook.secret]
        if hook.secret_before and now < hook.before_until:
            secrets.append(hook.secret_before)
        headers = {"Content-Type": "application/json", "User-Agent": "Fieldcue", "Accept": "*/*"}
        return body, headers | headers_for(delivery.id, now // 1000, body, secrets)

    # What becomes of it

    def _settle(self, of: Webhook, what: Delivery, outcome: Any) -> None:  # noqa: ANN401 - an Outcome, loaded late
        with self._services.db.write() as session:
            hook = session.get_one(Webhook, (of.event_id, of.id), with_for_update=True)
            hook.leased_until = 0
            delivery = session.get(Delivery, (of.event_id, what.id))
            if delivery is None:
                return
            delivery.status, delivery.error, delivery.took_ms = outcome.status, outcome.error, outcome.took_ms
            if outcome.is_delivered:
                self._delivered(session, hook, delivery)
            elif delivery.kind == "test" and outcome.error != "stopped":
                delivery.state = "failed"
            else:
                self._put_off(hook, delivery, outcome)

    def _delivered(self, session: Session, hook: Webhook, delivery: Delivery) -> None:
        delivery.state = "done"
        hook.cursor = max(hook.cursor, delivery.last_seq)
        of_it = col(Delivery.event_id) == hook.event_id, col(Delivery.webhook) == hook.id
        newest = select(Delivery.id).where(*of_it).order_by(col(Delivery.made_at).desc()).limit(KEPT)
        kept = [*session.exec(newest), delivery.id]
        old = col(Delivery.id).not_in(kept), col(Delivery.state) != "waiting"
        session.exec(delete(Delivery).where(*of_it, *old))

    def _put_off(self, hook: Webhook, delivery: Delivery, outcome: Any) -> None:  # noqa: ANN401 - as above
        now = self._services.clock.now()
        if outcome.error == "stopped":
            delivery.next_at = now
        elif outcome.is_gone or now - delivery.made_at >= GIVE_UP_MS:
            delivery.state, hook.state = "failed", "gone" if outcome.is_gone else "failed"
        else:
            delivery.next_at = now + round(1000 * wait_seconds(delivery.tries, outcome.wait_s))


def wait_seconds(tries: int, asked: float = 0) -> float:
    """How long to wait after so many tries: three times as long each time, scattered by a fifth, or as asked."""
    usual = min(LONGEST_WAIT_S, FIRST_WAIT_S * 3.0 ** min(tries - 1, 10))
    return max(usual * random.uniform(0.8, 1.2), min(asked, LONGEST_ASKED_S))  # noqa: S311 - no secret


def _cut(session: Session, hook: Webhook, now: int) -> Delivery | None:
    """The next piece of the log that concerns a webhook; past what doesn't, its cursor moves alone."""
    changes, read = next_changes(session, hook, hook.cursor)
    if not changes:
        hook.cursor = max(hook.cursor, read)
        return None
    delivery = Delivery(
        event_id=hook.event_id, id=new_id(), webhook=hook.id, first_seq=hook.cursor + 1, last_seq=read,
        count=len(changes), made_at=now, next_at=now,
    )  # fmt: skip
    session.add(delivery)
    return delivery


def _is(key: Key) -> ColumnElement[bool]:
    return (col(Webhook.event_id) == key[0]) & (col(Webhook.id) == key[1])


def _free(now: int) -> tuple[ColumnElement[bool], ...]:
    return col(Webhook.removed_at).is_(None), col(Webhook.leased_until) < now
