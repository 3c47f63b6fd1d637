"""The published versions of a sheet, and what changed from one to another, for whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from server.runsheet.editions import Edition
from server.runsheet.published import (
    ADDED,
    HELD,
    KEPT,
    MOVED,
    PLACED,
    REMOVED,
    Changes,
    Values,
    changes_between,
    unpack,
)

_COMPARED = (*(name for name in KEPT if name not in PLACED),)


@dataclass(frozen=True)
class Difference:
    """A row that differs between two versions; `now` are its fields in the newer one, or in the older if it is gone."""

    id: str
    now: Values
    changes: Changes
    people: frozenset[str]
    departments: frozenset[str]

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        first = str(self.changes[0]["field"])
        return first if first in {"added", "removed"} else "changed"


def editions(session: Session, event_id: str) -> list[Any]:
    """Every version without what stands in it, the newest first: number, at, by, note, counts."""
    columns = (Edition.number, Edition.at, Edition.by, Edition.note, col(Edition.counts))
    query = select(*columns).where(Edition.event_id == event_id)  # type: ignore[call-overload]  # has five
    return list(session.exec(query.order_by(col(Edition.number).desc())))


def sheet_of_version(session: Session, event_id: str, number: int) -> dict[str, Values] | None:
    """The rows of a version by id; None if there is no such version."""
    found = session.get(Edition, (event_id, number))
    return unpack(found.sheet) if found else None


def differences(before: Mapping[str, Values], after: Mapping[str, Values]) -> list[Difference]:
    """What differs, in the order of the newer version, what is gone last."""
    found = [_difference(row_id, before.get(row_id), now) for row_id, now in after.items()]
    found += [_difference(row_id, was, None) for row_id, was in before.items() if row_id not in after]
    return [each for each in found if each]


def _difference(row_id: str, was: Values | None, now: Values | None) -> Difference | None:
    changes = _changes(was, now)
    if not changes:
        return None
    both = [each for each in (was, now) if each]
    people = frozenset(who for each in both for who in each["people"])
    departments = frozenset(which for each in both for which in each["departments"])
    return Difference(row_id, now or was or {}, changes, people, departments)


def _changes(was: Values | None, now: Values | None) -> Changes:
    if was is None:
        return [ADDED]
    if now is None:
        return [REMOVED]
    moved = [MOVED] if any(was[name] != now[name] for name in PLACED) else []
    return moved + changes_between(was, now, _COMPARED)


def held_values(row: Values) -> Values:
    """Of a row of a version what can be put back without calling it by another track or kind."""
    return {name: row[name] for name in HELD if name in row}
