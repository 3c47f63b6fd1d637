"""The heavy half of an import, done aside (`core/aside.py`): reading a file, looking at it, making its rows.

Each function is given plain values and says plain values, and knows no database. A book is kept packed: the JSON of a
`Workbook`, compressed. Where a file or a sheet is not taken, it says `{"refused": code, "params": …}`.
"""

import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

from server.core.aside import Say, Work, aside
from server.runsheet import clock_text
from server.runsheet.import_again import again
from server.runsheet.import_compare import compare
from server.runsheet.import_mapping import Meant, Wish, choice_of, header_choices, mapping_of
from server.runsheet.import_names import Known, Namer, default_track, new_names
from server.runsheet.import_plan import Plan, needed, plain_rows
from server.runsheet.import_recall import imports_of
from server.runsheet.import_rows import read_rows
from server.runsheet.imports import (
    FileRefusedError,
    Finding,
    Mapping,
    Options,
    Result,
    Workbook,
    build_rows,
    parse_file,
)
from server.runsheet.imports.clean import one_line
from server.runsheet.imports.grid import Grid
from server.runsheet.timing import Row, compute

NEAR_BYTES = 8 * 1024
"""What holds less than this, once unpacked, is done at once in the calling thread, and takes some 20 ms there."""
_GROWS = 1032
"""So many times larger a zip may be inside (zlib.net/zlib_tech.html), where nobody has looked into it yet."""
PREVIEW_ROWS, TABLE_ROWS, HEADER_ROWS = 40, 6, 12
CHOICE: dict[str, Any] = {
    "first_day": "", "shift": True, "tracks": "auto", "track": "", "skip_hidden": False,
}  # fmt: skip
"""How a sheet comes in unless somebody says otherwise."""
_CELLS = 12
"""Places of a finding that are named; the rest is only counted."""
_CHUNK = 250
_TEXT = 60
_PACKING = 1


def run(work: Work, heard: Say, *parts: Any) -> None:  # noqa: ANN401 - bytes and JSON
    """Do the work near or aside, by how much there is in it; FileRefusedError if it says so."""

    def hear(part: Any) -> None:  # noqa: ANN401 - as above
        if isinstance(part, dict) and "refused" in part:
            raise FileRefusedError(part["refused"], **part["params"])
        heard(part)

    if sum(_weight(part) for part in parts if isinstance(part, bytes)) < NEAR_BYTES:
        work(hear, *parts)
    else:
        aside(work, hear, *parts)


def _weight(part: bytes) -> int:
    """Bytes of a file or a packed book once unpacked, as far as that counts here: a few may hold thousands of rows."""
    if part.startswith(b"PK"):
        return len(part) * _GROWS
    try:
        return len(zlib.decompressobj().decompress(part, NEAR_BYTES))
    except zlib.error:
        return len(part)


def _refusable(work: Work) -> Work:
    @wraps(work)
    def done(say: Say, *parts: Any) -> None:  # noqa: ANN401 - as above
        try:
            work(say, *parts)
        except FileRefusedError as refusal:
            say({"refused": refusal.code, "params": refusal.params})

    return done


@_refusable
def read(say: Say, content: bytes) -> None:
    """Says `{"progress": 0.4}` as often as there is some, then `{"sheets": […]}`, then the packed book."""
    with tempfile.NamedTemporaryFile(prefix="fieldcue-") as file:
        file.write(content)
        file.flush()
        book = parse_file(Path(file.name), progress=lambda fraction: say({"progress": fraction}))
    say({"sheets": [sheet.name for sheet in book.usable]})
    say(pack(book))


@_refusable
def look(
    say: Say, packed: bytes, wish: dict[str, Any], choice: dict[str, Any], known: Known, sheet: bytes = b""
) -> None:
    """Says the sheets of the book; then what the chosen one would become, for the preview.

    `known` may have `kept`, the shapes of files that are known, and `kind`, this file's. What the form leaves open of
    `choice` is as it was the last time that such a file came in. `sheet` is what the event has already.
    """
    book = unpack(packed)
    say({"sheets": [_sheet(sheet) for sheet in book.sheets]})
    meant = mapping_of(book, Wish(**wish), _columns(known), known.get("kept", ()), known.get("kind", ""))
    mapping, choice = meant.mapping, _open_choice(meant, choice["days"]) | choice
    result, first_day = _built(book, mapping, choice)
    say({
        "mapping": mapping.to_json(),
        "mark": meant.mark,
        "choice": {name: choice[name] for name in CHOICE},
        "recalled": _recalled(meant),
        "choices": {str(source.column): choice_of(source) for source in mapping.sources},
        "headers": header_choices(book, mapping, HEADER_ROWS),
        "table": _table(book, mapping),
        "first_day": first_day,
        "rows": _preview(result, choice["zone"], default_track(known, choice["track"])),
        "total": len(result.rows),
        "kinds": Counter(row["kind"] for row in result.rows),
        "findings": _grouped(result.findings, result.counts),
        "new": new_names(result, known, choice["track"]),
        "days": result.days,
        "default_track": default_track(known, ""),
        "again": again(result, mapping, choice, known, sheet),
    })  # fmt: skip


@_refusable
def build(
    say: Say, packed: bytes, mapping: dict[str, Any], choice: dict[str, Any], known: Known, job: str
) -> None:
    """Says what must be there before the rows and the findings, then the rows themselves, some hundred at a time."""
    result = build_rows(unpack(packed), Mapping.from_json(mapping), _options(choice, choice["first_day"]))
    say({"progress": 0.5})
    namer = Namer(known, job, choice["track"])
    rows = namer.rows(result)
    say({"new": namer.new(result), "counts": result.counts, "days": result.days})
    for start in range(0, len(rows), _CHUNK):
        say({"rows": rows[start : start + _CHUNK]})


@_refusable
def update(say: Say, packed: bytes, wanted: dict[str, Any], known: Known, sheet: bytes, job: str) -> None:
    """As `build`, of what is taken of a file that is compared with the sheet: what must be there, the steps, the rows.

    `wanted` has the mapping, the choice, the scope and what is taken, as `import.update` has them.
    """
    mapping, choice = Mapping.from_json(wanted["mapping"]), wanted["choice"]
    result = build_rows(unpack(packed), mapping, _options(choice, choice["first_day"]))
    say({"progress": 0.4})
    namer = Namer(known, job, choice["track"])
    rows = namer.rows(result)
    imports = imports_of(known["kept"], mapping)
    found = compare(mapping, plain_rows(rows), read_rows(sheet), imports, wanted["scope"])
    say({"progress": 0.8})
    plan = Plan(found, wanted["taken"])
    coming = plan.coming(rows)
    new = needed(namer.new(result), plan, plain_rows(coming))
    steps = {name: getattr(plan, name) for name in ("edits", "moves", "staying", "gone", "order", "called")}
    say({"new": new, "steps": steps, "left": plan.left})
    for start in range(0, len(coming), _CHUNK):
        say({"rows": coming[start : start + _CHUNK]})


def pack(book: Workbook) -> bytes:
    """The book as it is kept."""
    return zlib.compress(
        json.dumps(book.to_json(), ensure_ascii=False, separators=(",", ":")).encode(), _PACKING
    )


def unpack(packed: bytes) -> Workbook:
    """The book that was kept."""
    return Workbook.from_json(json.loads(zlib.decompress(packed)))


def _open_choice(meant: Meant, days: Sequence[str]) -> dict[str, Any]:
    """How a sheet comes in where the form doesn't say. The last time's first day counts only in the same event."""
    if not (meant.known_as and meant.is_recalled):
        return CHOICE
    kept = meant.known_as.kept
    told = {name: value for name, value in kept["options"].items() if name in CHOICE}
    return CHOICE | told | ({} if kept["own"] and told.get("first_day") in days else {"first_day": ""})


def _recalled(meant: Meant) -> dict[str, Any] | None:
    """By what a sheet is known again, for the words of it."""
    if meant.known_as is None:
        return None
    about = {
        name: meant.known_as.kept[name] for name in ("id", "name", "used_at", "own", "event", "event_en")
    }
    return about | {"is_used": meant.is_recalled, "new": meant.new}


def _columns(known: Known) -> list[dict[str, str]]:
    return [{"id": each[0], "name": each[1], "name_en": each[2]} for each in known["columns"]]


def _sheet(sheet: Any) -> dict[str, Any]:  # noqa: ANN401 - a Sheet
    problem = sheet.problem and {"code": sheet.problem.code, "params": sheet.problem.params}
    return {"name": sheet.name, "hidden": sheet.hidden, "rows": len(sheet.rows), "problem": problem}


def _options(choice: dict[str, Any], first_day: str) -> Options:
    return Options(
        first_day=date.fromisoformat(first_day),
        shift=choice["shift"],
        zone=choice["zone"],
        day_change_s=choice["day_change_s"],
        tracks=choice["tracks"],
        skip_hidden=choice["skip_hidden"],
    )


def _built(book: Workbook, mapping: Mapping, choice: dict[str, Any]) -> tuple[Result, str]:
    """The rows, and their first day: as chosen, else the sheet's own if it is one of the event's, else the event's."""
    first_day = choice["first_day"] or choice["days"][0]
    result = build_rows(book, mapping, _options(choice, first_day))
    written = next((str(found.params["first"]) for found in result.findings if "first" in found.params), "")
    if not choice["first_day"] and written in choice["days"]:
        first_day = written
        result = build_rows(book, mapping, _options(choice, first_day))
    return result, first_day


def _table(book: Workbook, mapping: Mapping) -> list[dict[str, Any]]:
    """The first rows of the sheet as they are."""
    grid = Grid(book.sheet(mapping.sheet))
    rows = [row for row in grid.rows if row >= mapping.first_row][:TABLE_ROWS]
    columns = [source.column for source in mapping.sources]
    return [
        {"row": row, "cells": [one_line(grid.text(row, column))[:_TEXT] for column in columns]}
        for row in rows
    ]


def _grouped(findings: Sequence[Finding], counts: dict[str, int]) -> dict[str, dict[str, Any]]:
    """By code: how often, where, and what fills the text."""
    groups: dict[str, dict[str, Any]] = {}
    for found in sorted(findings, key=lambda each: (each.row or 0, each.column or 0)):
        group = groups.setdefault(
            found.code, {"count": counts.get(found.code, 1), "cells": [], "params": found.params}
        )
        if found.cell and len(group["cells"]) < _CELLS:
            group["cells"].append(found.cell)
    return groups


def _preview(result: Result, zone: str, track: str) -> list[dict[str, Any]]:
    """The first rows as they will be, with the times that the sheet will show."""
    rows = result.rows[:PREVIEW_ROWS]
    times = compute([_timing(place, row) for place, row in enumerate(rows)], 0).times
    depths: list[int] = []
    for row in rows:
        depths.append(0 if row["parent"] is None else depths[row["parent"]] + 1)
    return [
        row
        | {
            "depth": depths[place],
            "when": _clock(times[str(place)].planned_start, zone, row["day"]),
            "length": clock_text.duration(row["duration_s"] * 1000) if row["duration_s"] else "",
            "track": row["track"] or track,
            "row": row["source"]["row"],
        }
        for place, row in enumerate(rows)
    ]


def _clock(moment: int | None, zone: str, day: str) -> str:
    return "" if moment is None else clock_text.clock(moment, zone, day)


def _timing(place: int, row: dict[str, Any]) -> Row:
    return Row(
        id=str(place),
        kind=row["kind"],
        parent=None if row["parent"] is None else str(row["parent"]),
        track=row["track"] or "",
        day=row["day"],
        start_mode=row["start_mode"],
        start=row["start"],
        offset=row["offset_s"] * 1000,
        end_mode=row["end_mode"],
        end=row["end"],
        duration=row["duration_s"] * 1000,
        state=row["state"],
    )
