"""How our own exports name the columns of a sheet, and the words in them, in both languages.

An export writes them and an import knows them again, so a sheet comes back as it went out. They are a format and no
text of the interface: a heading that is changed here leaves files behind that no longer come back.
"""

import re
from typing import NamedTuple


class Heading(NamedTuple):
    """A column of an exported sheet: the field of a row that it holds, its names, and its breadth in characters."""

    field: str
    zh: str
    en: str
    width: int = 10

    def name(self, locale: str) -> str:
        return self.en if locale == "en" else self.zh


BEFORE = (
    Heading("day", "日期", "Day", 12),
    Heading("track", "軌", "Track", 12),
    Heading("level", "層級", "Level", 6),
    Heading("kind", "列別", "Kind of row", 8),
    Heading("number", "編號", "No.", 8),
    Heading("start", "開始", "Start", 9),
    Heading("planned_start", "預定開始", "Planned start", 10),
    Heading("planned_end", "預定結束", "Planned end", 10),
    Heading("duration", "時長", "Length", 9),
    Heading("title_kind", "標題類型", "Kind of title", 12),
    Heading("title", "標題", "Title", 32),
    Heading("place", "地點", "Place", 14),
    Heading("people", "負責人", "Responsible", 18),
    Heading("departments", "組別", "Departments", 14),
    Heading("note", "備註", "Note", 30),
)
"""The columns before those of the event (燈光, 音響 …)."""
AFTER = (
    Heading("meeting", "集合", "Meet", 16),
    Heading("reading", "唸法", "Read aloud", 14),
    Heading("line", "口白", "On the spoken line", 22),
    Heading("hard", "硬時間", "Hard time", 8),
    Heading("min", "最短", "Shortest", 9),
    Heading("end_mode", "結束方式", "Kind of end", 10),
    Heading("end", "結束", "End", 9),
    Heading("title_en", "英文標題", "Title in English", 24),
    Heading("title_kind_en", "英文標題類型", "Kind of title in English", 12),
    Heading("note_en", "英文備註", "Note in English", 24),
    Heading("meeting_en", "英文集合", "Meet, in English", 16),
    Heading("reading_en", "英文唸法", "Read aloud, in English", 14),
    Heading("line_en", "英文口白", "On the spoken line, in English", 22),
    Heading("colour", "顏色", "Colour", 9),
    Heading("call", "喊", "Call", 9),
    Heading("skip", "跳過", "Skipped", 8),
    Heading("flagged", "待查", "To check", 14),
    Heading("projected_start", "預計開始", "Expected start", 10),
    Heading("projected_end", "預計結束", "Expected end", 10),
    Heading("actual_start", "實際開始", "Actual start", 10),
    Heading("actual_end", "實際結束", "Actual end", 10),
)
DERIVED = frozenset(
    {
        "planned_start",
        "planned_end",
        "projected_start",
        "projected_end",
        "actual_start",
        "actual_end",
    }
)
"""What the sheet works out, and what happened: told by an export, left out by an import."""
HEADINGS = (*BEFORE, *AFTER)
_FIELDS = {each.field for each in HEADINGS}
TEXTS = (
    "number",
    *(each.field for each in HEADINGS if each.field.endswith("_en") or f"{each.field}_en" in _FIELDS),
)
"""What is read as it stands: texts in two languages, and a row's number."""
FIELD_OF = {name.casefold(): each.field for each in HEADINGS for name in (each.zh, each.en)}
MARKS = frozenset({"day", "track", "level", "kind", "start", "duration", "title"})
"""Without all of these it is no sheet of ours."""

KINDS = {
    "segment": ("段落", "segment"),
    "item": ("項目", "item"),
    "cue": ("cue", "cue"),
    "buffer": ("緩衝", "buffer"),
    "delay": ("延誤", "delay"),
}
STARTS = {"linked": ("接續", "follows"), "manual": ("手動", "by hand"), "line": ("聽口白", "on the line")}
"""What stands as the start of a row that has no time of its own; an offset is T-2:00."""
ENDS = {"end": ("定時結束", "at a time"), "count_to_end": ("數到結束", "counts to it")}
YES = ("是", "yes")
SEPARATOR = "、"
SEPARATORS = re.compile(r"[、,，;；\n]")
"""Between names: written, and read. A name that holds one, or that two have, is written by its id."""
CSV_STARTS = (",".join(each.zh for each in BEFORE[:3]), ",".join(each.en for each in BEFORE[:3]))
"""How a .csv of ours begins."""
_ENGLISH = "[EN]"
"""Begins the line of a cell with which its English begins."""
_LIKE_ENGLISH = re.compile(r"^(?=\\*\[EN\])", re.MULTILINE)
_ESCAPED = re.compile(r"^\\(?=\\*\[EN\])", re.MULTILINE)
_SPLIT = re.compile(r"^\[EN\] ?", re.MULTILINE)
_HARMFUL = re.compile(r"'*[=+\-@\t\r]")
_HARMLESS = re.compile(r"'+[=+\-@\t\r]")


def quoted(text: str) -> str:
    """For a .csv: what a spreadsheet would take for a formula, with a mark before it that says it is none."""
    return f"'{text}" if _HARMFUL.match(text) else text


def unquoted(text: str) -> str:
    """The text as it was before `quoted`."""
    return text[1:] if _HARMLESS.match(text) else text


def bilingual(cell: dict[str, str]) -> str:
    """Both languages of an event's cell as one text. A line that only looks like the mark has a backslash before it."""
    chinese, english = (_LIKE_ENGLISH.sub(r"\\", cell.get(locale, "")) for locale in ("zh-TW", "en"))
    return "\n".join(filter(None, (chinese, f"{_ENGLISH} {english}" if english else "")))


def languages(text: str) -> dict[str, str]:
    """The languages of a cell from one text."""
    chinese, *english = _SPLIT.split(text, maxsplit=1)
    told = {"zh-TW": chinese.rstrip("\n"), "en": english[0] if english else ""}
    return {locale: _ESCAPED.sub("", each) for locale, each in told.items() if each}


def word(words: tuple[str, str], locale: str) -> str:
    """Of a pair the one of the language."""
    return words[locale == "en"]


def key_of(table: dict[str, tuple[str, str]], text: str) -> str:
    """What a word of a table means, in either language; "" if it is none."""
    wanted = text.casefold()
    return next((key for key, words in table.items() if wanted in {key, *words}), "")
