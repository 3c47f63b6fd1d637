"""Sheets to try the timing engine with: the shared vectors, and any number of made-up ones."""

import json
from dataclasses import asdict
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from server.runsheet.timing import Row, Run, compute, roll

TAIPEI = timezone(timedelta(hours=8))
DAY = "2027-04-10"
NEXT_DAY = "2027-04-11"
SECOND, MINUTE = 1_000, 60_000
LENGTHS = ("offset", "duration", "minimum", "added", "paused")
SHOWN = ("planned_start", "planned_end", "projected_start", "projected_end")
INSTANTS = ("start", "end", "paused_at")
STANDING: dict[str, Any] = {
    "current": None, "next": None, "offset": 0, "over": 0, "left": None, "hard": None, "save": 0, "cuts": {},
}  # fmt: skip


def at(text: str, day: str = DAY) -> int:
    """`24:30` or `14:03:20` of an operating day, in Taipei, as epoch milliseconds."""
    hours, minutes, seconds = [*map(int, text.split(":")), 0][:3]
    midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), TAIPEI)
    return round(midnight.timestamp() * 1000) + (hours * 60 + minutes) * MINUTE + seconds * SECOND


def row(**facts: Any) -> Row:  # noqa: ANN401 - as in the vectors: lengths in seconds, instants as text
    """A row; it is fixed if it has a start, on the main stage, on the first day."""
    mode = "fixed" if "start" in facts else "linked"
    read: dict[str, Any] = {"track": "main", "day": DAY, "start_mode": mode} | facts
    read |= {name: read[name] * SECOND for name in LENGTHS if name in read}
    read |= {name: at(read[name], _base(read)) for name in INSTANTS if name in read}
    read["runs"] = [_run(text) for text in read.get("runs", [])]
    if "baseline" in read:
        read["baseline"] = _run(read["baseline"])
    return Row(**read)


def _base(read: dict[str, Any]) -> str:
    return str(read["day"])


def _run(text: str) -> Run:
    start, end = text.split("-")
    return at(start), at(end) if end else None


def clock(moment: int | None) -> str:
    """The reverse of `at`, on the first day."""
    if moment is None:
        return "-"
    minutes, rest = divmod(moment - at("0:00"), MINUTE)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{rest // SECOND:02d}" if rest else "")


class Vector:
    """One case of a file: rows, a moment, and what is known of the outcome."""

    def __init__(self, shared: dict[str, Any], case: dict[str, Any]) -> None:
        rows = case.get("rows") or shared["rows"]
        changes = case.get("set", {})
        assert changes.keys() <= {facts["id"] for facts in rows}
        self.rows = [row(**(facts | changes.get(facts["id"], {}))) for facts in rows]
        self.now = at(case["now"])
        self.today: str | None = case.get("today")
        self.expected = {name: case[name] for name in ("times", "tracks", "gaps") if name in case}
        # What the clock would call is the server's to say alone.
        self.turns: dict[str, str] | None = case.get("turns")
        if "tracks" in self.expected:
            self.expected["tracks"] = {k: STANDING | v for k, v in self.expected["tracks"].items()}

    def said(self, outcome: dict[str, Any]) -> dict[str, Any]:
        """What an engine says, written as in the vector, of what the vector speaks of."""
        told: dict[str, dict[str, Any]] = {
            "times": {k: " ".join(clock(v[name]) for name in SHOWN) for k, v in outcome["times"].items()},
            "tracks": {k: _standing(v) for k, v in outcome["tracks"].items()},
            "gaps": {k: v // SECOND for k, v in outcome["gaps"].items()},
        }
        known = self.expected.get("times", {})
        told["times"] = {k: v for k, v in told["times"].items() if k in known}
        return {name: told[name] for name in self.expected}


def _standing(track: dict[str, Any]) -> dict[str, Any]:
    lengths = {k: v / SECOND for k, v in track.items() if isinstance(v, int)}
    return track | lengths | {"cuts": {cut["id"]: cut["spare"] // SECOND for cut in track["cuts"]}}


def turns(rows: list[Row], now: int) -> dict[str, str]:
    """Whose time it is on each track, written as in the vectors."""
    return {
        track: turn.state if turn.id is None else f"{turn.state} {turn.id} {clock(turn.at)}"
        for track, turn in roll(rows, now).items()
    }


def _vectors() -> dict[str, Vector]:
    found: dict[str, Vector] = {}
    for path in sorted((Path(__file__).parent / "vectors").glob("*.json")):
        shared = json.loads(path.read_text(encoding="utf-8"))
        found |= {f"{path.stem}: {case['name']}": Vector(shared, case) for case in shared["cases"]}
    return found


VECTORS = _vectors()


def outcome(rows: list[Row], now: int, today: str | None = None) -> dict[str, Any]:
    """All that the engine says, as plain values."""
    return asdict(compute(rows, now, today))


# Made-up sheets

_count = st.integers(1, 12)
_minutes = st.integers(-30, 120).map(lambda minutes: minutes * MINUTE)
_length = st.integers(0, 90).map(lambda half: half * 30 * SECOND)
_moment = st.integers(at("13:00") // MINUTE, at("18:00") // MINUTE).map(lambda minute: minute * MINUTE)
_maybe: st.SearchStrategy[int | None] = st.none() | _moment
# Most rows link, so that long lines come about.
_start_modes = st.sampled_from(["linked"] * 5 + ["fixed", "fixed", "offset", "manual", "line"])
_end_modes = st.sampled_from(["duration"] * 4 + ["end", "count_to_end"])
_states = st.sampled_from(["planned"] * 4 + ["standby", "done", "done", "live", "paused", "skipped"])
_kinds = st.sampled_from(["item"] * 4 + ["buffer", "buffer", "segment", "cue", "delay"])


@st.composite
def rows_of_a_sheet(draw: st.DrawFn, /, **fixed: st.SearchStrategy[Any]) -> list[Row]:
    """Any rows in tree order, sensible or not; `fixed` replaces how a field is drawn."""
    rows: list[Row] = []
    open_rows: list[Row] = []
    for index in range(draw(_count)):
        del open_rows[draw(st.integers(0, len(open_rows))) :]
        made = _a_row(draw, f"r{index}", open_rows[-1].id if open_rows else None, fixed)
        rows.append(made)
        if made.kind in ("segment", "item"):
            open_rows.append(made)
    return rows


def _a_row(draw: st.DrawFn, name: str, parent: str | None, fixed: dict[str, st.SearchStrategy[Any]]) -> Row:
    drawn: dict[str, st.SearchStrategy[Any]] = {
        "kind": _kinds,
        "track": st.sampled_from(["main", "main", "river"]),
        "day": st.sampled_from([DAY, DAY, DAY, NEXT_DAY]),
        "start_mode": _start_modes,
        "start": _maybe,
        "offset": _minutes,
        "end_mode": _end_modes,
        "end": _maybe,
        "duration": _length,
        "minimum": st.none() | _length,
        "hard": st.booleans(),
        "state": _states,
        "runs": st.lists(st.tuples(_moment, _maybe), max_size=2),
        "added": _minutes,
        "paused_at": _maybe,
        "paused": _length,
        "baseline": st.none() | st.tuples(_maybe, _maybe),
    } | fixed
    return Row(id=name, parent=parent, **{field: draw(strategy) for field, strategy in drawn.items()})


moments = _moment
