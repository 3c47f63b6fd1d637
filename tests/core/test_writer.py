"""Nothing is acknowledged before it is durable, nothing is done twice or by half, and nobody waits for a crowd."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import bindparam, event, text, update
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from server.core import group, writer
from server.core.access import Permission
from server.core.context import Context
from server.core.ids import new_id
from server.core.models import Change, Receipt
from server.core.ops import Args, Op, Prepared, RefusalError, Result, prepare
from server.core.put_off import put_off
from server.core.writer import Submission
from server.people.models import Member
from server.runsheet.models import Place
from tests.support.databases import Databases
from tests.support.show import House, Show, opened

Action = Callable[[Context], None]


class Nothing(Args):
    """No arguments."""


def op_of(
    action: Action, op_id: str = "", may: Permission = Permission.VIEW, *, is_long: bool = False
) -> Prepared:
    """An op of a test's own, past the registry."""
    declared = Op("test.op", may, Nothing, lambda ctx, _args: action(ctx), is_long=is_long)
    return Prepared(op_id or new_id(), declared, Nothing(), "", None, None, None)


def edit(show: Show, title: str, cue: str = "a", op_id: str = "") -> Prepared:
    args = {"id": cue, "set": {"title": title}}
    prepared = prepare(show.services.ops, {"id": op_id or new_id(), "op": "cue.edit", "args": args})
    assert isinstance(prepared, Prepared)
    return prepared


def statuses(results: list[Result]) -> list[str]:
    return [result["status"] for result in results]


def offer(show: Show, member: str, ops: list[Prepared]) -> Submission:
    """Hand ops to the writer without waiting."""
    submission = Submission(show.event, member, ops, show.clock.now())
    show.services.writers.submit(submission)
    return submission


@contextmanager
def held_up(show: Show) -> Iterator[None]:
    """The writer is busy, so that what comes meanwhile waits, and is then taken together."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(_ctx: Context) -> None:
        begun.set()
        assert go_on.wait(10)
        time.sleep(group.GROUP_SECONDS * 1.5)  # so that this op's group takes nobody else along

    blocking = offer(show, "hui", [op_of(wait)])
    assert begun.wait(10)
    yield
    go_on.set()
    assert statuses(blocking.done.result(10)) == ["applied"]


def count_of(show: Show, model: type[Any]) -> int:
    with show.services.db.read() as session:
        return len(session.exec(select(model).where(model.event_id == show.event)).all())


def no_gaps(show: Show) -> bool:
    """The log of the event counts 1, 2, 3 … up to its head."""
    with show.services.db.read() as session:
        query = select(Change.seq).where(Change.event_id == show.event).order_by(col(Change.seq))
        seqs = session.exec(query).all()
    return list(seqs) == list(range(1, show.head + 1))


# --- receipts


def test_nobody_waits_for_more_than_one_long_op_of_each_of_the_others(show: Show) -> None:
    answered: list[bool] = []

    def work(_ctx: Context) -> None:
        answered.append(short.done.done())
        time.sleep(group.GROUP_SECONDS * 1.5)

    def fail(_ctx: Context) -> None:
        raise RefusalError("invalid", "no")

    with held_up(show):
        long = offer(show, "rui", [*(op_of(work, is_long=True) for _ in range(4)), op_of(fail)])
        short = offer(show, "mei", [op_of(lambda _ctx: None)])
    assert statuses(long.done.result(10)) == ["applied"] * 4 + ["rejected"]
    # Each was carried out once: no fault behind them undoes them.
    assert answered == [False, True, True, True]


def test_an_op_sent_again_is_told_its_first_result_and_does_nothing(show: Show) -> None:
    show.add("a")
    op = {"id": "once", "op": "cue.edit", "args": {"id": "a", "set": {"title": "A"}}}
    [first] = show.send("rui", op)
    show.do("hui", "cue.edit", id="a", set={"title": "B"})
    head = show.head
    [again] = show.send("rui", op)
    assert again == first | {"status": "duplicate", "first": "applied"}
    assert (show.head, show.cue("a").title) == (head, "B")


def test_a_refusal_sent_again_is_the_same_refusal_even_if_it_could_be_done_now(show: Show) -> None:
    op = {"id": "once", "op": "cue.edit", "args": {"id": "a", "set": {"title": "A"}}}
    [first] = show.send("rui", op)
    show.add("a")
    [again] = show.send("rui", op)
    assert first["error"]["code"] == "not_found"
    assert again == first | {"status": "duplicate", "first": "rejected"}
    assert show.cue("a").title == "a"


def test_an_op_sent_twice_in_one_batch_has_one_effect(show: Show) -> None:
    show.add("a")
    op = {"id": "once", "op": "cue.edit", "args": {"id": "a", "set": {"title": "A"}}}
    head = show.head
    assert statuses(show.send("rui", op, op, op)) == ["applied", "duplicate", "duplicate"]
    assert show.head == head + 1


@pytest.mark.parametrize(("member", "title"), [("rui", "B"), ("hui", "A")])
def test_an_id_belongs_to_one_member_and_one_set_of_arguments(show: Show, member: str, title: str) -> None:
    show.add("a")
    first = {"id": "once", "op": "cue.edit", "args": {"id": "a", "set": {"title": "A"}}}
    show.send("rui", first)
    [other] = show.send(member, first | {"args": {"id": "a", "set": {"title": title}}})
    assert (other["status"], other["error"]["code"]) == ("rejected", "op_reuse")
    assert show.cue("a").title == "A"
    assert statuses(show.send("rui", first)) == ["duplicate"]


def test_the_same_arguments_under_another_op_are_other_arguments(show: Show) -> None:
    show.add("a")
    show.send("mei", {"id": "once", "op": "cue.ready", "args": {"id": "a"}})
    [other] = show.send("mei", {"id": "once", "op": "cue.help", "args": {"id": "a"}})
    assert other["error"]["code"] == "op_reuse"


@pytest.mark.parametrize(
    ("member", "op"),
    [
        ("mei", {"op": "cue.edit", "args": {"id": "a", "set": {"title": "A"}}}),
        ("rui", {"op": "cue.edit", "args": {"id": "a", "set": {"title": 5}}}),
        ("rui", {"op": "cue.sing", "args": {"id": "a"}}),
    ],
)
def test_what_could_not_be_taken_is_not_stored(show: Show, member: str, op: dict[str, Any]) -> None:
    show.add("a")
    receipts = count_of(show, Receipt)
    assert statuses(show.send(member, op | {"id": "once"})) == ["rejected"]
    assert count_of(show, Receipt) == receipts
    later = {"id": "once", "op": "cue.edit", "args": {"id": "a", "set": {"title": "A"}}}
    assert statuses(show.send("rui", later)) == ["applied"]


def test_a_failure_of_ours_is_not_stored(show: Show) -> None:
    def fail(_ctx: Context) -> None:
        raise ZeroDivisionError

    [failed] = show.submit("rui", [op_of(fail, "once")])
    assert (failed["status"], failed["error"]["code"]) == ("rejected", "failed")
    assert statuses(show.submit("rui", [op_of(lambda _ctx: None, "once")])) == ["applied"]


# --- one op, all or nothing


def add_place(ctx: Context, name: str) -> None:
    ctx.add(Place(event_id=ctx.event_id, id=name, name=name), name=name)


def half(ctx: Context) -> None:
    """Writes, and then finds that it can't."""
    add_place(ctx, "half")
    ctx.session.get_one(Place, (ctx.event_id, "gate")).name = "half"
    raise RefusalError("enough", "Enough.")


def broken(ctx: Context) -> None:
    """Writes, and breaks what the database holds dear."""
    add_place(ctx, "broken")
    ctx.session.connection().execute(text("INSERT INTO place (event_id, id) VALUES ('x', NULL)"))


def crashes(ctx: Context) -> None:
    add_place(ctx, "crashed")
    raise ZeroDivisionError


def late(ctx: Context) -> None:
    """What it puts off can't be done."""
    add_place(ctx, "late")
    nameless = update(Place).where(col(Place.event_id) == ctx.event_id).values(name=bindparam("new"))
    put_off(ctx.session.connection(), nameless, {"new": None})


def late_crash(ctx: Context) -> None:
    late(ctx)
    raise ZeroDivisionError


@pytest.mark.parametrize("fault", [half, broken, crashes, late, late_crash])
def test_a_fault_in_one_op_undoes_that_op_and_not_its_neighbours(show: Show, fault: Action) -> None:
    show.add("a")
    show.add("b")
    with held_up(show):
        before = offer(show, "rui", [edit(show, "A", "a")])
        faulty = offer(show, "wei", [op_of(fault)])
        behind = offer(show, "hui", [edit(show, "B", "b"), edit(show, "BB", "b")])
    assert statuses(before.done.result(10) + behind.done.result(10)) == ["applied"] * 3
    assert statuses(faulty.done.result(10)) == ["rejected"]
    assert (show.cue("a").title, show.cue("b").title) == ("A", "BB")
    assert {body["id"]: body["name"] for body in show.bodies("rui", "place")} == {
        "gate": "gate",
        "stage-1": "stage-1",
    }
    assert no_gaps(show)


@pytest.mark.parametrize("fault", [half, broken, late])
def test_of_many_ops_in_a_group_each_fault_undoes_itself_alone(show: Show, fault: Action) -> None:
    show.add("a")
    with held_up(show):
        turns = [offer(show, "rui", [edit(show, f"{n}", "a"), op_of(fault)]) for n in range(12)]
    assert [statuses(each.done.result(10)) for each in turns] == [["applied", "rejected"]] * 12
    assert show.cue("a").title == "11"
    assert {body["id"] for body in show.bodies("rui", "place")} == {"gate", "stage-1"}
    assert no_gaps(show)


def test_an_op_sees_what_the_ops_before_it_in_its_group_did(show: Show) -> None:
    with held_up(show):
        results = [
            offer(show, "rui", [add(show, "a"), add(show, "b")]),
            offer(show, "hui", [edit(show, "A", "a")]),
        ]
    assert [statuses(each.done.result(10)) for each in results] == [["applied"] * 2, ["applied"]]


def add(show: Show, cue: str) -> Prepared:
    args = {"id": cue, "track": "main", "title": cue}
    prepared = prepare(show.services.ops, {"id": new_id(), "op": "cue.add", "args": args})
    assert isinstance(prepared, Prepared)
    return prepared


def test_a_batch_is_answered_in_order_whatever_becomes_of_each(show: Show) -> None:
    show.add("a")
    results = show.send(
        "rui",
        {"id": "1", "op": "cue.edit", "args": {"id": "a", "set": {"title": "A"}}},
        {"id": "2", "op": "nonsense", "args": {}},
        {"id": "3", "op": "cue.edit", "args": {"id": "nobody", "set": {"title": "x"}}},
        {"id": "4", "op": "cue.go", "args": {"id": "a", "current": None}},
        {"id": "5", "op": "cue.edit", "args": {"id": "a", "set": {"title": "AA"}}},
    )
    assert [(result["id"], result["status"]) for result in results] == [
        ("1", "applied"),
        ("2", "rejected"),
        ("3", "rejected"),
        ("4", "rejected"),
        ("5", "applied"),
    ]


# --- durability


def test_nothing_is_acknowledged_before_it_is_committed(show: Show) -> None:
    show.add("a")
    done: list[bool] = []
    submission = Submission(show.event, "rui", [edit(show, "A")], show.clock.now())
    committing = lambda _connection: done.append(submission.done.done())  # noqa: E731
    event.listen(show.services.db.writer, "commit", committing)
    try:
        show.services.writers.submit(submission).result(10)
    finally:
        event.remove(show.services.db.writer, "commit", committing)
    assert done == [False]
    assert (show.cue("a").title, submission.head) == ("A", show.head)


def test_if_the_commit_fails_every_op_of_the_group_may_be_sent_again_and_none_was_done(show: Show) -> None:
    show.add("a")
    show.add("b")
    ops = {"rui": [edit(show, "A", "a")], "hui": [edit(show, "B", "b"), op_of(half)]}
    head = show.head
    with failing_commits(show):
        with held_up(show):
            waiting = [offer(show, member, prepared) for member, prepared in ops.items()]
        assert [statuses(each.done.result(10)) for each in waiting] == [["retry"], ["retry", "retry"]]
    assert {each.head for each in waiting} == {head}
    assert (show.head, show.cue("a").title, show.cue("b").title) == (head, "a", "b")
    again = [show.submit(member, prepared) for member, prepared in ops.items()]
    assert [statuses(results) for results in again] == [["applied"], ["applied", "rejected"]]
    assert no_gaps(show)


@contextmanager
def failing_commits(show: Show) -> Iterator[None]:
    """All commits but the first find the disk full."""
    fails = iter([False])

    def full(_connection: object) -> None:
        if next(fails, True):
            raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    event.listen(show.services.db.writer, "commit", full)
    try:
        yield
    finally:
        event.remove(show.services.db.writer, "commit", full)


def test_a_full_disk_is_no_reason_to_lose_or_to_acknowledge_anything(sqlite_databases: Databases) -> None:
    with opened(sqlite_databases.migrated()) as house:
        show = house.show()
        show.add("a")
        pages = limit_pages(house, 0)
        long = {"id": "a", "set": {"note": "長" * 4000}}
        ops = [
            {"id": f"op-{n}", "op": "cue.edit", "args": long | {"set": {"note": f"{n}" + "長" * 3990}}}
            for n in range(60)
        ]
        results = show.send("rui", *ops)
        assert set(statuses(results)) == {"retry"}
        assert show.cue("a").note == ""
        limit_pages(house, pages + 10_000)
        assert set(statuses(show.send("rui", *ops))) == {"applied"}
        assert no_gaps(show)


def limit_pages(house: House, pages: int) -> int:
    """Let the file have at most so many pages (0: no more than it has); how many it has."""
    with house.services.db.write() as session:
        connection = session.connection()
        now = int(connection.execute(text("PRAGMA page_count")).scalar_one())
        connection.execute(text(f"PRAGMA max_page_count = {pages or now}"))
        return now


def test_a_lost_connection_fails_the_group_and_the_next_one_gets_a_new_one(postgresql_url: str) -> None:
    def cut(ctx: Context) -> None:
        ctx.session.connection().execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with opened(postgresql_url) as house:
        show = house.show()
        show.add("a")
        with held_up(show):
            waiting = [offer(show, "rui", [edit(show, "A")]), offer(show, "hui", [op_of(cut)])]
        assert [statuses(each.done.result(10)) for each in waiting] == [["retry"], ["retry"]]
        assert show.cue("a").title == "a"
        assert statuses(show.submit("rui", [edit(show, "A")])) == ["applied"]


def test_what_stands_behind_a_broken_op_of_its_submission_is_not_done_either(show: Show) -> None:
    show.add("a")

    def busy(_ctx: Context) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    ops = (
        [edit(show, str(n)) for n in range(70)] + [op_of(busy)] + [edit(show, str(n)) for n in range(71, 150)]
    )
    results = show.submit("rui", ops)
    applied = statuses(results).count("applied")
    assert statuses(results) == ["applied"] * applied + ["retry"] * (150 - applied)
    assert applied <= 70
    assert show.cue("a").title == (str(applied - 1) if applied else "a")


def test_an_op_that_spoils_its_group_fails_alone_when_it_comes_again(database_url: str) -> None:
    def spoil(ctx: Context) -> None:
        ctx.record(ctx.session.get_one(Place, (ctx.event_id, "gate")), {"no": object()}, was="all")

    with opened(database_url) as house:
        show = house.show()
        show.add("a")
        bad, good = [op_of(spoil)], [edit(show, "A"), edit(show, "AA")]
        with held_up(show):
            waiting = [offer(show, "rui", bad), offer(show, "hui", good)]
        assert [statuses(each.done.result(10)) for each in waiting] == [["retry"], ["retry", "retry"]]
        again = [offer(show, "rui", bad), offer(show, "hui", good)]
        assert [statuses(each.done.result(10)) for each in again] == [["rejected"], ["applied", "applied"]]
        assert again[0].results[0]["error"]["code"] == "failed"


def test_rights_that_were_never_committed_are_never_remembered(show: Show) -> None:
    show.add("a")
    rise = {"id": "mei", "set": {"roles": ["coordinator"]}}
    prepared = prepare(show.services.ops, {"id": new_id(), "op": "member.edit", "args": rise})
    assert isinstance(prepared, Prepared)
    with failing_commits(show):
        with held_up(show):
            waiting = [offer(show, "hui", [prepared]), offer(show, "mei", [edit(show, "A")])]
        assert [statuses(each.done.result(10)) for each in waiting] == [["retry"], ["retry"]]
    assert show.refuse("mei", "cue.edit", id="a", set={"title": "A"})["code"] == "forbidden"
    show.do("hui", "cue.edit", id="a", set={"title": "B"})
    assert show.refuse("mei", "cue.edit", id="a", set={"title": "A"})["code"] == "forbidden"
    assert statuses(show.submit("hui", [prepared])) == ["applied"]
    show.do("mei", "cue.edit", id="a", set={"title": "A"})


# --- many at once


def test_a_single_op_does_not_wait_for_somebodys_five_hundred(show: Show) -> None:
    show.add("a")
    with held_up(show):
        crowd = offer(show, "rui", [edit(show, str(n)) for n in range(500)])
        single = offer(show, "hui", [edit(show, "mine")])
    [mine] = single.done.result(20)
    before = [result for result in crowd.done.result(20) if result["seq"] < mine["seq"]]
    assert len(before) <= group.HANDFUL


def test_ops_of_one_sender_keep_their_order_over_several_requests(show: Show) -> None:
    show.add("a")
    with held_up(show):
        waiting = [offer(show, "rui", [edit(show, f"{n}.{k}") for k in range(7)]) for n in range(20)]
    seqs = [result["seq"] for each in waiting for result in each.done.result(20)]
    assert seqs == sorted(seqs)
    assert show.cue("a").title == "19.6"


def test_what_waits_is_committed_in_groups(show: Show) -> None:
    show.add("a")
    commits: list[None] = []
    counting = lambda _connection: commits.append(None)  # noqa: E731
    event.listen(show.services.db.writer, "commit", counting)
    with held_up(show):
        waiting = [offer(show, member, [edit(show, member)]) for member in ["rui", "hui"] * 10]
    for each in waiting:
        each.done.result(10)
    event.remove(show.services.db.writer, "commit", counting)
    assert len(commits) < 10


def test_two_programs_on_one_database_write_one_log_and_each_op_once(postgresql_url: str) -> None:
    with opened(postgresql_url) as here, opened(postgresql_url) as there:
        show = here.show()
        show.add("a")
        twin = Show(there, show.event, show.other)
        raw = [
            {"id": f"op-{n}", "op": "cue.edit", "args": {"id": "a", "set": {"title": f"{n}"}}}
            for n in range(120)
        ]
        head = show.head
        with ThreadPoolExecutor(4) as pool:
            sent = [pool.submit(one.send, "rui", *raw[part::2]) for one in (show, twin) for part in (0, 1)]
            results = [result for future in sent for result in future.result(30)]
        assert sorted(statuses(results)) == ["applied"] * 120 + ["duplicate"] * 120
        assert show.head == head + 120
        assert no_gaps(show)


def test_a_request_that_is_given_up_takes_nobody_with_it(show: Show) -> None:
    show.add("a")
    with held_up(show):
        given_up = offer(show, "rui", [edit(show, "A")])
        assert not given_up.done.cancel()
        other = offer(show, "hui", [edit(show, "B")])
    assert statuses(other.done.result(10)) == ["applied"]


def test_who_can_not_be_told_of_a_commit_stops_nothing(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    show.add("a")
    heard: list[int] = []

    def deaf(_event: str, head: int) -> None:
        heard.append(head)
        raise RuntimeError

    for one in show.services.writers._writers.values():  # noqa: SLF001
        monkeypatch.setattr(one, "_committed", deaf)
    assert statuses(show.submit("rui", [edit(show, "A")])) == ["applied"]
    assert statuses(show.submit("rui", [edit(show, "B")])) == ["applied"]
    assert heard == [show.head - 1, show.head]


def test_who_comes_when_too_many_wait_is_asked_to_come_again(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    show.add("a")
    monkeypatch.setattr(writer, "QUEUE_OPS", 3)
    with held_up(show):
        first = offer(show, "rui", [edit(show, "A"), edit(show, "B")])
        second = offer(show, "hui", [edit(show, "C"), edit(show, "D")])
        assert statuses(second.done.result(1)) == ["retry", "retry"]
    assert statuses(first.done.result(10)) == ["applied", "applied"]
    assert show.cue("a").title == "B"


def test_a_program_that_ends_finishes_what_it_has_and_takes_no_more(sqlite_databases: Databases) -> None:
    url = sqlite_databases.migrated()
    with opened(url) as house:
        show = house.show()
        show.add("a")
        with held_up(show):
            waiting = offer(show, "rui", [edit(show, str(n)) for n in range(100)])
            ending = threading.Thread(target=house.services.writers.close)
            ending.start()
        ending.join(10)
        assert statuses(waiting.done.result(0)) == ["applied"] * 100
        assert statuses(show.submit("rui", [edit(show, "late")])) == ["retry"]


def test_an_empty_batch_is_answered_at_once(show: Show) -> None:
    future: Future[list[Result]] = offer(show, "rui", []).done
    assert future.result(0) == []


def test_the_writer_of_a_quiet_event_ends_and_a_new_one_begins(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "IDLE_SECONDS", 0.05)
    with opened(postgresql_url) as house:
        show = house.show()
        show.add("a")
        first = house.services.writers._of(show.event)  # noqa: SLF001
        first._thread.join(5)  # noqa: SLF001
        assert first.retired
        for n in range(30):
            assert statuses(show.submit("rui", [edit(show, str(n))])) == ["applied"]


def test_a_member_of_another_event_is_nobody_here(show: Show) -> None:
    show.add("a")
    assert statuses(show.submit("eve", [edit(show, "A")])) == ["rejected"]
    assert count_of(show, Member) == 9
    assert show.cue("a").title == "a"
