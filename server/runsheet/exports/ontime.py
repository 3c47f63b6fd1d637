"""The sheet as a project of Ontime 4: a rundown for each day of a track, groups, events, and cues as milestones.

Shapes are those of its type definitions (packages/types, version 4): times in ms since midnight of the rundown's own
clock, custom fields keyed by a label of Latin letters, figures and blanks.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from server.runsheet.exports.cells import Row, Sheet, seconds_of_day

_VERSION = "4.0.0"
_DAY_MS = 86_400_000
_WARNING_MS, _DANGER_MS = 120_000, 60_000
_OTHER = re.compile(r"[^A-Za-z0-9_ ]+")
_KEPT = {"place": ("Place", "place"), "people": ("Responsible", "people")}


def write_ontime(sheet: Sheet) -> bytes:
    """The project file."""
    labels = _labels(sheet)
    lines: dict[tuple[str, str], list[Row]] = {}
    for row in sheet["rows"]:
        lines.setdefault((row["track"], row["day"]), []).append(row)
    rundowns = [_Rundown(sheet, labels, rows).made() for rows in lines.values()]
    return json.dumps(
        {
            "rundowns": {rundown["id"]: rundown for rundown in rundowns} or {"default": _empty()},
            "project": {
                "title": sheet["title"],
                "description": "",
                "url": "",
                "info": "",
                "logo": None,
                "custom": [],
            },
            "settings": _SETTINGS,
            "viewSettings": _VIEWS,
            "urlPresets": [],
            "customFields": {
                _key(label): {"type": "text", "colour": "", "label": label} for label in labels.values()
            },
            "automation": _AUTOMATION,
        },
        ensure_ascii=False,
    ).encode()


class _Rundown:
    """One track on one day."""

    def __init__(self, sheet: Sheet, labels: dict[str, str], rows: list[Row]) -> None:
        self._sheet, self._labels, self._rows = sheet, labels, rows
        self._entries: dict[str, dict[str, Any]] = {}
        self._order: list[str] = []
        self._last = 0

    def made(self) -> dict[str, Any]:
        first = self._rows[0]
        for row in self._rows:
            self._add(row)
        title = f"{first['names']['track'][0]} {first['day']}"
        key = re.sub(r"[^a-z0-9]+", "-", f"{first['track']}-{first['day']}".lower())
        about = {"order": self._order, "flatOrder": self._flat(), "entries": self._entries, "revision": 0}
        return {"id": key, "title": title} | about

    def _add(self, row: Row) -> None:
        parent = row["parent"] if self._entries.get(row["parent"] or "", {}).get("type") == "group" else None
        if row["parent"] and parent is None:
            # A cue: Ontime has no third level, so it stands behind its item, in the same group.
            parent = self._entries.get(row["parent"], {}).get("parent")
        self._entries[row["id"]] = self._entry(row, parent)
        (self._entries[parent]["entries"] if parent else self._order).append(row["id"])

    def _entry(self, row: Row, parent: str | None) -> dict[str, Any]:
        about = {
            "id": row["id"],
            "title": row["title"] or row["title_en"],
            "note": row["note"],
            "colour": row["colour"],
            "custom": self._custom(row),
            "revision": 0,
        }
        if row["kind"] == "segment":
            group: dict[str, Any] = {
                "type": "group",
                "entries": [],
                "targetDuration": None,
                "isFirstLinked": False,
            }
            start, end = (self._clock(row, name) for name in ("planned_start", "planned_end"))
            return about | group | {"timeStart": start, "timeEnd": end, "duration": self._length(row)}
        if row["kind"] == "cue":
            return about | {"type": "milestone", "cue": row["number"], "parent": parent}
        return about | self._event(row) | {"cue": row["number"], "parent": parent}

    def _event(self, row: Row) -> dict[str, Any]:
        length = self._length(row)
        start = self._clock(row, "planned_start")
        start = self._last if start is None else start
        self._last = (start + length) % _DAY_MS
        return {
            "type": "event",
            "flag": row["hard"],
            "endAction": "none",
            "timerType": "count-down",
            "countToEnd": row["end_mode"] == "count_to_end",
            "linkStart": row["start_mode"] == "linked"
            and any(e["type"] == "event" for e in self._entries.values()),
            "timeStrategy": "lock-duration" if row["end_mode"] == "duration" else "lock-end",
            "timeStart": start,
            "timeEnd": self._last,
            "duration": length,
            "skip": row["state"] == "skipped",
            "timeWarning": _WARNING_MS,
            "timeDanger": _DANGER_MS,
            "triggers": [],
            "delay": 0,
            "dayOffset": 0,
            "gap": 0,
        }

    def _clock(self, row: Row, name: str) -> int | None:
        at = row["times"].get(name)
        return None if at is None else seconds_of_day(at, row["day"], self._sheet["zone"]) * 1000 % _DAY_MS

    @staticmethod
    def _length(row: Row) -> int:
        start, end = row["times"].get("planned_start"), row["times"].get("planned_end")
        planned = None if start is None or end is None else end - start
        length: int = row["duration_s"] * 1000 if planned is None else planned
        return min(max(length, 0), _DAY_MS - 1)

    def _custom(self, row: Row) -> dict[str, str]:
        names = {key: "、".join(row["names"][kind]) for key, (_, kind) in _KEPT.items()}
        cells = {key: cell.get("zh-TW") or cell.get("en", "") for key, cell in row["columns"].items()}
        told = {
            self._labels[key]: text for key, text in (cells | names).items() if key in self._labels and text
        }
        return {_key(label): text for label, text in told.items()}

    def _flat(self) -> list[str]:
        return [each for key in self._order for each in (key, *self._entries[key].get("entries", []))]


def _labels(sheet: Sheet) -> dict[str, str]:
    """A label of each column that Ontime takes; what would stand twice is numbered."""
    wanted = [*((key, name) for key, (name, _) in _KEPT.items()), *sheet["english"]]
    labels: dict[str, str] = {}
    for key, name in wanted:
        label = " ".join(_OTHER.sub(" ", name).split()) or " ".join(_OTHER.sub(" ", key).split()) or "Column"
        labels[key] = _alone(label, labels.values())
    return labels


def _alone(label: str, others: Iterable[str]) -> str:
    taken = {_key(other) for other in others}
    tries = [label, *(f"{label} {number}" for number in range(2, len(taken) + 3))]
    return next(each for each in tries if _key(each) not in taken)


def _key(label: str) -> str:
    return label.replace(" ", "_")


def _empty() -> dict[str, Any]:
    return {"id": "default", "title": "", "order": [], "flatOrder": [], "entries": {}, "revision": 0}


_SETTINGS = {
    "app": "ontime",
    "version": _VERSION,
    "serverPort": 4001,
    "editorKey": None,
    "operatorKey": None,
    "timeFormat": "24",
    "language": "en",
}
_VIEWS = {
    "overrideStyles": False,
    "normalColor": "#ffffffcc",
    "warningColor": "#FFAB33",
    "dangerColor": "#ED3333",
    "freezeEnd": False,
    "endMessage": "",
}
_AUTOMATION = {
    "enabledAutomations": False,
    "enabledOscIn": False,
    "oscPortIn": 8888,
    "triggers": [],
    "automations": {},
}
