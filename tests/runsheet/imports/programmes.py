"""Programmes of our own as frab, Pentabarf and OPass write them."""

import json
from typing import Any

_PERSON = {"id": 7, "public_name": "Anna Berg"}


def talk(title: str, on: str, start: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - as frab has it
    """An event of schedule.json."""
    at = {"date": f"{on}T{start}:00+02:00", "start": start, "duration": "00:45"}
    return {"id": 1, "guid": "g", "title": title, "type": "lecture", "persons": [_PERSON], **at, **more}


def frab_json() -> bytes:
    """Two rooms over two days; the first day ends after midnight."""
    first = {
        "Curie": [
            talk(
                "Opening", "2019-08-21", "11:00", track="CCC", links=[{"title": "Site", "url": "https://x.y"}]
            )
        ],
        "Meitner": [talk("Night", "2019-08-22", "00:30", persons=[_PERSON, {"name": "Ben"}])],
    }
    second = {
        "Curie": [talk("Morning", "2019-08-22", "10:00", duration="1:30", do_not_record=True)],
        "Meitner": [],
    }
    days = [
        {"index": 1, "date": "2019-08-21", "day_start": "2019-08-21T09:00:00+02:00", "rooms": first},
        {"index": 2, "date": "2019-08-22", "day_start": "2019-08-22T09:00:00+02:00", "rooms": second},
    ]
    conference = {"title": "Camp", "time_zone_name": "Europe/Berlin", "days": days}
    return json.dumps({"$schema": "x", "schedule": {"version": "1", "conference": conference}}).encode()


PENTABARF = """<?xml version="1.0" encoding="UTF-8"?>
<schedule>
  <conference><title>Camp</title><start>2019-08-21</start><days>1</days><day_change>06:00</day_change></conference>
  <day date="2019-08-21" index="1">
    <room name="Curie">
      <event id="1" guid="g"><start>11:00</start><duration>00:30</duration><room>Curie</room>
        <title>Open &amp; go</title>
        <abstract>a <b>bold</b> word</abstract>
        <persons><person id="7">Anna Berg</person><person id="8">Ben</person></persons>
        <recording><license>CC</license><optout>true</optout></recording>
        <links><link href="https://x.y">Site</link></links></event>
      <event id="2"><start>05:30</start><duration>1:00</duration><title>Dawn</title></event>
    </room>
    <room name="Meitner"><event id="3"><start>23:30</start><duration>0:45</duration><title>Late</title></event></room>
  </day>
</schedule>"""


def session(title: str, start: str, end: str, room: str = "R1", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A session of OPass."""
    texts = {"zh": {"title": title, "description": "說明"}, "en": {"title": title, "description": "說明"}}
    at = {"start": f"2023-07-29T{start}", "end": f"2023-07-29T{end}"}
    return {
        "id": "s",
        "type": "t1",
        "room": room,
        "speakers": ["p1", "p2"],
        "tags": ["g1"],
        **texts,
        **at,
        **more,
    }


def opass(*sessions: dict[str, Any]) -> bytes:
    two = {"zh": {"name": "主議程軌"}, "en": {"name": "Main"}}
    return json.dumps({
        "sessions": sessions,
        "speakers": [{"id": "p1", "zh": {"name": "阿明"}, "en": {"name": "Ming"}}, {"id": "p2", "en": {"name": "Ben"}}],
        "session_types": [{"id": "t1", **two}],
        "rooms": [{"id": "R1", "zh": {"name": "國際廳"}, "en": {"name": "Hall"}}],
        "tags": [{"id": "g1", "zh": {"name": "入門"}}],
    }).encode()  # fmt: skip
