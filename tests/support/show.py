"""An event with a named cast, driven from inside: ops go to the real writer, reads through the real feed."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url
from starlette.applications import Starlette

from server.app import create_app
from server.core.access import Viewer
from server.core.clock import Clock, FixedClock, from_iso
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
from tests.support.databases import Databases, PostgresDatabases

Json = dict[str, Any]

EVENT, OTHER_EVENT = "riverside", "harbour"
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


class Show:
    """Two events on one database: the one of the cast, and one of strangers. Time stands until it is moved."""

    def __init__(self, database_url: str, clock: Clock | None = None) -> None:
        self.clock = clock or FixedClock(NOON)
        settings = Settings(database_url=database_url, dev=True, data_dir=Path("unused"))
        self.app: Starlette = create_app(settings, self.clock)
        self.services: Services = self.app.state.services
        self._name, self._numbers = new_id(), count(1)

    def close(self) -> None:
        self.services.writers.close()
        self.services.db.close()

    def found(self) -> None:
        """Make both events, their people, and what rows hang on."""
        with self.services.db.write() as session:
            organisation = found_organisation(session, "河岸製作", self.clock.now())
            for key, owner in ((EVENT, "hui"), (OTHER_EVENT, "eve")):
                event = Event(
                    id=key,
                    organisation_id=organisation,
                    name="河岸音樂祭",
                    epoch=f"epoch-{key}",
                    created_at=NOON - 86_400_000,
                )
                founder = Founder("", organisation, "王佳慧", "zh-TW")
                found_event(session, event, founder, owner, self.clock.now())
        self.all("hui", *SCENE)

    def add(self, cue_id: str, **args: Any) -> Result:  # noqa: ANN401 - whatever the op takes
        """Add a row as Rui; an item of the main track unless something else is said."""
        return self.do("rui", "cue.add", id=cue_id, **{"track": "main", "title": cue_id} | args)

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

    def send(self, member: str, *raw: Json, event: str = EVENT) -> list[Result]:
        """Carry out ops as they arrive from outside, ids given where there are none."""
        prepared = [prepare(self.services.ops, {"id": self.new_op()} | one) for one in raw]
        return self.submit(member, prepared, event)

    def submit(self, member: str, prepared: Sequence[Prepared | Result], event: str = EVENT) -> list[Result]:
        """Hand prepared ops to the writer, and wait."""
        ops = [one for one in prepared if isinstance(one, Prepared)]
        submission = Submission(event, member, ops, self.clock.now())
        done = iter(self.services.writers.submit(submission).result(30) if ops else [])
        return [next(done) if isinstance(one, Prepared) else one for one in prepared]

    def new_op(self) -> str:
        return f"{self._name}-{next(self._numbers)}"

    # What is there

    def bodies(self, member: str, kind: str) -> list[Json]:
        """The entities of a kind as a member reads them."""
        viewer = self.viewer(member)
        with self.services.db.read() as session:
            return self.services.feed.bodies(session, session.get_one(Event, EVENT), viewer, kind)

    @property
    def head(self) -> int:
        return self.services.feed.head(EVENT)

    def viewer(self, member: str, event: str = EVENT) -> Viewer:
        with self.services.db.read() as session:
            found = find_viewer(session, event, member)
        assert found is not None
        return found

    def cue(self, cue_id: str) -> Cue:
        with self.services.db.read() as session:
            return session.get_one(Cue, (EVENT, cue_id))

    def token(self, member: str, event: str = EVENT) -> str:
        token = issue_token(self.services, event, member)
        assert token is not None
        return token


@contextmanager
def founded(database_url: str, clock: Clock | None = None) -> Iterator[Show]:
    """A show that is ready, for as long as the block lasts."""
    show = Show(database_url, clock)
    try:
        show.found()
        yield show
    finally:
        show.close()


class Founded:
    """Databases of one backend in which both events are founded, copied from one."""

    def __init__(self, databases: Databases) -> None:
        self._databases, self._numbers = databases, count(1)
        self._template = databases.migrated()
        with founded(self._template):
            pass

    def copy(self) -> str:
        """A database of its own, ready at once."""
        if isinstance(self._databases, PostgresDatabases):
            name = f"founded_{next(self._numbers)}"
            return self._databases.server.create(name, str(make_url(self._template).database))
        url = self._databases.empty()
        shutil.copyfile(*(url.removeprefix("sqlite:///") for url in (self._template, url)))
        return url


@pytest.fixture(scope="session")
def founded_databases(request: pytest.FixtureRequest) -> Callable[[str], Founded]:
    """`founded_databases(backend)`: found once in a session and backend."""
    return cache(lambda backend: Founded(request.getfixturevalue(f"{backend}_databases")))


@pytest.fixture
def show(backend: str, databases: Databases, founded_databases: Callable[[str], Founded]) -> Iterator[Show]:
    """An event with its cast, on a database of its own; on both backends."""
    with opened(databases, founded_databases(backend)) as show:
        yield show


@pytest.fixture
def sqlite_show(sqlite_databases: Databases, founded_databases: Callable[[str], Founded]) -> Iterator[Show]:
    """As `show`, on SQLite only."""
    with opened(sqlite_databases, founded_databases("sqlite")) as show:
        yield show


@contextmanager
def opened(databases: Databases, source: Founded) -> Iterator[Show]:
    """A show on a copy of a founded database, for as long as the block lasts."""
    url = source.copy()
    show = Show(url)
    try:
        yield show
    finally:
        show.close()
        databases.forget(url)
