"""The site's log: one line each, with the time of the fact, for the team alone."""

import pytest

from server.core.clock import to_iso
from tests.support.follower import Follower
from tests.support.show import NOON, Show

MINUTE = 60_000


def lines(show: Show, member: str) -> list[tuple[str, str, str]]:
    return [(body["text"], body["member"], body["at"]) for body in show.bodies(member, "entry")]


def test_a_line_tells_what_happened_when_where_and_during_what(show: Show) -> None:
    show.add("i1")
    show.tick(60)
    said = {"id": "e1", "text": " 觀眾進場\n延遲 ", "track": "main", "cue": "i1"}
    [made] = show.send("wei", {"op": "log.write", "args": said, "at": to_iso(NOON, "Asia/Taipei")})
    assert made["status"] == "applied"
    [body] = show.bodies("mei", "entry")
    told = {name: body[name] for name in ("text", "track", "cue", "member", "at")}
    assert told == {
        "text": "觀眾進場 延遲",
        "track": "main",
        "cue": "i1",
        "member": "wei",
        "at": "2027-04-10T12:00:00+08:00",
    }


def test_lines_stand_as_they_are_listed_the_newest_first_and_comments_the_newest_last(show: Show) -> None:
    show.add("i1")
    for name in ("b", "c", "a"):
        show.tick(60)
        show.do("mei", "log.write", id=name, text=name)
        show.do("mei", "comment.add", id=name, cue="i1", text=name)
    listed = {kind: [body["text"] for body in show.bodies("rui", kind)] for kind in ("entry", "comment")}
    assert listed == {"entry": ["a", "c", "b"], "comment": ["b", "c", "a"]}


def test_a_line_reaches_the_team_and_nobody_from_outside(show: Show) -> None:
    team, outside = Follower(show, "jun", "html"), [Follower(show, who, "html") for who in ("tong", "qin")]
    for phone in (team, *outside):
        phone.catch_up()
    show.do("mei", "log.write", id="e1", text="<b>麥克風異常</b>")
    for phone in (team, *outside):
        phone.catch_up()
    assert "&lt;b&gt;麥克風異常&lt;/b&gt;" in team.held["entry", "e1"]
    assert all(("entry", "e1") not in phone.held for phone in outside)
    assert (lines(show, "tong"), lines(show, "qin")) == ([], [])


def test_one_takes_ones_own_line_back_and_that_too(show: Show) -> None:
    made = show.do("mei", "log.write", id="e1", text="天候")
    before = lines(show, "rui")
    assert show.refuse("wei", "log.strike", id="e1")["code"] == "forbidden"
    show.tick(60)
    struck = show.undo("mei", made)
    assert lines(show, "rui") == []
    assert show.undo("mei", struck)["status"] == "applied"
    assert lines(show, "rui") == before


@pytest.mark.parametrize(("member", "code"), [("tong", "forbidden"), ("qin", "forbidden")])
def test_nobody_from_outside_writes_or_strikes(show: Show, member: str, code: str) -> None:
    show.do("mei", "log.write", id="e1", text="天候")
    assert show.refuse(member, "log.write", id="e2", text="x")["code"] == code
    assert show.refuse(member, "log.strike", id="e1")["code"] == code


def test_a_line_is_one_line_of_what_there_is(show: Show) -> None:
    for bad in ({"text": " "}, {"text": "字" * 201}):
        assert show.refuse("mei", "log.write", id="e1", **bad)["code"] == "invalid"
    for bad in ({"track": "nowhere"}, {"cue": "nothing"}):
        assert show.refuse("mei", "log.write", id="e1", text="x", **bad)["code"] == "not_found"
    show.do("mei", "log.write", id="e1", text="字" * 200)
    assert show.refuse("jun", "log.write", id="e1", text="x")["code"] == "exists"


def test_a_line_shows_what_its_writer_is_called_by_now(show: Show) -> None:
    show.do("mei", "log.write", id="e1", text="天候")
    phone = Follower(show, "jun", "html")
    phone.catch_up()
    show.do("rui", "member.edit", id="mei", set={"name": "陳小美"})
    phone.catch_up()
    assert "陳小美" in phone.held["entry", "e1"]
