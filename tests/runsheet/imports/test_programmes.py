import json
from typing import Any

import pytest

from server.runsheet.imports.book import FileRefusedError
from tests.runsheet.imports.files import book_of
from tests.runsheet.imports.importing import clock, imported, told
from tests.runsheet.imports.programmes import PENTABARF, frab_json, opass, session


def refusal(raw: bytes) -> str:
    with pytest.raises(FileRefusedError) as caught:
        book_of(raw)
    return caught.value.code


# frab and Pentabarf


def test_a_talk_after_midnight_belongs_to_the_day_before() -> None:
    result = imported(frab_json())
    assert [
        (row["title"], row["day"], clock(row), row["track"], row["duration_s"] // 60) for row in result.rows
    ] == [
        ("Opening", "2027-04-10", "11:00", "Curie", 45),
        ("Night", "2027-04-10", "24:30", "Meitner", 45),
        ("Morning", "2027-04-11", "10:00", "Curie", 90),
    ]
    assert told(result) == [("date_shifted", "")]


def test_the_clocks_of_the_conference_stay_whatever_the_events_zone() -> None:
    assert [clock(row) for row in imported(frab_json(), zone="Asia/Taipei").rows][:1] == ["11:00"]


def test_people_rooms_and_links_of_a_talk_come_along() -> None:
    result = imported(frab_json())
    opening, night, _ = result.rows
    assert (opening["title_kind"], opening["place"], opening["people"]) == ("lecture", "Curie", ["Anna Berg"])
    assert night["people"] == ["Anna Berg", "Ben"]
    assert {"Theme", "Links"} <= {column["name"] for column in result.columns}
    assert {"zh-TW": "Site https://x.y"} in opening["columns"].values()


def test_schedule_xml_says_the_same_without_dates_of_its_own() -> None:
    result = imported(PENTABARF.encode())
    assert [(row["title"], row["day"], row["track"], row["people"]) for row in result.rows] == [
        ("Open & go", "2027-04-10", "Curie", ["Anna Berg", "Ben"]),
        ("Late", "2027-04-10", "Meitner", []),
        ("Dawn", "2027-04-10", "Curie", []),
    ]
    assert [clock(row) for row in result.rows] == ["11:00", "23:30", "29:30"]
    assert result.rows[0]["note"] == "a bold word"
    assert {"zh-TW": "Site https://x.y"} in result.rows[0]["columns"].values()


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_xml_is_read_in_the_charset_that_it_names(charset: str) -> None:
    raw = (
        PENTABARF.replace("UTF-8", charset.removesuffix("-sig"))
        .replace("Open &amp; go", "Öffnen")
        .encode(charset)
    )
    assert imported(raw).rows[0]["title"] == "Öffnen"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">]><schedule>&a;</schedule>', "xml_bomb"),
        ("<schedule><day", "file_broken"),
        ("<schedule>" + "<a>" * 50_000, "file_broken"),
        ("<schedule/>", "file_not_spreadsheet"),
        ('<?xml version="1.0"?><svg/>', "file_not_spreadsheet"),
        ('<?xml version="1.0" encoding="no-such"?><schedule/>', "file_broken"),
    ],
)
def test_other_xml_is_refused(text: str, code: str) -> None:
    assert refusal(text.encode()) == code


# OPass


def test_sessions_come_in_by_time_with_the_names_behind_their_ids() -> None:
    raw = opass(
        session("後來", "10:00:00+08:00", "10:30:00+08:00", room="R9", uri="https://x.y"),
        session("開幕", "09:00:00+08:00", "09:20:00+08:00", en={"title": "Opening", "description": "About"}),
    )
    result = imported(raw)
    opening, later = result.rows
    assert (opening["title"], opening["title_en"], clock(opening), opening["duration_s"]) == (
        "開幕",
        "Opening",
        "09:00",
        1200,
    )
    assert (opening["track"], opening["place"], later["track"]) == ("國際廳", "國際廳", "R9")
    assert (opening["title_kind"], opening["people"]) == ("主議程軌", ["阿明", "Ben"])
    assert opening["note"] == "說明\nAbout"
    assert later["title_en"] == ""
    assert {"zh-TW": "入門"} in opening["columns"].values()
    assert {"zh-TW": "https://x.y"} in later["columns"].values()


def test_an_offset_from_utc_becomes_the_events_time() -> None:
    raw = opass(session("晚", "15:50:00Z", "16:20:00Z"), session("早", "17:00:00-04:00", "18:00:00-04:00"))
    first, second = imported(raw, shift=False).rows
    assert (first["title"], first["day"], clock(first), first["duration_s"]) == (
        "晚",
        "2023-07-29",
        "23:50",
        1800,
    )
    assert (second["title"], second["day"], clock(second)) == ("早", "2023-07-29", "29:00")


@pytest.mark.parametrize(
    "spoilt",
    [
        {"start": None},
        {"start": 5},
        {"start": "soon"},
        {"speakers": None},
        {"zh": [], "en": "x"},
        {"room": {}},
        {"zh": {}, "en": {}, "title": ""},
    ],
)
def test_a_session_with_an_odd_value_stays(spoilt: dict[str, Any]) -> None:
    odd = session("怪", "09:00:00+08:00", "09:20:00+08:00") | {"title": "怪"} | spoilt
    rows = imported(opass(session("好", "08:00:00+08:00", "08:20:00+08:00"), odd)).rows
    assert [row["title"] for row in rows] == ["好", spoilt.get("title", "怪") or "–"]


def test_an_unreadable_start_is_flagged_where_it_stands() -> None:
    raw = opass(session("好", "08:00:00+08:00", "08:20:00+08:00"), session("怪", "soon", "09:20:00+08:00"))
    _, row = imported(raw).rows
    assert (row["start_mode"], row["flagged"]) == ("linked", ["time_unreadable"])


def test_a_programme_without_rows_is_refused() -> None:
    assert refusal(json.dumps({"sessions": [], "rooms": []}).encode()) == "file_not_spreadsheet"
