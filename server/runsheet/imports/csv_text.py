"""Reading .csv: its charset, its delimiter, its cells. Everything is text; times and dates are read later."""

import csv
import io
import re
from collections import Counter
from itertools import islice

from server.runsheet.imports.book import Limits, Sheet, Workbook, refuse
from server.runsheet.imports.filling import Filler
from server.runsheet.sheet_columns import CSV_STARTS

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SEPARATOR_LINE = re.compile(r'\s*"?sep=([,;|\t])"?[^\n]*\n', re.IGNORECASE)
_DELIMITERS = ",;\t|"
_SAMPLE = 200_000
_FOR_EACH_BROKEN = 5
_COMMON_BIG5 = 0.8
"""Of Chinese text in Big5, nearly all characters are of its first, common half; of other bytes taken for it, half."""


def decode_text(raw: bytes) -> tuple[str, str]:
    """The text with plain line ends, and its charset; FileRefusedError if it is no text."""
    text, charset = decode(raw)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(_CONTROLS.findall(text[:_SAMPLE])) * 50 > len(text[:_SAMPLE]):
        refuse("file_not_spreadsheet", format="binary")
    return text.replace("\x00", ""), charset


def read_csv(text: str, limits: Limits) -> Workbook:
    """The text's one sheet, without a name."""
    delimiter, text = _delimiter(text)
    sheet = Sheet("")
    _fill(sheet, _records(text, delimiter, sheet), limits)
    return Workbook("csv", [sheet])


def decode(raw: bytes) -> tuple[str, str]:
    """The text and its charset: by its mark, as UTF-8, as Traditional Chinese, else as Western."""
    for mark, charset in _BOMS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(charset, "replace"), charset
    if wide := _wide(raw[:2000], 8):
        return raw.decode(wide, "replace"), wide
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decode_old(raw)


def _wide(head: bytes, share: int) -> str | None:
    """UTF-16 without a mark: every other byte of its commas, figures and line ends is zero.

    `share` is the largest number of bytes for which there must be one zero.
    """
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) <= len(head) // share or min(odd, even) > max(odd, even) // 2:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _decode_old(raw: bytes) -> tuple[str, str]:
    """What is not UTF-8 throughout. A file that was cut, or joined from two, has a few bytes that are nothing."""
    if wide := _wide(raw[:2000], 200):
        return raw.decode(wide, "replace"), wide
    for charset in ("cp950", "big5hkscs"):
        try:
            text = raw.decode(charset)
        except UnicodeDecodeError:
            continue
        if _reads_as_chinese(text[:_SAMPLE]):
            return text, charset
    for charset in ("utf-8", "cp950"):
        text = raw.decode(charset, "replace")
        if _is_nearly_whole(text) and (charset == "utf-8" or _reads_as_chinese(text[:_SAMPLE])):
            return text, charset
    return raw.decode("cp1252", "replace"), "cp1252"


def _is_nearly_whole(text: str) -> bool:
    """Many characters beyond Latin letters for each byte that is none."""
    return sum("\u2e80" <= character < "\ufff0" for character in text) > _FOR_EACH_BROKEN * text.count(
        "\ufffd"
    )


def _reads_as_chinese(text: str) -> bool:
    wide = [character for character in text if character >= "\u2e80" and character != "\ufffd"]
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
    filler = Filler(sheet, limits)
    for number, record in enumerate(records, 1):
        for column, raw in enumerate(record, 1):
            filler.put(number, column, raw)
        if filler.is_over:
            return
