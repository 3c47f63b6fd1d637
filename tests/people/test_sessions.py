"""How long a browser stays signed in, and that what it was before it was signed in counts for nothing after."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from server.core.auth import LONGEST_DAYS, SESSION_DAYS, ended_sessions
from server.core.models import BrowserSession
from tests.people.stage import DAY_MS, PASSWORD, Browser, Stage, opened

COOKIE = "fieldcue-loopback-8000"
AMY = {"email": "amy@example.com", "password": PASSWORD}

SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


@pytest.fixture
def stage(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    with opened(cast_url, tmp_path) as stage:
        yield stage


def use_daily(stage: Stage, browser: Browser, days: int) -> list[int]:
    """What a browser is answered that opens the event once in every fortnight."""
    answers = []
    for _ in range(days // 14):
        stage.clock.advance(14 * DAY_MS // 1000)
        answers.append(browser.get("/e/fair/colours.css").status_code)
    return answers


@SQLITE
def test_a_browser_that_is_used_stays_in_until_half_a_year_is_over(stage: Stage) -> None:
    dan = stage.browser("dan")
    assert set(use_daily(stage, dan, LONGEST_DAYS)) == {200}
    stage.clock.advance(14 * DAY_MS // 1000)
    answer = dan.get("/e/fair")
    assert answer.headers["location"].startswith("/sign-in")
    assert "set-cookie" not in answer.headers


@SQLITE
def test_a_browser_that_nobody_uses_is_out_after_sixty_days(stage: Stage) -> None:
    dan = stage.browser("dan")
    stage.clock.advance(SESSION_DAYS * DAY_MS // 1000)
    assert dan.get("/e/fair/colours.css").status_code == 200
    stage.clock.advance(SESSION_DAYS * DAY_MS // 1000 + 1)
    assert dan.get("/e/fair/colours.css").status_code == 303


def test_what_follows_an_event_by_a_session_that_grew_too_old_is_cut(stage: Stage) -> None:
    """Every process looks every two seconds for what has ended, and cuts its sockets."""
    stage.browser("dan")
    with stage.services.db.read() as session:
        browser, made = session.exec(select(BrowserSession.id, BrowserSession.created_at)).one()
    end = made + LONGEST_DAYS * DAY_MS
    assert browser not in ended_sessions(stage.services.db, end - 4_000, end - 2_000)
    assert browser in ended_sessions(stage.services.db, end - 2_000, end)


@SQLITE
@pytest.mark.parametrize("way", ["password", "link", "code"])
def test_no_way_in_takes_over_a_session_that_was_there_before(stage: Stage, way: str) -> None:
    """Fixation: who planted a cookie before somebody signs in holds nothing after, be it made up or real."""
    real = stage.browser("eve").cookies[COOKIE]
    for planted in ("planted" * 5, real):
        victim, thief = stage.browser(), stage.browser()
        for browser in (victim, thief):
            browser.cookies.set(COOKIE, planted, domain="127.0.0.1")
        assert _enter(stage, victim, way) in {200, 303}
        assert victim.cookies[COOKIE] != planted
        assert victim.get("/me").status_code == 200
        stage.clock.advance(1)
        assert thief.get("/me").status_code == 303


def _enter(stage: Stage, browser: Browser, way: str) -> int:
    if way == "password":
        return browser.post("/sign-in", data=AMY).status_code
    if way == "link":
        return browser.post("/join", data={"secret": stage.link("dan")}).status_code
    shown = re.search(r'data-out="code"[^>]*>([^<]+)', stage.browser("dan").post("/me/codes").text)
    assert shown
    return browser.post("/code", data={"code": shown[1]}).status_code
