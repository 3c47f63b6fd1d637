"""Codes to scan, at a terminal."""

from collections.abc import Sequence
from itertools import zip_longest

import qrcode
from qrcode.constants import ERROR_CORRECT_L

# Black on white whatever the terminal's colours are; a phone doesn't read the negative of a code.
_INK, _PLAIN = "\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m", "\x1b[0m"
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
_GAP = 3


def code(text: str) -> list[str]:
    """A QR code as lines of half blocks, its quiet zone included."""
    made = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=4)
    made.add_data(text)
    rows = made.get_matrix()
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=[False] * len(rows))
    return ["".join(_HALVES[bool(top), bool(low)] for top, low in zip(*pair, strict=True)) for pair in pairs]


def codes(texts: Sequence[tuple[str, str]], width: int) -> str:
    """Codes side by side as far as the terminal is wide, each with its title below; pairs of (title, text)."""
    made = [(title, code(text)) for title, text in texts]
    lines: list[str] = []
    while made:
        row, used = [made.pop(0)], 0
        used = len(row[0][1][0])
        while made and used + _GAP + len(made[0][1][0]) <= width:
            used += _GAP + len(made[0][1][0])
            row.append(made.pop(0))
        lines += _row(row)
    return "\n".join(lines) + "\n"


def _row(row: Sequence[tuple[str, list[str]]]) -> list[str]:
    widths = [len(found[0]) for _, found in row]
    painted = [
        (" " * _GAP).join(
            _INK + line + _PLAIN if line else " " * width for line, width in zip(each, widths, strict=True)
        )
        for each in zip_longest(*(found for _, found in row), fillvalue="")
    ]
    titles = (" " * _GAP).join(_fitted(title, width) for (title, _), width in zip(row, widths, strict=True))
    return [*painted, titles, ""]


def _fitted(title: str, width: int) -> str:
    """A title as wide as its code; Chinese counts double."""
    while _width(title) > width:
        title = title[:-1]
    return title + " " * (width - _width(title))


def _width(text: str) -> int:
    return sum(2 if ord(sign) > 0x2E80 else 1 for sign in text)  # noqa: PLR2004 - where CJK begins in Unicode
