"""Where an act is: whoever of the team knows says it, the team alone hears it, and no old tap undoes a newer one."""

from typing import Any

import pytest

from server.core.clock import to_iso
from tests.support.follower import Follower
from tests.support.show import NOON, Show

MINUTE = 60_000


@pytest.fixture
def show(show: Show) -> Show:
    """Two items, a buffer and a cue; nobody has said where an act is."""
    show.add("i1", title="山嵐列車", duration_s=1200)
    show.add("i2", title="海線電台", duration_s=1200)
    show.add("b1", kind="buffer", duration_s=600)
    show.add("c1", kind="cue", parent="i1")
    return show


def acts(show: Show, member: str = "rui") -> dict[str, tuple[str, str | None]]:
    return {body["id"]: (body["kind"], body["eta"]) for body in show.bodies(member, "act")}


def iso(minutes: int) -> str:
    return str(to_iso(NOON + minutes * MINUTE, "Asia/Taipei"))


def say(show: Show, member: str, act: str, base: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - of an op
    """Say it as a phone does, which saw the act at that version."""
    args = {"id": "i1", "act": act} | more
    [result] = show.send(member, {"op": "cue.act", "args": args, "base_version": base})
    return result


@pytest.mark.parametrize("who", ["mei", "wei", "rui"])
def test_anybody_of_the_team_says_where_an_act_is(show: Show, who: str) -> None:
    show.do(who, "cue.act", id="i1", act="backstage")
    [body] = show.bodies("lan", "act")
    assert (body["kind"], body["member"], body["at"]) == ("backstage", who, iso(0))


@pytest.mark.parametrize("form", ["json", "html"])
def test_vendors_and_clients_never_hear_of_it(show: Show, form: str) -> None:
    followers = {name: Follower(show, name, form) for name in ("tong", "qin", "mei")}
    for act in ("arrived", "late", "none"):
        show.do("mei", "cue.act", id="i1", act=act)
        for follower in followers.values():
            follower.catch_up()
            assert follower.held == follower.fresh()
    heard = {name: [key for key in follower.heard if key[0] == "act"] for name, follower in followers.items()}
    assert (heard["tong"], heard["qin"]) == ([], [])
    assert heard["mei"] == [("act", "i1")] * 3
    assert (acts(show, "tong"), acts(show, "qin")) == ({}, {})


def test_vendors_and_clients_do_not_say_it_either(show: Show) -> None:
    assert show.refuse("tong", "cue.act", id="i1", act="late")["code"] == "forbidden"
    assert show.refuse("qin", "cue.act", id="i1", act="late")["code"] == "forbidden"


@pytest.mark.parametrize("row", ["b1", "c1"])
def test_only_an_item_has_an_act(show: Show, row: str) -> None:
    assert show.refuse("mei", "cue.act", id=row, act="arrived")["code"] == "no_act"


def test_when_a_late_act_is_expected_is_forgotten_once_it_is_there(show: Show) -> None:
    show.do("mei", "cue.act", id="i1", act="late", eta=iso(25))
    assert acts(show) == {"i1": ("late", iso(25))}
    show.do("mei", "cue.act", id="i1", act="arrived", eta=iso(25))
    assert acts(show) == {"i1": ("arrived", None)}


def test_the_undo_says_again_what_was_known_before(show: Show) -> None:
    late = show.do("mei", "cue.act", id="i1", act="late", eta=iso(25))
    there = show.do("jun", "cue.act", id="i1", act="backstage")
    assert show.undo("jun", there)["status"] == "applied"
    assert acts(show) == {"i1": ("late", iso(25))}
    assert show.undo("mei", late)["error"]["code"] == "stale"
    show.do("mei", "cue.act", id="i2", act="arrived")
    assert show.undo("mei", show.do("mei", "cue.act", id="i2", act="onstage"))["status"] == "applied"
    assert acts(show)["i2"] == ("arrived", None)


def test_a_tap_that_was_long_on_its_way_undoes_nothing_that_somebody_said_since(show: Show) -> None:
    seen = show.do("jun", "cue.act", id="i1", act="late")["seq"]
    show.do("lan", "cue.act", id="i1", act="onstage")
    result = say(show, "mei", "arrived", seen)
    assert (result["status"], result["error"]["code"]) == ("conflict", "stale")
    assert (result["error"]["params"]["who"], result["error"]["params"]["now"]) == (
        "lan",
        {"kind": "onstage"},
    )
    assert acts(show) == {"i1": ("onstage", None)}
    assert say(show, "mei", "arrived", show.head)["status"] == "applied"
    assert say(show, "jun", "arrived", seen)["status"] == "applied", (
        "what stands there already is no conflict"
    )


def test_of_two_who_say_the_first_thing_at_once_the_second_is_told(show: Show) -> None:
    base = show.head
    assert say(show, "mei", "arrived", base)["status"] == "applied"
    assert say(show, "jun", "late", base)["error"]["params"]["who"] == "mei"


def test_an_act_arrived_when_it_was_said_to_and_the_same_said_again_changes_nothing(show: Show) -> None:
    show.tick(600)
    args = {"id": "i1", "act": "arrived"}
    show.send("mei", {"op": "cue.act", "args": args, "at": iso(4)})
    head = show.head
    show.do("jun", "cue.act", id="i1", act="arrived")
    [body] = show.bodies("rui", "act")
    assert (body["at"], body["member"], show.head) == (iso(4), "mei", head)


def test_there_is_nothing_to_take_back_where_nothing_was_said(show: Show) -> None:
    head = show.head
    show.do("mei", "cue.act", id="i1", act="none")
    assert (acts(show), show.head) == ({}, head)


def test_a_go_and_a_new_run_leave_where_the_act_is(show: Show) -> None:
    show.do("mei", "cue.act", id="i1", act="backstage")
    show.do("wei", "cue.go", id="i1", current=None)
    show.do("wei", "cue.finish", id="i1")
    show.do("wei", "cue.rewind", id="i1")
    assert acts(show) == {"i1": ("backstage", None)}


def test_it_goes_with_its_row_and_comes_back_with_it(show: Show) -> None:
    show.do("mei", "cue.act", id="i1", act="late")
    removed = show.do("rui", "cue.remove", id="i1")
    assert acts(show) == {}
    assert show.undo("rui", removed)["status"] == "applied"
    assert acts(show) == {"i1": ("late", None)}
