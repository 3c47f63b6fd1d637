import pytest

from server.runsheet.imports.book import Cell
from server.runsheet.imports.days import Day
from server.runsheet.imports.times import When, read_duration, read_when


def at(hour: int, minute: int = 0, second: int = 0) -> int:
    return hour * 3600 + minute * 60 + second


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("13:30", When(at(13, 30))),
        ("1330", When(at(13, 30))),
        ("９：１０", When(at(9, 10))),
        ("24:30", When(at(24, 30))),
        ("25:10", When(at(25, 10))),
        ("14:00起", When(at(14))),
        ("下午3點半", When(at(15, 30))),
        ("約 14:00", When(at(14))),
        ("13.30 Uhr", When(at(13, 30))),
        ("13h30", When(at(13, 30))),
        ("2 PM", When(at(14))),
        ("12", When(at(12))),
        ("24", When(at(24))),
        ("13:30-13:35", When(at(13, 30), at(13, 35))),
        ("1900–1903", When(at(19), at(19, 3))),
        ("9:00 to 10:00", When(at(9), at(10))),
        ("14:00 -", When(at(14))),
        ("D-1 14:00", When(at(14), day=Day("label", "-1"))),
        ("4/10 13:30", When(at(13, 30), day=Day("month", "04-10"))),
        ("2027-04-10T13:30:00+08:00", When(at(13, 30), day=Day("date", "2027-04-10"))),
        ("1:30 p.m.", When(at(13, 30))),
        ("AM 9:00", When(at(9))),
        ("晚上12點", When(at(24))),
        ("晚間7:30", When(at(19, 30))),
        ("中午12:00", When(at(12))),
        ("中午1點", When(at(13))),
        ("下午三點半", When(at(15, 30))),
        ("十二點", When(at(12))),
        ("下午1", When(at(13))),
        ("1330 hrs", When(at(13, 30))),
        ("13:30h", When(at(13, 30))),
        ("隔日 00:30", When(at(24, 30))),
        ("翌日凌晨1:00", When(at(25))),
        ("00:30 (+1)", When(at(24, 30))),
        ("下午2:00-3:30", When(at(14), at(15, 30))),
        ("下午1-3點", When(at(13), at(15))),
        ("上午11:00~1:00", When(at(11), at(13))),
        ("晚上10:00-2:00", When(at(22), at(2))),
        ("1:30-2:30 PM", When(at(13, 30), at(14, 30))),
        ("11:00 - 1:00 pm", When(at(11), at(13))),
        ("9:00-5:00 PM", When(at(9), at(17))),
        ("9-10", When(at(9), at(10))),
        ("視現場狀況而定", When(mode="manual")),
        ("～17:00", When(end=at(17))),
        ("接續", When(mode="linked")),
        ("視現場", When(mode="manual")),
        ("T-10:00", When(offset=-600)),
        ("+0:15", When(offset=15)),
        ("-", When()),
    ],
)
def test_a_start_is_read_as_people_write_it(text: str, when: When) -> None:
    assert read_when(Cell("text", text)) == when


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2027-04-10T05:30:00Z", When(at(13, 30), day=Day("date", "2027-04-10"))),
        ("2027-04-10T20:30:00.5Z", When(at(4, 30), day=Day("date", "2027-04-11"))),
        ("2027-04-10 13:30+0900", When(at(12, 30), day=Day("date", "2027-04-10"))),
        ("2027-04-10T13:30:00", When(at(13, 30), day=Day("date", "2027-04-10"))),
        ("9999-12-31T23:30:00Z", None),
        ("2027-04-10T25:30:00Z", None),
    ],
)
def test_a_moment_with_an_offset_becomes_one_of_the_events_zone(text: str, when: When | None) -> None:
    assert read_when(Cell("text", text), "Asia/Taipei") == when


@pytest.mark.parametrize("text", ["99:99", "49:00", "司儀進場", "13:30-x", "4/10", "1" * 5000, "-5"])
def test_what_is_no_time_is_not_guessed(text: str) -> None:
    assert read_when(Cell("text", text)) is None


@pytest.mark.parametrize(
    ("cell", "when"),
    [
        (Cell("clock", 48_600), When(at(13, 30))),
        (Cell("moment", "2016-10-27T09:00:00"), When(at(9), day=Day("date", "2016-10-27"))),
        (Cell("number", 0.5625), When(at(13, 30))),
        (Cell("number", 1330.0), When(at(13, 30))),
        (Cell("number", 9.0), When(at(9))),
        (Cell("number", 9.5), None),
        (Cell("number", 1e300), None),
        (Cell("number", -5.0), None),
        (Cell("bool", value=True), None),
    ],
)
def test_a_cell_of_any_kind_may_be_a_time(cell: Cell, when: When | None) -> None:
    assert read_when(cell) == when


@pytest.mark.parametrize(
    ("text", "unit", "seconds"),
    [
        ("15分", "min", 900),
        ("約 15 分", "min", 900),
        ("1'30\"", "min", 90),
        ("1′30″", "min", 90),
        ("1小時30分", "min", 5400),
        ("半小時", "min", 1800),
        ("十五分鐘", "min", 900),
        ("一個半小時", "min", 5400),
        ("長度 0:30", "h:mm", 1800),
        ("3分半", "min", 210),
        ("1h30", "min", 5400),
        ("15 min.", "min", 900),
        ("30-40分", "min", 2400),
        ("90", "s", 90),
        ("90", "min", 5400),
        ("1.5", "h", 5400),
        ("0:30", "h:mm", 1800),
        ("0:30", "m:ss", 30),
        ("-5分", "min", -300),
        ("很久", "min", None),
        ("9" * 500, "min", None),
    ],
)
def test_a_duration_is_read_in_its_columns_unit(text: str, unit: str, seconds: int | None) -> None:
    assert read_duration(Cell("text", text), unit) == seconds


def test_a_clock_typed_for_minutes_and_seconds_is_read_as_meant() -> None:
    assert read_duration(Cell("clock", at(3, 30)), "m:ss") == 210
    assert read_duration(Cell("clock", at(0, 3, 30)), "m:ss") == 210
    assert read_duration(Cell("clock", at(0, 10)), "h:mm") == 600
