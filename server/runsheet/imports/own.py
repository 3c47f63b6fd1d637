"""Sheets that we exported ourselves: each field has its column, so nothing is guessed and all comes back."""

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2s
from typing import Any

from server.runsheet.imports.book import Sheet
from server.runsheet.imports.days import Calendar, calendar
from server.runsheet.imports.drafts import Draft, Options, Report
from server.runsheet.imports.mapping import Mapping, Source
from server.runsheet.imports.own_cells import OwnDraft, OwnReader
from server.runsheet.imports.own_times import Clockwork
from server.runsheet.imports.schedule import tell_shift
from server.runsheet.imports.words import plain
from server.runsheet.sheet_columns import DERIVED, FIELD_OF, MARKS, TEXTS, unquoted

Known = Sequence[AnyMapping[str, str]]


def as_own(guessed: Mapping, known: Known) -> Mapping:
    """The mapping, read by our own headings if it is of a sheet of ours; else as it was guessed."""
    fields = {FIELD_OF.get(source.heading.casefold()) for source in guessed.sources}
    if not fields >= MARKS:
        return guessed
    taken: set[tuple[str, str]] = set()
    return replace(guessed, sources=tuple(_once(_own(source, known), taken) for source in guessed.sources))


def _own(source: Source, known: Known) -> Source:
    heading = unquoted(source.heading)
    field = FIELD_OF.get(heading.casefold())
    sure: dict[str, Any] = {"heading": heading, "confidence": 1.0, "split": True, "unit": "", "new": False}
    if field:
        unit = "h:mm" if field == "duration" else ""
        return replace(
            source, **sure | {"field": "ignore" if field in DERIVED else field, "key": "", "unit": unit}
        )
    word = plain(heading)
    names = [
        (entry["id"], plain(entry.get(name) or "")) for name in ("id", "name", "name_en") for entry in known
    ]
    if column := next((key for key, name in names if word and name == word), ""):
        return replace(source, **sure | {"field": "column", "key": column})
    made = f"col-{blake2s(word.encode(), digest_size=5).hexdigest()}"
    return replace(
        source, **sure | {"field": "column" if word else "ignore", "key": made if word else "", "new": True}
    )


def _once(source: Source, taken: set[tuple[str, str]]) -> Source:
    """What somebody has copied beside the first of its heading is left out."""
    claim = (source.field, source.key)
    if claim in taken and source.field != "ignore":
        return replace(source, field="ignore", key="", new=False)
    taken.add(claim)
    return source


def read_own(
    sheet: Sheet, mapping: Mapping, options: Options, report: Report, *, is_quoted: bool
) -> tuple[list[Draft], Calendar]:
    """The rows as they were exported, and as they were edited since. `is_quoted`: as a .csv, where = stands as '=."""
    reader = OwnReader(sheet, mapping, report, is_quoted=is_quoted)
    skipped = {*mapping.header_rows, *(sheet.hidden_rows if options.skip_hidden else ())}
    drafts = [
        reader.read(row) for row in sorted(sheet.rows) if row >= mapping.first_row and row not in skipped
    ]
    found = calendar([draft.day for draft in drafts], options.first_day, shift=options.shift)
    tell_shift(found, options, report)
    _hang(drafts)
    clockwork = Clockwork(options, found, report)
    for draft in drafts:
        clockwork.set(draft)
    return list(drafts), found


def own_rows(drafts: Sequence[Draft], sheet: str) -> list[dict[str, Any]]:
    """The fields of rows, with names where ids belong."""
    index = {id(draft): place for place, draft in enumerate(drafts)}
    return [_row(draft, index, sheet) for draft in drafts if isinstance(draft, OwnDraft)]


def _row(draft: OwnDraft, index: dict[int, int], sheet: str) -> dict[str, Any]:
    texts = draft.texts
    return draft.fields | {
        **{name: texts.get(name, "") for name in TEXTS},
        "parent": index[id(draft.parent)] if draft.parent else None,
        "kind": draft.kind,
        "track": draft.track or None,
        "place": texts.get("place") or None,
        "day": draft.operating_day.isoformat(),
        "hard": draft.hard,
        "columns": draft.cells,
        "people": draft.people,
        "departments": draft.departments,
        "state": "skipped" if draft.skip else "planned",
        "flagged": list(dict.fromkeys([*draft.checks, *draft.flags])),
        "source": {"sheet": sheet, "row": draft.row},
    }


def _hang(drafts: Sequence[OwnDraft]) -> None:
    """A segment at the top, an item in the segment above unless its level says otherwise, a cue in the item above."""
    segment: OwnDraft | None = None
    item: OwnDraft | None = None
    for draft in drafts:
        draft.track = draft.texts.get("track", "")
        if draft.kind == "segment":
            segment, item = draft, None
        elif draft.kind == "cue" and item is not None:
            draft.parent, draft.track = item, item.track
        else:
            draft.kind = "item" if draft.kind == "cue" else draft.kind
            is_inside = segment is not None and draft.level != 1 and draft.track in {"", segment.track}
            draft.parent = segment if is_inside else None
            draft.track = draft.parent.track if draft.parent else draft.track
            segment = segment if is_inside else None
            item = draft if draft.kind != "delay" else None
