"""Whatever is done in whatever order: what a client held plus its frames is what a fresh client is shown."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from server.core.models import Change
from tests.support.follower import Follower
from tests.support.show import House, Show

ROWS = ["seg", "a", "b", "c", "d"]
# Coordinator, light, light in English, sound, client: who follows; the others act too, and change.
FOLLOWERS = ["rui", "mei", "emma", "jun", "qin"]

row = st.sampled_from(ROWS)
maybe_row = st.none() | row
title = st.sampled_from(["", "山嵐", "<b>", "x" * 200])
member = st.sampled_from(["hui", "rui", "wei", "lan", "mei", "jun", "qin"])


def op(name: str, /, **args: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.tuples(st.just(name), st.fixed_dictionaries(args))


fields = st.fixed_dictionaries(
    {},
    optional={
        "title": title,
        "kind": st.sampled_from(["item", "cue", "segment"]),
        "place": st.sampled_from([None, "gate", "stage-1"]),
        "people": st.lists(st.sampled_from(["wei", "tong"]), max_size=2),
        "columns": st.dictionaries(
            st.sampled_from(["light", "sound"]), st.fixed_dictionaries({"zh-TW": title})
        ),
        "duration_s": st.integers(0, 900),
    },
)
kinds = st.sampled_from(["segment", "item", "item", "cue"])
adds = op(
    "cue.add", id=row, track=st.sampled_from(["main", "river"]), kind=kinds, parent=maybe_row, title=title
)
calls = st.sampled_from(["standby", "finish", "skip", "pause", "resume", "rewind", "ready", "done", "unmark"])
changes = st.one_of(
    adds,
    op("cue.edit", id=row, set=fields),
    op("cue.move", id=row, after=maybe_row, parent=maybe_row),
    op("cue.remove", id=row),
    op("cue.restore", id=row),
    op("cue.go", id=row, current=maybe_row),
    calls.flatmap(lambda call: op(f"cue.{call}", id=row)),
    op("cue.nudge", id=row, seconds=st.integers(-60, 60)),
    op("cue.act", id=row, act=st.sampled_from(["arrived", "late", "none"])),
    op("note.put", cue=row, department=st.sampled_from(["light", "sound"]), text=title),
    op("place.put", id=st.just("gate"), name=st.sampled_from(["門口", "大門"])),
    op("column.put", id=st.sampled_from(["light", "video"]), name=st.sampled_from(["燈光", "影像"])),
    op("department.put", id=st.just("light"), name=st.sampled_from(["燈光組", "光"])),
    op(
        "member.edit",
        id=st.just("tong"),
        set=st.fixed_dictionaries({"name": st.sampled_from(["童", "小童"])}),
    ),
    op(
        "member.edit",
        id=st.just("wei"),
        set=st.fixed_dictionaries({"phone": st.sampled_from(["0900", "0901"])}),
    ),
    op("member.remove", id=st.just("tong")),
)
# Who does what, and which of the followers read meanwhile.
scripts = st.lists(st.tuples(member, changes, st.sets(st.sampled_from(FOLLOWERS), max_size=2)), max_size=25)


def act(house: House, script: list[tuple[str, tuple[str, dict[str, Any]], set[str]]]) -> None:
    show = house.show()
    show.add("seg", kind="segment")
    show.add("a", parent="seg")
    show.add("b", parent="seg", note_for={"light": "暗"})
    followers = [Follower(show, name, form) for name in FOLLOWERS for form in ("json", "html")]
    for who, (name, args), readers in script:
        show.send(who, {"op": name, "args": args})
        for follower in followers:
            if follower.member in readers:
                follower.catch_up(live=True)
    for follower in followers:
        follower.catch_up()
        assert follower.held == follower.fresh(), (follower.member, follower.form)
        assert not follower.resets
        check_secrets(follower)
    check_log(show)


def check_secrets(follower: Follower) -> None:
    """Of another department's notes, and of other people's own rows, nobody hears even that they go."""
    department = {"mei": "light", "emma": "light", "jun": "sound"}.get(follower.member)
    notes = {key[1].split(":")[1] for key in follower.heard if key[0] == "note"}
    assert notes <= {department}
    assert {key[1] for key in follower.heard if key[0] == "me"} == {follower.member}
    assert follower.member != "qin" or not [key for key in follower.heard if key[0] in {"contact", "act"}]


def check_log(show: Show) -> None:
    """Entries count without gaps, and each says rightly who saw the entity before it."""
    with show.services.db.read() as session:
        log = session.exec(select(Change).where(Change.event_id == show.event).order_by(Change.seq)).all()  # type: ignore[arg-type]
    assert [entry.seq for entry in log] == list(range(1, show.head + 1))
    seen: dict[tuple[str, str], str | None] = {}
    for entry in log:
        is_face = entry.entity_kind in {"contact", "me"}  # made with its member, of whom it is a part
        assert is_face or entry.was == seen.get((entry.entity_kind, entry.entity)), entry
        seen[entry.entity_kind, entry.entity] = entry.audience


@given(script=scripts)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_frames_bring_every_client_to_the_fresh_state(
    houses: Callable[[str], House], script: list[Any]
) -> None:
    act(houses("sqlite"), script)


@pytest.mark.needs_postgresql
@given(script=scripts)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_so_they_do_on_postgresql(houses: Callable[[str], House], script: list[Any]) -> None:
    act(houses("postgresql"), script)
