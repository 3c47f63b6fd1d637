import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.runsheet.clock_text import (
    Start,
    parse_clock,
    parse_duration,
    parse_offset,
    parse_range,
    parse_start,
)

ALIKE_IN_EVERY_RUN = settings(derandomize=True, deadline=None, database=None, max_examples=100)


def seconds(text: str) -> int:
    hours, minutes, rest = [*map(int, text.split(":")), 0][:3]
    return hours * 3600 + minutes * 60 + rest


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("13:30", "13:30"),
        ("1330", "13:30"),
        ("930", "9:30"),
        ("9:10", "9:10"),
        ("09：10", "9:10"),
        ("１３：３０", "13:30"),
        (" 24:30 ", "24:30"),
        ("30:00", "30:00"),
        ("13:30:15", "13:30:15"),
        ("14:00起", "14:00"),
        ("14:00 左右", "14:00"),
        ("約 14:00", "14:00"),
        ("~14:00", "14:00"),
        ("13點", "13:00"),
        ("13點5分", "13:05"),
        ("13時30分", "13:30"),
        ("下午2點半", "14:30"),
        ("上午 9:30", "9:30"),
        ("中午12:30", "12:30"),
        ("晚上 7:30", "19:30"),
        ("晚上12:30", "24:30"),
        ("凌晨12:30", "0:30"),
        ("2:30 PM", "14:30"),
        ("12:15am", "0:15"),
    ],
)
def test_a_time_is_read_as_people_write_it(text: str, read: str) -> None:
    assert parse_clock(text) == seconds(read)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9",
        "24:60",
        "12:5",
        "49:00",
        "99999",
        "接續",
        "13:30-13:35",
        "D-1",
        "2027-04-11",
        "12:30:99",
        "一點",
    ],
)
def test_what_is_no_time_is_not_guessed(text: str) -> None:
    assert parse_clock(text) is None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("13:30-13:35", "13:30", "13:35"),
        ("1900–1903", "19:00", "19:03"),
        ("13:30 ~ 13:35", "13:30", "13:35"),
        ("09:00 至 10:00", "9:00", "10:00"),
        ("13：30－13：35", "13:30", "13:35"),
        ("23:30-00:30", "23:30", "24:30"),
        ("24:30-25:10", "24:30", "25:10"),
    ],
)
def test_a_range_is_read_with_its_end(text: str, start: str, end: str) -> None:
    assert parse_range(text) == (seconds(start), seconds(end))


@pytest.mark.parametrize("text", ["14:00", "14:00起", "14:00~", "14:00 -"])
def test_a_range_may_have_no_end(text: str) -> None:
    assert parse_range(text) == (seconds("14:00"), None)


@pytest.mark.parametrize("text", ["接續", "14:00-休息", "-", ""])
def test_half_a_range_is_none(text: str) -> None:
    assert parse_range(text) is None


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("接續", Start("linked")),
        ("緊接上一項", Start("linked")),
        ("視現場", Start("manual")),
        ("視現場狀況", Start("manual")),
        ("待定", Start("manual")),
        ("TBD", Start("manual")),
        ("14:00起", Start("fixed", 50400)),
        ("13:30-13:35", Start("fixed", 48600)),
        ("？", None),
    ],
)
def test_the_column_of_times_says_how_a_row_starts(text: str, start: Start | None) -> None:
    assert parse_start(text) == start


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1'30\"", 90),
        ("1′30″", 90),
        ("1’30”", 90),
        ("1'30", 90),
        ("40′", 2400),
        ("15″", 15),
        ("15''", 15),
        ("1'30''", 90),
        ("約 15 分", 900),
        ("15分", 900),
        ("15 分鐘左右", 900),
        ("1小時30分", 5400),
        ("1小時30", 5400),
        ("1小時半", 5400),
        ("2個半小時", 9000),
        ("半小時", 1800),
        ("半個小時", 1800),
        ("1.5小時", 5400),
        ("30秒", 30),
        ("1分30秒", 90),
        ("1分半", 90),
        ("1h30m", 5400),
        ("90 min", 5400),
        ("45 sec", 45),
        ("長度 0:30", 1800),
        ("1:30:00", 5400),
        ("30", 1800),
        ("0", 0),
    ],
)
def test_a_length_is_read_as_people_write_it(text: str, length: int) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    ("text", "length"), [("0:30", 30), ("1:30", 90), ("30", 30), ("1'30\"", 90), ("2分", 120)]
)
def test_a_cue_sheet_counts_seconds(text: str, length: int) -> None:
    assert parse_duration(text, "seconds") == length


@pytest.mark.parametrize(
    "text", ["", "約", "-5分", "1:75", "99999999", "9999小時", "分", '"', "很久", "1小時30分x", "1e5", "٣٠x"]
)
def test_what_is_no_length_is_not_guessed(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("-10:00", -600),
        ("−2'", -120),
        ("+15″", 15),
        ("2:00", 120),
        ("-120", -120),
        ("0", 0),
        ("--5", None),
        ("", None),
    ],
)
def test_a_distance_from_the_start_is_signed(text: str, offset: int | None) -> None:
    assert parse_offset(text) == offset


@ALIKE_IN_EVERY_RUN
@given(st.text(max_size=200))
def test_any_text_is_read_or_is_none(text: str) -> None:
    for read in (parse_clock, parse_range, parse_start, parse_duration, parse_offset):
        read(text)
