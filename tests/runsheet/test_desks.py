"""A desk (Stream Deck, Companion) calls one track by plain requests, and nothing else; on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from httpx2 import Response

from server.core.ids import digest, new_secret
from server.core.models import Event, Token
from server.people.tokens import issue_token
from server.runsheet.desks import DAYS_AFTER, expires_at
from tests.people.stage import NOW, Json, Stage, opened

MINUTE_MS = 60_000
PLAN: tuple[tuple[str, Json], ...] = (
    ("track.put", {"id": "river", "name": "河岸"}),
    ("cue.add", {"id": "a", "track": "main", "number": "121", "title": "山嵐列車", "title_en": "Mistline",
                 "duration_s": 600, "start_mode": "fixed", "start": "2026-11-23T16:00:00+08:00"}),
    ("cue.add", {"id": "light", "track": "main", "parent": "a", "kind": "cue", "number": "L1", "title": "全暗",
                 "start_mode": "offset", "offset_s": 300}),
    ("cue.add", {"id": "b", "track": "main", "number": "122", "title": "換場", "duration_s": 300}),
    ("cue.add", {"id": "ahead", "track": "main", "parent": "b", "kind": "cue", "number": "L2", "title": "預燈",
                 "start_mode": "offset", "offset_s": -60}),
    ("cue.add", {"id": "r", "track": "river", "title": "河岸的節目", "duration_s": 600}),
)  # fmt: skip


@pytest.fixture
def stage(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    """Cai calls the main stage; two items are planned there, with a cue in the first and one before the second."""
    with opened(cast_url, tmp_path) as stage:
        stage.must_all("amy", list(PLAN))
        yield stage


class Desk:
    """A Stream Deck with the token that a member made."""

    def __init__(self, stage: Stage, member: str = "cai", track: str = "main", desk: str = "deck") -> None:
        self.stage, self.secret = stage, new_secret()
        stage.must(
            member, "desk.open", id=desk, track=track, name="左側台 Stream Deck", hash=digest(self.secret)
        )
        self.browser = stage.browser()

    def headers(self, **more: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.secret}"} | {k.replace("_", "-"): v for k, v in more.items()}

    def press(self, verb: str, *, after: float = 1, **more: str) -> Response:
        """Press a button, some seconds after the last."""
        self.stage.clock.advance(after)
        return self.browser.post(f"/api/desk/{verb}", headers=self.headers(**more))

    def called(self, verb: str) -> str:
        """The row that a press called; it has to be applied."""
        answer = self.press(verb)
        assert (answer.status_code, answer.json()["status"]) == (200, "applied"), answer.text
        return str(answer.json()["row"]["id"])

    def status(self, query: str = "", **more: str) -> Response:
        return self.browser.get(f"/api/desk/status{query}", headers=self.headers(**more))


@pytest.fixture
def desk(stage: Stage) -> Desk:
    return Desk(stage)


def test_go_calls_what_the_callers_screen_would_and_next_goes_past_the_cues(desk: Desk) -> None:
    assert desk.called("go") == "a"
    assert desk.called("go") == "light"
    assert desk.called("go") == "ahead", "it comes before its item"
    assert desk.called("go") == "b"
    last = desk.press("go")
    assert (last.status_code, last.json()["code"]) == (409, "nothing_next")
    assert last.headers["content-type"] == "application/problem+json"


def test_next_leaves_the_cues_waiting(desk: Desk) -> None:
    assert [desk.called("next"), desk.called("next")] == ["a", "b"]
    assert desk.status().json()["next"] is None or desk.status().json()["next_item"] is None


def test_standby_more_time_pause_and_resume_concern_the_row_they_should(desk: Desk) -> None:
    assert desk.called("standby") == "a"
    assert desk.press("standby").status_code == 200
    desk.called("go")
    assert desk.called("standby") == "light"
    assert desk.called("plus") == desk.called("plus?seconds=-90") == "a"
    assert desk.called("pause") == "a"
    assert desk.status().json()["live"]["state"] == "paused"
    assert desk.press("pause").status_code == 409
    assert desk.called("resume") == "a"
    live = desk.status().json()["live"]
    assert (live["state"], live["number"], live["over_s"]) == ("live", "121", 0)
    assert live["remaining_s"] == 600 - 30 - 4, "less 30 s, and less the 4 s that it ran before the pause"


def test_a_press_that_comes_twice_at_once_counts_once(desk: Desk) -> None:
    assert desk.called("go") == "a"
    echo = desk.press("go", after=0.3)
    assert (echo.status_code, echo.json()) == (200, {"status": "duplicate"})
    assert desk.press("standby", after=0).json()["status"] == "applied", "another button is meant"
    assert desk.called("go") == "light"
    assert desk.press("go", after=0.1, idempotency_key="meant").json()["status"] == "applied"


def test_two_presses_at_the_same_moment_call_one_row(stage: Stage, desk: Desk) -> None:
    before = stage.head
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda _: desk.browser.post("/api/desk/go", headers=desk.headers()), range(2))
        )
    assert sorted(answer.json().get("status", "") == "applied" for answer in answers) == [False, True]
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert desk.status().json()["live"]["id"] == "a"
    assert desk.status().json()["next"]["id"] == "light"
    assert stage.head > before


def test_the_same_key_gets_the_same_answer_and_calls_nothing_more(stage: Stage, desk: Desk) -> None:
    first = desk.press("go", idempotency_key="press-1")
    head = stage.head
    again = desk.press("go", idempotency_key="press-1")
    assert (again.json()["status"], again.json()["row"]) == ("duplicate", first.json()["row"])
    assert desk.press("plus", idempotency_key="press-1").status_code == 422
    assert stage.head == head
    assert desk.press("go", idempotency_key="x" * 201).status_code == 400


def test_a_button_for_one_row_calls_that_row_or_nothing(stage: Stage, desk: Desk) -> None:
    head = stage.head
    other = desk.press("go?row=122")
    assert (other.status_code, other.json()["code"]) == (409, "other_row")
    assert "121 山嵐列車" in other.json()["detail"]
    assert stage.head == head
    assert desk.called("go?row=121") == "a"


def test_somebody_else_was_first_so_the_desk_is_told_who(stage: Stage, desk: Desk) -> None:
    stage.must("cai", "track.hold", tracks=["main"])
    held = desk.press("go", accept_language="en")
    assert (held.status_code, held.json()["code"]) == (409, "held")
    assert "蔡蔡 has stopped" in held.json()["detail"]
    assert desk.status().json()["held"] is True
    assert "停演" in desk.status("?format=text").text


def test_the_log_says_which_desk_called_and_a_caller_takes_it_back(stage: Stage, desk: Desk) -> None:
    seq = desk.press("go").json()["seq"]
    changes = stage.browser().get("/api/events/fair/changes", headers=stage.token("amy")).json()["changes"]
    made = next(change for change in changes if change["seq"] == seq)
    assert (made["kind"], made["actor"]) == ("cue.go", "deck")
    stage.must("cai", "cue.uncall", id="a", seq=seq)
    assert desk.status().json()["live"] is None


@pytest.mark.parametrize("query", ["plus?seconds=many", "plus?seconds=3601", "plus?seconds=--5"])
def test_what_is_no_number_of_seconds_is_refused_in_words(desk: Desk, query: str) -> None:
    answer = desk.press(query, accept_language="zh-TW")
    assert answer.status_code == 400
    assert "整數" in answer.json()["detail"]


# --- how things stand


def test_the_status_says_what_runs_and_what_is_next_in_the_makers_language(stage: Stage, desk: Desk) -> None:
    desk.called("go")
    stage.clock.advance(60)
    said = desk.status().json()
    assert said["track"] == {"id": "main", "name": "主舞台"}
    assert (said["live"]["title"], said["live"]["remaining_s"]) == ("山嵐列車", 540)
    assert (said["next"]["id"], said["next"]["in_s"], said["next_item"]["id"]) == ("light", 240, "b")
    assert (said["held"], said["rehearsal"], said["caller"]) == (False, False, None)
    assert desk.status(accept_language="en").json()["live"]["title"] == "Mistline"
    assert desk.status(accept_language="*").json()["live"]["title"] == "山嵐列車"
    assert desk.status("?format=text").text == "▶ 121 山嵐列車 09:00 ⏭ L1 全暗"
    assert desk.status("?format=text&show=next").text == "⏭ L1 全暗"
    stage.clock.advance(600)
    assert desk.status("?format=text&show=live").text == "▶ 121 山嵐列車 +01:00"


def test_what_stands_still_costs_no_second_answer(stage: Stage, desk: Desk) -> None:
    tag = desk.status().headers["etag"]
    stage.clock.advance(0.4)
    same = desk.status(if_none_match=tag)
    assert (same.status_code, same.content) == (304, b"")
    desk.called("go")
    newer = desk.status(if_none_match=tag)
    assert newer.status_code == 200
    assert newer.headers["etag"] != tag
    head = desk.browser.head("/api/desk/status", headers=desk.headers())
    assert (head.status_code, head.content) == (200, b"")


def test_a_rehearsal_is_told(stage: Stage, desk: Desk) -> None:
    stage.must("cai", "rehearsal.begin", id="dress", track="main", day="2026-11-23", cue="a")
    assert desk.status().json()["rehearsal"] is True
    assert desk.status("?format=text").text.startswith("【彩排】")


# --- who may


def test_a_token_ends_when_it_is_taken_away_and_is_good_for_no_other_track(stage: Stage) -> None:
    desk = Desk(stage)
    for member, track in (("cai", "river"), ("dan", "main"), ("gus", "main")):
        refused = stage.do(member, "desk.open", id="x", track=track, name="x", hash="0" * 64)
        assert refused["error"]["code"] == "forbidden"
    Desk(stage, "bo", "river", "other")
    assert stage.do("cai", "desk.close", id="other")["error"]["code"] == "forbidden"
    assert stage.do("bo", "desk.close", id="dan")["error"]["code"] == "not_found", "a person is no desk"
    stage.must("cai", "desk.close", id="deck")
    assert desk.press("go").status_code == 401


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("member.remove", {"id": "cai"}),
        ("member.sign_out", {"id": "cai"}),
        ("member.edit", {"id": "cai", "set": {"tracks": ["river"]}}),
        ("member.edit", {"id": "cai", "set": {"roles": ["crew"]}}),
    ],
)
def test_a_desk_ends_with_the_right_of_whoever_made_it(stage: Stage, desk: Desk, op: str, args: Json) -> None:
    others = Desk(stage, "bo", desk="others")
    stage.must("bo", op, **args)
    head = stage.head
    assert desk.press("go").status_code == 401
    assert stage.head == head
    assert others.called("go") == "a"


def test_one_browser_that_is_ended_leaves_a_desk_alone(stage: Stage, desk: Desk) -> None:
    cai = stage.browser("cai")
    assert cai.post("/sign-out").status_code == 303
    stage.must("bo", "member.edit", id="cai", set={"phone": "0911"})
    assert desk.called("go") == "a"


def test_a_desk_works_until_some_days_after_the_event(stage: Stage) -> None:
    with stage.services.db.read() as session:
        until = expires_at(session.get_one(Event, "fair"), NOW)
    assert until == NOW - 16 * 60 * MINUTE_MS + (1 + 1 + DAYS_AFTER) * 24 * 60 * MINUTE_MS
    desk = Desk(stage)
    stage.clock.at = until - 1
    assert desk.status().status_code == 200
    stage.clock.at = until + 1000
    assert desk.status().status_code == 401


def test_nothing_that_is_kept_tells_the_token_and_its_last_use_is(stage: Stage, desk: Desk) -> None:
    desk.status()
    with stage.services.db.read() as session:
        token = session.get_one(Token, digest(desk.secret))
    assert desk.secret not in str(token.model_dump())
    assert (token.made_by, token.scope, token.used_at) == ("cai", "desk", NOW)
    assert len(desk.secret) * 6 >= 128


def test_who_has_no_desk_is_told_nothing(stage: Stage, desk: Desk) -> None:
    for token in (
        "",
        "Bearer",
        f"Bearer {desk.secret}x",
        f"Bearer {issue_token(stage.services, 'fair', 'cai')}",
    ):
        answer = stage.browser().get("/api/desk/status", headers={"authorization": token})
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert stage.browser("cai").post("/api/desk/go").status_code == 401, "a browser is no desk"
    assert desk.press("dance").status_code == 404


def test_who_asks_too_often_is_told_to_wait_and_no_other_desk_is(stage: Stage, desk: Desk) -> None:
    answers = [desk.status().status_code for _ in range(130)]
    assert answers.index(429) == 120
    assert desk.status().headers["retry-after"] == "1"
    assert Desk(stage, "bo", desk="others").status().status_code == 200


def test_no_foreign_page_reads_a_desk(desk: Desk) -> None:
    answer = desk.status(origin="https://elsewhere.example")
    assert "access-control-allow-origin" not in answer.headers
