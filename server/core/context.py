"""What an action gets: the session, the event, who asks, when, and `record`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar, cast

from sqlalchemy import BigInteger, Table, Update, bindparam, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session

from server.core.access import Permission, Viewer
from server.core.clock import to_iso
from server.core.fields import FieldKey, cut, keys_of, part_of, split
from server.core.i18n import N_
from server.core.log import Log
from server.core.models import Entity, Event
from server.core.ops import Prepared, RefusalError
from server.core.put_off import put_off

Row = TypeVar("Row", bound=Entity)
# A phone sends what it kept while it was out of reach; what is said to be older than that is a wrong clock.
LATEST_CLAIM_MS = 7 * 86_400_000
React = Callable[["Context", Entity, str], None]
Put = Callable[[Entity, str, Any], None]
AtEnd = Callable[["Context", list[Any]], None]
Found = TypeVar("Found")


@dataclass
class Context:
    """One op being carried out, inside the writer's transaction.

    `received` is the server's time, `at` the claimed time of the fact (both epoch milliseconds).
    """

    session: Session
    log: Log
    viewer: Viewer
    op: Prepared
    received: int
    reactions: dict[str, list[React]]
    undo: dict[str, Any] | None = None
    seq: int = 0
    touched: list[Entity] = field(default_factory=list)
    later: dict[AtEnd, list[Any]] = field(default_factory=dict)

    @property
    def event_id(self) -> str:
        return self.log.event_id

    @property
    def event(self) -> Event:
        return self.log.event

    def fact_time(self, previous: int | None) -> int:
        """The claimed time if it lies between the previous transition and the receipt, else the receipt.

        Nothing happened before the event was made, and nothing is told a week late.
        """
        claimed = self.op.at
        if claimed is None:
            return self.received
        first = max(previous or 0, self.event.created_at, self.received - LATEST_CLAIM_MS)
        return claimed if first <= claimed <= self.received else self.received

    def visible(self, model: type[Row], entity_id: str) -> Row:
        """An entity that the viewer may see, or a refusal that does not tell whether it exists."""
        row = self.find(model, entity_id)
        if row is None or row.visible_to not in self.viewer.audiences:
            raise not_found(entity_id)
        return row

    def find(self, model: type[Row], entity_id: str) -> Row | None:
        """An entity of this event, removed or not, whoever may see it. For checks; results never show it."""
        return self.session.get(model, (self.event_id, entity_id))

    def once(self, find: Callable[["Context"], Found]) -> Found:
        """What this finds of the event, looked up once for all ops of the group: nearly all of them ask."""
        found = self.log.found
        if find not in found:
            found[find] = find(self)
        return cast("Found", found[find])

    def at_end(self, do: AtEnd, item: Any) -> None:  # noqa: ANN401 - whatever `do` takes
        """Have something done once, when the op is through, with all the items that were left for it."""
        self.later.setdefault(do, []).append(item)

    def finish(self) -> None:
        """Do what was left for the end of the op."""
        for do, items in self.later.items():
            do(self, items)

    def require(self, permission: Permission) -> None:
        if not self.viewer.may(permission):
            raise forbidden()

    def add(self, entity: Entity, **detail: Any) -> None:  # noqa: ANN401 - a JSON document
        """Store a new entity and record it. Flushed at once, so that it can be found by what follows."""
        if self.find(type(entity), entity.id):
            raise RefusalError("exists", N_("The id “%(id)s” is in use already."), id=entity.id)
        self.session.add(entity)
        self.record(entity, detail, was=None)
        self.session.flush()

    def amend(
        self,
        entity: Entity,
        values: dict[str, Any],
        parts: Mapping[str, Iterable[str]] | None = None,
        *,
        beside: dict[str, Any] | None = None,
        told: str = "",
        seen: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Set fields, unless somebody else changed one since the op's base version; returns the old values.

        A version is kept per field: edits of different fields merge, of the same field conflict.
        A field named in `parts` is an object, of which only these keys change; each has a version of its own.
        What stands there already changes nothing, and is no entry of the log.
        `beside` are columns that are set with them and told nobody; `told`: see `record`. `seen` is what others saw
        of these fields, if that was something else: to them it is what stood there; what did is kept as `draft`.
        """
        beside = beside or {}
        keys = keys_of(values, parts or {})
        self._refuse_stale(entity, values, keys)
        stands = {name: getattr(entity, name) for name in values}
        before = stands if seen is None else seen
        was = entity.visible_to
        changing = [
            (key, name, part)
            for key, name, part in keys
            if any(part_of(old[name], part) != part_of(values[name], part) for old in (stands, before))
        ]
        if not changing and all(getattr(entity, name) == value for name, value in beside.items()):
            return before
        detail = {"set": cut(values, changing), "was": cut(before, changing)}
        hidden = [
            key for key in changing if part_of(stands[key[1]], key[2]) != part_of(before[key[1]], key[2])
        ]
        if hidden:
            detail["draft"] = cut(stands, hidden)
        # Whoever reacts to a kind asks the session what has changed.
        is_watched = entity.entity_kind in self.reactions
        put = setattr if is_watched else set_committed_value
        for name, value in (values | beside).items():
            put(entity, name, value)
        seq = self.record(entity, detail, was=was, put=put, told=told)
        put(entity, "versions", _versions(entity) | {key: seq for key, _, _ in changing})
        if not is_watched:
            self._store(entity, (*values, *beside, "version", "versions"))
        return before

    def _store(self, entity: Entity, names: tuple[str, ...]) -> None:
        """Write these fields. By the session's own way this would take a third of an op's time."""
        told = {f"new_{name}": getattr(entity, name) for name in names}
        keys = {"event": entity.event_id, "entity": entity.id}
        put_off(self.session.connection(), _update(type(entity), names), told | keys)

    def record(  # noqa: PLR0913 - all but two are named, and nearly all calls leave them out
        self,
        entity: Entity,
        detail: dict[str, Any],
        *,
        was: str | None,
        kind: str = "",
        at: int | None = None,
        put: Put = setattr,
        told: str = "",
    ) -> int:
        """Append a change of the entity to the log, and let other features react to it.

        `told` is an audience, narrower than the entity's, that alone hears of this change.
        `at` is the time of the fact, where it has one that is reckoned otherwise than by `fact_time`;
        `put` sets the entity's version.
        """
        kind = kind or self.op.op.name
        self.seq = self.log.append(
            entity,
            told or was,
            **({"audience": told} if told else {}),
            at=self.fact_time(None) if at is None else at,
            received=self.received,
            actor=self.viewer.id,
            op_id=self.op.id,
            kind=kind,
            detail=detail,
        )
        seq = self.seq
        put(entity, "version", seq)
        self.touched.append(entity)
        for react in self.reactions.get(entity.entity_kind, []):
            react(self, entity, kind)
        return seq

    def refuse_newer(self, entity: Entity) -> None:
        """A conflict if anything of the entity was changed, or it was made, since the op's base version."""
        base = self.op.base_version
        if base is None:
            return
        versions = _versions(entity) or {"id": entity.version}
        newer = {key: seq for key, seq in versions.items() if seq > base and not self._is_own_earlier(seq)}
        if newer:
            raise self._stale(entity, [(key, *split(key)) for key in newer], max(newer.values()))

    def who_made(self, seq: int) -> tuple[str, int | None]:
        """(member, when) of a change, by the time of the fact; nobody if there was none."""
        change = self.log.change(seq)
        return (change[0], change[2]) if change else ("", None)

    def _refuse_stale(self, entity: Entity, values: dict[str, Any], keys: list[FieldKey]) -> None:
        base = self.op.base_version
        if base is None:
            return
        versions = _versions(entity)
        changed = [
            key
            for key in keys
            if versions.get(key[0], 0) > base
            and not self._is_own_earlier(versions[key[0]])
            and part_of(getattr(entity, key[1]), key[2]) != part_of(values[key[1]], key[2])
        ]
        if changed:
            raise self._stale(entity, changed, max(versions[key] for key, _, _ in changed))

    def _is_own_earlier(self, seq: int) -> bool:
        """Whether a change was made by this op, or by us up to the one that it names as its predecessor."""
        change = self.log.change(seq)
        if change and change[1] == self.op.id:
            return True
        if not self.op.after_op:
            return False
        receipt = self.log.receipt(self.op.after_op)
        if not receipt or not change or receipt[0] != self.viewer.id or change[0] != self.viewer.id:
            return False
        return seq <= int(receipt[2].get("seq", 0))

    def _stale(self, entity: Entity, changed: list[FieldKey], seq: int) -> RefusalError:
        who, when = self.who_made(seq)
        sees = entity.visible_to in self.viewer.audiences
        return RefusalError(
            "stale",
            N_("%(who)s changed this row first, at %(when)s."),
            status="conflict",
            who=who,
            when=when,
            now={key: self._shown(entity, name, part) for key, name, part in changed} if sees else {},
            version=entity.version,
        )

    def _shown(self, entity: Entity, name: str, part: str) -> Any:  # noqa: ANN401 - a field may hold anything
        """A field as machines see it: instants, which are the only big integers, in ISO 8601."""
        value = part_of(getattr(entity, name), part)
        is_moment = isinstance(type(entity).__table__.c[name].type, BigInteger)  # type: ignore[attr-defined]
        return to_iso(value, self.event.timezone) if is_moment else value


def _versions(entity: Entity) -> dict[str, int]:
    """The seq that last set each field."""
    found: dict[str, int] = entity.versions  # type: ignore[attr-defined]  # a column of every kind that is edited
    return found


@lru_cache(1024)
def _update(model: type[Entity], names: tuple[str, ...]) -> Update:
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel's tables have no public type
    here = table.c.event_id == bindparam("event"), table.c.id == bindparam("entity")
    return update(table).where(*here).values({name: bindparam(f"new_{name}") for name in names})


def not_found(entity_id: str) -> RefusalError:
    """There is no such thing here, or not for this viewer."""
    return RefusalError("not_found", N_("There is no “%(id)s” here."), id=entity_id)


def forbidden() -> RefusalError:
    """The viewer lacks the permission."""
    return RefusalError("forbidden", N_("You may not do this."))
