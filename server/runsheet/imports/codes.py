"""All codes that an import may answer with, and what fills their texts, which are translated elsewhere."""

REFUSALS = {
    "file_too_large": "limit, size",
    "file_empty": "",
    "file_not_spreadsheet": "format",
    "file_legacy_xls": "",
    "file_encrypted": "",
    "file_broken": "part",
    "file_too_heavy": "",
    "file_too_much_text": "",
    "zip_bomb": "",
    "xml_bomb": "",
    "too_many_rows": "sheet, limit",
    "too_many_cells": "sheet, limit",
    "too_much_text": "sheet, limit",
    "sheet_unknown": "sheet",
}
"""Why a file or a sheet is not taken. format is pdf, image, rtf, html, json, xml, binary, zip or xlsb."""

FINDINGS = {
    # of the file or the sheet
    "charset_guessed": "charset",
    "quote_never_closed": "",
    "hidden_sheets": "names",
    "sheets_left_out": "count",
    "hidden_rows": "count",
    "columns_left_out": "count",
    "no_header": "",
    "no_title_column": "",
    "no_time_column": "",
    "date_shifted": "first, to, days",
    "date_not_of_event": "first, to, days",
    "tracks_from_places": "count",
    "zone_unknown": "value",
    # of a row
    "header_repeated": "",
    "row_ignored": "value",
    "row_joined": "above",
    "row_without_title": "skipped",
    "past_midnight": "",
    "duplicate_number": "number, other",
    "overlap": "other, seconds",
    "duration_guessed": "seconds, basis",
    "duration_differs": "written, seconds",
    "date_out_of_range": "value",
    "event_cancelled": "value",
    "all_day": "value",
    "repeats": "value",
    "repeats_by_rule": "value",
    # of a cell
    "time_unreadable": "value",
    "day_unreadable": "value",
    "negative_duration": "value or seconds",
    "duration_out_of_range": "value or seconds",
    "title_truncated": "field, limit",
    "value_truncated": "field, limit",
    "formula_without_value": "",
    "cell_error": "value",
}
"""What the coordinator should know. other and above are rows of the file; basis is next_start, median or unknown."""
