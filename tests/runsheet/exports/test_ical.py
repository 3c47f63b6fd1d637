"""The sheet as a calendar, as RFC 5545 has it."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from server.runsheet.exports.ical import write_ics

ENTRY: dict[str, Any] = {
    "uid": "c1@fair.fieldcue",
    "sequence": 7,
    "stamp": 1_795_420_800_000,
    "start": 1_795_420_800_000,
    "end": 1_795_421_700_500,
    "title": "121 山嵐列車",
    "text": "主舞台; 25′, 備註\n第二行",
    "place": "舞台",
    "track": "主舞台",
    "skipped": False,
}


def told(*entries: dict[str, Any], name: str = "河岸") -> list[str]:
    """The lines as they were before they were folded."""
    text = write_ics(name, [ENTRY | entry for entry in entries], "Asia/Taipei").decode()
    return text.replace("\r\n ", "").split("\r\n")


def test_a_row_is_an_event_with_an_id_that_stays_and_times_in_utc() -> None:
    lines = told({})
    assert {
        "UID:c1@fair.fieldcue",
        "SEQUENCE:7",
        "DTSTART:20261123T080000Z",
        "DTEND:20261123T081500Z",
    } <= set(lines)
    assert {
        "SUMMARY:121 山嵐列車",
        "LOCATION:舞台",
        "STATUS:CONFIRMED",
        "LAST-MODIFIED:20261123T080000Z",
    } <= set(lines)
    assert r"DESCRIPTION:主舞台\; 25′\, 備註\n第二行" in lines


def test_a_row_that_is_left_out_is_cancelled_and_a_moment_has_no_end() -> None:
    lines = told({"skipped": True, "end": ENTRY["start"]})
    assert "STATUS:CANCELLED" in lines
    assert not [line for line in lines if line.startswith("DTEND")]


def test_a_calendar_says_how_often_to_ask() -> None:
    assert {"REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M", "METHOD:PUBLISH"} <= set(told())


@given(st.text(), st.text())
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_a_line_or_makes_one(title: str, text: str) -> None:
    title, text = (each.encode("utf-8", "replace").decode() for each in (title, text))
    raw = write_ics(title, [ENTRY | {"title": title, "text": f"x{text}"}], "Asia/Taipei")
    lines = raw.split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) <= 75
    assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", b"".join(lines))
    for line in lines:
        line.decode()  # no character is cut in two
    whole = raw.decode().replace("\r\n ", "").split("\r\n")
    names = [line.partition(":")[0].partition(";")[0] for line in whole if line]
    assert names.count("SUMMARY") == names.count("DESCRIPTION") == names.count("UID") == 1
