"""Whatever is done to a project, a programme, a calendar or a pasted text: rows or a refusal, soon, never a crash."""

import json
import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.runsheet.imports.book import FileRefusedError, Limits
from server.runsheet.imports.drafts import Options
from server.runsheet.imports.guessing import guess
from server.runsheet.imports.rows import build_rows
from tests.runsheet.imports.calendars import OUTLOOK, at, ics
from tests.runsheet.imports.files import book_of
from tests.runsheet.imports.ods_files import cell, detailed_ods, ods, row
from tests.runsheet.imports.ontime_files import first_version, one_list, two_tracks
from tests.runsheet.imports.programmes import PENTABARF, frab_json, opass, session
from tests.runsheet.imports.test_fuzz import LIMITS, check, steady
from tests.runsheet.imports.test_pad import EVENING

SMALL = replace(LIMITS, cells=3_000)
SERIES = "RRULE:FREQ=WEEKLY;BYDAY=SA,SU;COUNT=4"
WHOLE = {
    "ods": detailed_ods(),
    "ontime": two_tracks(),
    "ontime 3": one_list(),
    "ontime 1": first_version(),
    "frab": frab_json(),
    "xml": PENTABARF.encode(),
    "opass": opass(session("a", "09:00:00Z", "10:00:00Z"), session("b", "10:00:00Z", "11:00:00Z")),
    "ics": ics(at(";TZID=Our Hall:20270410T133000", "a", SERIES), at(":20270411T133000Z", "b"), head=OUTLOOK),
    "pad": EVENING.encode(),
}


def taken(raw: bytes) -> None:
    try:
        book = book_of(raw, SMALL)
        check(build_rows(book, guess(book), Options(date(2027, 4, 10))))
    except FileRefusedError as error:
        assert error.code  # noqa: PT017 - a refusal is fine, anything else is not


PIECES = st.sampled_from(
    [b'"', b"{", b"]", b",", b"\n", b"\n ", b":", b"<", b">", b"\x00", b"\xff\xfe", b"|", b"9" * 30]
)


@steady
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 40), PIECES), max_size=4),
)
def test_a_file_with_pieces_cut_out_and_put_in(name: str, changes: list[tuple[int, int, bytes]]) -> None:
    raw = WHOLE[name]
    for place, length, piece in changes:
        start = place % len(raw)
        raw = raw[:start] + piece + raw[start + length :]
    taken(raw)


KEYS = st.sampled_from(
    """rundown rundowns events entries order flatOrder type title cue timeStart timeEnd duration dayOffset custom
    linkStart customFields schedule conference days rooms date start persons links sessions speakers room zh en id
    project name label value end""".split()  # noqa: SIM905
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["event", "group", "13:30", "2027-04-10T13:30Z"]),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(KEYS, inside, max_size=6),
    max_leaves=30,
)  # fmt: skip


@steady
@given(st.dictionaries(KEYS, VALUES, max_size=5) | st.lists(VALUES, max_size=4))
def test_any_json_with_the_names_that_programs_use(data: object) -> None:
    taken(json.dumps(data).encode())


LINES = st.lists(
    st.sampled_from(
        """BEGIN:VEVENT|END:VEVENT|BEGIN:VTIMEZONE|END:VTIMEZONE|BEGIN:VALARM|END:VALARM|DTSTART:20270410T133000|DTSTART:|
        DTSTART;VALUE=DATE:20270410|DTSTART;TZID=../../etc/passwd:20270410T133000|DTSTART:99991231T235959Z|DTEND:00010101|
        DTSTART;TZID="Europe/Berlin":00010101T000000|DURATION:P9999D|DURATION:-PT1H|RRULE:FREQ=DAILY;COUNT=3|EXDATE:20270411T133000|
        RRULE:FREQ=WEEKLY;UNTIL=99991231;INTERVAL=9999|RDATE:20270410,x|RECURRENCE-ID:20270410T133000|UID:1|SUMMARY:a\\nb\\|
        TZID:x|TZOFFSETTO:+9999|ATTENDEE;CN=":x|STATUS:CANCELLED| folded|;:;|:""".replace("\n", "").split("|")
    )
    | st.text(max_size=20),
    max_size=25,
)


@steady
@given(LINES)
def test_any_lines_of_a_calendar(lines: list[str]) -> None:
    taken("\r\n".join(["BEGIN:VCALENDAR", *lines]).encode("utf-8", "replace"))


WRITTEN = st.sampled_from(
    """13:30 13:30-13:35 1330 24:30 下午3點半 接續 視現場 T-5:00 開場 1'30" 約15分 # ## 【 】 ** - * 1. | |---|---| 時間
    流程 負責： @阿明 > ``` 4/10（六） D-1 第二天 ： ( ) ,""".split()  # noqa: SIM905
) | st.sampled_from(["\t", "    ", "\u3000", "\u2003" * 5])


@steady
@given(st.lists(st.lists(WRITTEN | st.text(max_size=4), max_size=6).map(" ".join), max_size=12))
def test_any_pasted_lines(lines: list[str]) -> None:
    taken("\n".join(["13:30 開場", "14:00 演出", *lines]).encode("utf-8", "replace"))


COUNTS = st.sampled_from(["0", "-1", "2", "16384", "1048576", "99999999", "x"])
NAMES = st.sampled_from(
    ["t_number_columns_repeated", "t_number_rows_spanned", "t_number_columns_spanned", "value", "time_value"]
)
CELLS = st.builds(
    lambda attributes, kind, text: cell(text, value_type=kind, **attributes),
    st.dictionaries(NAMES, COUNTS, max_size=3),
    st.sampled_from(["", "float", "time", "date", "boolean", "string"]),
    st.sampled_from(["", "13:30", "流程", "Err:502"]),
)  # fmt: skip


@steady
@given(st.lists(st.tuples(st.lists(CELLS, max_size=5), st.integers(1, 3)), max_size=6))
def test_any_counts_in_a_spreadsheet(rows: list[tuple[list[str], int]]) -> None:
    taken(ods(*(row(*cells, times=times) for cells, times in rows)))


NASTY = {
    "a deep json": b'{"a":' * 300_000,
    "many objects": b"[" + b'{"k":1},' * 200_000 + b"{}]",
    "many keys": b"[{" + b",".join(b'"k%d":1' % n for n in range(50_000)) + b"}]",
    "deep xml": b"<schedule>" + b"<a>" * 300_000,
    "many talks": b"<schedule><day><room>"
    + b"<event><start>13:30</start></event>" * 40_000
    + b"</room></day></schedule>",
    "endless folds": b"BEGIN:VCALENDAR\nX:" + b"\n " * 400_000,
    "endless series": b"BEGIN:VCALENDAR\n"
    + b"BEGIN:VEVENT\nDTSTART:20270410T133000\nRRULE:FREQ=DAILY;UNTIL=99991231\nEND:VEVENT\n" * 9_000,
    "many dates": b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270410T133000\n"
    + b"RDATE:20270410T133000\n" * 40_000,
    "quotes": b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + (b"X;" + b'a="' * 900 + b":x\n") * 300,
    "wide gaps": ("13:30 a\n" * 5 + ("13:31 a" + "\u2003" * 9_000 + "b\n") * 30).encode(),
    "hashes": (("# " + "#" * 380 + "x\n") * 2_000).encode(),
    "brackets": (("【" * 200 + "13:30\n") * 2_000).encode(),
    "one line": ("13:30 a\n" * 5 + "13:31 " + "約 1" * 300_000).encode(),
    "many cells": ("|" + "a|" * 60_000 + "\n|" + "-|" * 60_000 + "\n").encode(),
    "repeated cells": ods(*[row(*[cell("a", t_number_columns_repeated="16384")] * 9)] * 20),
    "spans": ods(*[row(cell("a", t_number_columns_spanned="999999", t_number_rows_spanned="999999"))] * 900),
}


@pytest.mark.parametrize("name", NASTY)
def test_what_was_made_to_take_long_does_not(name: str) -> None:
    began = time.process_time()
    try:
        book_of(NASTY[name], Limits())
    except FileRefusedError as error:
        assert error.code in {"file_broken", "file_empty", "too_many_rows", "too_many_cells", "zip_bomb"}  # noqa: PT017
    assert time.process_time() - began < 3
