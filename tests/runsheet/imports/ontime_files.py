"""Projects of our own as Ontime saves them, one for each of its ways."""

import json
from typing import Any

HOUR, MINUTE = 3_600_000, 60_000
Entry = dict[str, Any]


def event(title: str, start: float, minutes: float, **more: Any) -> Entry:  # noqa: ANN401 - as Ontime has it
    """An event that starts at an hour (13.5) and lasts some minutes."""
    times = {
        "timeStart": start * HOUR,
        "timeEnd": start * HOUR + minutes * MINUTE,
        "duration": minutes * MINUTE,
    }
    return {"type": "event", "title": title, "linkStart": False, "skip": False, "note": "", **times, **more}


def project(**parts: Any) -> bytes:  # noqa: ANN401 - as Ontime has it
    return json.dumps({"project": {"title": "Demo"}, "settings": {"app": "ontime"}, **parts}).encode()


def rundown(title: str, *entries: Entry) -> Entry:
    """A rundown of version 4. A group's own entries follow it, with `parent` set to its title."""
    named = {f"e{n}": entry for n, entry in enumerate(entries)}
    groups = {entry["title"]: name for name, entry in named.items() if entry["type"] == "group"}
    for name, entry in named.items():
        if entry.get("parent"):
            entry["parent"] = groups[entry["parent"]]
            named[entry["parent"]].setdefault("entries", []).append(name)
    order = [name for name, entry in named.items() if not entry.get("parent")]
    return {"title": title, "order": order, "flatOrder": list(named), "entries": named, "revision": 3}


def two_tracks() -> bytes:
    """Version 4: a group with a milestone, linked and to be counted to its end, and a second rundown."""
    stage = rundown(
        "Stage",
        {"type": "group", "title": "Opening", "colour": "#339E4E"},
        event("Doors", 13.5, 30, cue="1", parent="Opening", custom={"Video_Notes": "Slide", "Ramp": "left"}),
        {"type": "milestone", "title": "Standby", "cue": "SB", "parent": "Opening"},
        event("Welcome", 14, 10, cue="1.1", linkStart=True, parent="Opening", colour="#FFCC78", flag=True),
        event("Show", 14.5, 60, cue="2", countToEnd=True, endAction="load-next", timerType="count-down"),
        event("Encore", 15.5, 5, cue="3", skip=True),
        {"type": "delay", "duration": 5 * MINUTE},
    )
    night = rundown(
        "Backstage", event("Load out", 23.5, 60, cue="B1"), event("Bus", 0.5, 30, dayOffset=1, cue="B2")
    )
    labels = {"Video_Notes": {"label": "Video Notes", "type": "text"}, "Ramp": {"label": "Title"}}
    return project(rundowns={"default": stage, "b": night}, customFields=labels)


def one_list() -> bytes:
    """Version 3: one list, in which a block begins a section."""
    return project(
        rundown=[
            event("Alone", 9, 10),
            {"type": "block", "title": "Morning"},
            event("Talk", 10, 20, custom={"song": {"value": "Anthem"}}, isPublic=True),
            {"type": "block", "title": "Noon"},
            event("Lunch", 12, 60, linkStart="x1"),
        ],
        customFields={"song": {"label": "Song"}},
    )


def first_version() -> bytes:
    """Version 1: events, with ten columns that the user names."""
    entry = event("Intro", 9, 10, subtitle="sub", presenter="Anna", user0="Cam 1", user9="")
    return json.dumps({"events": [entry], "userFields": {"user0": "Camera", "user1": "user1"}}).encode()
