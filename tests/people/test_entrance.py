"""The first visit, and signing in by e-mail and password."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from server.core.models import BrowserSession
from server.core.passwords import check_password
from server.people.models import Account, Organisation
from tests.people.stage import DAY_MS, PASSWORD, Browser, Stage

FIRST = {"organisation": "聲浪活動", "name": "林以晴", "email": "Amy@Example.com", "password": PASSWORD}
SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def test_the_first_visit_leads_to_the_set_up(fresh: Stage) -> None:
    browser = fresh.browser()
    assert browser.get("/").headers["location"] == "/sign-in?to=/"
    assert browser.get("/sign-in?to=/").headers["location"] == "/setup"
    assert "Nobody has been here yet" in browser.get("/setup", headers={"accept-language": "en"}).text


def test_the_first_visit_makes_the_organisation_its_owner_and_an_event(fresh: Stage) -> None:
    browser = fresh.browser()
    assert browser.post("/setup", data=FIRST).headers["location"] == "/"
    assert browser.get("/").status_code == 200
    made = browser.post("/", data={"name": "河岸聲浪", "first": "2026-11-23", "days": "2", "key": "fair"})
    assert made.headers["location"] == "/e/fair/grid"
    state = browser.get("/api/events/fair/state?kinds=member,me").json()
    assert [member["name"] for member in state["entities"]["member"]] == ["林以晴"]
    assert [(me["roles"], me["tracks"]) for me in state["entities"]["me"]] == [(["owner", "caller"], ["*"])]


def test_who_makes_an_event_may_call_its_show(fresh: Stage) -> None:
    browser = fresh.browser()
    browser.post("/setup", data=FIRST)
    browser.post("/", data={"name": "河岸聲浪", "first": "2026-11-23", "days": "1", "key": "fair"})
    ops: list[tuple[str, dict[str, Any]]] = [
        ("track.put", {"id": "main", "name": "主舞台"}),
        ("cue.add", {"id": "i1", "track": "main", "title": "開場"}),
        ("cue.go", {"id": "i1", "current": None}),
    ]
    assert [browser.op(op, args)["status"] for op, args in ops] == ["applied"] * 3


def test_an_event_without_a_short_name_takes_one_from_its_date(fresh: Stage) -> None:
    browser = fresh.browser()
    browser.post("/setup", data=FIRST)
    made = browser.post("/", data={"name": "河岸聲浪", "first": "2026-11-23", "days": "1"})
    assert made.headers["location"] == "/e/event-2026-11-23/grid"


def test_nobody_sets_up_what_is_set_up(stage: Stage) -> None:
    intruder = stage.browser()
    assert intruder.get("/setup").headers["location"] == "/"
    assert intruder.post("/setup", data=FIRST).headers["location"] == "/sign-in"
    assert not intruder.cookies
    with stage.services.db.read() as session:
        assert len(session.exec(select(Organisation)).all()) == 2


def test_of_two_first_visits_at_once_one_sets_up(fresh: Stage) -> None:
    browsers = [fresh.browser() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(_set_up, enumerate(browsers)))
    assert sorted(answers) == ["/"] + ["/sign-in"] * 5
    with fresh.services.db.read() as session:
        assert len(session.exec(select(Organisation)).all()) == 1
        assert len(session.exec(select(Account)).all()) == 1


def _set_up(numbered: tuple[int, Browser]) -> str:
    number, browser = numbered
    return browser.post("/setup", data=FIRST | {"email": f"{number}@example.com"}).headers["location"]


@SQLITE
@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("organisation", "", "Fill this in."),
        ("organisation", "聲" * 121, "At most 120 characters."),
        ("email", "amy", "This is not an e-mail address."),
        ("email", "a@b@c", "This is not an e-mail address."),
        ("password", "short", "Use at least 10 characters."),
        ("password", "x" * 201, "At most 200 characters."),
    ],
)
def test_a_bad_set_up_says_where_and_makes_nothing(fresh: Stage, field: str, value: str, why: str) -> None:
    refused = fresh.browser(**{"accept-language": "en"}).post("/setup", data=FIRST | {field: value})
    assert refused.status_code == 422
    assert why in refused.text
    assert PASSWORD not in refused.text
    with fresh.services.db.read() as session:
        assert session.exec(select(Organisation)).all() == []


@SQLITE
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 121),
        ("key", "No!"),
        ("key", "../etc"),
        ("key", "fair"),
        ("first", "9999-12-31"),
        ("first", "soon"),
        ("days", "0"),
        ("days", "61"),
        ("days", "²"),
        ("days", ""),
    ],
)
def test_a_bad_event_says_where_and_makes_nothing(stage: Stage, field: str, value: str) -> None:
    amy = _signed_in(stage)
    good = {"name": "第二場", "key": "second", "first": "2026-12-24", "days": "1"}
    refused = amy.post("/", data=good | {field: value})
    assert refused.status_code == 422
    assert f'f-{field}-err" aria-invalid="true"' in refused.text
    assert amy.get("/e/second").status_code == 404


def test_markup_in_a_name_is_shown_as_text(stage: Stage) -> None:
    amy = _signed_in(stage)
    amy.post("/", data={"name": "<img src=x>", "key": "second", "first": "2026-12-24", "days": "1"})
    assert "<img" not in amy.get("/").text
    assert "&lt;img src=x&gt;" in amy.get("/").text


def test_who_joined_by_link_makes_no_event(stage: Stage) -> None:
    assert stage.browser("bo").post("/", data={"name": "x"}).status_code == 403


def test_amy_signs_in_and_out(stage: Stage) -> None:
    amy = _signed_in(stage)
    assert "音樂市集" in amy.get("/").text
    assert "別的活動" not in amy.get("/").text
    out = amy.post("/sign-out")
    assert out.headers["clear-site-data"] == '"cache"'
    assert amy.get("/").status_code == 303


def test_a_cookie_is_worth_nothing_after_its_session_ended(stage: Stage) -> None:
    amy = _signed_in(stage)
    kept = dict(amy.cookies)
    amy.post("/sign-out")
    thief = stage.browser()
    thief.cookies.update(kept)
    assert thief.get("/").status_code == 303


def test_a_wrong_password_and_a_wrong_address_sound_alike(stage: Stage) -> None:
    browser = stage.browser(**{"accept-language": "en"})
    answers = [
        browser.post("/sign-in", data={"email": email, "password": "something else"})
        for email in ("amy@example.com", "nobody@example.com")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    one, other = (
        answer.text.replace(who, "") for answer, who in zip(answers, ("amy", "nobody"), strict=True)
    )
    assert one == other
    assert "E-mail or password is wrong." in one


@SQLITE
def test_an_unknown_address_costs_a_hash_too(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            hashed.append(stored)
            return password == PASSWORD

    monkeypatch.setattr("server.core.passwords._hasher", Counting())
    assert not check_password(None, PASSWORD)
    assert check_password("stored", PASSWORD)
    stage.browser().post("/sign-in", data={"email": "nobody@example.com", "password": PASSWORD})
    assert len(hashed) == 3


@SQLITE
def test_an_unknown_address_is_answered_in_the_same_words(stage: Stage) -> None:
    known, unknown = (
        stage.browser().post("/sign-in", data={"email": f"{who}@example.com", "password": "x" * 12})
        for who in ("amy", "nobody")
    )
    assert known.status_code == unknown.status_code == 422
    assert known.text.replace("amy@", "nobody@") == unknown.text
    assert known.headers.keys() == unknown.headers.keys()


@SQLITE
@pytest.mark.usefixtures("real_hashing")
def test_passwords_are_kept_as_argon2id(fresh: Stage) -> None:
    with fresh.populate().services.db.read() as session:
        stored = session.exec(select(Account.password_hash)).all()
    assert all(each.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for each in stored)
    assert len(set(stored)) == 2


@SQLITE
def test_too_many_tries_for_one_account_stop_and_others_at_the_venue_go_on(stage: Stage) -> None:
    guesser = stage.browser(**{"accept-language": "en"})
    tries = [_try(guesser, "amy@example.com", "guess number n").status_code for _ in range(9)]
    assert tries == [422] * 8 + [429]
    refused = _try(guesser, "amy@example.com", PASSWORD)
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    assert "Too many tries. Wait a minute, then try again." in refused.text
    assert _try(stage.browser(), "zoe@example.com", PASSWORD).status_code == 303
    stage.clock.advance(60)
    assert _try(stage.browser(), "amy@example.com", PASSWORD).status_code == 303


@SQLITE
def test_strangers_elsewhere_lock_nobody_out_of_their_account(stage: Stage) -> None:
    _guess(stage, "198.51.100.7", 10)
    assert _try(stage.browser(), "amy@example.com", PASSWORD).status_code == 303


@SQLITE
def test_tries_from_everywhere_stop_but_not_for_a_browser_that_was_in_the_account_before(
    stage: Stage,
) -> None:
    amy, other = _signed_in(stage), stage.browser()
    _try(other, "zoe@example.com", PASSWORD)
    assert amy.post("/sign-out").status_code == 303
    for place in range(25):
        _guess(stage, f"198.51.100.{place}", 5)
    _guess(stage, "testclient", 60)
    assert _try(stage.browser(), "amy@example.com", PASSWORD).status_code == 429
    assert _try(other, "amy@example.com", PASSWORD).status_code == 429
    assert _try(amy, "amy@example.com", PASSWORD).status_code == 303


@SQLITE
def test_a_browser_that_was_in_the_account_before_guesses_no_more_than_others(stage: Stage) -> None:
    amy = _signed_in(stage)
    amy.post("/sign-out")
    tries = [_try(amy, "amy@example.com", "guess number n").status_code for _ in range(9)]
    assert tries == [422] * 8 + [429]


@SQLITE
def test_what_a_browser_keeps_after_signing_out_opens_nothing(stage: Stage) -> None:
    amy = _signed_in(stage)
    secret = amy.cookies["fieldcue-loopback-8000"]
    amy.post("/sign-out")
    assert dict(amy.cookies) == {"fieldcue-loopback-8000-past": secret}
    amy.cookies.set("fieldcue-loopback-8000", secret)
    assert amy.get("/").headers["location"] == "/sign-in?to=/"


@SQLITE
def test_whose_session_ended_without_them_is_told_so_at_the_door_and_who_signed_out_is_not(
    stage: Stage,
) -> None:
    told = "這裡的登入已經失效。"
    amy = _signed_in(stage)
    secret = amy.cookies["fieldcue-loopback-8000"]
    amy.post("/sign-out")
    assert told not in amy.get("/sign-in").text
    amy.cookies.set("fieldcue-loopback-8000", secret)
    assert told in amy.get("/sign-in").text
    assert told not in _try(amy, "amy@example.com", "guess number n").text


@SQLITE
def test_one_household_counts_as_one_address(stage: Stage) -> None:
    for n in range(8):
        _guess(stage, f"2001:db8:1:2::{n + 1:x}", 1)
    assert _guess(stage, "2001:db8:1:2:ffff::1", 1) == [429]
    assert _guess(stage, "2001:db8:1:3::1", 1) == [422]


def _guess(stage: Stage, address: str, times: int) -> list[int]:
    """Wrong passwords for Amy's account from an address."""
    known = {"origin": stage.services.origin}
    guesser = TestClient(stage.app, base_url=stage.services.origin, headers=known, client=(address, 1))
    form = {"email": "amy@example.com", "password": "guess number n"}
    return [guesser.post("/sign-in", data=form).status_code for _ in range(times)]


@SQLITE
def test_one_address_tries_only_so_many_accounts(stage: Stage) -> None:
    guesser = stage.browser()
    tries = [_try(guesser, f"{n}@example.com", "guess number n").status_code for n in range(61)]
    assert tries == [422] * 60 + [429]


def test_each_sign_in_is_a_session_of_its_own_and_ends_the_one_before(stage: Stage) -> None:
    amy = _signed_in(stage)
    first = dict(amy.cookies)
    _try(amy, "amy@example.com", PASSWORD)
    assert dict(amy.cookies) != first
    thief = stage.browser()
    thief.cookies.update(first)
    assert thief.get("/").status_code == 303
    with stage.services.db.read() as session:
        ended = [each.revoked_at is not None for each in session.exec(select(BrowserSession)).all()]
    assert sorted(ended) == [False, True]


@SQLITE
def test_a_secret_that_somebody_planted_is_not_taken_over(stage: Stage) -> None:
    amy = stage.browser()
    amy.cookies.set("fieldcue-loopback-8000", "planted")
    assert amy.get("/").status_code == 303
    _try(amy, "amy@example.com", PASSWORD)
    attacker = stage.browser()
    attacker.cookies.set("fieldcue-loopback-8000", "planted")
    assert attacker.get("/").status_code == 303


@SQLITE
@pytest.mark.parametrize(
    ("to", "lands"),
    [
        ("/e/fair/people?of=stage", "/e/fair/people?of=stage"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\r\nx: y", "/"),
        ("", "/"),
    ],
)
def test_signing_in_leads_only_to_our_own_pages(stage: Stage, to: str, lands: str) -> None:
    answer = stage.browser().post(
        "/sign-in", data={"email": "amy@example.com", "password": PASSWORD, "to": to}
    )
    assert answer.headers["location"] == lands


@SQLITE
def test_the_way_to_a_page_is_kept_through_signing_in(stage: Stage) -> None:
    browser = stage.browser()
    asked = browser.get("/e/fair/people").headers["location"]
    assert asked == "/sign-in?to=/e/fair/people"
    assert 'name="to" value="/e/fair/people"' in browser.get(asked).text


def _signed_in(stage: Stage) -> Browser:
    browser = stage.browser()
    assert _try(browser, "amy@example.com", PASSWORD).headers["location"] == "/"
    return browser


def _try(browser: Browser, email: str, password: str) -> Any:  # noqa: ANN401 - the test client's answer
    return browser.post("/sign-in", data={"email": email, "password": password})


def test_a_browser_that_is_used_is_given_its_session_for_as_long_again_once_a_day(stage: Stage) -> None:
    dan = stage.browser()
    dan.post("/join", data={"secret": stage.link("dan")})
    before = dict(dan.cookies)
    assert "set-cookie" not in dan.get("/e/fair").headers
    dan.cookies.delete("fieldcue-loopback-8000-day")  # its day is over
    given = dan.get("/start").headers.get_list("set-cookie")
    lasting = [one for one in given if "Max-Age=5184000" in one]
    assert [one.partition(";")[0] for one in lasting] == [
        f"{name}={before[name]}" for name in ("fieldcue-loopback-8000", "fieldcue-loopback-8000-who")
    ]
    assert ["HttpOnly" in one for one in lasting] == [True, False]
    assert any(one.startswith("fieldcue-loopback-8000-day=") and "Max-Age=86400" in one for one in given)
    assert "set-cookie" not in dan.get("/e/fair").headers


def test_a_session_that_has_ended_is_given_to_nobody_again(stage: Stage) -> None:
    dan = stage.browser("dan")
    stage.clock.advance(61 * DAY_MS // 1000)
    answer = dan.get("/e/fair")
    assert answer.headers["location"].startswith("/sign-in")
    assert "set-cookie" not in answer.headers
