"""The demo's show: what has run at a moment of its first day, whichever day that is."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from server.core.clock import Clock, operating_day
from server.core.db import Database
from server.core.models import Event
from server.demo.content import Content
from server.demo.seed import CAST, Demo, moment_of_day, prepare_demo
from server.people.models import Member
from server.runsheet.models import Cue
from server.runsheet.queries import all_cues, board, frozen_plan
from server.runsheet.timing_types import Board
from server.settings import Settings

TAIPEI = ZoneInfo("Asia/Taipei")
EMERGENCY = {"110", "112", "113", "119", "165"}


class Seen:
    """A seeded demo, read once: `cues` by id, the `event`, and its `board` at the demo's moment."""

    def __init__(self, demo: Demo, session: Session, at: str) -> None:
        self.welcome = demo.welcome
        self.event = session.exec(select(Event)).one()
        self.members = session.exec(select(Member)).all()
        self.rows = all_cues(session, self.event.id)
        self.cues = {cue.id: cue for cue in self.rows}
        self.frozen = frozen_plan(session, self.event.id)
        today = operating_day(Clock().now(), "Asia/Taipei", 21_600)
        self.today = datetime.combine(today, datetime.min.time(), TAIPEI)
        self.now = self.at(at) if at else Clock().now()

    @property
    def board(self) -> Board:
        return board(self.rows, self.event, self.now)

    def at(self, text: str) -> int:
        """HH:MM:SS of day 1, in epoch milliseconds."""
        return round((self.today + moment_of_day(text)).timestamp() * 1000)

    def items(self, state: str) -> list[Cue]:
        return [cue for cue in self.rows if cue.state == state and cue.kind not in {"cue", "segment"}]


@contextmanager
def seeded(folder: Path, at: str) -> Iterator[Seen]:
    demo = prepare_demo(Settings(data_dir=folder), at=at)
    database = Database(demo.settings.database)
    with database.read() as session:
        yield Seen(demo, session, at)
    database.close()


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with seeded(tmp_path_factory.mktemp("afternoon"), "14:36") as seen:
        yield seen


@pytest.fixture(scope="module", params=["18:00", "29:30"])
def later(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Moments of which the file says nothing."""
    with seeded(tmp_path_factory.mktemp("later"), request.param) as seen:
        yield seen


@pytest.fixture(scope="module")
def untimed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with seeded(tmp_path_factory.mktemp("untimed"), "") as seen:
        yield seen


# --- at a moment


def test_day_1_is_todays_operating_day(afternoon: Seen) -> None:
    days = {day["id"]: day["date"] for day in afternoon.event.days}
    assert days["D1"] == afternoon.today.date().isoformat()
    assert days["D2"] == (afternoon.today + timedelta(days=1)).date().isoformat()


def runs_of(rows: list[Cue]) -> list[tuple[int, int | None]]:
    """Begin and end of every run; what has begun has begun some time."""
    found = [(begin, end) for cue in rows for begin, end in cue.runs if begin is not None]
    assert len(found) == sum(len(cue.runs) for cue in rows)
    return found


def test_at_14_36_act_1_has_been_live_since_14_03_20(afternoon: Seen) -> None:
    act = afternoon.cues["d1-21"]
    assert (act.title, act.state) == ("山嵐列車", "live")
    assert act.runs == [[afternoon.at("14:03:20"), None]]


def test_at_14_36_the_main_stage_is_3_20_behind(afternoon: Seen) -> None:
    assert afternoon.board.tracks["main"].offset == 200_000


def test_at_14_36_the_cues_of_act_1_that_are_due_have_been_called(afternoon: Seen) -> None:
    cues = [cue for cue in afternoon.rows if cue.parent == "d1-21"]
    assert [cue.state for cue in cues] == ["done"] * 4 + ["planned"] * 2
    begun = afternoon.at("14:03:20")
    assert [begin - begun for begin, _end in runs_of(cues[:3])] == [cue.offset_s * 1000 for cue in cues[:3]]


def test_what_the_file_says_ran_has_those_times(afternoon: Seen) -> None:
    content = Content(afternoon.today.date())
    for actual in content.actuals():
        if actual["end"] and actual["end"] <= afternoon.now:
            assert afternoon.cues[actual["id"]].runs == [[actual["start"], actual["end"]]]


def test_after_the_file_the_show_goes_on_as_projected(later: Seen) -> None:
    assert later.cues["d1-21"].runs == [[later.at("14:03:20"), later.at("14:43:20")]]
    assert later.cues["d1-25"].state == "done"


def test_nothing_is_live_twice_on_a_track(later: Seen) -> None:
    tracks = [cue.track for cue in later.items("live")]
    assert len(tracks) == len(set(tracks))


def test_of_what_runs_nothing_overlaps_on_its_track(later: Seen) -> None:
    for track in {cue.track for cue in later.rows}:
        rows = [cue for cue in later.rows if cue.track == track and cue.kind != "cue"]
        runs = sorted((begin, end or later.now) for begin, end in runs_of(rows))
        assert all(one[1] <= other[0] for one, other in pairwise(runs)), track


def test_nothing_has_run_that_is_still_to_come(later: Seen) -> None:
    assert all(begin <= later.now for begin, _end in runs_of(later.rows))


def test_nothing_is_overdue_and_nothing_waits_that_should_have_begun(later: Seen) -> None:
    times = later.board.times
    ends = [times[cue.id].projected_end for cue in later.items("live")]
    assert all(end and end > later.now for end in ends)
    starts = [times[cue.id].projected_start for cue in later.items("planned") if cue.start_mode != "manual"]
    assert all(start and start > later.now for start in starts)


def test_no_cue_is_left_behind_in_what_is_over(later: Seen) -> None:
    over = {cue.id for cue in later.items("done")}
    assert [
        cue.id for cue in later.rows if cue.parent in over and cue.kind == "cue" and cue.state != "done"
    ] == []


def test_without_a_time_nothing_of_day_1_has_run(untimed: Seen) -> None:
    day_1 = untimed.today.date().isoformat()
    assert not any(cue.runs for cue in untimed.rows if cue.day >= day_1)


def test_without_a_time_the_day_before_is_done(untimed: Seen) -> None:
    before = (untimed.today - timedelta(days=1)).date().isoformat()
    assert {cue.state for cue in untimed.items("done")} == {"done"}
    assert {cue.day for cue in untimed.items("done")} == {before}


def test_the_plan_of_each_line_was_frozen_when_its_first_item_began(later: Seen, untimed: Seen) -> None:
    for seen in (later, untimed):
        lines = {(cue.track, cue.day) for cue in seen.items("done") + seen.items("live")}
        on_them = {cue.id for cue in seen.rows if (cue.track, cue.day) in lines}
        assert lines
        assert seen.frozen.keys() == on_them
        times = board(seen.rows, seen.event, seen.now).times
        assert seen.frozen == {id_: (times[id_].planned_start, times[id_].planned_end) for id_ in on_them}


# --- its people


def test_the_demos_telephones_are_nobodys(afternoon: Seen) -> None:
    phones = {member.phone for member in afternoon.members if member.phone}
    assert phones
    assert all(phone.startswith("0000-") for phone in phones)
    assert not phones & EMERGENCY


def test_a_link_is_printed_for_each_of_the_cast(afternoon: Seen) -> None:
    links = [line.split("/join#")[1] for line in afternoon.welcome.splitlines() if "/join#" in line]
    assert len(links) == len(set(links)) == len(CAST)


@pytest.mark.parametrize("text", ["25", "14.36", "30:00", "14:60", "14:36:99", "-1:00", "noon"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HH:MM"):
        moment_of_day(text)
