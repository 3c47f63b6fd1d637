"""What a number in a cell stands for: Excel stores dates, clocks and numbers alike, and only the format tells."""

import math
import re
from datetime import UTC, datetime, timedelta

from server.runsheet.imports.archive import Handler
from server.runsheet.imports.book import Cell
from server.runsheet.imports.clean import clean

DAY = 86_400
_LAST_SERIAL = 2_958_465
"""9999-12-31, the last day that Excel knows."""
_EPOCH_1900 = datetime(1899, 12, 30, tzinfo=UTC)
_EPOCH_1904 = datetime(1904, 1, 1, tzinfo=UTC)
_CLOCK_DAYS = 3
"""Times up to 71:59 are clocks past midnight (24:30 is stored as 1.02); beyond, the number carries a date."""

# The formats 27 to 36 and 50 to 58 are dates or times of East Asian Excel, which one depending on the locale.
_BUILT_IN = {
    **dict.fromkeys(range(14, 18), "date"),
    **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), "clock"),
    22: "moment",
    **dict.fromkeys((*range(27, 37), *range(50, 59)), "either"),
}
_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_ID = re.compile("[0-9]{1,9}")
_ZEROS = re.compile(r"0{2,9}")


class Formats(Handler):
    """styles.xml: the meaning of each cell style's number format."""

    def __init__(self) -> None:
        self._custom: dict[int, str] = {}
        self._styles: list[int] = []
        self._in_cells = False
        self._known: dict[int, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._custom[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self._styles.append(_number(attributes.get("numFmtId")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def meaning(self, style: str | None) -> str:
        """date, clock, moment, either, number, or zeros such as 000 for a padded number."""
        index = _number(style)
        if index not in self._known:
            format_id = self._styles[index] if 0 <= index < len(self._styles) else 0
            custom = self._custom.get(format_id)
            self._known[index] = meaning_of(custom) if custom else _BUILT_IN.get(format_id, "number")
        return self._known[index]


def meaning_of(code: str) -> str:
    """The meaning of a format code such as `[h]:mm` or `yyyy/m/d`."""
    bare = _LITERALS.sub("", code[:200].partition(";")[0]).lower()
    if _ZEROS.fullmatch(bare):
        return bare
    clock = any(letter in bare for letter in "hs") or "[m" in bare
    date = any(letter in bare for letter in "yde") and "e+" not in bare
    date = date or ("m" in bare and not clock)
    if clock and date:
        return "moment"
    return "clock" if clock else "date" if date else "number"


def read_number(raw: str, meaning: str, *, since_1904: bool = False) -> Cell:
    """The cell for a stored number and its format's meaning."""
    try:
        number = float(raw)
    except ValueError:
        return Cell("text", clean(raw))
    if not math.isfinite(number):
        return Cell("error", "#NUM!")
    if meaning.startswith("0"):
        return Cell("text", f"{number:0{len(meaning)}.0f}") if number >= 0 else Cell("number", number)
    if meaning == "number" or not 0 <= number <= _LAST_SERIAL:
        return Cell("number", number)
    return _time(number, meaning, _EPOCH_1904 if since_1904 else _EPOCH_1900)


def _time(serial: float, meaning: str, epoch: datetime) -> Cell:
    if serial < 1 or (meaning == "clock" and serial < _CLOCK_DAYS):
        return Cell("clock", round(serial * DAY))
    moment = epoch + timedelta(seconds=round(serial * DAY))
    if meaning == "date" or serial.is_integer():
        return Cell("date", f"{moment:%Y-%m-%d}".rjust(10, "0"))
    return Cell("moment", moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0"))


def _number(text: str | None) -> int:
    return int(text) if text and _ID.fullmatch(text) else 0
