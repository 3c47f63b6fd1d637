"""Rows as people plan them, and as they hardly ever do, for round trips through files."""

import io
import json
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from server.core.clock import from_iso, operating_day
from server.runsheet.args import TEXTS as FREE
from server.runsheet.exports.cells import Row, Sheet
from server.runsheet.import_names import Known, Namer
from server.runsheet.imports import Mapping, Options, build_rows, guess
from server.runsheet.imports.book import Limits
from server.runsheet.imports.clean import clean
from server.runsheet.imports.reading import read
from server.runsheet.models import PLAN_FIELDS

ZONE, CHANGE = "Asia/Taipei", 6 * 3600
DAY_1 = date(2027, 4, 10)
MIDNIGHT = from_iso("2027-04-10T00:00:00+08:00")
NAMES: Known = {
    "tracks": [["main", "主舞台", "Main stage"], ["river", "河岸、草地", ""]],
    "places": [["gate", "入口", ""], ["p2", "入口", "Gate 2"], ["007", "007", ""]],
    "departments": [["light", "燈光/視訊", "Light"], ["d2", "前場", ""]],
    "people": [["wei", "許庭瑋", "Wei Hsu"], ["mei", "陳美玲", ""], ["mei2", "陳美玲", ""], ["ann", "Ann, B.", ""],
               ["x", "無", ""]],
    "columns": [["light", "燈光", "Light"], ["note2", "備註", "Note"], ["host", "=主持", ""]],
    "last": {"tracks": None, "columns": None},
    "responsible": "負責:%(names)s",
}  # fmt: skip
COLUMNS = [["light", "燈光"], ["note2", "note2"], ["host", "=主持"]]
WRITTEN = {
    "track": {"main": "主舞台", "river": "river"},
    "place": {"gate": "入口", "p2": "Gate 2", "007": "007"},
    "departments": {"light": "燈光/視訊", "d2": "前場"},
    "people": {"wei": "許庭瑋", "mei": "mei", "mei2": "mei2", "ann": "ann", "x": "無"},
}
_ODD = st.sampled_from(
    ["007", "=1+1", "+886 912", "-", "@mei", "'=x", "''", "1:30", "無", "演出：山嵐", "開場", "Track,層級", 'a"b',
     "_x000D_", "[EN] hi", "\\[EN]", "a;b;c", "60", "true", "2027-04-10", "D1"]
)  # fmt: skip
_ANY = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn"), max_codepoint=0x1F9FF), max_size=20
)
LINES = (_ODD | _ANY).map(lambda text: " ".join(clean(text).split()))
TEXTS = st.lists(_ODD | _ANY, max_size=3).map(lambda lines: clean("\n".join(lines)))
CELLS = st.dictionaries(st.sampled_from(["zh-TW", "en"]), TEXTS.filter(bool), min_size=1)
_COLUMNS = st.dictionaries(st.sampled_from([key for key, _ in COLUMNS]), CELLS)
SECONDS = st.sampled_from([0, 1, 30, 60, 90, 300, 3600, 5405, 86_399, 259_200, 604_800]) | st.integers(
    0, 604_800
)


def plain_row(**fields: Any) -> Row:  # noqa: ANN401 - fields of a row
    """An item of five minutes at 13:30 that says no more than it has to."""
    row: Row = {
        **dict.fromkeys((*_LINES, "note", "note_en", "number", "colour", "call"), ""),
        **{name: [] for name in ("people", "departments", "flagged")},
        "kind": "item",
        "track": "main",
        "place": None,
        "parent": None,
        "level": 1,
        "state": "planned",
        "day": "2027-04-10",
        "start_mode": "fixed",
        "start": from_iso("2027-04-10T13:30:00+08:00"),
        "offset_s": 0,
        "end_mode": "duration",
        "end": None,
        "duration_s": 300,
        "min_s": None,
        "hard": False,
        "columns": {},
        "times": {},
        "names": {"track": ["主舞台"], "place": [], "people": [], "departments": []},
    }
    return row | fields


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """One row that keeps the rules, apart from its place in the tree."""
    length = draw(SECONDS)
    day = DAY_1 + timedelta(days=draw(st.integers(0, 2)))
    start = _instant(day, draw(st.integers(CHANGE, CHANGE + 86_399)))
    mode = draw(st.sampled_from(["fixed", "fixed", "linked", "offset", "manual", "line"]))
    end_mode = draw(st.sampled_from(["duration", "duration", "end", "count_to_end"]))
    return {
        **{name: draw(LINES) for name in _LINES},
        **{name: draw(TEXTS) for name in ("note", "note_en")},
        "number": draw(st.sampled_from(["", "007", "1", "12.5", "A-3", "=1"])),
        "day": day.isoformat(),
        "start_mode": mode,
        "start": start if mode == "fixed" else None,
        "offset_s": draw(st.integers(-86_400, 86_400)) if mode == "offset" else 0,
        "end_mode": end_mode,
        "end": start + 1000 * draw(st.integers(0, 5 * 86_400)) if end_mode != "duration" else None,
        "duration_s": length,
        "min_s": draw(st.none() | st.integers(0, length)),
        "hard": draw(st.booleans()),
        "colour": draw(st.sampled_from(["", "#339e4e"])),
        "columns": draw(_COLUMNS),
        "place": draw(st.none() | st.sampled_from(list(WRITTEN["place"]))),
        "people": draw(st.lists(st.sampled_from(list(WRITTEN["people"])), unique=True)),
        "departments": draw(st.lists(st.sampled_from(list(WRITTEN["departments"])), unique=True)),
        "call": draw(st.sampled_from(["", "warm", "standby", "go"])),
        "flagged": draw(st.lists(st.sampled_from(["overlap", "no_title"]), unique=True)),
        "state": draw(st.sampled_from(["planned", "skipped"])),
    }  # fmt: skip


@st.composite
def trees(draw: st.DrawFn) -> list[Row]:
    """Segments, what is in them, cues, and items that stand at the top before and after a segment."""
    made: list[Row] = []
    for _ in range(draw(st.integers(1, 3))):
        track = draw(st.sampled_from(["main", "river"]))
        top = None
        if draw(st.booleans()):
            top = _add(made, draw(rows()), "segment", track, None)
        for _ in range(draw(st.integers(0 if top is not None else 1, 3))):
            item = _add(made, draw(rows()), draw(st.sampled_from(["item", "buffer"])), track, top)
            for _ in range(draw(st.integers(0, 2))):
                _add(made, draw(rows()), "cue", track, item)
            if draw(st.booleans()):
                _add(made, draw(rows()), "delay", track, top)
    return made


def sheet_of(made: list[Row], locale: str = "zh-TW") -> Sheet:
    about = {"title": "河岸: 音樂祭/2027", "locale": locale, "zone": ZONE, "day_change_s": CHANGE}
    return about | {"columns": COLUMNS, "rows": made}


def brought_back(raw: bytes, known: Known = NAMES, **options: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    """The rows that our own import makes of a file, with ids, as they would be inserted."""
    book = read(io.BytesIO(raw), Limits())
    columns = [{"id": key, "name": name, "name_en": english} for key, name, english in known["columns"]]
    mapping = Mapping.from_json(guess(book, known=columns).to_json())
    found = build_rows(book, mapping, Options(**{"first_day": DAY_1} | options))
    told = Namer(known, "job", "").rows(found)
    ids = {row["id"]: place for place, row in enumerate(told)}
    opened = [row | {name: json.loads(row[name]) for name in _JSON} for row in told]
    return [row | {"parent": ids.get(row["parent"])} for row in opened]


def compared(row: dict[str, Any]) -> dict[str, Any]:
    """What has to be the same of a row."""
    return {name: row[name] for name in (*PLAN_FIELDS, "parent", "state")}


_JSON = ("columns", "people", "departments", "flagged")
_LINES = tuple(name for name in FREE if name not in {"number", "note", "note_en"})


def _instant(day: date, seconds: int) -> int:
    return MIDNIGHT + ((day - DAY_1).days * 86_400 + seconds) * 1000


def _add(made: list[Row], row: Row, kind: str, track: str, parent: int | None) -> int:
    level = made[parent]["level"] + 1 if parent is not None else 1
    names = {
        "track": [WRITTEN["track"][track]],
        "place": [WRITTEN["place"][row["place"]]] if row["place"] else [],
        **{name: [WRITTEN[name][each] for each in row[name]] for name in ("people", "departments")},
    }
    start = row["start"]
    assert start is None or operating_day(start, ZONE, CHANGE).isoformat() == row["day"]
    times = {"planned_start": start, "planned_end": start and start + 1000 * row["duration_s"]}
    made.append(
        row | {"kind": kind, "track": track, "parent": parent, "level": level, "names": names, "times": times}
    )
    return len(made) - 1
