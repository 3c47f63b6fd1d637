"""One's own page: browsers, language, signing in by e-mail too."""

import re

import pytest
from sqlmodel import select

from server.people.models import Account, Member
from tests.people.stage import PASSWORD, Browser, Stage

SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
AMY = {"email": "amy@example.com", "password": PASSWORD}
NEW = "four other plain words"


def test_dan_sees_his_browsers_and_ends_one(stage: Stage) -> None:
    phone, laptop = stage.browser("dan"), stage.browser("dan")
    other = _others(phone)
    assert len(other) == 1
    assert phone.post(f"/me/sessions/{other[0]}/end").headers["location"] == "/me"
    assert laptop.get("/me").status_code == 303
    assert _others(phone) == []


def test_nobody_sees_or_ends_the_browsers_of_another(stage: Stage) -> None:
    dan, eve = stage.browser("dan"), stage.browser("eve")
    stage.browser("eve")
    other = _others(eve)[0]
    assert other not in dan.get("/me").text
    assert dan.post(f"/me/sessions/{other}/end").status_code == 404
    assert other in eve.get("/me").text


def test_dan_ends_all_his_other_browsers(stage: Stage) -> None:
    phone, others, eve = stage.browser("dan"), [stage.browser("dan") for _ in range(3)], stage.browser("eve")
    phone.post("/me/sessions/others/end")
    assert [browser.get("/me").status_code for browser in (phone, *others, eve)] == [200, 303, 303, 303, 200]


def test_who_joined_by_link_is_told_what_signing_out_means(stage: Stage) -> None:
    dan = stage.browser("dan", **{"accept-language": "en"})
    dan.post("/me/locale", data={"locale": "en"})
    assert "To come back you need a new link" in dan.get("/me").text


def test_dan_chooses_his_language_for_himself_alone(stage: Stage) -> None:
    dan, eve = stage.browser("dan"), stage.browser("eve")
    assert dan.post("/me/locale", data={"locale": "en"}).status_code == 303
    assert '<html lang="en">' in dan.get("/me").text
    assert '<html lang="en">' in dan.get("/e/fair").text
    assert '<html lang="zh-TW">' in eve.get("/me").text
    assert dan.post("/me/locale", data={"locale": "fr"}).status_code == 400


def test_an_accounts_language_goes_with_it_into_each_of_its_events(stage: Stage) -> None:
    amy = stage.browser()
    amy.post("/sign-in", data=AMY)
    amy.post("/", data={"name": "第二場", "key": "second", "first": "2026-12-24", "days": "1"})
    amy.post("/me/locale", data={"locale": "en", "to": "//evil.example"})
    for path in ("/", "/me", "/e/fair/people", "/e/second/people"):
        assert '<html lang="en">' in amy.get(path).text
    assert '<html lang="zh-TW">' in stage.browser("bo").get("/e/fair/people").text


def test_a_coordinator_who_came_by_link_signs_in_by_email_from_then_on(stage: Stage) -> None:
    bo = stage.browser("bo")
    answer = bo.post("/me/account", data={"email": "Bo@example.com", "password": NEW})
    assert answer.headers["location"] == "/me"
    assert bo.get("/e/fair/people").status_code == 200
    elsewhere = stage.browser()
    assert elsewhere.post("/sign-in", data={"email": "bo@example.com", "password": NEW}).status_code == 303
    assert elsewhere.get("/e/fair/people").status_code == 200
    assert elsewhere.get("/e/other").status_code == 404


def test_an_account_is_taken_over_by_its_password_only(stage: Stage) -> None:
    bo = stage.browser("bo")
    assert bo.post("/me/account", data={"email": "zoe@example.com", "password": NEW}).status_code == 422
    assert _account_of(stage, "bo") is None
    assert bo.post("/me/account", data={"email": "zoe@example.com", "password": PASSWORD}).status_code == 303
    assert bo.get("/e/other").status_code == 200
    assert bo.get("/e/fair/people").status_code == 200


def test_one_account_is_one_person_in_an_event(stage: Stage) -> None:
    assert stage.browser("bo").post("/me/account", data=AMY).status_code == 422
    assert _account_of(stage, "bo") is None


def test_crew_get_no_account(stage: Stage) -> None:
    """With one they could make events."""
    assert (
        stage.browser("dan")
        .post("/me/account", data={"email": "dan@example.com", "password": NEW})
        .status_code
        == 403
    )
    with stage.services.db.read() as session:
        assert session.exec(select(Account).where(Account.email == "dan@example.com")).first() is None


def test_who_has_an_account_gets_no_second_one(stage: Stage) -> None:
    stage.browser("bo").post("/me/account", data={"email": "bo@example.com", "password": NEW})
    again = stage.browser("bo").post("/me/account", data={"email": "bo2@example.com", "password": NEW})
    assert again.status_code == 403


def test_a_new_password_ends_the_old_one_and_the_other_browsers(stage: Stage) -> None:
    amy, other = _signed_in(stage), _signed_in(stage)
    assert amy.post("/me/password", data={"password": "not this one", "new": NEW}).status_code == 422
    assert other.get("/me").status_code == 200
    assert amy.post("/me/password", data={"password": PASSWORD, "new": NEW}).status_code == 303
    assert (amy.get("/me").status_code, other.get("/me").status_code) == (200, 303)
    assert stage.browser().post("/sign-in", data=AMY).status_code == 422
    assert stage.browser().post("/sign-in", data=AMY | {"password": NEW}).status_code == 303


@SQLITE
@pytest.mark.parametrize("new", ["", "short", "x" * 201])
def test_a_bad_new_password_changes_nothing(stage: Stage, new: str) -> None:
    amy = _signed_in(stage)
    assert amy.post("/me/password", data={"password": PASSWORD, "new": new}).status_code == 422
    assert stage.browser().post("/sign-in", data=AMY).status_code == 303


def test_a_link_for_the_owner_of_an_account_does_not_give_the_account(stage: Stage) -> None:
    """Amy may lose the phone she joined with: who finds it gets into this event, and no further."""
    finder = stage.browser("amy")
    assert finder.post("/me/password", data={"password": PASSWORD, "new": NEW}).status_code == 403
    assert finder.post("/", data={"name": "x", "first": "2026-12-24", "days": "1"}).status_code == 403
    assert stage.browser().post("/sign-in", data=AMY).status_code == 303


def _others(browser: Browser) -> list[str]:
    return re.findall(
        r"/me/sessions/(\w+)/end", browser.get("/me").text.replace("/me/sessions/others/end", "")
    )


def _signed_in(stage: Stage) -> Browser:
    browser = stage.browser()
    assert browser.post("/sign-in", data=AMY).status_code == 303
    return browser


def _account_of(stage: Stage, member: str) -> str | None:
    with stage.services.db.read() as session:
        return session.get_one(Member, ("fair", member)).account_id
