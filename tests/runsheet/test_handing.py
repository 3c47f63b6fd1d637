"""The call of a track goes from caller to caller: asked for, never in the way of a GO, and one has it at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from server.runsheet.models import Track
from tests.support.follower import Follower
from tests.support.show import NOON, Show

MINUTE = 60_000


def call_of(show: Show, name: str = "main") -> tuple[str, int | None, str]:
    """(who has it, since when, who gave it)."""
    with show.services.db.read() as session:
        track = session.get_one(Track, (show.event, name))
    return track.caller, track.caller_since, track.handed_by


def test_nobody_has_the_call_until_somebody_takes_it_and_a_go_takes_none(show: Show) -> None:
    show.add("i1")
    show.do("wei", "cue.go", id="i1", current=None)
    assert call_of(show) == ("", None, "")
    show.do("wei", "track.take", track="main", current=None)
    assert call_of(show) == ("wei", NOON, "wei")


def test_who_has_the_call_hands_it_over_and_both_are_told(show: Show) -> None:
    show.do("wei", "track.take", track="main", current=None)
    show.tick(60)
    crew = Follower(show, "mei", "html")
    crew.catch_up()
    show.do("wei", "track.hand_over", track="main", to="lan")
    assert call_of(show) == ("lan", NOON + MINUTE, "wei")
    crew.catch_up()
    assert f'data-caller="lan" data-since="{NOON + MINUTE}" data-handedby="wei"' in crew.held["track", "main"]
    [body] = [body for body in show.bodies("mei", "track") if body["id"] == "main"]
    assert (body["caller"], body["caller_since"]) == ("lan", "2027-04-10T12:01:00+08:00")


def test_a_go_of_somebody_else_is_not_refused(show: Show) -> None:
    show.add("i1")
    show.do("wei", "track.take", track="main", current=None)
    show.do("lan", "cue.go", id="i1", current=None)
    assert show.cue("i1").called_by == "lan"


def test_only_who_has_the_call_gives_it_away(show: Show) -> None:
    show.do("lan", "track.take", track="main", current=None)
    error = show.refuse("wei", "track.hand_over", track="main", to="wei")
    assert (error["code"], error["params"]["who"], error["params"]["when"]) == ("has_the_call", "lan", NOON)


@pytest.mark.parametrize("to", ["mei", "rui", "tong", "qin"])
def test_the_call_is_given_only_to_who_may_call_the_track(show: Show, to: str) -> None:
    assert show.refuse("wei", "track.hand_over", track="main", to=to)["code"] == "may_not_call"
    assert show.refuse("lan", "track.hand_over", track="river", to="wei")["code"] == "may_not_call"
    assert show.refuse("wei", "track.hand_over", track="main", to="nobody")["code"] == "not_found"


@pytest.mark.parametrize("member", ["wei", "mei", "tong", "qin", "rui"])
def test_who_may_not_call_a_track_neither_takes_nor_gives_it(show: Show, member: str) -> None:
    assert show.refuse(member, "track.take", track="river", current=None)["code"] == "forbidden"
    assert show.refuse(member, "track.hand_over", track="river", to="lan")["code"] == "forbidden"


def test_of_two_that_take_it_at_once_the_second_is_told_who_was_first(show: Show) -> None:
    op = {"op": "track.take", "args": {"track": "main", "current": None}}
    with ThreadPoolExecutor(2) as pool:
        results = dict(
            zip(("wei", "lan"), pool.map(lambda who: show.send(who, op)[0], ("wei", "lan")), strict=True)
        )
    first = call_of(show)[0]
    second = "lan" if first == "wei" else "wei"
    assert results[first]["status"] == "applied"
    assert results[second]["error"]["params"]["who"] == first


def test_a_hand_over_by_mistake_is_taken_back_unless_it_went_on(show: Show) -> None:
    show.do("wei", "track.take", track="main", current=None)
    made = show.do("wei", "track.hand_over", track="main", to="lan")
    show.do("lan", "track.hold", tracks=["main"])
    assert show.undo("wei", made)["status"] == "applied"
    assert call_of(show) == ("wei", NOON, "wei")
    made = show.do("wei", "track.hand_over", track="main", to="lan")
    show.do("wei", "track.take", track="main", current="lan")
    assert show.undo("wei", made)["error"]["code"] == "called_since"


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("member.remove", {}),
        ("member.edit", {"set": {"roles": ["crew"]}}),
        ("member.edit", {"set": {"tracks": ["river"]}}),
    ],
    ids=str,
)
def test_whose_right_ends_has_no_call_any_more(show: Show, op: str, args: dict[str, object]) -> None:
    show.do("lan", "track.take", track="main", current=None)
    show.do("lan", "track.take", track="river", current=None)
    show.do("hui", op, id="lan", **args)
    assert call_of(show) == ("", None, "")
    assert call_of(show, "river")[0] == ("lan" if args.get("set") == {"tracks": ["river"]} else "")
    error = show.refuse("wei", "track.take", track="main", current="lan")
    assert error["params"]["now"] == {"caller": None}
