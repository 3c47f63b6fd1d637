"""Adding another browser of one's own by a code: made, typed, spent once."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlmodel import select

from server.core.models import BrowserSession
from server.people.codes import ALPHABET, LENGTH, grouped, new_code, read_code
from server.people.models import BrowserCode
from tests.people.stage import PASSWORD, Browser, Stage

SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
AMY = {"email": "amy@example.com", "password": PASSWORD}
NO_GOOD = "This code is not right, was used, or is over."


def test_dan_adds_his_home_screen_app_and_it_is_he(stage: Stage) -> None:
    phone, app = stage.browser("dan"), stage.browser()
    answer = _enter(app, _code(phone))
    assert (answer.status_code, answer.headers["location"]) == (303, "/start")
    state = app.get("/api/events/fair/state?kinds=me").json()
    assert [me["id"] for me in state["entities"]["me"]] == ["dan"]
    assert phone.get("/e/fair").status_code == 200


def test_amy_adds_a_browser_to_her_account_without_her_password(stage: Stage) -> None:
    desk, phone = stage.browser(), stage.browser()
    desk.post("/sign-in", data=AMY)
    assert _enter(phone, _code(desk)).status_code == 303
    assert "amy@example.com" in phone.get("/me").text


def test_the_added_browser_is_listed_and_can_be_ended(stage: Stage) -> None:
    phone, app = stage.browser("dan"), stage.browser()
    _enter(app, _code(phone))
    (added,) = re.findall(r'action="/me/sessions/(?!others)(\w+)/end"', phone.get("/me").text)
    phone.post(f"/me/sessions/{added}/end")
    assert app.get("/e/fair").status_code == 303


def test_a_code_works_once(stage: Stage) -> None:
    code = _code(stage.browser("dan"))
    _enter(stage.browser(), code)
    _refused(_enter(_english(stage), code), NO_GOOD)


def test_of_six_browsers_at_once_one_gets_in(stage: Stage) -> None:
    code, browsers = _code(stage.browser("dan")), [stage.browser() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda browser: _enter(browser, code).status_code, browsers))
    assert sorted(answers) == [303] + [410] * 5
    assert sum(bool(browser.cookies) for browser in browsers) == 1


def test_a_code_is_good_for_five_minutes(stage: Stage) -> None:
    phone = stage.browser("dan")
    early = _code(phone)
    stage.clock.advance(299)
    assert _enter(stage.browser(), early).status_code == 303
    late = _code(phone)
    stage.clock.advance(300)
    _refused(_enter(_english(stage), late), NO_GOOD)


@pytest.mark.parametrize(
    "end", ["signs out", "is signed out", "is removed", "takes it back", "makes another"]
)
def test_a_code_ends_with_the_browser_that_made_it_and_when_it_is_taken_back(stage: Stage, end: str) -> None:
    phone = stage.browser("dan")
    code = _code(phone)
    if end == "signs out":
        phone.post("/sign-out")
    elif end == "is signed out":
        stage.must("bo", "member.sign_out", id="dan")
    elif end == "is removed":
        stage.must("bo", "member.remove", id="dan")
    elif end == "takes it back":
        (waiting,) = _waiting(phone)
        assert phone.post(f"/me/codes/{waiting}/end").headers["location"] == "/me"
        assert _waiting(phone) == []
    else:
        assert _enter(stage.browser(), _code(phone)).status_code == 303
    _refused(_enter(_english(stage), code), NO_GOOD)


def test_a_browser_has_one_code_that_waits_and_others_of_the_person_have_theirs(stage: Stage) -> None:
    phone, desk = stage.browser("dan"), stage.browser("dan")
    for browser in (phone, phone, desk):
        _code(browser)
    assert len(_waiting(phone)) == len(_waiting(desk)) == 2


def test_the_browser_whose_answer_got_lost_may_ask_again_and_nobody_else(stage: Stage) -> None:
    code, app = _code(stage.browser("dan")), stage.browser()
    _enter(app, code, attempt="a1b2")
    lost = dict(app.cookies)
    again = stage.browser()
    assert _enter(again, code, attempt="a1b2").status_code == 303
    assert again.get("/e/fair").status_code == 200
    thief = stage.browser()
    thief.cookies.update(lost)
    stage.clock.advance(1)
    assert thief.get("/e/fair").status_code == 303
    for attempt in ("", "a1b3"):
        assert _enter(stage.browser(), code, attempt=attempt).status_code == 410


def test_who_asks_again_though_the_cookie_of_the_lost_answer_arrived_stays_in(stage: Stage) -> None:
    code, app = _code(stage.browser("dan")), stage.browser()
    for _ in range(2):
        assert _enter(app, code, attempt="a1b2").status_code == 303
    assert app.get("/e/fair").status_code == 200


@SQLITE
@pytest.mark.parametrize("too_late", ["time", "signed out"])
def test_asking_again_ends_with_ten_minutes_or_the_session(stage: Stage, too_late: str) -> None:
    phone, app = stage.browser("dan"), stage.browser()
    code = _code(phone)
    _enter(app, code, attempt="a1b2")
    if too_late == "time":
        stage.clock.advance(601)
    else:
        phone.post("/me/sessions/others/end")
    assert _enter(stage.browser(), code, attempt="a1b2").status_code == 410


def test_in_ones_own_browser_a_code_is_not_used_up(stage: Stage) -> None:
    phone = stage.browser("dan")
    code = _code(phone)
    assert _enter(phone, code).headers["location"] == "/start"
    assert phone.get("/e/fair").status_code == 200
    assert _enter(stage.browser(), code).status_code == 303


def test_whoever_was_signed_in_there_is_told_and_signed_out(stage: Stage) -> None:
    stage.must("bo", "member.edit", id="eve", set={"locale": "en"})
    eve = stage.browser("eve")
    before = dict(eve.cookies)
    assert "Somebody is signed in here. They will be signed out." in eve.get("/code").text
    _enter(eve, _code(stage.browser("dan")))
    thief = stage.browser()
    thief.cookies.update(before)
    assert thief.get("/e/fair").status_code == 303


def test_dan_sees_what_became_of_his_code_and_eve_does_not(stage: Stage) -> None:
    phone, eve = stage.browser("dan"), stage.browser("eve")
    code = _code(phone)
    (waiting,) = _waiting(phone)
    assert phone.get(f"/me/codes/{waiting}").json() == {"is": "waiting", "browser": ""}
    assert eve.get(f"/me/codes/{waiting}").status_code == 404
    assert eve.post(f"/me/codes/{waiting}/end").status_code == 404
    assert waiting not in eve.get("/me").text
    _enter(stage.browser(), code)
    assert phone.get(f"/me/codes/{waiting}").json() == {"is": "spent", "browser": "Safari · iPhone"}
    _code(phone)
    (second,) = _waiting(phone)
    stage.clock.advance(300)
    assert phone.get(f"/me/codes/{second}").json()["is"] == "over"


@SQLITE
def test_a_machine_makes_no_codes(stage: Stage) -> None:
    assert stage.browser().post("/me/codes", headers=stage.token("bo")).status_code == 403


@SQLITE
def test_one_goes_on_to_the_page_that_one_wanted_and_never_to_another_site(stage: Stage) -> None:
    phone = stage.browser("dan")
    for to, lands in (("/e/fair", "/e/fair"), ("//evil.example", "/"), ("", "/start")):
        assert _enter(stage.browser(), _code(phone), to=to).headers["location"] == lands


@SQLITE
def test_guessing_is_slowed_down_for_one_address_and_for_all_together(stage: Stage) -> None:
    code, guesser = _code(stage.browser("dan")), _english(stage)
    for _ in range(60):
        stage.services.limits.allow("code_address", "testclient")
    _refused(_enter(guesser, code), "Too many tries. Wait a minute, then try again.", 429)
    stage.clock.advance(61)
    for _ in range(400):
        stage.services.limits.allow("code_all", "")
    _refused(_enter(guesser, code), "Too many tries. Wait a minute, then try again.", 429)
    stage.clock.advance(61)
    assert _enter(guesser, code).status_code == 303


@SQLITE
def test_nobody_makes_codes_endlessly(stage: Stage) -> None:
    phone = stage.browser("dan")
    made = [phone.post("/me/codes").status_code for _ in range(11)]
    assert made == [200] * 10 + [429]


@SQLITE
def test_neither_code_nor_attempt_is_kept(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    code = _code(stage.browser("dan"))
    _enter(stage.browser(), code, attempt="a1b2c3d4")
    with stage.services.db.read() as session:
        kept = "\n".join(
            map(str, [*session.exec(select(BrowserCode)), *session.exec(select(BrowserSession))])
        )
    for each in (code, code.replace("-", ""), "a1b2c3d4"):
        assert each not in kept
        assert each not in caplog.text


@SQLITE
def test_old_codes_are_forgotten_when_new_ones_are_made(stage: Stage) -> None:
    phone = stage.browser("dan")
    _code(phone)
    stage.clock.advance(86_400 + 301)
    _code(phone)
    with stage.services.db.read() as session:
        assert len(session.exec(select(BrowserCode)).all()) == 1


@SQLITE
@pytest.mark.parametrize("text", ["", "K7QF", "K7QF-3MPX-9", "K7QF-3MPA", "AAAA-1111", "代碼代碼代碼代碼"])
def test_what_can_be_no_code_is_to_be_compared_once_more(stage: Stage, text: str) -> None:
    _refused(_enter(_english(stage), text), "There is no such code. Compare it once more", 422)


@pytest.mark.parametrize(
    "text",
    [
        "K7QF-3MPX",
        "k7qf3mpx",
        " k7 qf 3m px ",
        "Ｋ７ＱＦ－３ＭＰＸ",
        "K7QF—3MPX",
        "https://cue.example/code#K7QF3MPX",
    ],
)
def test_a_code_may_be_typed_in_any_way(text: str) -> None:
    assert read_code(text) == "K7QF3MPX"


def test_letters_that_look_alike_are_the_same() -> None:
    assert read_code("OILZ-SBUU") == "011258VV"


def test_every_code_can_be_read_back() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(read_code(grouped(code)) == code for code in codes)
    assert len(ALPHABET) ** LENGTH > 2.8e11


def _english(stage: Stage) -> Browser:
    return stage.browser(**{"accept-language": "en"})


def _code(browser: Browser) -> str:
    """A new code, as its page shows it."""
    answer = browser.post("/me/codes")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found = re.search(r'data-out="code"[^>]*>([^<]+)<', answer.text)
    assert found
    return found[1]


def _waiting(browser: Browser) -> list[str]:
    return re.findall(r'action="/me/codes/(\w+)/end"', browser.get("/me").text)


def _enter(browser: Browser, code: str, **more: str) -> Any:  # noqa: ANN401 - the test client's answer
    return browser.post("/code", data={"code": code} | more)


def _refused(answer: Any, says: str, status: int = 410) -> None:  # noqa: ANN401 - as above
    assert answer.status_code == status
    assert says in answer.text
    assert "set-cookie" not in answer.headers
