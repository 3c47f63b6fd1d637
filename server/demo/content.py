"""The demo event as ops: `demo.yaml`, its dates moved so that day 1 is today's operating day."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from server.core.clock import from_iso, to_iso

FILE = Path(__file__).parent / "demo.yaml"
Json = dict[str, Any]
_PLACED = ("number", "kind", "track", "place", "day")
_TIMED = ("start_mode", "end_mode", "duration_s", "min_s", "hard", "offset_s", "call")


@cache
def document() -> Json:
    """The demo's data, as written."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read: Json = yaml.load(FILE.read_text(encoding="utf-8"), loader)  # noqa: S506 - the safe loader
    return read


class Content:
    """The demo's data with its days moved."""

    def __init__(self, day_1: date) -> None:
        self.data = document()
        self._days = {day["key"]: date.fromisoformat(str(day["date"])) for day in self.data["event"]["days"]}
        self._shift = day_1 - self._days["D1"]

    def moment(self, text: str) -> int:
        """A moment of the file, moved with the days; epoch milliseconds."""
        return from_iso(text) + round(self._shift.total_seconds() * 1000)

    def day(self, key: str) -> str:
        """The date of a day of the file: D0, D1, D2."""
        return (self._days[key] + self._shift).isoformat()

    def days(self) -> list[Json]:
        """The event's days as its row keeps them."""
        return [
            {
                "id": day["key"],
                "date": self.day(day["key"]),
                "name": zh(day["name"]),
                "name_en": en(day["name"]),
            }
            for day in self.data["event"]["days"]
        ]

    def ops(self) -> Iterator[tuple[str, Json]]:
        """(op, args) that build the event, in an order in which each finds what it needs."""
        for op, args in self._named("department.put", "departments", colour="colour", channel="channels"):
            yield op, args | {"channel": self._channels(args["channel"])}
        yield from self._named("place.put", "zones")
        yield from self._named("track.put", "tracks", place="place")
        yield from self._named("column.put", "columns", department="department")
        yield from (self._member(person) for person in self.data["crew"])
        yield from (self._cue(row) for row in self._in_tree_order())
        yield from (self._variant(variant) for variant in self.data["variants"])

    def actuals(self) -> list[Json]:
        """What ran, with its moments moved: id, start, end or None."""
        moved = []
        for actual in self.data["meta"]["demo_actuals"]:
            end = self.moment(actual["ended"]) if "ended" in actual else None
            moved.append({"id": actual["item"], "start": self.moment(actual["started"]), "end": end})
        return moved

    def _named(self, op: str, section: str, **more: str) -> Iterator[tuple[str, Json]]:
        for row in self.data[section]:
            extra = {name: row[key] for name, key in more.items() if key in row}
            yield op, {"id": row["key"], "name": zh(row["name"]), "name_en": en(row["name"]), **extra}

    def _channels(self, keys: list[str]) -> str:
        """The numbers of radio channels of the file: 3 / 2."""
        numbers = {channel["key"]: str(channel["number"]) for channel in self.data["channels"]}
        return " / ".join(numbers[key] for key in keys)

    def _own_channel(self, person: Json) -> str:
        """Where a person listens, if their department's channel doesn't say it."""
        shared = {row["key"]: row["channels"] for row in self.data["departments"]}
        own = [person["channel"]] if person.get("channel") else []
        return "" if own == shared.get(person.get("department")) else self._channels(own)

    def _member(self, person: Json) -> tuple[str, Json]:
        args = {
            "id": person["key"],
            "name": zh(person["name"]),
            "name_en": en(person["name"]),
            "title": zh(person["role"]),
            "title_en": en(person["role"]),
            "roles": person["roles"],
            "tracks": person.get("calls", []),
            "phone": person["phone"],
            "channel": self._own_channel(person),
            "call_sign": person.get("call_sign", ""),
            "pass_no": person["pass"],
            "locale": person["locale"],
        }
        if person.get("department"):
            args["department"] = person["department"]
        return "member.add", args

    def _cue(self, row: Json) -> tuple[str, Json]:
        args = {name: row[name] for name in (*_PLACED, *_TIMED) if name in row}
        args |= {"id": row["key"], "day": self.day(row["day"])}
        for name in ("title", "title_kind", "reading", "meeting", "note", "line"):
            if name in row:
                args |= {name: zh(row[name]), f"{name}_en": en(row[name])}
        for name in ("start", "end"):
            if name in row:
                args[name] = to_iso(self.moment(row[name]))
        if row.get("parent"):
            args["parent"] = row["parent"]
        args["people"] = row["responsible"]["people"]
        args["departments"] = row["responsible"]["departments"]
        args["columns"] = {column: dict(cell) for column, cell in row.get("columns", {}).items()}
        args["note_for"] = {department: zh(text) for department, text in row.get("private_note", {}).items()}
        return "cue.add", args

    def _variant(self, variant: Json) -> tuple[str, Json]:
        args = {name: variant[name] for name in ("plan", "skip")}
        args |= {"id": variant["key"], "group": "雨備", "group_en": "Rain plan"}
        args |= {"day": self.day(variant["day"]), "decider": variant["decides"]}
        args["decide_at"] = to_iso(self.moment(variant["decide_at"]))
        for name in ("name", "announce"):
            args |= {name: zh(variant[name]), f"{name}_en": en(variant[name])}
        args["changes"] = [
            {"cue": each["item"], "set": self._changed(each["set"])} for each in variant["change"]
        ]
        return "variant.put", args

    def _changed(self, values: Json) -> Json:
        """What a variant sets in a row, as `cue.edit` takes it."""
        changed = dict(values)
        for name in ("title", "meeting", "note"):
            if name in values:
                changed |= {name: zh(values[name]), f"{name}_en": en(values[name])}
        for name in ("start", "end"):
            if name in values:
                changed[name] = to_iso(self.moment(values[name]))
        return changed

    def _in_tree_order(self) -> list[Json]:
        """Parents before children, each list as in the file."""
        depth = {"segment": 0, "item": 1, "buffer": 1, "delay": 1, "cue": 2}
        return sorted(self.data["run_sheet"], key=lambda row: depth[row["kind"]])


def zh(text: Json | str) -> str:
    """The Chinese of a bilingual text."""
    return text if isinstance(text, str) else text["zh-TW"]


def en(text: Json | str) -> str:
    """The English of a bilingual text."""
    return "" if isinstance(text, str) else text.get("en", "")
