"""Where rows of a file go among those that stand: their order keys, and which of them are out of order. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from server.core.order import between, spread


def out_of_order(places: Sequence[int]) -> set[int]:
    """The fewest of these (by their index) that have to move so that the rest ascends."""
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int | None] = []
    for index, place in enumerate(places):
        at = bisect_left(tails, place)
        previous.append(ends[at - 1] if at else None)
        if at == len(tails):
            tails.append(place)
            ends.append(index)
        else:
            tails[at], ends[at] = place, index
    keeping: set[int] = set()
    index_or_none = ends[-1] if ends else None
    while index_or_none is not None:
        keeping.add(index_or_none)
        index_or_none = previous[index_or_none]
    return set(range(len(places))) - keeping


def keys_for(standing: Iterable[tuple[str, str]], wanted: Sequence[tuple[str, bool]]) -> dict[str, str]:
    """Order keys for the rows of one list that come or move.

    standing: (order key, id) of the rows that are there. wanted: (id, whether it is put) in the file's order; what is
    put stands right behind the row before it that stays, or before the first that does.
    """
    putting = {row_id for row_id, is_put in wanted if is_put}
    stays = {row_id: key for key, row_id in standing if row_id not in putting}
    keys = sorted(stays.values())
    made: dict[str, str] = {}
    for after, run in _runs(wanted, stays):
        found = _between(keys, after, _first(wanted, stays), len(run))
        made |= zip(run, found, strict=True)
        place = bisect_left(keys, found[0])
        keys[place:place] = found
    return made


def _runs(wanted: Sequence[tuple[str, bool]], stays: dict[str, str]) -> list[tuple[str | None, list[str]]]:
    """Rows that are put one behind another, each run with the key that it stands behind."""
    runs: list[tuple[str | None, list[str]]] = []
    after: str | None = None
    is_open = False
    for row_id, is_put in wanted:
        if is_put and is_open:
            runs[-1][1].append(row_id)
        elif is_put:
            runs.append((after, [row_id]))
            is_open = True
        elif row_id in stays:
            after, is_open = stays[row_id], False
    return runs


def _first(wanted: Sequence[tuple[str, bool]], stays: dict[str, str]) -> str | None:
    return next((stays[row_id] for row_id, is_put in wanted if not is_put and row_id in stays), None)


def _between(keys: list[str], after: str | None, first: str | None, count: int) -> list[str]:
    """So many keys behind `after`; before `first` where there is nothing to stand behind, else at the end."""
    if after is not None:
        low, place = after, bisect_right(keys, after)
    else:
        place = len(keys) if first is None else bisect_left(keys, first)
        low = keys[place - 1] if place else ""
    high = keys[place] if place < len(keys) else None
    begin = between(low or None, high)
    return [begin] if count == 1 else [begin + key for key in spread(count)]
