"""Where rows stand, held while one op changes many of them: each would otherwise read all its siblings anew."""

from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlmodel import Session

from server.core.models import Entity
from server.runsheet.models import Cue

_HELD = "places"
List = tuple[str, str | None]


class Sibling(NamedTuple):
    """What the place of a new row depends on, of each row that is there."""

    id: str
    order_key: str
    number: str
    day: str
    removed_at: int | None


class Places:
    """The lists of siblings that were asked for, by track and parent, and every number in use."""

    def __init__(self) -> None:
        self._lists: dict[List, list[Sibling]] = {}
        self._at: dict[str, List] = {}
        self._numbers: set[str] | None = None

    def siblings(self, where: List, load: Callable[[], list[Sibling]]) -> list[Sibling]:
        if where not in self._lists:
            self._lists[where] = load()
            self._at |= {row.id: where for row in self._lists[where]}
        return self._lists[where]

    def numbers(self, load: Callable[[], set[str]]) -> set[str]:
        """A number that a row has given up meanwhile stays among them: nobody has to get it at once."""
        if self._numbers is None:
            self._numbers = load()
        return self._numbers

    def follow(self, touched: Iterable[Entity]) -> None:
        """Take in what has become of rows."""
        for row in touched:
            if isinstance(row, Cue):
                self._put(row)

    def _put(self, cue: Cue) -> None:
        if self._numbers is not None:
            self._numbers.add(cue.number)
        was, where = self._at.pop(cue.id, None), (cue.track, cue.parent)
        if was in self._lists:
            self._lists[was] = [row for row in self._lists[was] if row.id != cue.id]
        if where in self._lists:
            here = Sibling(cue.id, cue.order_key, cue.number, cue.day, cue.removed_at)
            insort(self._lists[where], here, key=lambda row: (row.order_key, row.id))
            self._at[cue.id] = where


@contextmanager
def held(session: Session) -> Iterator[Places]:
    """Hold the places for as long as the block lasts; whoever changes rows in it must say so by `follow`."""
    session.info[_HELD] = Places()
    try:
        yield session.info[_HELD]
    finally:
        del session.info[_HELD]


def places(session: Session) -> Places:
    """Those that are held, else new ones."""
    found: Places = session.info.get(_HELD) or Places()
    return found
