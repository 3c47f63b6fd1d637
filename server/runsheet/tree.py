"""The sheet as a tree: its order, a place in it, and numbers that never change."""

import re
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from itertools import count, islice
from typing import Protocol, TypeVar

from server.core.order import between

LONGEST_NUMBER = 24
_NUMBER = re.compile(r"(.*?)((?:\d+)?(?:\.\d+)?)", re.ASCII | re.DOTALL)
_LETTERED = re.compile(r"(.*\d)([A-Y])", re.ASCII | re.DOTALL)
_HALVINGS, _STEPS = 40, 10_000


class Placed(Protocol):
    """A row among its siblings."""

    @property
    def id(self) -> str: ...

    @property
    def order_key(self) -> str: ...


class Hung(Placed, Protocol):
    """… and what it hangs under."""

    @property
    def parent(self) -> str | None: ...


Hanging = TypeVar("Hanging", bound=Hung)


def in_tree_order(cues: Iterable[Hanging]) -> list[Hanging]:
    """Depth first, siblings by order key. A row whose parent is not among them stands at the top."""
    rows = sorted(cues, key=lambda cue: (cue.order_key, cue.id))
    ids = {cue.id for cue in rows}
    children: dict[str | None, list[Hanging]] = {}
    for cue in rows:
        children.setdefault(cue.parent if cue.parent in ids else None, []).append(cue)
    ordered: list[Hanging] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        cue = waiting.pop()
        ordered.append(cue)
        waiting.extend(reversed(children.get(cue.id, [])))
    return ordered


def key_after(siblings: Sequence[Placed], after: str | None) -> str:
    """An order key behind the sibling `after`; None means first. Siblings are in order, removed ones among them.

    Those that are removed keep their place: the next key lies before them, so that they can come back.
    """
    place = 0 if after is None else next(n + 1 for n, cue in enumerate(siblings) if cue.id == after)
    low = siblings[place - 1].order_key if place else None
    above = (cue.order_key for cue in siblings[place:])
    return between(low, next((key for key in above if low is None or key > low), None))


def number_after(previous: str, following: str, taken: Collection[str]) -> str:
    """A number for a row between two others: 121.5 behind 121, 118.25 behind 118.2. Rows are never renumbered.

    Behind the last row the next number is taken, 122 behind 121 and 118.10 behind 118.9; a number that ends
    in neither a figure nor a letter behind one gives none.
    """
    head, figure = _read(previous)
    if not figure:
        return _free(taken, _lettered(previous))
    if not following:
        return _free(taken, islice(_counted(head, figure), _STEPS))
    low, (other, next_figure) = Decimal(figure), _read(following)
    high = Decimal(next_figure) if next_figure and other == head else low
    found = _halved(low, high if high > low else low + _step(figure), _step(figure))
    return _free(taken, (_write(head, value, figure) for value in found))


def number_before(following: str, taken: Collection[str]) -> str:
    """A number for a row in front of the first: 120.5 before 121, 118.05 before 118.1."""
    head, figure = _read(following)
    if not figure or not Decimal(figure):
        return ""
    high, step = Decimal(figure), _step(figure)
    return _free(
        taken, (_write(head, value, figure) for value in _halved(max(Decimal(0), high - step), high, step))
    )


def first_number(taken: Collection[str]) -> str:
    """A number for a row that has no numbered neighbour: the next whole one."""
    return str(max((int(text) for text in taken if text.isascii() and text.isdigit()), default=0) + 1)


def number_within(parent: str, taken: Collection[str]) -> str:
    """A number for the first row within another: 121.1 within 121."""
    return _free(taken, (f"{parent}.{place}" for place in range(1, _STEPS))) if parent else ""


def _free(taken: Collection[str], texts: Iterable[str]) -> str:
    return next((text for text in texts if text not in taken and len(text) <= LONGEST_NUMBER), "")


def _counted(head: str, figure: str) -> Iterable[str]:
    """Counting on from a figure at its last place: 004 after 003, .10 after .9."""
    whole, dot, part = figure.rpartition(".")
    return (f"{head}{whole}{dot}{str(int(part) + more).zfill(len(part))}" for more in count(1))


def _lettered(number: str) -> Iterable[str]:
    """Counting on by letters: 135B after 135A."""
    found = _LETTERED.fullmatch(number)
    return (found[1] + chr(code) for code in range(ord(found[2]) + 1, ord("Z") + 1)) if found else ()


def _halved(low: Decimal, high: Decimal, step: Decimal) -> Iterable[Decimal]:
    """Half a step behind `low` if that is before `high`, then ever closer to `low`."""
    if low + step / 2 < high:
        yield low + step / 2
    for _ in range(_HALVINGS):
        high = (low + high) / 2
        yield high


def _step(figure: str) -> Decimal:
    """The unit of the last place: 1 for 121, 0.1 for 118.7."""
    return Decimal(1).scaleb(-len(figure.rpartition(".")[2])) if "." in figure else Decimal(1)


def _read(number: str) -> tuple[str, str]:
    """`D0-M12.5` as its letters and its figure, which may be empty."""
    found = _NUMBER.fullmatch(number)
    return (found[1], found[2]) if found else (number, "")


def _write(head: str, value: Decimal, like: str) -> str:
    """The figure as others of its kind are written: 003.5 beside 003, .25 behind the letters of 135A.2."""
    width = len(like.partition(".")[0])
    whole, dot, part = format(value.normalize(), "f").partition(".")
    return head + (whole.zfill(width) if width else whole.removeprefix("0")) + dot + part
