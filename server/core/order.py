"""Fractional order keys: a key between any two others, so that a move changes one row.

Keys are strings over 0-9A-Za-z that compare bytewise and never end in the lowest digit,
so there is always room below them.
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE = len(DIGITS)
# What a full key is followed by at the end of a list: three more digits, which count up to 230,000.
_WIDER = "001"


def between(low: str | None, high: str | None) -> str:
    """A key strictly between two keys; None stands for the open end. ValueError unless low < high."""
    if low and high and low >= high:
        message = f"no key between {low!r} and {high!r}"
        raise ValueError(message)
    if low and not high:
        return _after(low)
    return _middle(low or "", high or "")


def spread(count: int) -> list[str]:
    """Keys for a new list, short and evenly spread, with room at both ends."""
    width = 2
    while _BASE**width < 4 * (count + 1):
        width += 1
    step = _BASE**width // (count + 1)
    return [_encode(step * (place + 1), width) for place in range(count)]


def _after(low: str) -> str:
    """The next key at the end of a list: counts up within its width, so that appending keeps keys short."""
    number = _decode(low) + 1
    number += number % _BASE == 0
    return _encode(number, len(low)) if number < _BASE ** len(low) else low + _WIDER


def _middle(low: str, high: str) -> str:
    prefix = ""
    place = 0
    while True:
        bottom = DIGITS.index(low[place]) if place < len(low) else 0
        top = DIGITS.index(high[place]) if place < len(high) else _BASE
        if top - bottom > 1:
            return prefix + DIGITS[(bottom + top) // 2]
        prefix += DIGITS[bottom]
        if top > bottom:
            high = ""
        place += 1


def _encode(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, _BASE)
        digits.append(DIGITS[rest])
    return "".join(reversed(digits)).rstrip(DIGITS[0]) or DIGITS[1]


def _decode(key: str) -> int:
    number = 0
    for digit in key:
        number = number * _BASE + DIGITS.index(digit)
    return number
