"""Ops that are carried out by the handful come to what they would come to one after the other."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, text, update
from sqlmodel import col

from server.core import group
from server.core.access import Permission
from server.core.context import Context
from server.core.ops import Args, Op, Prepared, Result, prepare
from server.core.put_off import put_off
from server.core.writer import Submission
from server.runsheet.import_insert import take_out
from server.runsheet.models import Place
from tests.core.test_replay import changes, member
from tests.support.show import House, Json, Show

Step = dict[str, Any]
Request = tuple[str, list[Step]]


class Nothing(Args):
    """No arguments."""


def _wait(begun: threading.Event, go_on: threading.Event) -> Prepared:
    def action(_ctx: Context, _args: Nothing) -> None:
        begun.set()
        assert go_on.wait(10)

    return Prepared(
        "wait", Op("test.wait", Permission.VIEW, Nothing, action), Nothing(), "", None, None, None
    )


def _spoil(op_id: str, after_op: str | None) -> Prepared:
    """Half of it is done when it fails, and to PostgreSQL the whole transaction is void by then."""

    def action(ctx: Context, _args: Nothing) -> None:
        ctx.add(Place(event_id=ctx.event_id, id="broken", name="broken", name_en=""))
        ctx.session.connection().execute(text("INSERT INTO place (event_id, id) VALUES ('x', NULL)"))

    return Prepared(
        op_id, Op("test.spoil", Permission.VIEW, Nothing, action), Nothing(), "", None, None, after_op
    )


# What an import brought in goes again, past what the session holds of it.
JOB = "job"
TAKE_OUT: tuple[str, Json] = ("import.undo", {})


def _take_out(op_id: str, after_op: str | None) -> Prepared:
    op = Op("import.undo", Permission.EDIT_SHEET, Nothing, lambda ctx, _args: {"rows": take_out(ctx, JOB)})
    return Prepared(op_id, op, Nothing(), "", None, None, after_op)


@contextmanager
def held_up(show: Show) -> Iterator[None]:
    """What comes meanwhile waits, and is then taken together."""
    begun, go_on = threading.Event(), threading.Event()
    blocking = Submission(show.event, "hui", [_wait(begun, go_on)], show.clock.now())
    show.services.writers.submit(blocking)
    assert begun.wait(10)  # else what the same member sends then stands behind it, and in another turn
    try:
        yield
    finally:
        go_on.set()
        blocking.done.result(10)


# Few ids, so that some are used again, and some ops build on others.
ids = st.sampled_from([f"op-{n}" for n in range(12)])
steps = st.fixed_dictionaries(
    {
        "id": ids,
        "do": st.none() | changes | st.just(TAKE_OUT),
        "after_op": st.none() | ids,
        "base_version": st.none() | st.integers(0, 60),
    }
)
requests = st.lists(st.tuples(member, st.lists(steps, min_size=1, max_size=6)), min_size=1, max_size=6)


def prepared(show: Show, step: Step) -> Prepared | Result:
    if step["do"] is None:
        return _spoil(step["id"], step["after_op"])
    if step["do"] == TAKE_OUT:
        return _take_out(step["id"], step["after_op"])
    name, args = step["do"]
    raw = {key: step[key] for key in ("id", "after_op", "base_version")} | {"op": name, "args": args}
    return prepare(show.services.ops, raw)


ROWS = (
    {"id": "seg", "track": "main", "kind": "segment"},
    {"id": "a", "track": "main", "parent": "seg"},
    {"id": "b", "track": "main", "parent": "seg", "note_for": {"light": "暗"}},
    {"id": f"{JOB}-1", "track": "main"},
)


def played(house: House, script: list[Request]) -> tuple[list[list[Result]], list[int | None], Any]:
    """The answers, how far the log was before each request, and all that there is of the event then."""
    show = house.show()
    show.send("rui", *({"id": f"add-{row['id']}", "op": "cue.add", "args": row} for row in ROWS))
    with held_up(show):
        sent = [_offered(show, who, steps) for who, steps in script]
    results = [each.done.result(20) for each in sent]
    return (
        results,
        [each.base for each in sent],
        {table.name: _mine(rows) for table, rows in show.rows().items()},
    )


def _offered(show: Show, who: str, steps: list[Step]) -> Submission:
    ops = [op for step in steps if isinstance(op := prepared(show, step), Prepared)]
    submission = Submission(show.event, who, ops, show.clock.now())
    show.services.writers.submit(submission)
    return submission


def _mine(rows: list[dict[str, Any]]) -> list[str]:
    """Rows of the event itself, in an order of their own, without what no two events share."""
    mine = [row for row in rows if row.get("event_id", row.get("id")) is True]
    return sorted(
        repr({k: v for k, v in row.items() if k not in {"epoch", "organisation_id"}}) for row in mine
    )


def compare(house: House, script: list[Request]) -> None:
    together = played(house, script)
    with mock.patch.object(group, "HANDFUL", 1):
        alone = played(house, script)
    assert together == alone


EDIT = ("cue.edit", {"id": "a", "set": {"title": "山嵐"}})
EDIT_BROUGHT = ("cue.edit", {"id": f"{JOB}-1", "set": {"title": "山嵐"}})
NO_BASE = {"after_op": None, "base_version": None}


@given(script=requests)
@example([("rui", [{"id": "op-1", "do": EDIT} | NO_BASE, {"id": "op-2", "do": None} | NO_BASE])])
@example(
    [
        (
            "rui",
            [
                {"id": f"op-{n}", "do": do} | NO_BASE
                for n, do in enumerate((EDIT_BROUGHT, TAKE_OUT, EDIT_BROUGHT))
            ],
        )
    ]
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_handful_comes_to_the_same_as_its_ops_one_by_one(
    houses: Callable[[str], House], script: list[Request]
) -> None:
    compare(houses("sqlite"), script)


@pytest.mark.needs_postgresql
@given(script=requests)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_so_it_does_on_postgresql(houses: Callable[[str], House], script: list[Request]) -> None:
    compare(houses("postgresql"), script)


def _late(op_id: str) -> Prepared:
    """What it puts off can't be done: it seems to be through, and fails when others stand behind it."""

    def action(ctx: Context, _args: Nothing) -> None:
        ctx.add(Place(event_id=ctx.event_id, id="late", name="late"))
        nameless = update(Place).where(col(Place.event_id) == ctx.event_id).values(name=bindparam("new"))
        put_off(ctx.session.connection(), nameless, {"new": None})

    return Prepared(op_id, Op("test.late", Permission.VIEW, Nothing, action), Nothing(), "", None, None, None)


def _edit(show: Show, title: str, after_op: str | None = None) -> Prepared:
    step = {"id": title, "do": ("cue.edit", {"id": "a", "set": {"title": title}}), "base_version": None}
    op = prepared(show, step | {"after_op": after_op})
    assert isinstance(op, Prepared)
    return op


def test_what_builds_on_an_op_that_was_never_taken_stays_undone_when_the_handful_goes_again(
    show: Show,
) -> None:
    """An op that could not be read is refused before its request is queued."""
    show.add("a")
    ops = [_edit(show, "builds", "unread"), _spoil("spoils", None)]
    submission = Submission(show.event, "rui", ops, show.clock.now(), fallen={"unread"})
    show.services.writers.submit(submission)
    codes = [result.get("error", {}).get("code") for result in submission.done.result(10)]
    assert (codes, show.cue("a").title) == (["after_refused", "exists"], "a")


def test_a_request_is_not_told_of_changes_that_were_undone_when_the_handful_went_again(show: Show) -> None:
    show.add("a")
    with held_up(show):
        head = show.head
        sent = [
            Submission(show.event, member, ops, show.clock.now())
            for member, ops in (("rui", [_late("late")]), ("hui", [_edit(show, "A")]))
        ]
        for each in sent:
            show.services.writers.submit(each)
    statuses = [each.done.result(10)[0]["status"] for each in sent]
    assert (statuses, [each.base for each in sent]) == (["rejected", "applied"], [None, head])


def test_where_ops_fail_one_after_the_other_only_the_first_handful_goes_twice(show: Show) -> None:
    runs: list[str] = []

    def counted(name: str) -> Prepared:
        def action(_ctx: Context, _args: Nothing) -> None:
            runs.append(name)

        return Prepared(
            name, Op("test.run", Permission.VIEW, Nothing, action), Nothing(), "", None, None, None
        )

    def failing(name: str) -> list[Prepared]:
        return [counted(name), _spoil(f"{name}-spoils", None)]

    for ops in ([counted("0")], failing("1"), failing("2"), [counted("3"), counted("4")], failing("5")):
        submission = Submission(show.event, "rui", ops, show.clock.now())
        show.services.writers.submit(submission).result(10)
    assert runs == ["0", "1", "1", "2", "3", "4", "5", "5"]
