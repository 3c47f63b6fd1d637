"""Getting in by a personal link: looked at as often as one likes, spent once."""

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlmodel import select

from server.core.models import BrowserSession
from server.people.models import JoinLink
from tests.people.stage import DAY_MS, Browser, Stage

SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
IN = "/e/fair"


def test_looking_shows_whose_link_it_is_and_uses_nothing_up(stage: Stage) -> None:
    secret, phone = stage.link("dan"), stage.browser()
    for _ in range(3):
        card = _look(phone, secret, lang="zh-TW")
        assert card.status_code == 200
    for shown in ("簡丹", "舞台工讀生", "舞台組", "音樂市集", "河濱公園", "D1", "一 11/23", "D2", "二 11/24"):
        assert shown in card.text
    assert 'aria-current="date"><b>D1' in card.text
    assert not phone.cookies
    assert _spent(stage) == [None]


@SQLITE
@pytest.mark.parametrize(
    "agent", ["facebookexternalhit/1.1;line-poker/1.0", "WhatsApp/2.23 N", "Slackbot-LinkExpanding 1.0"]
)
def test_a_messengers_preview_uses_nothing_up_whatever_it_makes_of_the_link(stage: Stage, agent: str) -> None:
    """It fetches what stands before the fragment; some send all of it."""
    secret, bot = stage.link("dan"), stage.browser(**{"user-agent": agent})
    for method in ("HEAD", "GET", "OPTIONS"):
        for path in (
            "/join",
            "/join?lang=en",
            f"/join?{secret}",
            f"/join%23{secret}",
            f"/join/{secret}",
            "/join/look",
        ):
            seen = bot.request(method, path)
            assert seen.status_code in {200, 404, 405}, path
            assert "簡丹" not in seen.text
    assert (_spent(stage), dict(bot.cookies)) == ([None], {})
    assert _join(stage.browser(), secret).status_code == 200


def test_joining_signs_this_browser_in_as_the_member(stage: Stage) -> None:
    phone = stage.browser()
    assert _join(phone, stage.link("dan")).json() == {"to": IN}
    assert phone.get(IN).status_code == 200
    assert phone.get("/").headers["location"] == IN
    state = phone.get("/api/events/fair/state?kinds=me").json()
    assert [me["id"] for me in state["entities"]["me"]] == ["dan"]


def test_a_used_link_lets_nobody_else_in_and_says_what_to_do(stage: Stage) -> None:
    secret = stage.link("dan")
    _join(stage.browser(), secret)
    finder = stage.browser(**{"accept-language": "en"})
    for answer in (_look(finder, secret), _join(finder, secret)):
        assert answer.status_code == 410
        assert "This link was used already." in answer.text
        assert "Ask your show controller for a new one." in answer.text
        assert "簡丹" not in answer.text
    assert not finder.cookies


def test_of_two_phones_at_once_one_gets_in(stage: Stage) -> None:
    secret = stage.link("dan")
    phones = [stage.browser() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda phone: _join(phone, secret).status_code, phones))
    assert sorted(answers) == [200] + [410] * 5
    assert sum(bool(phone.cookies) for phone in phones) == 1


@SQLITE
@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ("expired", "This link has expired."),
        ("newer", "This link no longer works."),
        ("taken back", "This link no longer works."),
        ("removed", "This link no longer works."),
        ("unknown", "This link is not complete."),
        ("empty", "This link is not complete."),
    ],
)
def test_a_link_that_is_no_good_says_why(stage: Stage, trouble: str, says: str) -> None:
    secret = stage.link("dan", days=1)
    if trouble == "expired":
        stage.clock.advance(DAY_MS / 1000 + 1)
    elif trouble == "newer":
        stage.must("bo", "member.link", id="dan", hash="0" * 64)
    elif trouble == "taken back":
        stage.must("bo", "member.unlink", id="dan")
    elif trouble == "removed":
        stage.must("bo", "member.remove", id="dan")
    else:
        secret = {"unknown": secret[:-1], "empty": ""}[trouble]
    phone = stage.browser(**{"accept-language": "en"})
    for answer in (_look(phone, secret), _join(phone, secret)):
        assert answer.status_code == 410
        assert says in answer.text
    assert not phone.cookies


def test_a_link_works_until_the_end_of_its_last_day(stage: Stage) -> None:
    secret = stage.link("dan", days=1)
    stage.clock.advance(DAY_MS / 1000)
    assert _join(stage.browser(), secret).status_code == 200


def test_the_browser_whose_answer_got_lost_may_ask_again_and_nobody_else(stage: Stage) -> None:
    secret, phone = stage.link("dan"), stage.browser()
    _join(phone, secret, attempt="a1b2")
    lost = dict(phone.cookies)
    again = stage.browser()
    assert _join(again, secret, attempt="a1b2").json() == {"to": IN}
    assert again.get(IN).status_code == 200
    thief = stage.browser()
    thief.cookies.update(lost)
    stage.clock.advance(1)
    assert thief.get(IN).status_code == 303
    for attempt in ("", "a1b3"):
        assert _join(stage.browser(), secret, attempt=attempt).status_code == 410


def test_who_asks_again_though_the_cookie_of_the_lost_answer_arrived_stays_in(stage: Stage) -> None:
    secret, phone = stage.link("dan"), stage.browser()
    for _ in range(2):
        assert _join(phone, secret, attempt="a1b2").json() == {"to": IN}
    assert phone.get(IN).status_code == 200


@SQLITE
@pytest.mark.parametrize("too_late", ["time", "signed out"])
def test_asking_again_ends_with_ten_minutes_or_the_session(stage: Stage, too_late: str) -> None:
    secret = stage.link("dan")
    _join(stage.browser(), secret, attempt="a1b2")
    if too_late == "time":
        stage.clock.advance(601)
    else:
        stage.must("bo", "member.sign_out", id="dan")
    assert _join(stage.browser(), secret, attempt="a1b2").status_code == 410


def test_who_is_in_already_goes_straight_on_by_their_own_link(stage: Stage) -> None:
    secret, phone = stage.link("dan"), stage.browser()
    _join(phone, secret)
    assert f'data-to="{IN}"' in _look(phone, secret).text
    assert 'data-to=""' in _look(phone, stage.link("eve")).text


def test_joining_as_somebody_else_says_so_and_signs_the_first_one_out(stage: Stage) -> None:
    phone = stage.browser("dan", **{"accept-language": "en"})
    secret = stage.link("eve")
    assert "They will be signed out." in _look(phone, secret).text
    before = dict(phone.cookies)
    _join(phone, secret)
    thief = stage.browser()
    thief.cookies.update(before)
    assert thief.get(IN).status_code == 303


@SQLITE
def test_the_card_speaks_the_phones_language_unless_one_was_set(stage: Stage) -> None:
    stage.must("bo", "member.edit", id="eve", set={"locale": "zh-TW"})
    phone = stage.browser(**{"accept-language": "en-GB,en;q=0.9"})
    assert "Is this you?" in _look(phone, stage.link("dan")).text
    assert ">Dan<" in _look(phone, stage.link("dan")).text
    assert "Is this you?" not in _look(phone, stage.link("eve")).text
    assert "Is this you?" in _look(phone, stage.link("eve"), lang="en").text


@SQLITE
@pytest.mark.parametrize(
    ("member", "phone", "lang", "keeps"),
    [
        ("dan", "en", "", "en"),
        ("dan", "en", "zh-TW", "zh-TW"),
        ("eve", "en", "", "zh-TW"),
        ("eve", "zh", "en", "en"),
    ],
)
def test_the_language_in_which_they_join_is_kept(
    stage: Stage, member: str, phone: str, lang: str, keeps: str
) -> None:
    stage.must("bo", "member.edit", id="eve", set={"locale": "zh-TW"})
    browser = stage.browser(**{"accept-language": phone})
    _join(browser, stage.link(member), lang=lang)
    state = browser.get("/api/events/fair/state?kinds=me").json()
    assert [me["locale"] for me in state["entities"]["me"]] == [keeps]


def test_no_secret_is_kept_or_written_to_a_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    secret, phone = stage.link("dan"), stage.browser()
    _look(phone, secret)
    _join(phone, secret, attempt="a1b2")
    cookie = next(iter(phone.cookies.values()))
    kept = _everything(stage)
    assert "簡丹" in kept
    for each in (secret, cookie):
        assert each not in kept
        assert each not in caplog.text


@SQLITE
def test_a_crew_of_three_hundred_behind_one_address_gets_in(stage: Stage) -> None:
    phone = stage.browser()
    assert {_look(phone, "nonsense").status_code for _ in range(600)} == {410}


@SQLITE
def test_endless_tries_are_slowed_down(stage: Stage) -> None:
    phone = stage.browser(**{"accept-language": "en"})
    last = [_look(phone, "nonsense") for _ in range(901)][-1]
    assert last.status_code == 429
    assert "Wait a minute, then try again." in last.text


@SQLITE
def test_who_tries_endlessly_locks_nobody_out_who_has_a_link_behind_the_same_address(stage: Stage) -> None:
    stranger = stage.browser()
    assert {_look(stranger, "nonsense").status_code for _ in range(901)} == {410, 429}
    phone, secret = stage.browser(), stage.link("dan")
    assert _look(phone, secret).status_code == 200
    assert _join(phone, secret).status_code == 200


@SQLITE
def test_one_link_is_tried_only_so_often(stage: Stage) -> None:
    secret = stage.link("dan")
    assert [_look(stage.browser(), secret).status_code for _ in range(61)] == [200] * 60 + [429]
    assert _look(stage.browser(), stage.link("eve")).status_code == 200


def _look(browser: Browser, secret: str, lang: str = "") -> Any:  # noqa: ANN401 - the test client's answer
    return browser.post("/join/look", data={"secret": secret, "lang": lang})


def _join(browser: Browser, secret: str, **more: str) -> Any:  # noqa: ANN401 - as above
    return browser.post("/join", data={"secret": secret} | more)


def _spent(stage: Stage) -> list[int | None]:
    with stage.services.db.read() as session:
        return list(session.exec(select(JoinLink.spent_at)))


def _everything(stage: Stage) -> str:
    """Every value of every table, as text."""
    with stage.services.db.read() as session:
        tables = inspect(session.get_bind()).get_table_names()
        rows = [row for table in tables for row in session.execute(text(f'SELECT * FROM "{table}"'))]  # noqa: S608
        assert session.exec(select(BrowserSession)).all()
    return "\n".join(map(str, rows))
