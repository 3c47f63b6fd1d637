import time
from dataclasses import asdict, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.runsheet import clock_text
from server.runsheet.timing import Row, compute, roll
from server.runsheet.timing_live import base_of
from server.runsheet.timing_plan import plan
from tests.runsheet.timing_cases import (
    DAY,
    MINUTE,
    VECTORS,
    at,
    moments,
    outcome,
    row,
    rows_of_a_sheet,
    turns,
)

# The same examples in every run: a failure here is a failure everywhere.
settings.register_profile("timing", derandomize=True, deadline=None, max_examples=50, database=None)
EVERY_RUN_ALIKE = settings.get_profile("timing")

LENGTHS = st.integers(0, 60).map(lambda minutes: minutes * MINUTE)


@pytest.mark.parametrize("name", VECTORS)
def test_vector(name: str) -> None:
    vector = VECTORS[name]
    assert vector.said(outcome(vector.rows, vector.now, vector.today)) == vector.expected
    assert vector.turns is None or turns(vector.rows, vector.now) == vector.turns


def running(late: int, added: int = 0, paused: int = 0, over: int = 0) -> tuple[list[Row], int]:
    """A sheet whose first row went live so late, and a moment at which it is so long over."""
    facts = {"id": "a", "start": "14:00", "duration": 2400, "state": "live"}
    first = replace(row(**facts), runs=[(at("14:00") + late, None)], added=added, paused=paused)
    assert first.start is not None
    end = first.start + late + first.duration + added + paused
    rows = [
        first,
        row(id="changeover", kind="buffer", duration=1200, minimum=600),
        row(id="b", duration=2400),
        row(id="c", start="15:45", duration=600),
        row(id="rest", kind="buffer", duration=600, minimum=60),
        row(id="d", start="16:10", duration=600, hard=True),
    ]
    return rows, end + over if over else min(end, at("14:00") + late)


# --- properties of a whole day


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(), moments)
def test_computing_twice_gives_the_same(rows: list[Row], now: int) -> None:
    before = [asdict(each) for each in rows]
    assert outcome(rows, now) == outcome(rows, now)
    assert [asdict(each) for each in rows] == before


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(baseline=st.none()), moments, st.sampled_from([None, DAY]))
def test_a_fixed_start_never_moves(rows: list[Row], now: int, today: str | None) -> None:
    times = compute(rows, now, today).times
    for each in rows:
        if each.start_mode == "fixed" and each.start is not None and each.kind != "delay":
            assert times[each.id].planned_start == each.start


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(), moments)
def test_nothing_to_come_on_a_line_passes_a_fixed_start_early(rows: list[Row], now: int) -> None:
    times = compute(rows, now).times
    parents = {each.id: each for each in rows}
    for each in rows:
        inside = each.parent is not None and parents[each.parent].kind != "segment"
        projected = times[each.id].projected_start
        if inside or each.kind not in ("item", "buffer") or each.start_mode != "fixed" or each.runs:
            continue
        assert projected is None or each.start is None or projected >= each.start


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(), moments)
def test_a_skipped_row_changes_others_only_by_leaving_the_links(rows: list[Row], now: int) -> None:
    gone = {each.id for each in rows if each.state == "skipped"}
    for each in rows:
        if each.parent in gone:
            gone.add(each.id)
    whole, left = compute(rows, now), compute([each for each in rows if each.id not in gone], now)
    assert {id_: times for id_, times in whole.times.items() if id_ not in gone} == left.times
    assert {track: whole.tracks[track] for track in left.tracks} == left.tracks
    assert all(whole.times[id_].projected_start is None for id_ in gone)


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(), moments)
def test_what_happened_is_what_is_shown(rows: list[Row], now: int) -> None:
    times = compute(rows, now).times
    skipped = {each.id for each in rows if times[each.id].projected_start is None}
    for each in rows:
        if each.kind != "segment" and each.state == "done" and each.runs and each.id not in skipped:
            assert times[each.id].projected_start == each.runs[-1][0]


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(baseline=st.none()), moments)
def test_a_row_reaches_from_its_start_for_its_duration(rows: list[Row], now: int) -> None:
    times = compute(rows, now).times
    for each in rows:
        start, end = times[each.id].planned_start, times[each.id].planned_end
        if each.kind in ("item", "buffer", "cue") and each.end_mode == "duration" and start is not None:
            assert end == start + each.duration


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(), moments)
def test_a_baseline_changes_what_is_shown_as_planned_and_no_other_time(rows: list[Row], now: int) -> None:
    frozen = {each.id: each.baseline for each in rows if each.baseline is not None}
    shown = compute(rows, now).times
    plain = compute([replace(each, baseline=None) for each in rows], now).times
    for each in rows:
        start, end = frozen.get(each.id, (plain[each.id].planned_start, plain[each.id].planned_end))
        assert shown[each.id] == replace(plain[each.id], planned_start=start, planned_end=end)


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(baseline=st.none(), track=st.just("main"), day=st.just(DAY)), moments)
def test_nothing_is_projected_earlier_than_planned_past_a_fixed_row(rows: list[Row], now: int) -> None:
    sheet = plan(rows)
    board = compute(rows, now, DAY)
    for line in sheet.lines.values():
        base = base_of(line.slots)
        fixed = next(
            (slot.index for slot in line.slots if slot.firm and slot.index > (base.index if base else -1)),
            None,
        )
        for slot in line.slots[fixed:] if fixed is not None else ():
            times = board.times[slot.row.id]
            if not slot.row.runs and times.projected_start is not None and times.planned_start is not None:
                assert times.projected_start >= times.planned_start


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(baseline=st.none(), state=st.sampled_from(["planned", "skipped"])), moments)
def test_gaps_and_lengths_make_up_the_whole_line(rows: list[Row], now: int) -> None:
    """The sum of its parts: from the first start to the last end there is nothing but rows and what is between them."""
    gaps = compute(rows, now).gaps
    for line in plan(rows).lines.values():
        slots = [slot for slot in line.slots if slot.start is not None and slot.end is not None]
        if not slots or not all(slot.timed for slot in slots):
            continue
        parts = sum((slot.end or 0) - (slot.start or 0) for slot in slots)
        between = sum(gaps.get(slot.row.id, 0) for slot in slots)
        assert (slots[-1].end or 0) - (slots[0].start or 0) == parts + between


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(), moments)
def test_the_clock_never_picks_a_skipped_or_zero_length_row(rows: list[Row], now: int) -> None:
    slots = {slot.row.id: slot for line in plan(rows).lines.values() for slot in line.slots}
    for turn in roll(rows, now).values():
        if turn.id is not None:
            slot = slots[turn.id]
            assert slot.row.state != "skipped"
            assert slot.start is not None
            assert slot.end is not None
            assert (turn.at, turn.state == "live") == (slot.start, slot.start <= now < slot.end)
            assert slot.start < slot.end


# --- the nights on which clocks are changed


@pytest.mark.parametrize(
    ("zone", "evening", "ends"),
    [
        ("Europe/Berlin", "2027-03-27T23:30", "28:30"),
        ("Europe/Berlin", "2027-10-30T23:30", "26:30"),
        ("America/New_York", "2027-03-13T23:30", "28:30"),
        ("America/New_York", "2027-11-06T23:30", "26:30"),
    ],
)
def test_four_hours_are_four_hours_when_clocks_change(zone: str, evening: str, ends: str) -> None:
    """Of 23:30 to 27:30 one hour is left out in spring, and comes twice in autumn; the evening's day has all of it."""
    start = round(datetime.fromisoformat(evening).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
    rows = [
        Row(id="a", track="main", day=evening[:10], start_mode="fixed", start=start, duration=240 * MINUTE),
        Row(id="b", track="main", day=evening[:10], duration=MINUTE),
    ]
    rows[0] = replace(rows[0], state="paused", runs=[(start, None)], paused_at=start + 30 * MINUTE)
    times = compute(rows, start + 270 * MINUTE, evening[:10]).times
    assert times["b"].planned_start == start + 240 * MINUTE
    assert times["b"].projected_start == start + 480 * MINUTE
    assert clock_text.clock(times["b"].planned_start, zone, evening[:10]) == ends


# --- properties of lateness


@EVERY_RUN_ALIKE
@given(LENGTHS, LENGTHS, LENGTHS, LENGTHS)
def test_the_offset_is_the_sum_of_its_parts(late: int, added: int, paused: int, over: int) -> None:
    rows, now = running(late, added, paused, over)
    track = compute(rows, now).tracks["main"]
    assert track.over == over
    assert track.offset == late + added + paused + over


@EVERY_RUN_ALIKE
@given(LENGTHS)
def test_a_projected_start_is_planned_plus_offset_minus_what_gives_way(late: int) -> None:
    rows, now = running(late)
    board = compute(rows, now)
    # What gives way between the live row and each later one: the changeover 10, a gap of 5, the rest 9, a gap of 5.
    for name, gives in {"changeover": 0, "b": 10, "c": 15, "rest": 15, "d": 29}.items():
        times = board.times[name]
        assert times.planned_start is not None
        assert times.projected_start == times.planned_start + max(0, late - gives * MINUTE)
    assert board.tracks["main"].left == 29 * MINUTE - late
    assert board.tracks["main"].save == max(0, late - 29 * MINUTE)


@EVERY_RUN_ALIKE
@given(LENGTHS, LENGTHS, st.none() | LENGTHS)
def test_lateness_past_a_buffer_falls_by_at_most_what_it_gives(
    late: int, whole: int, minimum: int | None
) -> None:
    live = replace(row(id="a", start="14:00", duration=2400, state="live"), runs=[(at("14:00") + late, None)])
    buffer = replace(row(id="rest", kind="buffer"), duration=whole, minimum=minimum)
    times = compute([live, buffer, row(id="b", duration=60)], at("14:00") + late, DAY).times["b"]
    gives = max(0, whole - (minimum or 0))
    assert times.projected_start is not None
    assert times.planned_start is not None
    assert times.projected_start - times.planned_start == max(0, late - gives)


@EVERY_RUN_ALIKE
@given(
    rows_of_a_sheet(state=st.just("planned"), runs=st.just([]), day=st.just(DAY), track=st.just("main")),
    st.integers(-60, 120).map(lambda minutes: minutes * MINUTE),
    LENGTHS,
)
def test_later_is_never_earlier_anywhere_and_never_by_more(rows: list[Row], late: int, more: int) -> None:
    first, opened = row(id="first", start="14:00", duration=1800, state="live"), at("14:00") + late

    def projected(start: int) -> list[int | None]:
        live = replace(first, runs=[(start, None)])
        times = compute([live, *rows], opened, DAY).times
        return [times[each.id].projected_start for each in rows]

    for before, after in zip(projected(opened), projected(opened + more), strict=True):
        assert (before is None) == (after is None)
        assert before is None or after is None or before <= after <= before + more


@EVERY_RUN_ALIKE
@given(rows_of_a_sheet(day=st.just(DAY), track=st.just("main"), baseline=st.none()), moments)
def test_what_is_left_says_whether_the_hard_row_is_in_time(rows: list[Row], now: int) -> None:
    board = compute(rows, now, DAY)
    track = board.tracks.get("main")
    if track is None or track.hard is None:
        return
    assert track.left is not None
    assert track.save == max(0, -track.left)
    times = board.times[track.hard]
    if times.planned_start is not None and times.projected_start is not None:
        assert track.save == max(0, times.projected_start - times.planned_start)


# --- speed


def a_thousand_rows() -> list[Row]:
    """A hundred segments on three tracks, each of three items with two cues; the first item of each track is live."""
    rows: list[Row] = []
    for number in range(100):
        track = f"t{number % 3}"
        start = {"start": "14:00"} if number < 3 else {}
        rows.append(row(id=f"s{number}", kind="segment", track=track))
        for item in range(3):
            name = f"i{number}.{item}"
            first = start if item == 0 else {}
            facts = {"kind": "buffer", "minimum": 60} if item == 1 else {}
            rows.append(row(id=name, parent=f"s{number}", track=track, duration=120, **first, **facts))
            for cue in range(2):
                id_ = f"{name}.{cue}"
                rows.append(
                    row(id=id_, kind="cue", parent=name, track=track, start_mode="offset", offset=cue)
                )
    for number in range(3):
        live = rows.index(next(each for each in rows if each.id == f"i{number}.0"))
        rows[live] = replace(rows[live], state="live", runs=[(at("14:01"), None)])
    return rows


def test_a_thousand_rows_take_few_milliseconds() -> None:
    """The goal is 10 ms; the best of several is compared with a wide margin, for a busy machine."""
    rows, best = a_thousand_rows(), float("inf")
    assert len(rows) == 1000
    for _ in range(5):
        began = time.perf_counter()
        compute(rows, at("14:30"))
        best = min(best, time.perf_counter() - began)
    assert best < 0.03
