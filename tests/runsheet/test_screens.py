"""A monitor at the stage sees one track's timer, and nothing else of the event."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from server.core.feed import chains
from server.core.ids import digest, new_secret
from server.people.queries import find_viewer
from tests.people.stage import Browser, Json, Stage, opened

PATHS = ("/e/fair", "/e/fair/grid", "/e/fair/people", "/api/events/fair/state", "/api/events/fair/changes")
SECRET_TEXTS = ("暗場三秒", "不要讓他等", "河岸的節目", "簡丹", "dan")


@pytest.fixture
def stage(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    """Cai calls the main stage; there and on the river something is planned."""
    with opened(cast_url, tmp_path) as stage:
        stage.must("amy", "track.put", id="river", name="河岸")
        stage.must("amy", "column.put", id="light", name="燈光")
        shared: Json = {"people": ["dan"], "columns": {"light": {"zh-TW": "暗場三秒"}}, "note": "不要讓他等"}
        stage.must("amy", "cue.add", id="a", track="main", title="山嵐列車", **shared)
        stage.must("amy", "cue.add", id="b", track="river", title="河岸的節目", **shared)
        yield stage


def open_screen(stage: Stage, member: str = "cai", track: str = "main") -> Browser:
    """A monitor that came in by the link that a member made."""
    secret = new_secret()
    stage.must(member, "screen.open", id=f"screen-{track}", track=track, hash=digest(secret))
    screen = stage.browser()
    answer = screen.post("/join", data={"secret": secret, "attempt": "one"})
    assert answer.json() == {"to": "/e/fair/timer"}
    assert stage.browser().post("/join", data={"secret": secret, "attempt": "two"}).status_code == 410
    return screen


def test_its_page_has_titles_and_times_of_its_track_alone(stage: Stage) -> None:
    page = open_screen(stage).get("/e/fair/timer")
    assert page.status_code == 200
    assert "山嵐列車" in page.text
    assert [text for text in SECRET_TEXTS if text in page.text] == []


def test_its_socket_brings_what_runs_and_what_the_host_was_told(stage: Stage) -> None:
    open_screen(stage)
    head = stage.head
    stage.must("cai", "cue.go", id="a", current=None)
    stage.must("cai", "signal.send", track="main", kind="wrap")
    stage.must("amy", "cue.edit", id="b", set={"title": "河岸的節目改了"})
    told = told_to(stage, head)
    assert 'data-state="live"' in told
    assert 'data-sign="wrap"' in told
    assert [text for text in SECRET_TEXTS if text in told] == []
    head = stage.head
    stage.must("amy", "cue.move", id="b", track="main")
    assert "河岸的節目" in told_to(stage, head), "what comes to its track it shows"
    head = stage.head
    stage.must("amy", "cue.move", id="b", track="river")
    assert told_to(stage, head).startswith("<del data-kind=cue data-id=b ")


def test_it_reads_follows_and_does_nothing_else(stage: Stage) -> None:
    screen = open_screen(stage)
    assert {path: screen.get(path).status_code for path in PATHS} == dict.fromkeys(PATHS, 403)
    for asked in ("", "?view=timer&format=json", "?view=grid"):
        assert _refusal(screen, f"/api/events/fair/live{asked}") == 4404
    for op, args in (("cue.ready", {"id": "a"}), ("member.locale", {"locale": "en"})):
        assert screen.op(op, args)["error"]["code"] == "forbidden"


def test_who_calls_another_track_or_is_crew_opens_none(stage: Stage) -> None:
    for member, track in (("cai", "river"), ("dan", "main")):
        said = stage.do(member, "screen.open", id="s", track=track, hash="0" * 64)
        assert said["error"]["code"] == "forbidden"
    stage.must("bo", "screen.open", id="s", track="river", hash="0" * 64)
    assert stage.do("cai", "screen.close", id="s")["error"]["code"] == "forbidden"
    assert stage.do("bo", "screen.close", id="dan")["error"]["code"] == "not_found", "a person is no screen"


def test_neither_client_nor_vendor_hears_of_a_screen_and_a_closed_one_is_out_at_once(stage: Stage) -> None:
    screen = open_screen(stage)
    for member in ("fay", "gus"):
        state = stage.browser().get("/api/events/fair/state", headers=stage.token(member)).json()
        assert "screen-main" not in str(state)
    stage.must("cai", "screen.close", id="screen-main")
    assert screen.get("/e/fair/timer").status_code == 303
    assert _refusal(screen, "/api/events/fair/live?view=timer") == 4401


def _refusal(screen: Browser, address: str) -> int:
    """With which code a socket is refused."""
    with pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)) as refused:
        screen.websocket_connect(address).__enter__()
    return int(getattr(refused.value, "code", 0))


def told_to(stage: Stage, since: int) -> str:
    """What the main stage's monitor is told of what came after that."""
    feed = stage.services.feed
    with stage.services.db.read() as session:
        screen = find_viewer(session, "fair", "screen-main")
    assert screen
    chain, _ = chains(screen, "timer")
    frames = feed.read("fair", [(chain, since)], live=False).answers[chain, since]
    assert isinstance(frames, list)
    return "".join(json.loads(frame.payload)["html"] for frame in frames)
