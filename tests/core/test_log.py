"""Receipts are kept for 45 days, the log counts without gaps, and one event's log knows nothing of another's."""

import pytest
from sqlmodel import select

from server.core import log
from server.core.log import Log, forget_receipts
from server.core.models import Change, Receipt
from tests.support.show import NOON, Show

DAY_MS = 86_400_000


def receipts(show: Show) -> set[str]:
    with show.services.db.read() as session:
        return set(session.exec(select(Receipt.op_id).where(Receipt.event_id == show.event)))


def test_an_answer_is_forgotten_after_45_days_and_not_before(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_FORGET_AT_ONCE", 3)
    old = receipts(show)
    show.tick(2 * 86_400)
    show.add("a")
    new = receipts(show) - old
    assert forget_receipts(show.services.db, NOON + 45 * DAY_MS) == 0
    assert forget_receipts(show.services.db, NOON + 46 * DAY_MS) >= len(old)
    assert receipts(show) == new
    assert forget_receipts(show.services.db, NOON + 46 * DAY_MS) == 0


def test_what_happened_stays_in_the_log_when_its_receipt_is_forgotten(show: Show) -> None:
    show.add("a")
    forget_receipts(show.services.db, NOON + 50 * DAY_MS)
    with show.services.db.read() as session:
        seqs = session.exec(select(Change.seq).where(Change.event_id == show.event)).all()
    assert sorted(seqs) == list(range(1, show.head + 1))


def test_an_entry_tells_who_did_what_when_and_to_whom_it_shows(show: Show) -> None:
    show.add("a")
    show.tick(60)
    show.send(
        "mei", {"id": "mine", "op": "cue.ready", "args": {"id": "a"}, "at": "2027-04-10T12:00:30+08:00"}
    )
    with show.services.db.read() as session:
        [entry] = session.exec(select(Change).where(Change.event_id == show.event, Change.op_id == "mine"))
    assert (entry.actor, entry.kind, entry.entity_kind, entry.entity) == ("mei", "cue.ready", "mark", "a:mei")
    assert (entry.at, entry.received) == (NOON + 30_000, NOON + 60_000)
    assert (entry.audience, entry.was) == ("team", None)


def test_an_edit_keeps_what_stood_there_and_of_cells_only_those_that_changed(show: Show) -> None:
    show.add("a", columns={"light": {"zh-TW": "亮"}, "sound": {"zh-TW": "靜"}})
    show.do("rui", "cue.edit", id="a", set={"title": "A", "note": "", "columns": {"light": {"zh-TW": "暗"}}})
    with show.services.db.read() as session:
        detail = session.exec(
            select(Change.detail).where(Change.event_id == show.event, Change.seq == show.head)
        ).one()
    assert detail == {
        "set": {"title": "A", "columns": {"light": {"zh-TW": "暗"}}},
        "was": {"title": "a", "columns": {"light": {"zh-TW": "亮"}}},
    }


def test_two_events_on_one_database_count_for_themselves(show: Show) -> None:
    head = show.head
    show.send("eve", {"op": "place.put", "args": {"id": "gate", "name": "碼頭"}}, event=show.other)
    assert show.head == head
    assert {body["id"]: body["name"] for body in show.bodies("rui", "place")}["gate"] == "gate"


def test_a_log_that_is_rolled_back_numbers_its_next_entry_as_if_nothing_had_been(show: Show) -> None:
    show.add("a")
    with show.services.db.write() as session:
        tail = Log(session, show.event)
        mark = tail.mark()
        head = tail.head
        cue = show.cue("a")
        entry = {"at": 0, "received": 0, "actor": "x", "op_id": "x", "kind": "x", "detail": {}}
        assert tail.append(cue, None, **entry) == head + 1
        assert tail.change(head + 1) == ("x", "x", 0)
        tail.roll_back(mark)
        assert tail.append(cue, None, **entry | {"actor": "y"}) == head + 1
        assert tail.change(head + 1) == ("y", "x", 0)
        assert tail.change(0) is None
        tail.roll_back(mark)
