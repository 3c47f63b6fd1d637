"""Events with a named cast, driven from inside: ops go to the real writer, reads through the real feed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Table, insert, select
from sqlmodel import Session, SQLModel
from starlette.applications import Starlette

from server.app import create_app
from server.core.access import Viewer
from server.core.clock import Clock, from_iso
from server.core.ids import new_id
from server.core.models import Event
from server.core.ops import Prepared, Result, prepare
from server.core.services import Services
from server.core.writer import Submission
from server.people.founding import Founder, found_event, found_organisation
from server.people.queries import find_viewer
from server.people.tokens import issue_token
from server.runsheet.models import Cue
from server.settings import Settings
from tests.support.clock import FixedClock
from tests.support.databases import Databases

Json = dict[str, Any]

NOON = from_iso("2027-04-10T12:00:00+08:00")
DAY = "2027-04-10"

# Hui owns the event; Rui coordinates; Wei and Lan call the show; Mei and Jun are crew of light and of sound;
# Emma, of light too, reads English; Qin is the client, Tong a vendor. Eve owns another event.
CAST: dict[str, Json] = {
    "rui": {"name": "周柏睿", "roles": ["coordinator"]},
    "wei": {
        "name": "許庭瑋",
        "name_en": "Wei Hsu",
        "roles": ["caller"],
        "tracks": ["main"],
        "department": "stage",
    },
    "lan": {"name": "林嵐", "roles": ["caller"], "tracks": ["main", "river"], "department": "stage"},
    "mei": {"name": "陳美玲", "roles": ["crew"], "department": "light"},
    "jun": {"name": "王俊", "roles": ["crew"], "department": "sound"},
    "emma": {"name": "Emma Clarke", "roles": ["crew"], "department": "light", "locale": "en"},
    "qin": {"name": "梁雅琴", "roles": ["client"]},
    "tong": {"name": "童先生", "roles": ["vendor"]},
}
SCENE: tuple[tuple[str, Json], ...] = (
    *(("department.put", {"id": name, "name": name}) for name in ("stage", "light", "sound")),
    *(("member.add", {"id": name, **about}) for name, about in CAST.items()),
    *(("place.put", {"id": name, "name": name}) for name in ("stage-1", "gate")),
    ("track.put", {"id": "main", "name": "主舞台", "place": "stage-1"}),
    ("track.put", {"id": "river", "name": "河岸"}),
    *(("column.put", {"id": name, "name": name, "department": name}) for name in ("light", "sound")),
)


# Every table of which events have rows, those first on which others hang.
_TABLES = [
    table for table in SQLModel.metadata.sorted_tables if table.name == "event" or "event_id" in table.columns
]
Rows = dict[Table, list[Json]]
# What was founded in this process, by the moment at which it was; None: on a clock that goes.
_founded: dict[int | None, Rows] = {}


def _event_of(table: Table) -> Column[Any]:
    return table.c.id if table.name == "event" else table.c.event_id


class House:
    """The whole program on one database, not served. Time stands until it is moved."""

    def __init__(self, database_url: str, clock: Clock | None = None) -> None:
        self.url, self.clock = database_url, clock or FixedClock(NOON)
        settings = Settings(database_url=database_url, dev=True, data_dir=Path("unused"))
        self.app: Starlette = create_app(settings, self.clock)
        self.services: Services = self.app.state.services
        self._numbers = count(1)

    def close(self) -> None:
        self.services.writers.close()
        self.services.db.close()

    def show(self) -> "Show":
        """A new event with its cast, and one of strangers."""
        number = next(self._numbers)
        show = Show(self, f"riverside-{number}", f"harbour-{number}")
        moment = self.clock.now() if isinstance(self.clock, FixedClock) else None
        if moment in _founded:
            show.refound(_founded[moment])
        else:
            show.found()
            _founded[moment] = show.rows()
        return show


class Show:
    """An event of the cast, and `other`, one of strangers."""

    def __init__(self, house: House, event: str, other: str) -> None:
        self.house, self.event, self.other = house, event, other
        self.services, self.clock = house.services, house.clock

    def found(self) -> None:
        """Make both events, their people, and what rows hang on."""
        now = self.clock.now()
        with self.services.db.write() as session:
            organisation = found_organisation(session, "河岸製作", now)
            for key, owner in ((self.event, "hui"), (self.other, "eve")):
                event = Event(
                    id=key,
                    organisation_id=organisation,
                    name="河岸音樂祭",
                    epoch=f"epoch of {key}",
                    created_at=now - 86_400_000,
                )
                found_event(session, event, Founder("", organisation, "王佳慧", "zh-TW"), owner, now)
        self.all("hui", *SCENE)

    def rows(self) -> Rows:
        """All that there is of both events, by its table, the names of the events left out."""
        with self.services.db.read() as session:
            return {table: self._rows(session, table) for table in _TABLES}

    def _rows(self, session: Session, table: Table) -> list[Json]:
        key = _event_of(table)
        found = session.execute(select(table).where(key.in_((self.event, self.other)))).mappings()
        return [dict(row) | {key.name: row[key.name] == self.event} for row in found]

    def refound(self, founded: Rows) -> None:
        """Make both events as another show's were made, which takes a tenth of the time."""
        with self.services.db.write() as session:
            organisation = found_organisation(session, "河岸製作", self.clock.now())
            session.flush()
            for table, rows in founded.items():
                if rows:
                    session.execute(insert(table), [self._mine(table, row, organisation) for row in rows])

    def _mine(self, table: Table, row: Json, organisation: str) -> Json:
        key = _event_of(table).name
        mine = row | {key: self.event if row[key] else self.other}
        if table is Event.__table__:  # type: ignore[attr-defined]  # SQLModel's tables have no public type
            mine |= {"organisation_id": organisation, "epoch": f"epoch of {mine[key]}"}
        return mine

    def add(self, cue_id: str, **args: Any) -> Result:  # noqa: ANN401 - whatever the op takes
        """Add a row as Rui; an item of the main track unless something else is said."""
        return self.do("rui", "cue.add", id=cue_id, **{"track": "main", "title": cue_id} | args)

    def tick(self, seconds: float) -> None:
        """Let time go by."""
        assert isinstance(self.clock, FixedClock)
        self.clock.advance(seconds)

    # Ops

    def do(self, member: str, op: str, **args: Any) -> Result:  # noqa: ANN401 - as above
        """Carry out one op that must be applied."""
        [result] = self.send(member, {"op": op, "args": args})
        assert result["status"] == "applied", result
        return result

    def refuse(self, member: str, op: str, **args: Any) -> Json:  # noqa: ANN401 - as above
        """Carry out one op that must not be applied, and must change nothing; its error."""
        head = self.head
        [result] = self.send(member, {"op": op, "args": args})
        assert result["status"] in {"rejected", "conflict"}, result
        assert self.head == head
        error: Json = result["error"]
        return error

    def undo(self, member: str, result: Result) -> Result:
        """Carry out the undo that came with a result, whatever becomes of it."""
        [undone] = self.send(member, result["result"]["undo"])
        return undone

    def all(self, member: str, *ops: tuple[str, Json]) -> None:
        """Carry out ops that must all be applied."""
        results = self.send(member, *({"op": op, "args": args} for op, args in ops))
        assert {result["status"] for result in results} == {"applied"}, results

    def send(self, member: str, *raw: Json, event: str = "") -> list[Result]:
        """Carry out ops as they arrive from outside, ids given where there are none."""
        prepared = [prepare(self.services.ops, {"id": new_id()} | one) for one in raw]
        return self.submit(member, prepared, event)

    def submit(self, member: str, prepared: Sequence[Prepared | Result], event: str = "") -> list[Result]:
        """Hand prepared ops to the writer, and wait."""
        ops = [one for one in prepared if isinstance(one, Prepared)]
        submission = Submission(event or self.event, member, ops, self.clock.now())
        done = iter(self.services.writers.submit(submission).result(30))
        return [next(done) if isinstance(one, Prepared) else one for one in prepared]

    # What is there

    @property
    def head(self) -> int:
        return self.services.feed.head(self.event)

    def bodies(self, member: str, kind: str) -> list[Json]:
        """The entities of a kind as a member reads them."""
        viewer = self.viewer(member)
        with self.services.db.read() as session:
            return self.services.feed.bodies(session, session.get_one(Event, self.event), viewer, kind)

    def viewer(self, member: str) -> Viewer:
        with self.services.db.read() as session:
            found = find_viewer(session, self.event, member)
        assert found is not None
        return found

    def cue(self, cue_id: str) -> Cue:
        with self.services.db.read() as session:
            return session.get_one(Cue, (self.event, cue_id))

    def token(self, member: str, event: str = "") -> str:
        token = issue_token(self.services, event or self.event, member)
        assert token is not None
        return token


@contextmanager
def opened(database_url: str, clock: Clock | None = None) -> Iterator[House]:
    """The program on a migrated database, for as long as the block lasts."""
    house = House(database_url, clock)
    try:
        yield house
    finally:
        house.close()


@pytest.fixture(scope="session")
def houses(request: pytest.FixtureRequest) -> Iterator[Callable[[str], House]]:
    """`houses(backend)`: one program for all shows of a session, since each has an event of its own."""
    made: list[House] = []

    @cache
    def house(backend: str) -> House:
        databases: Databases = request.getfixturevalue(f"{backend}_databases")
        made.append(House(databases.migrated()))
        return made[-1]

    yield house
    for one in made:
        one.close()


@pytest.fixture
def show(backend: str, houses: Callable[[str], House]) -> Show:
    """A new event with its cast, at noon; on both backends."""
    return _at_noon(houses(backend))


@pytest.fixture
def sqlite_show(houses: Callable[[str], House]) -> Show:
    """As `show`, on SQLite only."""
    return _at_noon(houses("sqlite"))


def _at_noon(house: House) -> Show:
    assert isinstance(house.clock, FixedClock)
    house.clock.at = NOON
    return house.show()
