"""The plan is frozen when the show starts: live edits and skips move projections only."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from server.core.clock import to_iso
from server.core.feed import FRAME_BYTES, chains
from server.core.frames import Reset
from server.core.models import Change, Event
from server.runsheet.bodies import derive_state
from server.runsheet.lines import Baseline
from server.runsheet.models import Cue
from tests.support.follower import Follower
from tests.support.show import DAY, NOON, Show

MINUTE = 60_000
Json = dict[str, Any]


@pytest.fixture
def both(show: Show) -> Show:
    """`opening`, on both databases."""
    return opening(show)


@pytest.fixture
def doors(sqlite_show: Show) -> Show:
    """`opening` where the database makes no difference."""
    return opening(sqlite_show)


def opening(show: Show) -> Show:
    """A segment with items 1, 2 and 3 of ten minutes from 12:30, a cue in item 1; item 9 on the river, from 12:30."""
    show.add("s", kind="segment", title="開場", start_mode="fixed", start=iso(30))
    for number in ("1", "2", "3"):
        show.add(f"i{number}", parent="s", number=number, duration_s=600)
    show.add("c1.1", kind="cue", parent="i1", offset_s=60)
    show.add("i9", track="river", start_mode="fixed", start=iso(30), duration_s=600)
    return show


def iso(minutes: float) -> str:
    return str(to_iso(NOON + round(minutes * MINUTE), "Asia/Taipei"))


def state(show: Show, member: str = "mei") -> dict[str, Json]:
    """The rows as a machine reads them, with their times, by id."""
    bodies = show.bodies(member, "cue")
    with show.services.db.read() as session:
        derive_state(session, {"cue": bodies}, session.get_one(Event, show.event), show.clock.now())
    return {body["id"]: body for body in bodies}


def planned(show: Show) -> dict[str, str]:
    """What is shown as planned of each row: `start end`, in minutes after noon."""

    def minutes(text: str | None) -> str:
        return "-" if text is None else f"{text[11:16]}"

    rows = state(show).items()
    return {id_: f"{minutes(row['planned_start'])} {minutes(row['planned_end'])}" for id_, row in rows}


def parts(show: Show) -> list[Baseline]:
    with show.services.db.read() as session:
        found = session.exec(select(Baseline).where(Baseline.event_id == show.event)).all()
    return sorted((part for part in found if not part.removed_at), key=lambda part: part.id)


def frozen(show: Show) -> dict[str, list[int | None]]:
    """Every frozen row, with its span in minutes after noon."""
    return {
        id_: [None if each is None else (each - NOON) // MINUTE for each in run]
        for part in parts(show)
        for id_, run in part.rows.items()
    }


# --- when it is frozen


def test_the_first_go_freezes_its_line_and_no_other(both: Show) -> None:
    before = planned(both)
    both.tick(35 * 60)
    both.do("wei", "cue.go", id="i1", current=None)
    assert frozen(both) == {
        "s": [30, 60], "i1": [30, 40], "c1.1": [31, 31], "i2": [40, 50], "i3": [50, 60],
    }  # fmt: skip
    assert planned(both) == before
    assert state(both)["i2"]["baseline"] == {"start": iso(40), "end": iso(50)}
    assert state(both)["i9"]["baseline"] is None
    [part] = parts(both)
    assert (part.track, part.day, part.frozen_by, part.frozen_at) == ("main", DAY, "wei", both.clock.now())


def test_it_is_one_entry_of_the_log_before_those_of_the_go(doors: Show) -> None:
    head = doors.head
    doors.do("wei", "cue.go", id="i1", current=None)
    with doors.services.db.read() as session:
        these = Change.event_id == doors.event, Change.seq > head
        found = session.exec(select(Change).where(*these).order_by(Change.seq)).all()  # type: ignore[arg-type]
    assert [(change.entity_kind, change.kind) for change in found] == [
        ("baseline", "cue.go"),
        ("cue", "cue.go"),
    ]


def test_a_later_go_and_a_new_run_freeze_nothing(doors: Show) -> None:
    doors.do("wei", "cue.go", id="i1", current=None)
    [first] = parts(doors)
    doors.do("rui", "cue.edit", id="i3", set={"duration_s": 1200})
    doors.do("wei", "cue.go", id="i2", current="i1")
    doors.do("wei", "cue.rewind", id="i1")
    assert [part.version for part in parts(doors)] == [first.version]


def test_a_cue_that_is_called_ahead_freezes_nothing_and_the_first_item_still_does(doors: Show) -> None:
    doors.add("c1.0", kind="cue", parent="i1", offset_s=-60)
    doors.do("wei", "cue.go", id="c1.0", current=None)
    assert frozen(doors) == {}
    doors.do("wei", "cue.go", id="i1", current=None)
    assert "i1" in frozen(doors)


def test_what_was_frozen_by_hand_before_the_show_stays(doors: Show) -> None:
    doors.do("rui", "baseline.take", track="main", day=DAY)
    doors.do("rui", "cue.edit", id="i1", set={"duration_s": 1200})
    doors.do("wei", "cue.go", id="i1", current=None)
    assert frozen(doors)["i2"] == [40, 50]


def test_a_show_that_ran_before_there_were_baselines_is_not_frozen_midway(doors: Show) -> None:
    doors.do("wei", "cue.go", id="i1", current=None)
    with doors.services.db.write() as session:
        for part in session.exec(select(Baseline).where(Baseline.event_id == doors.event)):
            session.delete(part)
    doors.do("wei", "cue.go", id="i2", current="i1")
    assert frozen(doors) == {}


def test_two_who_press_go_at_once_freeze_it_once(both: Show) -> None:
    with ThreadPoolExecutor(8) as phones:
        calls = [
            {"op": "cue.go", "args": {"id": cue, "current": None}} for cue in ("i1", "i2", "i3", "i1") * 2
        ]
        results = list(phones.map(lambda call: both.send("wei", call)[0]["status"], calls))
    assert results.count("applied") == 1
    with both.services.db.read() as session:
        these = Change.event_id == both.event, Change.entity_kind == "baseline"
        assert len(session.exec(select(Change).where(*these)).all()) == 1


# --- what stays and what moves


def test_an_edit_a_skip_and_a_move_change_no_planned_time(doors: Show) -> None:
    doors.tick(30 * 60)
    doors.do("wei", "cue.go", id="i1", current=None)
    before = planned(doors)
    doors.do("rui", "cue.edit", id="i1", set={"duration_s": 1200})
    assert planned(doors) == before
    assert state(doors)["i2"]["projected_start"] == iso(50)
    doors.do("wei", "cue.skip", id="i2")
    doors.do("rui", "cue.move", id="i3", after=None)
    doors.do("rui", "cue.move", id="i2", track="river", parent=None)
    doors.do("rui", "cue.edit", id="s", set={"start": iso(45)})
    assert planned(doors) == before
    assert state(doors)["i2"]["projected_start"] is None
    assert state(doors)["i3"]["projected_start"] == iso(45)


def test_a_new_row_has_the_plan_of_today(doors: Show) -> None:
    doors.do("wei", "cue.go", id="i1", current=None)
    doors.do("rui", "cue.edit", id="i1", set={"duration_s": 1200})
    doors.add("encore", parent="s", duration_s=300)
    assert state(doors)["encore"]["baseline"] is None
    assert planned(doors)["encore"] == "13:10 13:15"


def test_a_row_that_comes_back_has_its_baseline_again(doors: Show) -> None:
    doors.do("wei", "cue.go", id="i1", current=None)
    removed = doors.do("rui", "cue.remove", id="i2")
    assert doors.undo("rui", removed)["status"] == "applied"
    assert planned(doors)["i2"] == "12:40 12:50"


_edits = st.one_of(
    st.tuples(st.just("cue.edit"), st.sampled_from(["i1", "i2", "i3"]), st.integers(0, 90)),
    st.tuples(
        st.sampled_from(["cue.skip", "cue.resume", "cue.remove"]), st.sampled_from(["i2", "i3", "c1.1"])
    ),
    st.tuples(st.just("cue.move"), st.sampled_from(["i2", "i3"]), st.sampled_from(["i1", "i2", "i3", None])),
    st.tuples(st.just("start"), st.sampled_from(["s", "i2", "i3"]), st.integers(0, 90)),
)


@settings(derandomize=True, deadline=None, max_examples=8, database=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(_edits, min_size=1, max_size=6))
def test_whatever_is_edited_skipped_or_moved_frozen_rows_show_what_was_planned(
    sqlite_show: Show, edits: list[tuple[Any, ...]]
) -> None:
    show = sqlite_show.house.show()
    for number in ("1", "2", "3"):
        show.add(f"i{number}", number=number, duration_s=600)
    show.add("c1.1", kind="cue", parent="i1", offset_s=60)
    show.do("rui", "cue.edit", id="i1", set={"start_mode": "fixed", "start": iso(30)})
    show.do("wei", "cue.go", id="i1", current=None)
    before = planned(show)
    for op, args in map(_as_op, edits):
        show.send("lan" if op in {"cue.skip", "cue.resume"} else "rui", {"op": op, "args": args})
    after = planned(show)
    assert after == {id_: times for id_, times in before.items() if id_ in after}


def _as_op(edit: tuple[Any, ...]) -> tuple[str, Json]:
    kind, row, *rest = edit
    if kind == "start":
        return "cue.edit", {"id": row, "set": {"start_mode": "fixed", "start": iso(rest[0])}}
    if kind == "cue.edit":
        return kind, {"id": row, "set": {"duration_s": rest[0] * 60}}
    return kind, {"id": row} | ({"after": rest[0]} if rest else {})


# --- taken back


def test_taking_back_the_first_go_takes_the_baseline_back_and_again_in_turn(both: Show) -> None:
    gone = both.do("wei", "cue.go", id="i1", current=None)
    back = both.undo("wei", gone)
    assert (back["status"], frozen(both)) == ("applied", {})
    both.do("rui", "cue.edit", id="i1", set={"duration_s": 1200})
    again = both.undo("wei", back)
    assert (again["status"], both.cue("i1").state) == ("applied", "live")
    assert frozen(both)["i2"] == [50, 60]
    assert (both.undo("wei", again)["status"], frozen(both)) == ("applied", {})


def test_taking_back_a_later_go_leaves_it(doors: Show) -> None:
    doors.do("wei", "cue.go", id="i1", current=None)
    doors.undo("wei", doors.do("wei", "cue.go", id="i2", current="i1"))
    assert "i1" in frozen(doors)


def test_what_a_coordinator_has_taken_since_stays(doors: Show) -> None:
    gone = doors.do("wei", "cue.go", id="i1", current=None)
    doors.do("rui", "baseline.take", track="main", day=DAY)
    assert doors.undo("wei", gone)["status"] == "applied"
    assert "i1" in frozen(doors)


def test_a_go_that_can_no_longer_be_taken_back_leaves_everything(doors: Show) -> None:
    gone = doors.do("wei", "cue.go", id="i1", current=None)
    doors.do("lan", "cue.go", id="i2", current="i1")
    head = doors.head
    assert doors.undo("wei", gone)["error"]["code"] == "called_since"
    assert (doors.head, "i1" in frozen(doors)) == (head, True)


# --- on purpose


def test_a_coordinator_takes_todays_plan_and_takes_that_back(both: Show) -> None:
    both.do("wei", "cue.go", id="i1", current=None)
    both.do("rui", "cue.edit", id="i1", set={"duration_s": 1200})
    taken = both.do("rui", "baseline.take", track="main", day=DAY)
    assert planned(both)["i2"] == "12:50 13:00"
    back = both.undo("rui", taken)
    assert planned(both)["i2"] == "12:40 12:50"
    [part] = parts(both)
    assert part.frozen_by == "wei"
    assert both.undo("rui", back)["status"] == "applied"
    assert planned(both)["i2"] == "12:50 13:00"


def test_what_was_taken_anew_since_is_not_taken_back(doors: Show) -> None:
    taken = doors.do("rui", "baseline.take", track="main", day=DAY)
    doors.do("hui", "baseline.take", track="main", day=DAY)
    refused = doors.undo("rui", taken)
    assert (refused["status"], refused["error"]["code"]) == ("conflict", "changed")
    assert refused["error"]["params"]["who"] == "hui"


def test_what_there_is_nothing_of_is_refused(doors: Show) -> None:
    taken = doors.do("rui", "baseline.take", track="main", day=DAY)
    seq = taken["result"]["undo"]["args"]["seq"]
    assert doors.refuse("rui", "baseline.take", track="main", day="2027-04-11")["code"] == "no_rows"
    assert doors.refuse("rui", "baseline.take", track="sky", day=DAY)["code"] == "not_found"
    assert doors.refuse("rui", "baseline.untake", track="river", day=DAY, seq=seq)["code"] == "not_found"
    assert doors.refuse("rui", "baseline.untake", track="main", day=DAY, seq=1)["code"] == "not_found"
    assert doors.refuse("wei", "baseline.take", track="main", day=DAY)["code"] == "forbidden"


# --- on the wire


@pytest.mark.parametrize("form", ["json", "html"])
def test_it_comes_to_all_who_see_the_sheet_with_ids_and_times_alone(doors: Show, form: str) -> None:
    followers = [Follower(doors, member, form) for member in ("mei", "qin", "tong", "rui")]
    doors.do("rui", "cue.edit", id="i2", set={"title": "神秘嘉賓"})
    for follower in followers:
        follower.catch_up()
    gone = doors.do("wei", "cue.go", id="i1", current=None)
    for follower in followers:
        follower.catch_up(live=True)
        [key] = [key for key in follower.held if key[0] == "baseline"]
        assert "i2" in str(follower.held[key])
        assert "神秘" not in str(follower.held[key])
        assert follower.held == follower.fresh()
    doors.undo("wei", gone)
    for follower in followers:
        follower.catch_up(live=True)
        assert key not in follower.held


def test_a_long_line_goes_in_parts_that_fit_into_a_frame_each(sqlite_show: Show) -> None:
    show = sqlite_show
    with show.services.db.write() as session:
        for n in range(850):
            row = Cue(
                event_id=show.event, id=f"{n:04}{'x' * 60}", track="main", day=DAY, order_key=f"a{n:04}"
            )
            row.duration_s, row.start_mode, row.start = 1, "linked" if n else "fixed", NOON + 123
            session.add(row)
    show.do("rui", "baseline.take", track="main", day=DAY)
    assert [len(part.rows) for part in parts(show)] == [400, 400, 50]
    for form in ("html", "json"):
        want = (chains(show.viewer("mei"), form=form)[0], show.head - 3)
        frames = show.services.feed.read(show.event, [want], live=True).answers[want]
        assert not isinstance(frames, Reset)
        assert 0 < max(len(frame.payload) for frame in frames) <= FRAME_BYTES


def test_what_is_cut_out_of_a_long_line_takes_its_parts_along(sqlite_show: Show) -> None:
    show = sqlite_show
    with show.services.db.write() as session:
        for n in range(401):
            session.add(Cue(event_id=show.event, id=f"r{n}", track="main", day=DAY, order_key=f"a{n:04}"))
    show.do("rui", "baseline.take", track="main", day=DAY)
    show.do("rui", "cue.remove", id="r400")
    taken = show.do("rui", "baseline.take", track="main", day=DAY)
    assert [len(part.rows) for part in parts(show)] == [400]
    show.undo("rui", taken)
    assert [len(part.rows) for part in parts(show)] == [400, 1]
