"""Programmes of OPass, the app of COSCUP and SITCON: `session.json` with sessions, speakers, types, rooms and tags."""

import re
from typing import Any

from server.runsheet.imports.book import Limits, Workbook
from server.runsheet.imports.filling import UNTITLED, Table
from server.runsheet.imports.json_values import object_in, objects_in, text_in

Json = dict[str, Any]

_HEADINGS = (
    "開始時間", "結束時間", "流程", "英文", "形式", "地點", "軌", "講者", "備註", "英文說明", "標籤", "語言", "共筆",
    "問答", "簡報", "錄影", "網址",
)  # fmt: skip
_MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::00)?(?=[+Z-])")
"""Put so that a person can read it, too."""
_LINKS = {
    "co_write": "共筆",
    "qa": "問答",
    "slide": "簡報",
    "record": "錄影",
    "uri": "網址",
    "language": "語言",
}
_READ = {
    "id",
    "type",
    "room",
    "start",
    "end",
    "zh",
    "en",
    "zh-TW",
    "speakers",
    "tags",
    "title",
    "description",
    *_LINKS,
}


def is_opass(data: Any) -> bool:  # noqa: ANN401 - any JSON
    found = object_in(data)
    return bool(objects_in(found.get("sessions"))) and any(
        isinstance(found.get(name), list) for name in ("speakers", "rooms", "session_types")
    )


def read_opass(data: Json, limits: Limits) -> Workbook:
    """One sheet in the order of time, each room a track. Starts and ends keep their offset from UTC."""
    named = {
        name: {text_in(entry.get("id")): _told(entry, "name") for entry in objects_in(data.get(name))}
        for name in ("speakers", "session_types", "rooms", "tags")
    }
    table = Table("OPass", _HEADINGS, limits)
    for session in sorted(objects_in(data["sessions"]), key=_order):
        if table.is_full:
            break
        table.add(_row(session, named))
    return Workbook("opass", [table.made()])


def _order(session: Json) -> tuple[bool, str]:
    """Those without a start last."""
    start = text_in(session.get("start"))
    return not start, start


def _row(session: Json, named: dict[str, dict[str, str]]) -> dict[str, str]:
    room = _named(named["rooms"], session.get("room"))
    title, english = _told(session, "title"), text_in(object_in(session.get("en")).get("title"))
    about, in_english = (
        _told(session, "description"),
        text_in(object_in(session.get("en")).get("description")),
    )
    return {
        "開始時間": _MOMENT.sub(r"\1 \2", text_in(session.get("start"))),
        "結束時間": _MOMENT.sub(r"\1 \2", text_in(session.get("end"))),
        "流程": title.strip() or UNTITLED,
        "英文": english if english != title else "",
        "形式": _named(named["session_types"], session.get("type")),
        "地點": room,
        "軌": room,
        "講者": _listed(named["speakers"], session.get("speakers"), "\n"),
        "備註": about,
        "英文說明": in_english if in_english.strip() != about.strip() else "",
        "標籤": _listed(named["tags"], session.get("tags"), "、"),
        **{heading: text_in(session.get(name)) for name, heading in _LINKS.items()},
        **{name[:100]: text_in(value) for name, value in session.items() if name not in _READ},
    }


def _told(entry: Json, name: str) -> str:
    """A text in Chinese, or in English where there is no other."""
    texts = (object_in(entry.get(language)).get(name) for language in ("zh", "zh-TW", "en"))
    return next((text for text in map(text_in, texts) if text.strip()), text_in(entry.get(name)))


def _named(names: dict[str, str], reference: Any) -> str:  # noqa: ANN401 - any JSON
    text = text_in(reference)
    return names.get(text) or text


def _listed(names: dict[str, str], references: Any, joint: str) -> str:  # noqa: ANN401 - any JSON
    entries = references if isinstance(references, list) else [references]
    return joint.join(filter(None, (_named(names, entry) for entry in entries[:100])))
