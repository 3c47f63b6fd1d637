"""Rows for people and bodies for machines: what is text stays text, and every fact has its unit."""

import gc
import weakref
from dataclasses import replace
from typing import Any

import pytest

from server.core.models import Event
from server.runsheet.args import CueFields
from server.runsheet.models import FACTS
from server.runsheet.names import Names
from server.runsheet.queries import Directory
from tests.support.follower import Follower
from tests.support.show import Json, Show

EVIL = """<script>alert(1)</script>"'><img src=x onerror=alert(2)>{{ 7*7 }}&amp;"""
TEXTS = [
    name
    for name, field in CueFields.model_fields.items()
    if field.annotation is str and name not in {"day", "colour"}
]
SHORT = {"number": EVIL[:20]}
NOT_TEXT = {"kind", "start_mode", "end_mode", "call"}


def rows(show: Show, member: str, view: str = "") -> str:
    """Everything that a member's page of a view shows, as its frames bring it."""
    follower = Follower(show, member, "html", view)
    follower.catch_up()
    assert follower.held == follower.fresh()
    return "".join(map(str, follower.held.values()))


@pytest.mark.parametrize("view", ["", "grid", "people"])
def test_markup_in_any_text_is_text(sqlite_show: Show, view: str) -> None:
    show = sqlite_show
    values = {name: SHORT.get(name, EVIL) for name in TEXTS if name not in NOT_TEXT}
    assert {"title", "note", *FACTS} <= values.keys()
    show.do(
        "hui", "member.edit", id="wei", set={"name": EVIL, "name_en": EVIL, "title": EVIL, "title_en": EVIL}
    )
    show.do("hui", "department.put", id="light", name=EVIL, name_en=EVIL)
    for op, name in (("place.put", "gate"), ("track.put", "main"), ("column.put", "light")):
        show.do("hui", op, id=name, name=EVIL, name_en=EVIL)
    cells = {"light": {"zh-TW": EVIL, "en": EVIL}}
    show.add(
        "a",
        **values,
        columns=cells,
        place="gate",
        people=["wei"],
        start_mode="line",
        note_for={"light": EVIL},
    )
    show.add("seg", kind="segment", title=EVIL, title_kind=EVIL)
    show.do("wei", "cue.ready", id="a")
    for member in ("mei", "emma"):
        html = rows(show, member, view)
        assert "<script" not in html
        assert "<img" not in html
        assert "{{ 7*7 }}" in html
        assert "&lt;script&gt;" in html
    body = next(body for body in show.bodies("rui", "cue") if body["id"] == "a")
    assert {body[name] for name in values if name not in SHORT} == {EVIL}


def test_ids_with_odd_characters_are_ids_everywhere(sqlite_show: Show) -> None:
    show = sqlite_show
    odd = "A.b:c_d-9"
    show.add(odd)
    show.do("mei", "cue.ready", id=odd)
    assert f'id="cue-{odd}"' in rows(show, "mei")
    show.do("rui", "cue.remove", id=odd)
    follower = Follower(show, "mei", "html")
    follower.cursors = dict.fromkeys(follower.chains, show.head - 2)
    follower.catch_up()
    assert set(follower.heard) == {("mark", f"{odd}:mei"), ("cue", odd)}


def test_english_readers_read_english_and_chinese_where_there_is_none(sqlite_show: Show) -> None:
    show = sqlite_show
    show.add("a", title="山嵐列車", title_en="Mist Train", note="小心", people=["wei"])
    assert "Mist Train" in rows(show, "emma")
    assert "小心" in rows(show, "emma")
    assert "Wei Hsu" in rows(show, "emma")
    assert "Mist Train" not in rows(show, "mei")


def test_a_row_is_lean(sqlite_show: Show) -> None:
    show = sqlite_show
    show.add("a", title="短")
    follower = Follower(show, "mei", "html")
    follower.catch_up()
    assert len(str(follower.held["cue", "a"]).encode()) < 1000


def test_bodies_have_iso_times_and_seconds(sqlite_show: Show) -> None:
    show = sqlite_show
    show.add("a", start="2027-04-10T06:00:00+02:00", end="2027-04-10T13:00:00+08:00", duration_s=90, min_s=30)
    show.do("wei", "cue.go", id="a", current=None)
    show.tick(60)
    show.do("wei", "cue.pause", id="a")
    [body] = show.bodies("mei", "cue")
    assert (body["start"], body["end"]) == ("2027-04-10T12:00:00+08:00", "2027-04-10T13:00:00+08:00")
    assert (body["duration_s"], body["min_s"], body["added_s"]) == (90, 30, 0)
    assert body["runs"] == [{"start": "2027-04-10T12:00:00+08:00", "end": None}]
    assert body["paused_at"] == "2027-04-10T12:01:00+08:00"
    assert body["skipped"] is False


def test_every_field_that_can_be_set_can_be_read(sqlite_show: Show) -> None:
    sqlite_show.add("a")
    [body] = sqlite_show.bodies("mei", "cue")
    assert CueFields.model_fields.keys() <= body.keys()


DETAILS: list[tuple[str, Json, Json]] = [
    (
        "cue",
        {"set": {"title": "A", "secret": 1}, "was": {"title": "a"}},
        {"set": {"title": "A"}, "was": {"title": "a"}},
    ),
    (
        "cue",
        {"set": {"start": 0}, "at": 1000},
        {"set": {"start": "1970-01-01T08:00:00+08:00"}, "at": "1970-01-01T08:00:01+08:00"},
    ),
    (
        "cue",
        {"call": {"state": "done", "runs": [[0, None]]}},
        {"call": {"state": "done", "runs": [{"start": "1970-01-01T08:00:00+08:00", "end": None}]}},
    ),
    ("cue", {"call": "", "title": "A"}, {"call": "", "title": "A"}),
    (
        "member",
        {"set": {"phone": "0912", "name": "A"}, "was": {"phone": ""}},
        {"set": {"name": "A"}, "was": {}},
    ),
    ("member", {"name": "A", "account_id": "x", "phone": "0912"}, {"name": "A"}),
]


@pytest.mark.parametrize(("kind", "stored", "told"), DETAILS)
def test_the_log_tells_no_field_that_the_body_does_not_have(
    sqlite_show: Show, kind: str, stored: Json, told: Json
) -> None:
    event = Event(id="e", organisation_id="o", name="n", epoch="x", created_at=0)
    audiences, names = sqlite_show.viewer("mei").audiences, Directory({}, {}, {}, {}, {})
    shown: dict[str, Any] = sqlite_show.services.feed.kinds[kind].detail(stored, event, audiences, names)
    assert shown == told


class Looked(dict[str, Any]):
    """People, and whom somebody looked for; nobody may go through all of them."""

    def __init__(self, people: dict[str, Any]) -> None:
        super().__init__(people)
        self.up: list[str] = []

    def __getitem__(self, member: str) -> Any:  # noqa: ANN401 - a member
        self.up.append(member)
        return super().__getitem__(member)

    def __iter__(self) -> Any:  # noqa: ANN401 - never comes back
        raise AssertionError("all people for one row")

    keys = values = items = __iter__


@pytest.mark.parametrize("view", ["", "grid"])
def test_a_row_costs_the_names_that_it_shows_not_those_of_all_the_crew(sqlite_show: Show, view: str) -> None:
    show = sqlite_show
    show.add("a", title="開場", people=["wei"])
    feed = show.services.feed
    with show.services.db.read() as session:
        event = session.get_one(Event, show.event)
        cue = feed.kinds["cue"].load(session, show.event, ["a"])["a"]
        names = feed.names(session, event)
        people = Looked(names.people)
        html = feed.kinds["cue"].html(cue, replace(names, people=people), show.viewer("hui").lens, view)
    assert names.people["wei"].name in html
    assert {*people.up} == {"wei"}


def test_a_row_leaves_no_directory_behind_for_the_collector() -> None:
    """It looks seldom: what rows were made with would stand for a crew of thousands that has changed since."""
    people = Looked({})
    gone = weakref.ref(people)
    gc.disable()
    try:
        names = Names(Directory({}, {}, {}, {}, people), "en")
        assert names.listed("people", ["wei"]) == "wei"
        del names, people
        assert gone() is None
    finally:
        gc.enable()
