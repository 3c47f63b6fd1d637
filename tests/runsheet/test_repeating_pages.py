"""The page on which an event is made the template of a new one: who finds it, and what it answers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from server.app import JOBS
from server.core.jobs import Job, Worker
from server.core.models import Event
from server.people.queries import account_by_email
from tests.people.stage import Browser, Stage, opened

FORM = {"name": "音樂市集 2027", "first": "2027-11-22", "key": "fair-2027", "job": "j1", "sheet": "yes"}


@pytest.fixture
def stage(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    with opened(cast_url, tmp_path) as stage:
        yield stage


def amy(stage: Stage) -> Browser:
    """Amy signed in by e-mail: she owns the fair."""
    with stage.services.db.read() as session:
        account = account_by_email(session, "amy@example.com")
    assert account
    browser = stage.browser()
    stage.sign_in(browser, account_id=account.id)
    return browser


def jobs(stage: Stage) -> list[Job]:
    with stage.services.db.read() as session:
        return list(session.exec(select(Job)))


def test_an_owner_finds_it_at_her_events_and_a_caller_does_not(stage: Stage) -> None:
    browser = amy(stage)
    assert 'href="/e/fair/repeat"' in browser.get("/").text
    stage.must("amy", "member.add", id="ida", name="Ida", roles=["owner"])
    stage.must("ida", "member.edit", id="amy", set={"roles": ["caller"]})
    assert 'href="/e/fair/repeat"' not in browser.get("/").text
    assert browser.get("/e/fair/repeat").status_code == 403


def test_a_form_that_is_sent_twice_makes_one_event_which_she_opens(stage: Stage) -> None:
    browser = amy(stage)
    for _ in range(2):
        answer = browser.post("/e/fair/repeat", data=FORM)
        assert (answer.status_code, answer.headers["location"]) == (303, "/e/fair/repeat#job-j1")
    assert [job.state for job in jobs(stage)] == ["waiting"]
    assert Worker(stage.services, JOBS).step()
    assert 'data-to="/e/fair-2027/grid"' in browser.get("/e/fair/repeat").text
    assert browser.get("/e/fair-2027/grid").status_code == 200
    assert stage.browser("bo").get("/e/fair-2027/grid").status_code == 404
    with stage.services.db.read() as session:
        assert [day["date"] for day in session.get_one(Event, "fair-2027").days] == [
            "2027-11-22",
            "2027-11-23",
        ]


def test_what_is_wrong_is_said_in_its_field_and_nothing_is_made(stage: Stage) -> None:
    browser = amy(stage)
    for name, value in (("name", ""), ("first", "soon"), ("key", "NO!"), ("key", "other")):
        answer = browser.post("/e/fair/repeat", data=FORM | {name: value})
        assert answer.status_code == 422
        assert re.search(rf'name="{name}"[^>]*aria-invalid="true"', answer.text), (name, value)
    assert jobs(stage) == []
    # The short name that would come from the date is not wrong by itself.
    page = browser.post("/e/fair/repeat", data=FORM | {"first": "", "key": ""}).text
    assert re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', page) == ["first"]


def test_the_date_that_is_asked_for_is_of_the_day_it_begins_with_whatever_it_is_called(stage: Stage) -> None:
    with stage.services.db.write() as session:
        fair = session.get_one(Event, "fair")
        fair.days = [
            {"id": "D0", "date": "2026-11-21", "name": "進場", "name_en": "Build"},
            {"id": "D1", "date": "2026-11-22", "name": "第一天", "name_en": "Day 1"},
        ]
    page = amy(stage).get("/e/fair/repeat").text
    assert "D0 的日期" in page
    assert "這場從 2026/11/21 進場 開始" in page


def test_who_coordinates_without_an_account_is_told_to_sign_in_by_one(stage: Stage) -> None:
    bo = stage.browser("bo")
    page = bo.get("/e/fair/repeat").text
    assert "用你在這場活動的帳號" in page
    assert 'name="first"' not in page
    assert bo.post("/e/fair/repeat", data=FORM).status_code == 422
    assert jobs(stage) == []
