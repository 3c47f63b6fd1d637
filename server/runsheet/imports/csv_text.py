"""Reading .csv: its charset, its delimiter, its cells. Everything is text; times and dates are read later."""

import csv
import io
import re
from collections import Counter
from itertools import islice

from server.runsheet.imports.book import Cell, Limits, Sheet, Workbook, refuse
from server.runsheet.imports.clean import clean
from server.runsheet.imports.xlsx_cells import check_size
from server.runsheet.sheet_columns import CSV_STARTS

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SEPARATOR_LINE = re.compile(r'\s*"?sep=([,;|\t])"?[^\n]*\n', re.IGNORECASE)
_DELIMITERS = ",;\t|"
_SAMPLE = 200_000
_COMMON_BIG5 = 0.8
"""Of Chinese text in Big5, nearly all characters are of its first, common half; of other bytes taken for it, half."""


def read_csv(raw: bytes, limits: Limits) -> Workbook:
    """The text's one sheet, without a name; FileRefusedError if it is not a table of text."""
    text, charset = decode(raw)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(_CONTROLS.findall(text[:_SAMPLE])) * 50 > len(text[:_SAMPLE]):
        refuse("file_not_spreadsheet", format="binary")
    delimiter, text = _delimiter(text.replace("\x00", ""))
    sheet = Sheet("")
    book = Workbook("csv", [sheet])
    if charset not in {"utf-8", "utf-16-le", "utf-16-be"}:
        book.findings.append(sheet.finding("charset_guessed", charset=charset))
    _fill(sheet, _records(text, delimiter, sheet), limits)
    return book


def decode(raw: bytes) -> tuple[str, str]:
    """The text and its charset: by its mark, as UTF-8, as Traditional Chinese, else as Western."""
    for mark, charset in _BOMS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(charset, "replace"), charset
    if wide := _wide(raw[:2000]):
        return raw.decode(wide, "replace"), wide
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decode_old(raw)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of its commas and figures is zero."""
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) <= len(head) // 8 or min(odd, even) > max(odd, even) // 8:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _decode_old(raw: bytes) -> tuple[str, str]:
    for charset in ("cp950", "big5hkscs"):
        try:
            text = raw.decode(charset)
        except UnicodeDecodeError:
            continue
        if _reads_as_chinese(text[:_SAMPLE]):
            return text, charset
    return raw.decode("cp1252", "replace"), "cp1252"


def _reads_as_chinese(text: str) -> bool:
    wide = [character for character in text if character >= "\u2e80"]
    common = sum(character.encode("big5", "replace") < b"\xc9\x40" for character in wide)
    return common >= _COMMON_BIG5 * len(wide)


def _delimiter(text: str) -> tuple[str, str]:
    """The delimiter and the text after a line such as `sep=;`, which Excel understands."""
    if named := _SEPARATOR_LINE.match(text[:200]):
        return named[1], text[named.end() :]
    if text.startswith(CSV_STARTS):
        return ",", text
    return max(_DELIMITERS, key=lambda sign: _regularity(text[:_SAMPLE], sign)), text


def _regularity(text: str, delimiter: str) -> tuple[int, int]:
    """How many records have the most common number of fields, if that is more than one."""
    try:
        widths = Counter(
            len(record)
            for record in islice(csv.reader(io.StringIO(text), delimiter=delimiter), 100)
            if record
        )
    except csv.Error:
        return 0, 0
    width, count = max(
        ((width, count) for width, count in widths.items() if width > 1), key=_weight, default=(1, 0)
    )
    return count * (width > 1), width


def _weight(found: tuple[int, int]) -> tuple[int, int]:
    return found[1], found[0]


def _records(text: str, delimiter: str, sheet: Sheet) -> list[list[str]]:
    """All records. A quotation mark that is never closed would swallow the rest: then marks are taken as they stand."""
    # The module's limit is a setting of the whole process; a text is never larger than the file that was let in.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    records = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    if records and records[-1] and text.count('"') % 2 and max(map(_lines, records[-1])) > 1:
        sheet.findings.append(sheet.finding("quote_never_closed", len(records)))
        return list(csv.reader(io.StringIO(text), delimiter=delimiter, quoting=csv.QUOTE_NONE))
    return records


def _lines(value: str) -> int:
    return value.rstrip("\n").count("\n")


def _fill(sheet: Sheet, records: list[list[str]], limits: Limits) -> None:
    cells = chars = 0
    for number, record in enumerate(records, 1):
        for column, raw in enumerate(record, 1):
            if text := clean(raw[: limits.cell_chars]):
                cells, chars = cells + 1, chars + len(text)
                sheet.rows.setdefault(number, {})[column] = Cell("text", text)
            if len(raw) > limits.cell_chars:
                sheet.findings.append(
                    sheet.finding("value_truncated", number, column, limit=limits.cell_chars)
                )
        check_size(sheet, limits, cells, chars)
        if sheet.problem:
            return
