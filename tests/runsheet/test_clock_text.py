import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.runsheet.clock_text import (
    DAY,
    clock,
    countdown,
    duration,
    late,
    moment,
    parse_clock,
    parse_duration,
)

TAIPEI, BERLIN = "Asia/Taipei", "Europe/Berlin"
D2 = "2027-04-11"
ALIKE_IN_EVERY_RUN = settings(derandomize=True, deadline=None, database=None, max_examples=100)


def seconds(text: str) -> int:
    hours, minutes, rest = [*map(int, text.split(":")), 0][:3]
    return hours * 3600 + minutes * 60 + rest


# --- writing


@pytest.mark.parametrize("text", ["06:00", "14:43", "23:59", "24:30", "25:10", "30:00"])
def test_a_time_counts_on_through_midnight_of_its_operating_day(text: str) -> None:
    written = seconds(text)
    instant = moment(D2, written, TAIPEI) if written < 30 * 3600 else moment(D2, written - 1, TAIPEI) + 1000
    assert clock(instant, TAIPEI, D2) == text


def test_a_time_without_a_day_is_what_the_wall_shows() -> None:
    assert clock(moment(D2, seconds("24:30"), TAIPEI), TAIPEI) == "00:30"


def test_a_time_before_its_day_is_what_the_wall_shows() -> None:
    assert clock(moment("2027-04-10", seconds("23:50"), TAIPEI), TAIPEI, D2) == "23:50"


def test_a_time_shows_begun_minutes_or_its_seconds() -> None:
    instant = moment(D2, seconds("14:43:59"), TAIPEI) + 999
    assert clock(instant, TAIPEI, D2) == "14:43"
    assert clock(instant, TAIPEI, D2, seconds=True) == "14:43:59"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (200, "+3:20"),
        (-60, "−1:00"),
        (0, "0:00"),
        (0.9, "0:00"),
        (-0.9, "0:00"),
        (-65.9, "−1:05"),
        (3900, "+1:05:00"),
    ],
)
def test_lateness_is_signed(length: float, text: str) -> None:
    assert late(round(length * 1000)) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (2400, "40′"),
        (90, "1′30″"),
        (65, "1′05″"),
        (15, "15″"),
        (0, "0′"),
        (3600, "1:00:00"),
        (3900, "1:05:00"),
        (32400, "9:00:00"),
        (-600, "−10′"),
        (-0.5, "0′"),
    ],
)
def test_durations_are_short(length: float, text: str) -> None:
    assert duration(round(length * 1000)) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (400, "06:40"),
        (399.2, "06:40"),
        (0.1, "00:01"),
        (0, "00:00"),
        (-0.9, "00:00"),
        (-10, "−00:10"),
        (3900, "1:05:00"),
    ],
)
def test_a_countdown_is_over_when_the_time_is(length: float, text: str) -> None:
    assert countdown(round(length * 1000)) == text


# --- instants


def test_half_past_midnight_belongs_to_the_evening_before() -> None:
    assert moment(D2, seconds("0:30"), TAIPEI) == moment(D2, seconds("24:30"), TAIPEI)
    assert moment(D2, seconds("06:00"), TAIPEI) < moment(D2, seconds("0:30"), TAIPEI)


def test_an_end_belongs_to_the_day_of_its_start() -> None:
    start = moment(D2, seconds("05:30"), TAIPEI)
    end = moment(D2, seconds("06:00"), TAIPEI, not_before=start)
    assert (end - start, clock(end, TAIPEI, D2)) == (1_800_000, "30:00")


def test_the_day_change_is_the_events() -> None:
    assert moment(D2, seconds("04:30"), TAIPEI, day_change_s=seconds("4:00")) < moment(
        D2, seconds("4:30"), TAIPEI
    )


def test_an_hour_that_the_clocks_jump_over_is_moved_on() -> None:
    skipped = moment("2027-03-27", seconds("26:30"), BERLIN)
    assert clock(skipped, BERLIN, "2027-03-27") == "27:30"


def test_an_hour_that_comes_twice_is_the_first() -> None:
    twice = moment("2027-10-30", seconds("26:30"), BERLIN)
    assert clock(twice, BERLIN, "2027-10-30") == clock(twice + 3_600_000, BERLIN, "2027-10-30") == "26:30"


def test_a_day_that_is_no_date_is_refused() -> None:
    with pytest.raises(ValueError, match="D2"):
        moment("D2", 0, TAIPEI)


@ALIKE_IN_EVERY_RUN
@given(st.integers(seconds("6:00"), seconds("30:00") - 1))
def test_what_is_written_can_be_read(second: int) -> None:
    instant = moment(D2, second, TAIPEI)
    assert parse_clock(clock(instant, TAIPEI, D2, seconds=True)) == second


@ALIKE_IN_EVERY_RUN
@given(st.integers(0, 30 * DAY))
def test_a_duration_that_is_written_can_be_read(second: int) -> None:
    text = duration(second * 1000)
    assert parse_duration(text) == (second if second < 1000 * 3600 else None)
