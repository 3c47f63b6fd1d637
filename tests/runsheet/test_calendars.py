"""A personal link by which a calendar follows the sheet; on both databases."""

import re
from http import HTTPStatus

import pytest
from httpx2 import Response
from sqlmodel import select
from starlette.testclient import TestClient

from server.core.ids import digest, new_secret
from server.core.models import Change, Receipt
from server.core.security import RATES, Rate
from server.runsheet.calendar_links import Calendar
from server.runsheet.calendars import MOST
from server.runsheet.models import Cue
from tests.support.show import DAY, Show


@pytest.fixture
def planned(show: Show) -> Show:
    """Mei has a row of the main track; the river's is nobody's."""
    show.add(
        "mine",
        title="山嵐列車",
        people=["mei"],
        start_mode="fixed",
        start=f"{DAY}T13:30:00+08:00",
        duration_s=600,
    )
    show.add("next", title="換場", duration_s=300)
    show.add("river", title="河岸節目", track="river", **at("15:00"))
    show.add(
        "dark", title="燈暗", kind="cue", parent="mine", people=["jun"], start_mode="offset", offset_s=-30
    )
    show.add("whenever", title="視現場", start_mode="manual")
    return show


def at(clock: str) -> dict[str, str]:
    return {"start_mode": "fixed", "start": f"{DAY}T{clock}:00+08:00"}


def make(show: Show, member: str, scope: str = "all", **args: str) -> str:
    """A new link's secret."""
    secret = new_secret()
    show.do(member, "calendar.make", id=f"k-{secret[:8]}", hash=digest(secret), scope=scope, **args)
    return secret


def read(show: Show, secret: str, **headers: str) -> Response:
    """As a calendar asks: without a cookie, from anywhere."""
    browser = TestClient(show.house.app, base_url=show.services.origin)
    answer: Response = browser.get(f"/ical/{secret}.ics", headers=headers)
    return answer


def titles(show: Show, secret: str) -> list[str]:
    return sorted(re.findall(r"SUMMARY:[\d. ]*(.*)\r\n", read(show, secret).text))


def test_a_calendar_shows_what_its_link_is_for(planned: Show) -> None:
    assert titles(planned, make(planned, "mei", "mine")) == ["山嵐列車"]
    assert titles(planned, make(planned, "mei", "all")) == ["山嵐列車", "換場", "河岸節目"]
    assert titles(planned, make(planned, "mei", "track", track="river")) == ["河岸節目"]
    assert titles(planned, make(planned, "jun", "mine")) == ["燈暗"]


def test_a_calendar_says_how_long_what_ends_at_a_time_takes(planned: Show) -> None:
    end = {"end_mode": "count_to_end", "end": f"{DAY}T22:30:00+08:00"}
    planned.add("until", track="river", title="夜市", duration_s=600, **at("21:00"), **end)
    assert "河岸 · 1:30:00" in read(planned, make(planned, "mei", "track", track="river")).text


def test_what_stands_in_a_segment_that_is_left_out_is_called_off(planned: Show) -> None:
    planned.add("seg", kind="segment", title="夜場", **at("20:00"))
    planned.add("in", parent="seg", title="壓軸", **at("20:00"))
    secret = make(planned, "rui")
    assert "STATUS:CANCELLED" not in read(planned, secret).text
    planned.do("wei", "cue.skip", id="seg")
    [found] = [each for each in read(planned, secret).text.split("BEGIN:VEVENT") if "壓軸" in each]
    assert "STATUS:CANCELLED" in found


def test_whom_no_row_names_sees_their_departments(planned: Show) -> None:
    planned.do("rui", "cue.edit", id="next", set={"departments": ["light"]})
    assert titles(planned, make(planned, "emma", "mine")) == ["換場"]


def test_a_row_keeps_its_id_and_counts_up_when_one_before_it_moves(planned: Show) -> None:
    secret = make(planned, "mei")
    before = events(planned, secret)["next"]
    planned.do("rui", "cue.edit", id="mine", set={"duration_s": 1200})
    after = events(planned, secret)["next"]
    assert (before["DTSTART"], after["DTSTART"]) == ("20270410T054000Z", "20270410T055000Z")
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert after["LAST-MODIFIED"] >= before["LAST-MODIFIED"]
    planned.add("third", title="合照", duration_s=300)
    planned.do("rui", "cue.edit", id="next", set={"title": "大換場"})
    later = events(planned, secret)["third"]
    planned.do("rui", "cue.remove", id="next")
    sooner = events(planned, secret)["third"]
    assert (later["DTSTART"], sooner["DTSTART"]) == ("20270410T055500Z", "20270410T055000Z")
    assert int(sooner["SEQUENCE"]) > int(later["SEQUENCE"])


def events(show: Show, secret: str) -> dict[str, dict[str, str]]:
    found = re.findall(
        r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", read(show, secret).text.replace("\r\n ", ""), re.DOTALL
    )
    told = [dict(line.split(":", 1) for line in each.splitlines()) for each in found]
    return {each["UID"].split("@")[0]: each for each in told}


def test_what_has_not_changed_is_not_sent_again(planned: Show) -> None:
    secret = make(planned, "mei")
    first = read(planned, secret)
    assert first.headers["content-type"].startswith("text/calendar")
    assert first.headers["cache-control"] == "private, no-cache"
    again = read(planned, secret, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (HTTPStatus.NOT_MODIFIED, b"")
    planned.do("rui", "cue.edit", id="mine", set={"title": "別的"})
    assert read(planned, secret, **{"if-none-match": first.headers["etag"]}).status_code == HTTPStatus.OK


def test_a_link_shows_no_more_than_its_member_may_see_now(planned: Show) -> None:
    secret = make(planned, "jun")
    with planned.services.db.write() as session:
        session.get_one(Cue, (planned.event, "river")).audience = "team"
    assert "河岸節目" in titles(planned, secret)
    planned.do("hui", "member.edit", id="jun", set={"roles": ["client"]})
    assert "河岸節目" not in titles(planned, secret)


def test_one_ends_ones_own_link_and_nobody_elses(planned: Show) -> None:
    secret = make(planned, "mei")
    [link] = planned.bodies("mei", "calendar")
    assert planned.bodies("jun", "calendar") == planned.bodies("hui", "calendar") == []
    assert planned.refuse("hui", "calendar.end", id=link["id"])["code"] == "not_found"
    planned.do("mei", "calendar.end", id=link["id"])
    assert read(planned, secret).status_code == HTTPStatus.NOT_FOUND
    assert planned.bodies("mei", "calendar") == []


@pytest.mark.parametrize("op", ["member.remove", "member.sign_out"])
def test_who_is_removed_or_signed_out_of_everything_has_no_link_any_more(planned: Show, op: str) -> None:
    secrets, other = [make(planned, "mei"), make(planned, "mei", "mine")], make(planned, "jun")
    planned.do("hui", op, id="mei")
    assert [read(planned, secret).status_code for secret in secrets] == [HTTPStatus.NOT_FOUND] * 2
    assert read(planned, other).status_code == HTTPStatus.OK


def test_no_log_receipt_or_row_holds_the_secret(planned: Show) -> None:
    secret = make(planned, "mei")
    with planned.services.db.read() as session:
        stored = [session.exec(select(model)).all() for model in (Change, Receipt, Calendar)]
    assert secret not in repr(stored)
    assert digest(secret) not in repr(stored[:2])
    assert digest(secret) not in repr(planned.bodies("mei", "calendar"))


def test_it_is_told_when_a_calendar_last_asked_and_the_log_is_not(planned: Show) -> None:
    secret = make(planned, "mei")
    head = planned.head
    assert planned.bodies("mei", "calendar")[0]["read_at"] is None
    read(planned, secret)
    assert planned.bodies("mei", "calendar")[0]["read_at"] == "2027-04-10T12:00:00+08:00"
    planned.tick(60)
    read(planned, secret)
    assert planned.bodies("mei", "calendar")[0]["read_at"] == "2027-04-10T12:00:00+08:00"
    assert planned.head == head


def test_a_link_is_made_once_and_not_without_end(planned: Show) -> None:
    secret = make(planned, "mei")
    again = {"id": "k-other", "hash": digest(secret)}
    assert planned.refuse("jun", "calendar.make", **again)["code"] == "exists"
    assert (
        planned.refuse("mei", "calendar.make", id="k", hash="0" * 64, scope="track", track="no")["code"]
        == "not_found"
    )
    for _ in range(MOST - 1):
        make(planned, "mei")
    assert planned.refuse("mei", "calendar.make", id="k-more", hash="0" * 64)["code"] == "too_many"


def test_a_calendar_that_asks_without_end_waits_and_a_made_up_link_is_none(planned: Show) -> None:
    secret = make(planned, "mei")
    asked = [read(planned, secret).status_code for _ in range(RATES["calendar_link"].burst + 1)]
    assert asked == [HTTPStatus.OK] * RATES["calendar_link"].burst + [HTTPStatus.TOO_MANY_REQUESTS]
    assert read(planned, new_secret()).status_code == HTTPStatus.NOT_FOUND


def test_who_makes_links_up_locks_no_calendar_out_behind_the_same_address(
    planned: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RATES, "calendar_unknown_address", Rate(3, 1))
    secret = make(planned, "mei")
    asked = [read(planned, new_secret()).status_code for _ in range(4)]
    assert asked == [HTTPStatus.NOT_FOUND] * 3 + [HTTPStatus.TOO_MANY_REQUESTS]
    assert read(planned, secret).status_code == HTTPStatus.OK
