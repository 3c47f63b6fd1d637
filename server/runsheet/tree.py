"""The sheet as a tree: its order, a place in it, and numbers that never change."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from server.core.order import between
from server.runsheet.models import Cue


def in_tree_order(cues: Iterable[Cue]) -> list[Cue]:
    """Depth first, siblings by order key. A row whose parent is not among them stands at the top."""
    rows = sorted(cues, key=lambda cue: (cue.order_key, cue.id))
    ids = {cue.id for cue in rows}
    children: dict[str | None, list[Cue]] = {}
    for cue in rows:
        children.setdefault(cue.parent if cue.parent in ids else None, []).append(cue)
    ordered: list[Cue] = []
    waiting = list(reversed(children.get(None, [])))
    while waiting:
        cue = waiting.pop()
        ordered.append(cue)
        waiting.extend(reversed(children.get(cue.id, [])))
    return ordered


def key_after(siblings: Sequence[Cue], after: str | None) -> str:
    """An order key behind the sibling `after`; None means first. Siblings are in order."""
    place = 0 if after is None else next(n + 1 for n, cue in enumerate(siblings) if cue.id == after)
    low = siblings[place - 1].order_key if place else None
    high = siblings[place].order_key if place < len(siblings) else None
    return between(low, high)


def number_after(previous: str, following: str, taken: set[str]) -> str:
    """A number for a row between two others: 121.5 behind 121. Rows are never renumbered.

    Behind the last row the next whole number is taken; a number that holds no figure is left empty.
    """
    head, low = _figures(previous)
    if low is None:
        return ""
    other_head, high = _figures(following)
    candidates = _between(low, high) if other_head == head and high is not None and high > low else _behind(low, following)
    return next((text for number in candidates if (text := head + _text(number, dotted=previous[len(head)] == ".")) not in taken), "")


def _behind(low: Decimal, following: str) -> Iterable[Decimal]:
    """Whole steps at the end of a list, halves before a row with another kind of number."""
    step = Decimal("0.5") if following else _step(low)
    yield from (low + step * count for count in range(1, 1000)) if not following else _between(low, low + 1)


def _between(low: Decimal, high: Decimal) -> Iterable[Decimal]:
    half = Decimal("0.5") * _step(low)
    if low + half < high:
        yield low + half
    for _ in range(40):
        high = (low + high) / 2
        yield high


def _step(number: Decimal) -> Decimal:
    """The unit of the last place: 1 for 121, 0.1 for 118.7."""
    exponent = number.as_tuple().exponent
    return Decimal(1).scaleb(min(int(exponent), 0))


def _figures(number: str) -> tuple[str, Decimal | None]:
    """`D0-M12.5` as its letters and its figure."""
    cut = len(number.rstrip("0123456789."))
    try:
        return number[:cut], Decimal(number[cut:])
    except InvalidOperation:
        return number, None


def _text(number: Decimal, *, dotted: bool) -> str:
    """The figure as it is written: 118.25, or .25 behind the letters of 135A.2."""
    text = format(number.normalize(), "f")
    return text.removeprefix("0") if dotted else text
