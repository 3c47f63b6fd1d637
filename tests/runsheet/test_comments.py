"""Comments on rows: for the team, with the time of the fact, taken back by who wrote them or by show control."""

import pytest

from server.core.clock import to_iso
from tests.support.follower import Follower
from tests.support.show import NOON, Show


def said(show: Show, member: str) -> list[tuple[str, str, str]]:
    return [(body["cue"], body["member"], body["text"]) for body in show.bodies(member, "comment")]


@pytest.fixture
def planned(show: Show) -> Show:
    show.add("a")
    return show


def test_a_comment_says_who_when_and_on_which_row(planned: Show) -> None:
    planned.tick(60)
    args = {"id": "c1", "cue": "a", "text": "麥架要多一支"}
    [made] = planned.send("mei", {"op": "comment.add", "args": args, "at": to_iso(NOON, "Asia/Taipei")})
    assert made["status"] == "applied"
    [body] = planned.bodies("jun", "comment")
    told = {name: body[name] for name in ("cue", "member", "text", "at")}
    assert told == {"cue": "a", "member": "mei", "text": "麥架要多一支", "at": "2027-04-10T12:00:00+08:00"}


def test_a_comment_reaches_the_team_and_nobody_from_outside(planned: Show) -> None:
    team, outside = (
        Follower(planned, "jun", "html"),
        [Follower(planned, who, "html") for who in ("tong", "qin")],
    )
    for phone in (team, *outside):
        phone.catch_up()
    planned.do("mei", "comment.add", id="c1", cue="a", text="<b>麥克風</b>")
    for phone in (team, *outside):
        phone.catch_up()
    assert "&lt;b&gt;麥克風&lt;/b&gt;" in team.held["comment", "c1"]
    assert all(("comment", "c1") not in phone.held for phone in outside)
    assert (said(planned, "tong"), said(planned, "qin")) == ([], [])


@pytest.mark.parametrize("member", ["tong", "qin"])
def test_nobody_from_outside_comments_or_strikes(planned: Show, member: str) -> None:
    planned.do("mei", "comment.add", id="c1", cue="a", text="好")
    assert planned.refuse(member, "comment.add", id="c2", cue="a", text="x")["code"] == "forbidden"
    assert planned.refuse(member, "comment.strike", id="c1")["code"] == "forbidden"


@pytest.mark.parametrize("member", ["mei", "rui"])
def test_ones_own_is_taken_back_and_show_control_takes_back_any(planned: Show, member: str) -> None:
    planned.do("mei", "comment.add", id="c1", cue="a", text="好")
    before = said(planned, "jun")
    assert planned.refuse("jun", "comment.strike", id="c1")["code"] == "forbidden"
    struck = planned.do(member, "comment.strike", id="c1")
    assert said(planned, "jun") == []
    assert planned.undo(member, struck)["status"] == "applied"
    assert said(planned, "jun") == before == [("a", "mei", "好")]


def test_a_comment_is_text_on_a_row_that_is_there(planned: Show) -> None:
    for bad in ("", " ", "字" * 501):
        assert planned.refuse("mei", "comment.add", id="c1", cue="a", text=bad)["code"] == "invalid"
    assert planned.refuse("mei", "comment.add", id="c1", cue="none", text="x")["code"] == "not_found"
    planned.do("mei", "comment.add", id="c1", cue="a", text="字" * 500)
    assert planned.refuse("jun", "comment.add", id="c1", cue="a", text="x")["code"] == "exists"


def test_comments_go_and_come_back_with_their_row(planned: Show) -> None:
    planned.do("mei", "comment.add", id="c1", cue="a", text="好")
    planned.do("rui", "cue.remove", id="a")
    assert said(planned, "jun") == []
    planned.do("rui", "cue.restore", id="a")
    assert said(planned, "jun") == [("a", "mei", "好")]
