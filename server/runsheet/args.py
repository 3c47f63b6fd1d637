"""What the run sheet's ops take: bounded, in the units of the contract (ISO 8601 and seconds)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from server.core.blobs import HASH_PATTERN
from server.core.clock import from_iso
from server.core.faults import fault
from server.core.i18n import N_
from server.core.ops import NO_TIME, Args, Id, Line, Named, OpSet, Seq, Text
from server.runsheet.models import EndMode, Kind, StartMode
from server.runsheet.tree import LONGEST_NUMBER

WORDS = {
    "id": N_("Id"),
    "number": N_("Number"),
    "kind": N_("Kind of row"),
    "title": N_("Title"),
    "title_en": N_("Title in English"),
    "title_kind": N_("Kind of title"),
    "title_kind_en": N_("Kind of title in English"),
    "reading": N_("Reading"),
    "reading_en": N_("Reading in English"),
    "track": N_("Track"),
    "parent": N_("Row above it"),
    "after": N_("Row before it"),
    "of": N_("Row to copy"),
    "alone": N_("Without what stands under it"),
    "place": N_("Place"),
    "meeting": N_("Meeting point"),
    "meeting_en": N_("Meeting point in English"),
    "day": N_("Day"),
    "start_mode": N_("Kind of start"),
    "start": N_("Start"),
    "offset_s": N_("Offset"),
    "line": N_("Line"),
    "line_en": N_("Line in English"),
    "end_mode": N_("Kind of end"),
    "end": N_("End"),
    "duration_s": N_("Duration"),
    "min_s": N_("Shortest duration"),
    "hard": N_("Hard time"),
    "colour": N_("Colour"),
    "columns": N_("Cell"),
    "people": N_("Responsible"),
    "departments": N_("Departments"),
    "note": N_("Note"),
    "note_en": N_("Note in English"),
    "note_for": N_("Private note"),
    "call": N_("Call"),
    "flagged": N_("To check"),
    "set": N_("Fields"),
    "cue": N_("Row"),
    "department": N_("Department"),
    "text": N_("Text"),
    "text_en": N_("Text in English"),
    "name": N_("Name"),
    "name_en": N_("Name in English"),
    "current": N_("Item that is live"),
    "seconds": N_("Seconds"),
    "seq": N_("Entry of the log"),
    "tracks": N_("Tracks"),
    "to": N_("To whom"),
    "minutes": N_("Minutes"),
    "reply": N_("Answer"),
    "hash": N_("Link"),
    "days": N_("Days"),
    "locale": N_("Language"),
    "blob": N_("File"),
    "media": N_("Kind of file"),
    "size": N_("Size"),
    "column": N_("Cell"),
    "act": N_("Where the act is"),
    "eta": N_("Expected at"),
    "on": N_("Run by the clock"),
    "group": N_("Kind of plan"),
    "group_en": N_("Kind of plan in English"),
    "plan": N_("Plan letter"),
    "decide_at": N_("Decided by (time)"),
    "decider": N_("Decided by"),
    "skip": N_("Rows that are left out"),
    "changes": N_("Rows that change"),
    "announce": N_("Announcement"),
    "announce_en": N_("Announcement in English"),
    "shown_to": N_("Who sees it"),
}
DAY_S = 86_400


def _moment(value: object) -> object:
    if value is None:
        return None
    try:
        return from_iso(value if isinstance(value, str) else "")
    except ValueError as error:
        raise fault("time", NO_TIME) from error


def _day(text: str) -> str:
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise fault("day", NO_DAY) from error
    if found.isoformat() != text or not _FIRST <= found <= _LAST:
        raise fault("day", NO_DAY)
    return text


NO_DAY = N_("must be a day as 2027-04-10, between 1990 and 2199")
_FIRST, _LAST = date(1990, 1, 1), date(2199, 12, 31)


def _filled(columns: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    return {
        column: {locale: text for locale, text in cell.items() if text} for column, cell in columns.items()
    }


def _once(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))


Moment = Annotated[
    int | None,
    BeforeValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}),
]
Seconds = Annotated[int, Field(ge=0, le=7 * DAY_S)]
Signed = Annotated[int, Field(ge=-DAY_S, le=DAY_S)]
Day = Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Cell = Annotated[dict[Literal["zh-TW", "en"], Text], Field(max_length=2)]
Cells = Annotated[dict[Id, Cell], Field(max_length=60), AfterValidator(_filled)]
Ids = Annotated[list[Id], Field(max_length=60), AfterValidator(_once)]
Number = Annotated[Line, Field(max_length=LONGEST_NUMBER)]
Name = Annotated[Line, Field(min_length=1)]
Flag = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]

ops = OpSet(words=WORDS)


class CueFields(Args):
    """The planned fields of a row. Texts may be empty; what is not named stays as it is.

    The default of a field is never used: only what is named is set. Null empties a place or a time.
    """

    number: Number = ""
    kind: Kind = "item"
    title: Line = ""
    title_en: Line = ""
    title_kind: Line = ""
    title_kind_en: Line = ""
    reading: Line = ""
    reading_en: Line = ""
    place: Id | None = None
    meeting: Line = ""
    meeting_en: Line = ""
    day: Day = ""
    start_mode: StartMode = "linked"
    start: Moment = None
    offset_s: Signed = 0
    line: Line = ""
    line_en: Line = ""
    end_mode: EndMode = "duration"
    end: Moment = None
    duration_s: Seconds = 0
    min_s: Seconds | None = None
    hard: bool = False
    colour: Annotated[str, Field(pattern=r"^(#[0-9a-f]{6})?$")] = ""
    columns: Cells = Field(default={})
    people: Ids = Field(default=[])
    departments: Ids = Field(default=[])
    note: Text = ""
    note_en: Text = ""
    call: Literal["", "warm", "standby", "go"] = ""
    flagged: Annotated[list[Flag], Field(max_length=20)] = Field(default=[])


# Free text, which has to fit into a row: what is cleaned as it comes in.
TEXTS = tuple(
    name
    for name, field in CueFields.model_fields.items()
    if field.annotation is str and any(isinstance(each, BeforeValidator) for each in field.metadata)
)


class CueAdd(CueFields):
    id: Id
    track: Id
    parent: Id | None = None
    after: Id | None = None
    note_for: Annotated[dict[Id, Text], Field(max_length=20)] = Field(default={})


class CueEdit(Args):
    id: Id
    set: Named[CueFields]


class CueMove(Args):
    id: Id
    after: Id | None = None
    parent: Id | None = None
    track: Id | None = None


class CueRef(Args):
    id: Id


class LineRef(Args):
    """A line of the sheet: one track on one operating day."""

    track: Id
    day: Day


class BaselineRef(LineRef):
    """`seq` is the entry of the log with which a baseline was taken; its `undo` has it."""

    seq: Seq


class CueAct(Args):
    """`eta` is when an act that is late is expected; of others it says nothing."""

    id: Id
    act: Literal["none", "arrived", "backstage", "onstage", "late"]
    eta: Moment = None


class RehearsalRef(Args):
    id: Id


class RehearsalBegin(LineRef):
    """`id` is the rehearsal's, `cue` the row with which it begins."""

    id: Id
    cue: Id


class RehearsalEntry(Args):
    """`seq` is the last entry of the log with which lengths were taken over; the `undo` has it."""

    id: Id
    seq: Seq


class NotePut(Args):
    cue: Id
    department: Id
    text: Text
    text_en: Text = ""


class CueAttach(Args):
    """`blob` is the SHA-256 of the file, `media` its media type, `size` its bytes: it may be sent only afterwards."""

    id: Id
    cue: Id
    column: Id | None = None
    name: Annotated[Line, Field(max_length=120)] = ""
    blob: Annotated[str, Field(pattern=HASH_PATTERN)]
    media: Annotated[str, Field(max_length=100)]
    size: Annotated[int, Field(ge=0, le=2**40)]


class TrackPut(Args):
    id: Id
    name: Name
    name_en: Line = ""
    place: Id | None = None


class PlacePut(Args):
    id: Id
    name: Name
    name_en: Line = ""


class ColumnPut(Args):
    """`shown_to`: everybody, or the team alone; what isn't named stays as it is, and of a new column is everybody."""

    id: Id
    name: Name
    name_en: Line = ""
    department: Id | None = None
    shown_to: Literal["all", "team"] | None = None
