"""What whoever has a guest's link reads of the published sheet, and what nobody does; on both databases."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from server.core.ids import digest, new_secret
from server.core.security import RATES
from server.guests.models import GuestLink
from tests.people.stage import DAY_MS, Browser, Json, Stage, opened
from tests.support.databases import Databases

# 16:00 in Taipei is now.
PLANNED, CHANGEOVER = "2026-11-23T16:30:00+08:00", "2026-11-23T17:00:00+08:00"
SECRETS = {
    "title": "開場致詞",
    "length": "30′",
    "place": "貴賓室甲",
    "people": "簡丹",
    "note": "王董先到",
    "cue": "追光定位",
    "buffer": "換場清台",
    "river": "河岸節目",
    "open": "主持人穿白",
    "team": "場燈全暗",
    "meeting": "側台集合",
    "reading": "讀作",
}


@pytest.fixture
def stage(databases: Databases, tmp_path: Path) -> Iterator[Stage]:
    url = databases.filled("a sheet for guests", _filled)
    with opened(url, tmp_path) as stage:
        yield stage
    databases.forget(url)


def _filled(url: str) -> None:
    with opened(url, Path("unused")) as stage:
        fill(stage.populate())


def fill(stage: Stage) -> None:
    """A published sheet in which each thing that may be shown says something of its own."""
    said = SECRETS
    cells = {"open": {"zh-TW": said["open"]}, "team": {"zh-TW": said["team"]}}
    stage.must_all(
        "amy",
        [
            ("place.put", {"id": "vip", "name": said["place"]}),
            ("track.put", {"id": "river", "name": "河岸"}),
            ("column.put", {"id": "open", "name": "主持", "shown_to": "all"}),
            ("column.put", {"id": "team", "name": "燈光內部", "shown_to": "team"}),
            ("cue.add", {"id": "seg", "track": "main", "kind": "segment", "title": "第一段", "start": PLANNED}),
            ("cue.add", {
                "id": "a", "track": "main", "parent": "seg", "title": said["title"], "start": PLANNED,
                "duration_s": 1800, "place": "vip", "people": ["dan"], "note": said["note"], "columns": cells,
                "meeting": said["meeting"], "reading": said["reading"],
            }),
            ("cue.add", {"id": "c", "track": "main", "parent": "a", "kind": "cue", "title": said["cue"]}),
            ("cue.add", {
                "id": "b", "track": "main", "parent": "seg", "kind": "buffer", "title": said["buffer"],
                "duration_s": 300,
            }),
            ("cue.add", {"id": "d", "track": "main", "parent": "seg", "title": "頒獎", "duration_s": 600}),
            ("cue.add", {"id": "r", "track": "river", "title": said["river"], "start": CHANGEOVER}),
            ("note.put", {"cue": "a", "department": "stage", "text": "組內備註"}),
            ("sheet.publish", {}),
        ],
    )  # fmt: skip


def make(stage: Stage, link_id: str = "g1", **choices: Any) -> str:  # noqa: ANN401 - whatever the op takes
    """The secret of a new link."""
    secret = new_secret()
    stage.must("bo", "guest.open", id=link_id, name="客戶王小姐", hash=digest(secret), **choices)
    return secret


def ask(browser: Browser, secret: str, have: str = "") -> Response:
    found: Response = browser.post("/guest/sheet", data={"secret": secret, "have": have})
    return found


def read(stage: Stage, secret: str) -> str:
    answer = ask(stage.browser(), secret)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer.text


# --- what is shown


CHOICES: list[tuple[Json, set[str]]] = [
    ({"shows": []}, set()),
    ({"shows": ["time"]}, set()),
    ({"shows": ["length"]}, {"length"}),
    ({"shows": ["place"]}, {"place"}),
    ({"shows": ["people"]}, {"people"}),
    ({"shows": ["note"]}, {"note"}),
    ({"shows": [], "level": "fine"}, {"cue", "buffer"}),
    ({"shows": [], "columns": ["open"]}, {"open"}),
    ({"shows": [], "team_columns": ["team"]}, {"team"}),
    ({"shows": [], "tracks": ["main", "river"]}, {"river"}),
]


def test_a_fragment_holds_what_was_chosen_and_nothing_else(stage: Stage) -> None:
    for number, (choices, wanted) in enumerate(CHOICES):
        shown = read(stage, make(stage, f"g{number}", **{"tracks": ["main"]} | choices))
        found = {name for name, text in SECRETS.items() if text in shown}
        assert found == wanted | {"title"}, choices
        assert ("16:30" in shown) == ("time" in choices["shows"])
        assert not re.search(r'data-(id|people|v)=|"(dan|vip|team)"|組內備註', shown)
        assert ("燈光內部" in shown) == ("team" in wanted)


def test_no_track_named_is_every_track(stage: Stage) -> None:
    shown = read(stage, make(stage))
    assert SECRETS["title"] in shown
    assert SECRETS["river"] in shown


def test_an_edit_waits_until_it_is_published(stage: Stage) -> None:
    secret = make(stage)
    stage.must("bo", "cue.edit", id="a", set={"title": "改過的致詞"})
    stage.must("bo", "cue.add", id="new", track="main", title="臨時加演", after="seg")
    shown = read(stage, secret)
    assert SECRETS["title"] in shown
    assert "改過的致詞" not in shown
    assert "臨時加演" not in shown
    assert ">v1<" in shown
    stage.must("bo", "sheet.publish")
    shown = read(stage, secret)
    assert "改過的致詞" in shown
    assert "臨時加演" in shown
    assert ">v2<" in shown


def test_what_runs_and_where_times_stand_otherwise_are_worked_out_by_the_server(stage: Stage) -> None:
    secret = make(stage)
    assert 'data-state="live"' not in read(stage, secret)
    stage.clock.advance(40 * 60)
    stage.must("cai", "cue.go", id="a", current=None)
    shown = read(stage, secret)
    assert 'data-state="live"' in shown
    assert re.search(r"約到 <time>17:10</time>", shown)
    assert re.search(
        r"<time>17:10</time></b> <del>.*<time>17:05</time></del></p><div class=\"guest-what\"><h4>頒獎", shown
    )


def test_what_comes_next_is_what_the_link_shows_of_it(stage: Stage) -> None:
    """After the item that runs comes a changeover, which a link of items alone knows nothing of."""
    coarse, fine = make(stage, tracks=["main"]), make(stage, "g2", tracks=["main"], level="fine")
    stage.must("cai", "cue.go", id="a", current=None)
    following = {
        secret: re.search(r'guest-next">.*?<b>(.*?)</b>', read(stage, secret)) for secret in (coarse, fine)
    }
    assert [found and found[1] for found in following.values()] == ["頒獎", SECRETS["buffer"]]


def test_what_stands_by_still_comes_next(stage: Stage) -> None:
    """What the team calls before an item begins is nothing that a guest has to know."""
    secret = make(stage, tracks=["main"])
    before = read(stage, secret)
    assert re.search(rf'guest-next">.*?<b>{SECRETS["title"]}</b>', before)
    for call in ("cue.warm", "cue.standby"):
        stage.must("cai", call, id="a")
        assert re.search(rf'guest-next">.*?<b>{SECRETS["title"]}</b>', read(stage, secret)), call


def test_what_stands_in_a_segment_that_is_left_out_is_left_out(stage: Stage) -> None:
    secret = make(stage, tracks=["main"])
    stage.must("cai", "cue.skip", id="seg")
    shown = read(stage, secret)
    assert shown.count("取消") == 1 + 2
    assert (shown.count('data-state="skipped"'), "guest-next" in shown) == (2, False)


def test_a_rehearsal_is_nothing_that_guests_see(stage: Stage) -> None:
    secret = make(stage)
    before = read(stage, secret)
    stage.must("cai", "rehearsal.begin", id="reh", track="main", day="2026-11-23", cue="a")
    stage.must("cai", "cue.go", id="a", current=None)
    assert read(stage, secret) == before


def test_a_column_that_becomes_the_teams_leaves_links_that_were_made_before(stage: Stage) -> None:
    secret = make(stage, columns=["open"])
    assert SECRETS["open"] in read(stage, secret)
    stage.must("amy", "column.put", id="open", name="主持", shown_to="team")
    assert SECRETS["open"] not in read(stage, secret)


def test_a_link_speaks_its_own_language(stage: Stage) -> None:
    secret = make(stage, locale="en")
    shown = read(stage, secret)
    assert 'lang="en"' in shown
    assert "As of" in shown


# --- how it is asked for


def test_who_has_it_all_is_told_so_without_a_body(stage: Stage) -> None:
    secret, browser = make(stage), stage.browser()
    first = ask(browser, secret)
    have = first.headers["fieldcue-have"]
    again = ask(browser, secret, have)
    assert (again.status_code, again.content) == (HTTPStatus.NO_CONTENT, b"")
    assert again.headers["fieldcue-as-of"] == "16:00"
    stage.clock.advance(60)
    later = ask(browser, secret, have)
    assert (later.status_code, later.headers["fieldcue-as-of"]) == (HTTPStatus.NO_CONTENT, "16:01")
    stage.must("bo", "cue.edit", id="a", set={"title": "改過的致詞"})
    assert ask(browser, secret, have).status_code == HTTPStatus.NO_CONTENT
    stage.must("bo", "sheet.publish")
    assert ask(browser, secret, have).status_code == HTTPStatus.OK


def test_no_cookie_is_set_and_nothing_is_kept(stage: Stage) -> None:
    browser = stage.browser()
    for answer in (browser.get("/guest"), ask(browser, make(stage))):
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
    assert "noindex" in browser.get("/guest").text


def test_a_page_of_somebody_else_is_not_heard(stage: Stage) -> None:
    browser = stage.browser(origin="https://elsewhere.example")
    assert ask(browser, make(stage)).status_code == HTTPStatus.FORBIDDEN


def test_five_thousand_who_ask_cost_one_rendering_a_minute(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, browser = make(stage), stage.browser()
    rendered: list[str] = []
    real = stage.services.templates.render

    def render(name: str, locale: str, **values: object) -> str:
        rendered.append(name)
        return real(name, locale, **values)

    monkeypatch.setattr(stage.services.templates, "render", render)
    for _ in range(20):
        assert ask(browser, secret).status_code == HTTPStatus.OK
    assert len(rendered) == 1
    stage.clock.advance(60)
    ask(browser, secret)
    assert len(rendered) == 2


def test_who_looks_for_links_is_held_back_and_locks_nobody_out(stage: Stage) -> None:
    secret, browser = make(stage), stage.browser()
    tries = RATES["guest_unknown_address"].burst
    statuses = [ask(browser, "made-up").status_code for _ in range(tries + 1)]
    assert statuses == [HTTPStatus.NOT_FOUND] * tries + [HTTPStatus.TOO_MANY_REQUESTS]
    assert ask(browser, secret).status_code == HTTPStatus.OK


def test_a_venue_of_five_thousand_behind_one_address_is_let_through() -> None:
    rate = RATES["guest_link_address"]
    assert rate.burst >= 5000
    assert rate.per_minute >= 5000 * 60 / 15


# --- until when


def test_a_link_opens_until_it_is_revoked_and_again_when_that_is_taken_back(stage: Stage) -> None:
    secret, browser = make(stage), stage.browser()
    for _ in range(2):
        assert ask(browser, secret).status_code == HTTPStatus.OK
    closed = stage.must("bo", "guest.close", id="g1")
    assert ask(browser, secret).status_code == HTTPStatus.NOT_FOUND
    undo = closed["result"]["undo"]
    stage.must("bo", undo["op"], **undo["args"])
    assert ask(browser, secret).status_code == HTTPStatus.OK


def test_a_link_ends_a_week_after_the_event_unless_another_day_is_chosen(stage: Stage) -> None:
    usual, short = make(stage), make(stage, "g2", until="2026-11-23")
    browser = stage.browser()
    # The operating day of the 23rd ends at 06:00 on the 24th, 14 hours from now.
    stage.clock.advance(14 * 3600 - 1)
    assert ask(browser, short).status_code == HTTPStatus.OK
    stage.clock.advance(1)
    assert ask(browser, short).status_code == HTTPStatus.NOT_FOUND
    stage.clock.advance(8 * DAY_MS / 1000 - 1)
    assert ask(browser, usual).status_code == HTTPStatus.OK
    stage.clock.advance(1)
    assert ask(browser, usual).status_code == HTTPStatus.NOT_FOUND


def test_a_link_belongs_to_the_event_and_outlives_its_maker(stage: Stage) -> None:
    secret = make(stage)
    stage.must("amy", "member.remove", id="bo")
    assert ask(stage.browser(), secret).status_code == HTTPStatus.OK


def test_the_last_opening_is_put_down_without_a_change_of_the_event(stage: Stage) -> None:
    secret, head = make(stage), stage.head
    assert opened_at(stage) is None
    ask(stage.browser(), secret)
    first = opened_at(stage)
    assert first == stage.now()
    stage.clock.advance(60)
    ask(stage.browser(), secret)
    assert opened_at(stage) == first
    stage.clock.advance(300)
    ask(stage.browser(), secret)
    assert opened_at(stage) == stage.now()
    assert stage.head == head


def opened_at(stage: Stage) -> int | None:
    with stage.services.db.read() as session:
        return session.get_one(GuestLink, ("fair", "g1")).opened_at


# --- making and managing


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"tracks": ["none"]}, "not_found"),
        ({"columns": ["none"]}, "not_found"),
        ({"columns": ["team"]}, "team_column"),
        ({"until": "2026-11-21"}, "bad_end"),
        ({"until": "2036-11-21"}, "bad_end"),
    ],
)
def test_a_link_is_refused_for_what_is_not_there(stage: Stage, args: Json, code: str) -> None:
    result = stage.do("bo", "guest.open", id="g", name="王", hash="0" * 64, **args)
    assert result["error"]["code"] == code


def test_a_secret_makes_one_link_in_all_events(stage: Stage) -> None:
    stage.must("bo", "guest.open", id="g", name="王", hash="0" * 64)
    again = stage.do("zoe", "guest.open", "other", id="g", name="王", hash="0" * 64)
    assert again["error"]["code"] == "exists"


@pytest.mark.parametrize("member", ["cai", "dan", "fay", "gus"])
def test_who_does_not_edit_the_sheet_hears_nothing_of_links(stage: Stage, member: str) -> None:
    make(stage)
    headers = stage.token(member)
    for path in ("state", "changes"):
        answer = stage.browser().get(f"/api/events/fair/{path}", headers=headers)
        assert answer.status_code == HTTPStatus.OK
        assert "客戶王小姐" not in answer.text
    assert stage.browser(member).get("/e/fair/guests").status_code == HTTPStatus.FORBIDDEN


def test_makers_see_what_a_link_shows_but_never_its_secret(stage: Stage) -> None:
    secret = make(stage, columns=["open"], team_columns=["team"], shows=["people"])
    listed = stage.browser("bo").get("/e/fair/guests").text
    for text in ("客戶王小姐", "還沒打開過", "會顯示團隊內部欄位", "主持", "燈光內部"):
        assert text in listed
    shown = stage.browser("bo").get("/e/fair/guests/preview?link=g1")
    assert SECRETS["team"] in shown.text
    assert shown.status_code == HTTPStatus.OK
    for text in (listed, shown.text):
        assert secret not in text
        assert digest(secret) not in text


def test_a_preview_of_another_events_link_is_not_there(stage: Stage) -> None:
    make(stage)
    assert stage.browser("zoe", "other").get("/e/other/guests/preview?link=g1").status_code == 404


def test_an_event_without_rows_says_so(stage: Stage) -> None:
    secret = new_secret()
    stage.must("zoe", "guest.open", "other", id="g", name="王", hash=digest(secret))
    assert "還沒有內容" in read(stage, secret)


def test_the_door_needs_no_sign_in_and_tells_nothing(stage: Stage) -> None:
    make(stage)
    page = stage.browser().get("/guest")
    assert page.status_code == HTTPStatus.OK
    assert "音樂市集" not in page.text
