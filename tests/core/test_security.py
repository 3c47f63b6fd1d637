"""Whose requests are heard, in which words they are refused, and how often; on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.core.i18n import translate
from server.core.ops import MAX_BODY
from server.core.security import RATES, Limits, Rate
from tests.people.stage import Stage, opened

ZH, EN = {"accept-language": "zh-TW"}, {"accept-language": "en"}
ELSEWHERE = {"origin": "https://evil.example"}
FOUND = {"name": "市集", "first": "2026-11-23", "days": "1", "key": "new-one"}


@pytest.fixture
def stage(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    with opened(cast_url, tmp_path) as stage:
        yield stage


# --- what no text may hold


@pytest.mark.parametrize("what", ["\0", "\x1b", "\u202e"], ids=["nul", "escape", "override"])
@pytest.mark.parametrize(
    "path",
    [
        "/e/fa%sir",
        "/e/fair/people/a%s",
        "/e/fair/import/a%s",
        "/me/sessions/a%s/end",
        "/api/events/a%s/state",
    ],
)
def test_an_address_with_control_characters_is_nobodys(stage: Stage, path: str, what: str) -> None:
    found = stage.browser("bo").get(path % "".join(f"%{byte:02x}" for byte in what.encode()))
    assert found.status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/e/fair?view=%s", "/sign-in?to=/%s", "/join?lang=%s", "/api/events/fair/changes?epoch=%s&since=0",
     "/api/events/fair/state?kinds=%s"],
)  # fmt: skip
def test_a_question_with_control_characters_can_not_be_read(stage: Stage, path: str) -> None:
    bo = stage.browser("bo")
    assert bo.get(path % "a%00b").status_code == 400
    assert bo.get(path % "%E2%80%AE").status_code == 400


def test_no_form_brings_control_characters_to_the_database(stage: Stage) -> None:
    stranger = stage.browser()
    assert stranger.post("/sign-in", data={"email": "a\0b@example.com", "password": "x\0"}).status_code == 422
    assert stranger.post("/join/look", data={"secret": "a\0b"}).status_code == 410
    assert stranger.post("/join", data={"secret": "a\0b", "attempt": "\0"}).status_code == 410
    amy = stage.browser()
    amy.post("/sign-in", data={"email": "amy\0@example.com", "password": "three plain words"})
    made = amy.post("/", data=FOUND | {"name": "春酒\u202e\0 <b>", "venue": "河\x07岸"})
    assert made.headers["location"] == "/e/new-one/grid"
    page = amy.get("/e/new-one").text
    assert "春酒 &lt;b&gt;" in page
    assert not {"\u202e", "\0", "\x07"} & set(page)


# --- refused in the reader's words


def test_a_body_that_is_too_large_is_told_in_the_readers_language(stage: Stage) -> None:
    large = {"locale": "x" * MAX_BODY}
    refused = stage.browser("dan").post("/me/locale", data=large)
    assert (refused.status_code, refused.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert 'lang="zh-Hant-TW"' in refused.text or 'lang="zh-TW"' in refused.text
    assert "太大" in refused.text
    assert "content-security-policy" in refused.headers
    told = stage.browser(**EN).post("/sign-in", data=large)
    assert told.status_code == 413
    assert "That is too large." in told.text


@pytest.mark.parametrize("part", ["field", "part"])
def test_a_field_that_is_too_large_is_told_so_too(stage: Stage, part: str) -> None:
    large, dan = "x" * 70_000, stage.browser("dan")
    asked = {"data": {"locale": large}} if part == "field" else {"files": {"locale": (None, large.encode())}}
    refused = dan.post("/me/locale", **asked)
    assert refused.status_code == 413
    assert "exceeded" not in refused.text


def test_a_form_that_is_none_is_told_without_the_parsers_words(stage: Stage) -> None:
    torn = {"content-type": "multipart/form-data"}
    refused = stage.browser("dan").post("/me/locale", content=b"--x", headers=torn)
    assert refused.status_code == 400
    assert "boundary" not in refused.text


def test_a_signed_in_person_is_told_in_the_language_they_chose(stage: Stage) -> None:
    stage.must("dan", "member.locale", locale="en")
    dan = stage.browser("dan", **ZH)
    assert "That is too large." in dan.post("/me/locale", data={"locale": "x" * MAX_BODY}).text
    assert "You may not do this." in dan.get("/e/fair/people").text


def test_a_body_without_a_declared_length_is_measured(stage: Stage) -> None:
    def endless() -> Iterator[bytes]:
        yield from (b"x" * 65_536 for _ in range(40))

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert stage.browser("dan").post("/me/locale", content=endless(), headers=form).status_code == 413


def test_what_began_on_another_page_is_told_so_in_the_readers_language(stage: Stage) -> None:
    browser = stage.browser(**ELSEWHERE | EN)
    page = browser.post("/sign-in", data={})
    assert (page.status_code, page.headers["content-type"]) == (403, "text/html; charset=utf-8")
    assert f"It did not come from a page of this server, {stage.services.origin}." in page.text
    machine = stage.browser("bo", **ELSEWHERE | ZH).post("/api/events/fair/ops", json={"ops": []})
    assert (machine.status_code, machine.headers["content-type"]) == (403, "application/problem+json")
    text = "It did not come from a page of this server, %(origin)s."
    assert machine.json()["detail"] == translate("zh-TW", text, {"origin": stage.services.origin})
    assert machine.json()["detail"] != text % {"origin": stage.services.origin}


# --- how often


def test_a_member_reads_pages_only_so_often_and_others_go_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RATES, "read_member", Rate(5, 60))
    dan, eve = stage.browser("dan"), stage.browser("eve")
    assert [dan.get("/e/fair/colours.css").status_code for _ in range(7)] == [200] * 5 + [429] * 2
    assert dan.get("/e/fair").headers["retry-after"] == "5"
    assert eve.get("/e/fair").status_code == 200
    stage.clock.advance(2)
    assert dan.get("/e/fair/colours.css").status_code == 200


def test_nobody_with_five_tabs_notices_a_limit() -> None:
    now = [0]
    limits = Limits(lambda: now[0])
    for _minute in range(10):  # five tabs, each loaded anew every three seconds, with what belongs to it
        for _ in range(20):
            now[0] += 3_000
            assert all(limits.allow("read_member", "rui") for _ in range(5 * 3))
            assert all(limits.allow("socket_member", "rui") for _ in range(5))
