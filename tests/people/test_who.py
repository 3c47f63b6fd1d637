"""The name by which a browser's scripts know its person: the same on every browser, and no proof of anything."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.core.auth import cookie_name
from server.core.feed import chains
from server.core.ids import new_id
from server.core.models import Event
from server.people.queries import find_viewer
from tests.people.stage import PASSWORD, Browser, Stage, opened

AMY = {"email": "amy@example.com", "password": PASSWORD}
SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def safe(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    """Served by https."""
    with opened(cast_url, tmp_path, public_url="https://cue.example") as stage:
        yield stage


def test_a_person_has_the_same_name_in_every_browser_and_each_has_another(stage: Stage) -> None:
    names = [_joined(stage, "dan"), _joined(stage, "dan"), _joined(stage, "eve"), _signed_in(stage)]
    assert all(re.fullmatch(r"[0-9a-f]{16}", name) for name in names)
    assert names[0] == names[1]
    assert len(set(names)) == 3


def test_an_account_and_a_member_who_have_the_same_id_are_two(stage: Stage) -> None:
    by_account, by_link = _signed_in(stage), _joined(stage, "amy")
    assert by_account != by_link


@SQLITE
def test_ones_own_row_says_the_name_from_before_one_had_an_account(stage: Stage) -> None:
    feed = stage.services.feed
    with stage.services.db.read() as session:
        event = session.get_one(Event, "fair")
        viewer = find_viewer(session, "fair", "amy")
        assert viewer
        [row] = feed.rows(session, event, chains(viewer)[1], "me")
    assert f'data-joined="{_joined(stage, "amy")}"' in row
    assert _signed_in(stage) not in row


@SQLITE
def test_scripts_can_read_it_and_over_https_it_is_bound_to_the_host(safe: Stage) -> None:
    answer = safe.browser().post("/sign-in", data=AMY)
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if "-who=" in one]
    assert cookie.startswith("__Host-fieldcue-who=")
    assert set(cookie.split("; ")[1:]) == {"Path=/", "SameSite=lax", "Max-Age=5184000", "Secure"}


def test_at_signing_out_it_goes(stage: Stage) -> None:
    amy = stage.browser()
    amy.post("/sign-in", data=AMY)
    assert _who(amy)
    amy.post("/sign-out")
    assert not _who(amy)


def test_who_joins_in_anothers_browser_takes_over_its_name(stage: Stage) -> None:
    phone = stage.browser()
    phone.post("/join", data={"secret": stage.link("dan")})
    dan = _who(phone)
    phone.post("/join", data={"secret": stage.link("eve")})
    assert _who(phone) == _joined(stage, "eve") != dan


@SQLITE
def test_a_browser_that_was_signed_in_before_names_existed_is_told_with_its_next_page(stage: Stage) -> None:
    dan = stage.browser("dan")
    assert not _who(dan)
    dan.get("/e/fair")
    assert _who(dan) == _joined(stage, "dan")
    assert "set-cookie" not in dan.get("/e/fair").headers


@SQLITE
def test_a_wrong_name_is_put_right_with_the_next_page(stage: Stage) -> None:
    dan = stage.browser("dan")
    dan.cookies.set(_name(stage), "0" * 16)
    told = dan.get("/me").headers.get_list("set-cookie")
    assert any(one.startswith(f"{_name(stage)}={_joined(stage, 'dan')};") for one in told)


@SQLITE
def test_strangers_and_machines_are_told_no_name(stage: Stage) -> None:
    assert "set-cookie" not in stage.browser().get("/sign-in").headers
    assert "set-cookie" not in stage.browser().get("/e/fair", headers=stage.token("dan")).headers


@SQLITE
def test_the_name_alone_opens_nothing(stage: Stage) -> None:
    thief = stage.browser()
    thief.cookies.set(_name(stage), _joined(stage, "dan"))
    assert thief.get("/e/fair").status_code == 303


def test_what_dan_did_without_signal_is_not_sent_as_eve_who_has_his_phone_now(stage: Stage) -> None:
    dan, eve, head = _joined(stage, "dan"), stage.browser("eve"), stage.head
    refused = eve.post("/e/fair/ops", json=_locale_op(), headers={"fieldcue-who": dan})
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["title"] == "這些改動是別人做的，要他本人登入才能送出。"
    assert stage.head == head


def test_what_dan_did_is_not_sent_to_another_event_of_whoever_has_his_phone(stage: Stage) -> None:
    zoe, dan = stage.browser("zoe", event="other"), _joined(stage, "dan")
    assert zoe.post("/e/fair/ops", json=_locale_op(), headers={"fieldcue-who": dan}).status_code == 401


def test_what_dan_did_himself_is_sent(stage: Stage) -> None:
    dan, who = stage.browser("dan"), _joined(stage, "dan")
    for headers in ({"fieldcue-who": who}, {}):
        answer = dan.post("/e/fair/ops", json=_locale_op(), headers=headers)
        assert answer.json()["results"][0]["status"] == "applied"


def _locale_op() -> dict[str, object]:
    return {"ops": [{"id": new_id(), "op": "member.locale", "args": {"locale": "en"}}]}


def _joined(stage: Stage, member: str) -> str:
    """The name of who joins by link in a browser of their own."""
    phone = stage.browser()
    assert phone.post("/join", data={"secret": stage.link(member)}).status_code == 200
    return _who(phone)


def _signed_in(stage: Stage) -> str:
    amy = stage.browser()
    amy.post("/sign-in", data=AMY)
    return _who(amy)


def _who(browser: Browser) -> str:
    return next((value for name, value in browser.cookies.items() if name.endswith("-who")), "")


def _name(stage: Stage) -> str:
    return cookie_name(stage.services.origin) + "-who"
