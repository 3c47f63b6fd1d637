"""Who is told what: windows, bulk, narrower audiences, and chains that fail alone."""

import json
from typing import Any, cast

import pytest

from server.core import feed as feeds
from server.core.access import Lens, Permission
from server.core.feed import Chain, Kind, chains
from server.core.frames import Frame, Reset
from server.core.ids import new_id
from server.core.models import Entity
from server.core.ops import Args, Op, Prepared
from server.runsheet.models import Cue
from tests.support.follower import Follower
from tests.support.show import Show


def read(show: Show, member: str, since: int, *, live: bool = True, form: str = "json") -> Any:  # noqa: ANN401 - an answer
    """What the lens chain of a member is answered from a cursor."""
    chain, _ = chains(show.viewer(member), "", form)
    return show.services.feed.read(show.event, [(chain, since)], live=live).answers.get((chain, since), [])


def items(answer: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
    return [item for frame in answer for item in json.loads(frame.payload)["items"]]


def test_a_change_costs_one_item_of_one_row(show: Show) -> None:
    show.add("a")
    show.add("b")
    since = show.head
    show.do("rui", "cue.edit", id="a", set={"title": "A"})
    show.do("rui", "cue.edit", id="a", set={"title": "AA"})
    [item] = items(read(show, "mei", since))
    assert (item["kind"], item["id"], item["seq"], item["version"]) == ("cue", "a", show.head, show.head)
    assert item["body"]["title"] == "AA"


def test_nothing_new_is_nothing(show: Show) -> None:
    assert read(show, "mei", show.head) == []
    assert read(show, "mei", show.head + 5) == []


def test_a_note_reaches_its_department_and_no_other_chain_hears_of_it(show: Show) -> None:
    show.add("a")
    since = show.head
    show.do("mei", "note.put", cue="a", department="light", text="暗場")
    show.do("mei", "note.put", cue="a", department="light", text="")
    heard = {
        member: len(items(read(show, member, since)))
        for member in ("mei", "emma", "rui", "jun", "qin", "tong")
    }
    assert heard == {"mei": 1, "emma": 1, "rui": 0, "jun": 0, "qin": 0, "tong": 0}


def test_what_a_chain_no_longer_sees_is_gone(show: Show) -> None:
    show.add("a")
    since = show.head
    show.do("rui", "cue.remove", id="a")
    assert items(read(show, "mei", since)) == [{"kind": "cue", "id": "a", "seq": show.head, "gone": True}]
    [frame] = read(show, "mei", since, form="html")
    assert json.loads(frame.payload)["html"] == f"<del data-kind=cue data-id=a data-v={show.head}></del>"


def test_a_row_that_becomes_narrower_is_gone_for_those_outside_and_stays_for_those_inside(show: Show) -> None:
    show.add("a")
    since = show.head
    hide(show, "a", "dept:light")
    assert [item.get("gone", False) for item in items(read(show, "jun", since))] == [True]
    assert [item.get("gone", False) for item in items(read(show, "mei", since))] == [False]
    since = show.head
    show.do("mei", "cue.ready", id="a")
    assert show.refuse("jun", "cue.ready", id="a")["code"] == "not_found"
    hide(show, "a", "dept:stage")
    assert [item["kind"] for item in items(read(show, "jun", since))] == ["mark"]


def hide(show: Show, cue: str, audience: str) -> None:
    """Give a row another audience, as a later feature will."""

    def act(ctx: Any, _args: Any) -> None:  # noqa: ANN401 - an action
        row = ctx.find(Cue, cue)
        was, row.audience = row.visible_to, audience
        ctx.record(row, {}, was=was)

    op = Op("test.hide", Permission.VIEW, Args, act)
    [result] = show.submit("rui", [Prepared(new_id(), op, Args(), "", None, None, None)])
    assert result["status"] == "applied"


def test_each_persons_own_chain_holds_only_what_is_theirs(show: Show) -> None:
    for member in ("mei", "rui"):
        follower = Follower(show, member)
        own = follower.chains[1]
        answer = show.services.feed.read(show.event, [(own, 0)], live=False).answers[own, 0]
        assert [(item["kind"], item["id"]) for item in items(answer)] == [("me", member)]


def test_more_than_two_hundred_rows_at_once_are_bulk_for_who_is_live_and_not_for_who_catches_up(
    sqlite_show: Show,
) -> None:
    show = sqlite_show
    since = show.head
    show.all("rui", *(("cue.add", {"id": f"c{n}", "track": "main", "number": f"{n}"}) for n in range(201)))
    assert read(show, "mei", since) == Reset("bulk", feeds.BULK_JITTER_MS)
    assert len(items(read(show, "mei", since, live=False))) == 201
    assert len(items(read(show, "mei", since + 1))) == 200


def test_frames_keep_to_their_size_and_follow_on_each_other(sqlite_show: Show) -> None:
    show = sqlite_show
    since = show.head
    long = {"note": "長" * 3900, "note_en": '"' * 3900}
    show.all(
        "rui", *(("cue.add", {"id": f"c{n}", "track": "main", "number": f"{n}", **long}) for n in range(30))
    )
    for form in ("html", "json"):
        answer = read(show, "mei", since, live=False, form=form)
        assert len(answer) > 3
        assert max(len(frame.payload) for frame in answer) <= feeds.FRAME_BYTES
        assert [frame.base for frame in answer] == [since, *(frame.seq for frame in answer[:-1])]
        assert answer[-1].seq == show.head


def test_a_cursor_older_than_three_days_starts_anew(show: Show) -> None:
    show.add("a")
    since = show.head - 1
    show.tick(72 * 3600)
    assert items(read(show, "mei", since))
    show.tick(1)
    assert read(show, "mei", since) == Reset("window")
    assert read(show, "mei", show.head) == []
    show.add("b")
    assert [item["id"] for item in items(read(show, "mei", show.head - 1))] == ["b"]
    assert {item["id"] for item in items(read(show, "mei", 0, live=False)) if item["kind"] == "cue"} == {
        "a",
        "b",
    }


def test_a_cursor_too_many_changes_behind_starts_anew(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "WINDOW_CHANGES", 5)
    since = show.head
    for n in range(6):
        show.add(f"c{n}")
    assert read(show, "mei", since) == Reset("window")
    assert len(items(read(show, "mei", since + 1))) == 5


def test_many_chains_are_answered_from_one_snapshot_each_from_its_own_cursor(show: Show) -> None:
    show.add("a")
    first = show.head
    show.add("b")
    wants = [
        (chain, since)
        for member in ("mei", "jun", "qin")
        for chain in chains(show.viewer(member))
        for since in (first - 1, first)
    ]
    reading = show.services.feed.read(show.event, wants, live=True)
    assert reading.head == show.head
    for (chain, since), answer in reading.answers.items():
        assert isinstance(chain, Chain)
        rows = "".join(json.loads(frame.payload)["html"] for frame in cast("list[Frame]", answer))
        assert rows.count('id="cue-') == (0 if chain.member else show.head - since)


def test_a_chain_that_can_not_be_rendered_is_reset_and_the_others_go_on(
    show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    show.add("a")
    mei, _ = chains(show.viewer("mei"))
    emma, _ = chains(show.viewer("emma"))
    real = type(show.services.feed.kinds["cue"]).html

    def html(self: Kind, entity: Entity, names: object, lens: Lens, view: str) -> str:
        if lens.locale == "en":
            raise ZeroDivisionError
        return str(real(self, entity, names, lens, view))

    monkeypatch.setattr(type(show.services.feed.kinds["cue"]), "html", html)
    show.do("rui", "cue.edit", id="a", set={"title": "A"})
    since = show.head - 1
    answers = show.services.feed.read(show.event, [(emma, since), (mei, since)], live=True).answers
    assert answers[emma, since] == Reset("error", feeds.BULK_JITTER_MS)
    assert "A" in str(answers[mei, since])


def test_an_op_is_answered_with_its_rows_and_without_them_where_they_can_not_be_rendered(
    sqlite_show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    show, feed = sqlite_show, sqlite_show.services.feed
    chain, _ = chains(show.viewer("mei"))
    since = show.head
    show.add("a", title="暖場")
    assert "暖場" in feed.html(show.event, chain, since)

    def broken(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(feeds.Feed, "row", broken)
    assert feed.html(show.event, chain, since) == ""


def test_a_view_gets_rows_of_its_own_and_nothing_of_kinds_it_has_no_list_of(show: Show) -> None:
    show.add("a")
    grid = Follower(show, "rui", "html", "grid")
    people = Follower(show, "rui", "html", "people")
    grid.catch_up()
    people.catch_up()
    assert str(grid.held["cue", "a"]).startswith("<tr")
    assert {kind for kind, _ in people.held} <= {"member", "me"}


def test_a_new_column_is_in_every_row_of_a_table_that_is_loaded_anew(show: Show) -> None:
    show.add("a")
    Follower(show, "rui", "html", "grid").catch_up()
    show.do("rui", "column.put", id="video", name="影像")
    assert 'data-field="columns.video"' in str(Follower(show, "rui", "html", "grid").fresh()["cue", "a"])


def test_a_renamed_person_is_renamed_in_every_row_that_shows_them(show: Show) -> None:
    show.add("a", people=["wei"])
    show.do("mei", "cue.ready", id="a")
    follower = Follower(show, "rui", "html", "grid")
    follower.catch_up()
    show.do("hui", "member.edit", id="wei", set={"name": "許小瑋"})
    show.do("hui", "member.edit", id="mei", set={"name": "陳小玲"})
    follower.catch_up(live=True)
    assert "許小瑋" in str(follower.held["cue", "a"])
    assert "陳小玲" in str(follower.held["mark", "a:mei"])
    assert follower.held == {key: row for key, row in follower.fresh().items() if key in follower.held}
