"""Whoever names what is not theirs, by its right id and in whatever argument, gets none of it and changes nothing."""

from collections.abc import Iterator
from functools import cache

import pytest

from server.app import OPS
from server.core.models import BrowserSession
from server.core.ops import MAX_OPS, Prepared, prepare
from tests.people.stage import Stage, opened
from tests.security import fairground
from tests.support.databases import SqliteDatabases
from tests.support.examples import Json, example, named

# Stands in every text of the fair, so that whatever leaks of it is seen.
SECRET = "河濱祕密"
# Stands in a note that is the light department's alone.
NOTE = "燈光密語"
# What a person would name beside it, so that no op is refused for the company its id is in.
USUAL = {
    "cue": "c1",
    "track": "main",
    "department": "light",
    "parent": "c1",
    "place": "gate",
    "day": "2026-11-23",
}
# What a role of another department must not touch, by table: whose it is, and how its rows are told.
NOT_DANS = {
    "cue_note": "light",
    "calendar": "eve",
    "browser_session": "eve",
    "guest_link": SECRET,
    "webhook": SECRET,
    "token": "desk",
    "variant": SECRET,
    "column_def": SECRET,
    "department": SECRET,
}


@pytest.fixture
def stage(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    url = sqlite_databases.filled("a whole fair", _fill)
    with opened(url, tmp_path_factory.mktemp("ids")) as filled:
        yield filled
    sqlite_databases.forget(url)


def _fill(url: str) -> None:
    with opened(url, fairground.UNUSED) as stage:
        stage.populate()
        fairground.fill(stage, SECRET)
        stage.must("eve", "note.put", cue="c2", department="light", text=NOTE)
        for one in ("amy", "eve"):
            stage.browser(one)
        # Zoe's own event has things of hers by the same names, as every event made out of another has.
        stage.must("zoe", "track.put", "other", id="main", name="她的")
        stage.must(
            "zoe", "member.edit", "other", id="zoe", set={"roles": ["owner", "caller"], "tracks": ["*"]}
        )


def ids(stage: Stage) -> list[str]:
    """Every id in the fair that one could name, also of browsers."""
    with stage.services.db.read() as session:
        return [*fairground.IDS, *session.exec(BrowserSession.__table__.select()).scalars()]  # type: ignore[attr-defined]


def every_op(stage: Stage) -> list[Json]:
    """Each op with each id in every argument that takes one."""
    return _every_op(tuple(ids(stage)))


@cache
def _every_op(known: tuple[str, ...]) -> list[Json]:
    ops = [
        named(op, one, usual)
        for op in OPS.ops.values()
        for usual in ({}, USUAL)
        for one in known
        if not usual or USUAL.keys() & named(op, one)["args"].keys()
    ]
    once = {f"{op['op']} {op['args']}": op for op in ops if isinstance(prepare(OPS, op), Prepared)}
    return list(once.values())


def send(stage: Stage, ops: list[Json], event: str, headers: dict[str, str]) -> str:
    """What somebody is answered to all of them, and what they read afterwards."""
    machine, told = stage.browser(), []
    for start in range(0, len(ops), MAX_OPS):
        stage.clock.advance(1)  # so that it is not too many at once
        part = {"ops": ops[start : start + MAX_OPS]}
        answer = machine.post(f"/api/events/{event}/ops", json=part, headers=headers)
        assert answer.status_code == 200
        told.append(answer.text)
    paths = (f"/api/events/{event}/{path}" for path in ("state", "changes"))
    return "".join([*told, *(machine.get(path, headers=headers).text for path in paths)])


def test_every_op_is_tried_with_every_id(stage: Stage) -> None:
    tried = {op["op"] for op in every_op(stage)}
    assert tried == set(OPS.ops)
    before = fairground.rows_of(stage, "fair")
    told = send(stage, every_op(stage), "fair", stage.token("amy"))
    after = fairground.rows_of(stage, "fair")
    assert SECRET in told
    assert [
        table for table in ("cue", "guest_link", "cue_note", "webhook") if before[table] == after[table]
    ] == []


def test_of_another_event_no_op_touches_or_tells_anything(stage: Stage) -> None:
    """Zoe owns an event of her own and may do all in it. None of these ids is anything there."""
    before = fairground.rows_of(stage, "fair")
    told = send(stage, every_op(stage), "other", stage.token("zoe", "other"))
    assert fairground.rows_of(stage, "fair") == before
    assert SECRET not in told
    assert '"applied"' in told  # her own track is hers


def test_of_another_event_no_page_shows_anything(stage: Stage) -> None:
    zoe = stage.browser("zoe", "other")
    for path in fairground.addresses("other", *ids(stage)):
        answer = zoe.get(path)
        assert answer.status_code < 500, path
        assert SECRET not in answer.text, path


@pytest.mark.parametrize("who", ["dan", "fay", "gus"])
def test_of_another_department_or_person_no_op_touches_or_tells_anything(stage: Stage, who: str) -> None:
    before = fairground.rows_of(stage, "fair")
    stage.must("amy", "member.edit", id="dan", set={"roles": ["crew"], "department": "stage"})
    told = send(stage, every_op(stage), "fair", stage.token(who))
    after = fairground.rows_of(stage, "fair")
    changed = [
        (table, row)
        for table, word in NOT_DANS.items()
        for row in before[table]
        if word in row and row not in after[table]
    ]
    assert changed == []
    assert NOTE not in told


def test_a_lead_of_another_department_writes_none_of_its_notes(stage: Stage) -> None:
    stage.must("amy", "member.edit", id="dan", set={"roles": ["lead"], "department": "stage"})
    before = fairground.rows_of(stage, "fair")["cue_note"]
    assert NOTE in send(stage, [], "fair", stage.token("eve"))
    told = send(stage, every_op(stage), "fair", stage.token("dan"))
    assert [
        row for row in before if "light" in row and row not in fairground.rows_of(stage, "fair")["cue_note"]
    ] == []
    assert NOTE not in told


def test_nobody_ends_a_browser_or_a_code_of_another_person(stage: Stage) -> None:
    before, known = fairground.rows_of(stage, "fair")["browser_session"], ids(stage)
    for who in ("dan", "gus"):
        browser = stage.browser(who)
        for one in known:
            for path in (f"/me/sessions/{one}/end", f"/me/codes/{one}/end"):
                assert browser.post(path).status_code == 404
    eves = [row for row in before if "'eve'" in row]
    assert eves
    assert [row for row in eves if row not in fairground.rows_of(stage, "fair")["browser_session"]] == []


def test_an_example_of_each_op_names_what_it_is_given() -> None:
    assert named(OPS.ops["cue.move"], "c1")["args"] == {
        "id": "c1",
        "track": "c1",
        "parent": "c1",
        "after": "c1",
    }
    assert example(OPS.ops["cue.move"])["args"] == {"id": "none"}
