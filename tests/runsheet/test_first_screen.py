"""Now as the server makes it for a first visit: the right rows and times, and nothing that is not for its reader."""

import re
from typing import Any

import brotli
import pytest
from starlette.testclient import TestClient

from server.runsheet.first_screen import FirstScreen, first_screen
from tests.support.show import DAY, Show

START = "2027-04-10T12:00:00+08:00"
SLOT = re.compile(r'data-slot="(\w+)".*? data-id="(\w+)"')
KEYS = {"plan": r'cue-plan">([^<]*)', "proj": r'cue-proj">([^<]*)', "late": r'cue-late">([^<]*)'}


@pytest.fixture
def act(sqlite_show: Show) -> Show:
    """An act of ten minutes at noon on the main stage, called 3:20 late, and what follows it."""
    sqlite_show.add("act", start=START, start_mode="fixed", duration_s=600, people=["jun"])
    sqlite_show.add("change", duration_s=300, people=["mei"])
    sqlite_show.add("later", duration_s=3600)
    sqlite_show.add("last", people=["jun"], departments=["sound"])
    sqlite_show.tick(200)
    sqlite_show.do("wei", "cue.go", id="act", current=None)
    return sqlite_show


def seen(show: Show, member: str) -> FirstScreen | None:
    with show.services.db.read() as session:
        return first_screen(show.services, session, show.viewer(member))


def shown(show: Show, member: str) -> FirstScreen:
    found = seen(show, member)
    assert found is not None
    return found


def slots(show: Show, member: str) -> dict[str, str]:
    """What each row is there for, by its id."""
    found = (SLOT.search(card.row) for card in shown(show, member).cards)
    return {each[2]: each[1] for each in found if each}


def texts(row: str) -> dict[str, str]:
    return {name: found[1] for name, key in KEYS.items() if (found := re.search(key, row))}


def test_what_runs_and_what_follows_have_their_times(act: Show) -> None:
    found = shown(act, "rui")
    runs, follows = found.cards
    assert found.strip == {
        "clock": "12:03:20",
        "which": "behind",
        "offset": "+3:20",
        "save": "–",
        "is_short": False,
    }
    assert texts(runs.row) == {"plan": "12:00", "proj": "12:03", "late": "+3:20"}
    assert texts(follows.row) == {"plan": "12:10", "proj": "12:13", "late": "+3:20"}
    assert runs.parts == {
        "now": "left",
        "left": "10:00",
        "began": "12:03",
        "ends": "12:13",
        "was": "12:10",
        "done": 0,
    }
    assert follows.parts is None


def test_what_is_over_its_time_says_by_how_much(act: Show) -> None:
    act.tick(700)
    runs = shown(act, "rui").cards[0]
    assert " data-over" in runs.row
    assert "#i-over" in runs.row
    assert runs.parts
    assert (runs.parts["now"], runs.parts["left"], runs.parts["done"]) == ("over", "+1:40", 1000)


def test_before_the_first_call_it_counts_to_what_comes(sqlite_show: Show) -> None:
    sqlite_show.add("act", start=START, start_mode="fixed", duration_s=600)
    sqlite_show.tick(-90)
    [card] = shown(sqlite_show, "rui").cards
    assert card.parts == {"now": "next", "left": "01:30"}


def test_a_track_that_is_stopped_says_so(act: Show) -> None:
    act.do("wei", "track.hold", tracks=["main"])
    found = shown(act, "jun")
    assert (found.strip["which"], found.strip["offset"]) == ("halted", "12:03")
    assert " data-halted" in found.cards[0].row
    assert found.cards[0].parts
    assert found.cards[0].parts["now"] == "held"


def test_each_is_told_their_own_turn(act: Show) -> None:
    assert slots(act, "rui") == {"act": "now", "change": "next"}
    assert slots(act, "mei") == {"act": "now", "change": "turn"}
    assert slots(act, "jun") == {"act": "now", "change": "next", "last": "mine"}
    act.do("mei", "cue.done", id="change")
    assert slots(act, "mei") == {"act": "now", "change": "next"}


def test_whom_no_row_names_is_told_of_their_department(act: Show) -> None:
    act.do("rui", "cue.edit", id="change", set={"people": [], "departments": ["light"]})
    act.do("rui", "cue.edit", id="last", set={"people": []})
    assert slots(act, "emma")["change"] == "turn"
    assert slots(act, "jun") == {"act": "now", "change": "next"}  # one row has their name still


def test_the_plan_is_the_one_that_was_frozen(act: Show) -> None:
    act.do("rui", "cue.edit", id="act", set={"duration_s": 900})
    runs, follows = shown(act, "rui").cards
    assert runs.parts
    assert (runs.parts["ends"], runs.parts["was"]) == ("12:18", "12:10")
    assert texts(follows.row) == {"plan": "12:10", "proj": "12:18", "late": "+8:20"}


def test_a_caller_looks_at_the_track_that_they_call(act: Show) -> None:
    act.do("rui", "member.edit", id="lan", set={"tracks": ["river"]})
    act.add("boat", track="river", start=START, start_mode="fixed", duration_s=600)
    assert shown(act, "wei").track == "main"
    assert (shown(act, "lan").track, shown(act, "lan").tracks) == ("river", ["main", "river"])


def test_nobody_reads_on_it_what_is_not_for_them(act: Show) -> None:
    act.do("rui", "column.put", id="secret", name="內部", shown_to="team")
    act.do(
        "rui", "cue.edit", id="change", set={"columns": {"secret": {"zh-TW": "只給團隊"}}, "people": ["qin"]}
    )
    act.do("rui", "member.edit", id="qin", set={"call_sign": "貴賓"})
    [theirs] = [card.row for card in shown(act, "qin").cards if 'data-slot="turn"' in card.row]
    [ours] = [card.row for card in shown(act, "rui").cards if 'data-slot="next"' in card.row]
    assert "只給團隊" in ours
    assert "只給團隊" not in theirs
    assert "貴賓" not in theirs


def test_what_is_not_published_yet_takes_no_time_from_its_editors(act: Show) -> None:
    act.do("rui", "sheet.publish")
    act.add("new", after="act", duration_s=1800)
    assert shown(act, "rui").cards == shown(act, "hui").cards
    assert slots(act, "rui") == {"act": "now", "change": "next"}
    assert texts(shown(act, "rui").cards[1].row)["proj"] == "12:13"


@pytest.mark.parametrize(
    ("member", "op", "args"),
    [
        ("wei", "rehearsal.begin", {"id": "r", "track": "river", "day": DAY, "cue": "boat"}),
        ("wei", "track.roll", {"track": "main", "on": True}),
        ("rui", "member.edit", {"id": "mei", "set": {"roles": ["host"]}}),
    ],
)
def test_where_more_must_be_said_there_is_none(act: Show, member: str, op: str, args: dict[str, Any]) -> None:
    act.add("boat", track="river", duration_s=600)
    act.do("rui", "member.edit", id="wei", set={"tracks": ["*"]})
    assert seen(act, "mei") is not None
    act.do(member, op, **args)
    assert seen(act, "mei") is None


def test_only_who_opens_the_page_gets_it_and_can_read_it_first(act: Show) -> None:
    client = TestClient(act.house.app, base_url=act.services.origin)
    headers = {"Authorization": f"Bearer {act.token('mei')}", "Accept-Encoding": "br"}
    fetched = client.get(f"/e/{act.event}", headers=headers)
    opened = client.get(f"/e/{act.event}", headers=headers | {"Sec-Fetch-Dest": "document"})
    assert 'id="early"' not in fetched.text
    assert 'id="me-mei"' not in fetched.text
    assert 'id="me-mei"' in opened.text
    assert opened.text.index('id="early"') < opened.text.index('data-list="cue"')


def test_its_beginning_is_packed_by_itself(act: Show) -> None:
    client = TestClient(act.house.app, base_url=act.services.origin)
    headers = {
        "Authorization": f"Bearer {act.token('mei')}",
        "Accept-Encoding": "br",
        "Sec-Fetch-Dest": "document",
    }
    with client.stream("GET", f"/e/{act.event}", headers=headers) as answer:
        packed = b"".join(answer.iter_raw())
    begun = brotli.Decompressor().process(packed[:6000]).decode(errors="ignore")
    assert "</section>" in begun.partition('id="early"')[2]
