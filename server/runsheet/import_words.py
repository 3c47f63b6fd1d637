"""What the import says in words: why a file is not taken and what to do, what to look at, and how fields are called.

Texts are msgids; `params` of the engine are made readable first (bytes as MB, seconds as minutes, lists as a line).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from babel.dates import format_skeleton

from server.core.i18n import N_
from server.runsheet.args import TEXTS, WORDS

Params = Mapping[str, Any]

REFUSALS = {
    "file_too_large": N_(
        "The file is larger than %(limit)s MB. Take pictures out of it, or keep only the sheets that "
        "you need, and send it again."
    ),
    "file_empty": N_("There is nothing in this file. Is it the right one?"),
    "file_not_spreadsheet": N_(
        "There is no run sheet in this kind of file that can be read. Send Excel (.xlsx), OpenDocument (.ods), CSV or "
        "text, or what Ontime, OPass, frab or a calendar (.ics) saves."
    ),
    "file_legacy_xls": N_(
        "This is the old Excel format (.xls). In Excel choose Save As, “Excel Workbook (.xlsx)”, and "
        "send that."
    ),
    "file_encrypted": N_(
        "The file is protected by a password. Take it away in Excel under File, Info, Protect "
        "Workbook, save, and send it again."
    ),
    "file_broken": N_(
        "The file is damaged and can't be read. Open it in Excel, save it under a new name, and send that."
    ),
    "file_too_heavy": N_(
        "The file takes too long to read. Keep only the run sheet in it, without pictures and large "
        "hidden sheets."
    ),
    "file_too_much_text": N_("The file holds far more text than a run sheet. Keep only the run sheet in it."),
    "zip_bomb": N_(
        "Unpacked, the file would be far larger than any run sheet, so it was not opened. Save it "
        "under a new name in Excel, and send that."
    ),
    "xml_bomb": N_(
        "The file holds something that no spreadsheet needs, so it was not opened. Save it under a "
        "new name in Excel, and send that."
    ),
    "too_many_rows": N_(
        "“%(sheet)s” has more than %(limit)s rows. Divide it, for instance by days, and import the parts."
    ),
    "too_many_cells": N_(
        "“%(sheet)s” has more than %(limit)s filled cells. Keep only the columns that you need."
    ),
    "too_much_text": N_(
        "“%(sheet)s” holds far more text than a run sheet. Keep only the columns that you need."
    ),
    "sheet_unknown": N_("There is no sheet “%(sheet)s” in this file. Choose another one."),
}
"""Why a file or a sheet is not taken, and what to do next. The keys are those of the engine."""

FORMATS = {
    "pdf": N_(
        "This is a PDF. Open the run sheet in Excel or Google Sheets, save it as .xlsx or .csv, and "
        "send that."
    ),
    "image": N_("This is a picture. Send the run sheet itself, as .xlsx or .csv."),
    "xlsb": N_(
        "This is an Excel binary workbook (.xlsb). In Excel choose Save As, “Excel Workbook "
        "(.xlsx)”, and send that."
    ),
    "html": N_(
        "This is a web page, whatever its name says. Open it in Excel, save it as .xlsx, and send that."
    ),
}
"""Of `file_not_spreadsheet`, where we know better what to do."""

LOOK = {
    "no_title_column": N_("No column is the title yet. Say below which one it is."),
    "no_time_column": N_("No column holds times. Say below which one is the start, or set the times later."),
    "no_header": N_(
        "There is no row of headings, so the columns are guessed by what is in them. Check each one."
    ),
    "duration_guessed": N_("No length given: it runs to the next start in that place."),
    "time_unreadable": N_("A time that can't be read. It stays empty."),
    "day_unreadable": N_("A day that can't be read. The row keeps the day of the one above."),
    "date_out_of_range": N_("A date far from all others. The row keeps the day of the one above."),
    "negative_duration": N_("The end is before the start. It was left out."),
    "duration_differs": N_("Length and end don't agree. The end counts."),
    "duration_out_of_range": N_("Longer than seven days. It was left out."),
    "repeats_by_rule": N_("Repeats by a rule that is not worked out here. Only the first time comes in."),
    "event_cancelled": N_("Cancelled in the calendar. It comes in as skipped."),
    "all_day": N_("Lasts the whole day. It comes in without a time."),
    "zone_unknown": N_("The time zone “%(value)s” is not known. Its times are taken as those of the event."),
    "overlap": N_("Begins before the row before it on the same track has ended."),
    "duplicate_number": N_("A number that another row has too."),
    "row_without_title": N_(
        "No title: another text of the row stands there. A row without any text is left out."
    ),
    "formula_without_value": N_(
        "A formula without a result in the file. Open the file in Excel, save it, and send it again."
    ),
    "cell_error": N_("An error of Excel's, such as %(value)s. The cell stays empty."),
    "title_truncated": N_("A title of more than %(limit)s characters. It was cut."),
    "value_truncated": N_("A text of more than %(limit)s characters. It was cut."),
    "quote_never_closed": N_("A quotation mark is never closed, so all of them were taken as they stand."),
    "charset_guessed": N_(
        "The file does not say in which characters it is written. We took it for %(charset)s: look "
        "whether the texts are right."
    ),
    "sheets_left_out": N_("There are too many sheets. The last %(count)s were not read."),
    "columns_left_out": N_("There are too many columns. %(count)s on the right were not read."),
    "date_not_of_event": N_("The sheet begins on %(first)s, and its dates stay as they are."),
}
"""Findings that want a look, the weightiest first."""

KNOW = {
    "date_shifted": N_("All days moved together: %(first)s became %(to)s."),
    "tracks_from_places": N_("Places run at the same time, so each of the %(count)s is a track."),
    "repeats": N_("A series. Each time is a row of its own."),
    "past_midnight": N_("After midnight. It counts to the same day of the event, as 24:30."),
    "row_joined": N_("Without a time and a title of its own: joined to the row above."),
    "row_ignored": N_("Marked as not meant: left out."),
    "header_repeated": N_("The headings once more: left out."),
    "hidden_rows": N_("%(count)s rows are hidden in the file."),
    "hidden_sheets": N_("Hidden sheets: %(names)s."),
}
"""Findings that are good to know."""

FLAGS = {
    "duration_guessed": N_("Length guessed"),
    "duration_differs": N_("Length and end differ"),
    "duration_out_of_range": N_("Length left out"),
    "negative_duration": N_("End before start"),
    "time_unreadable": N_("Time not read"),
    "day_unreadable": N_("Day not read"),
    "date_out_of_range": N_("Date not used"),
    "repeats_by_rule": N_("Repeats"),
    "event_cancelled": N_("Cancelled"),
    "all_day": N_("All day"),
    "overlap": N_("Overlaps"),
    "duplicate_number": N_("Number stands twice"),
    "row_without_title": N_("No title"),
    "title_truncated": N_("Cut"),
    "value_truncated": N_("Cut"),
    "formula_without_value": N_("Formula without a result"),
    "cell_error": N_("Error of Excel's"),
}
"""The same on the row itself, in two or three words."""

FIELDS = {
    "number": N_("No."),
    "title": N_("Title"),
    "title_en": N_("Title in English"),
    "title_kind": N_("Kind of title"),
    "segment": N_("Segment"),
    "segment_start": N_("Start of the segment"),
    "day": N_("Day"),
    "start": N_("Start"),
    "end": N_("End"),
    "duration": N_("Length"),
    "place": N_("Place"),
    "track": N_("Track"),
    "people": N_("Responsible"),
    "departments": N_("Departments"),
    "meeting": N_("Meet"),
    "reading": N_("Read aloud"),
    "line": N_("On the spoken line"),
    "note": N_("Note"),
    "kind": N_("Kind of row"),
    "hard": N_("Hard time"),
    "skip": N_("Skipped"),
    "count_to_end": N_("Counts to its end"),
    "colour": N_("Colour"),
    "level": N_("Level"),
    "min": N_("Shortest duration"),
    "end_mode": N_("Kind of end"),
    "call": N_("Call"),
    "flagged": N_("To check"),
}
"""The fields that a column can become, in the order in which one looks for them."""
FIELDS |= {name: WORDS[name] for name in TEXTS if name not in FIELDS}

UNITS = {
    "min": N_("minutes"),
    "s": N_("seconds"),
    "h": N_("hours"),
    "h:mm": N_("hours:minutes"),
    "m:ss": N_("minutes:seconds"),
}

_CHARSETS = {"cp950": "Big5", "big5hkscs": "Big5", "cp1252": "Windows-1252"}
_MOST_NAMES = 5


def refusal(code: str, params: Params) -> tuple[str, dict[str, Any]]:
    """(msgid, its params) of why a file is not taken."""
    text = (
        FORMATS.get(str(params.get("format", "")), REFUSALS[code])
        if code == "file_not_spreadsheet"
        else REFUSALS[code]
    )
    return text, _readable(code, params)


def finding(code: str, params: Params) -> tuple[str, dict[str, Any]]:
    """(msgid, its params) of something that the coordinator should know."""
    return LOOK.get(code) or KNOW[code], _readable(code, params)


def day_text(day: str, locale: str, *, year: bool = False) -> str:
    """An ISO date as people write it, with its weekday."""
    return str(
        format_skeleton(
            "yMMMEd" if year else "MMMEd", date.fromisoformat(day), locale=locale.replace("-", "_")
        )
    )


def _readable(code: str, params: Params) -> dict[str, Any]:
    made = dict(params)
    if code == "file_too_large":
        made["limit"] = round(made["limit"] / 1024**2)
    elif isinstance(made.get("limit"), int):
        made["limit"] = f"{made['limit']:,}"
    if "sheet" in made:
        made["sheet"] = made["sheet"] or "CSV"
    if "names" in made:
        made["names"] = ", ".join(made["names"][:_MOST_NAMES]) + (
            " …" if len(made["names"]) > _MOST_NAMES else ""
        )
    if "charset" in made:
        made["charset"] = _CHARSETS.get(made["charset"], made["charset"])
    return made
