"""The program in this process, with an event and its cast, and browsers that speak to it over HTTP.

Amy owns the fair and signs in by e-mail, Bo coordinates, Cai calls the main stage, Dan and Eve are crew of two
departments, Fay is a vendor, Gus the client. Zoe belongs to another event of another organisation.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient, WebSocketTestSession

from server.app import create_app
from server.core.auth import cookie_name, open_session
from server.core.clock import Clock
from server.core.ids import digest, new_id, new_secret
from server.core.models import Event
from server.core.ops import Prepared, prepare
from server.core.services import Services
from server.core.writer import Submission
from server.people.founding import Founder, days_from, found_event, found_organisation, open_account
from server.people.models import JoinLink
from server.people.tokens import issue_token
from server.settings import Settings
from tests.support.clock import FixedClock
from tests.support.databases import Databases

ORIGIN = "http://127.0.0.1:8000"
PASSWORD = "three plain words"
NOW = 1_795_420_800_000  # 2026-11-23T08:00:00Z
DAY_MS = 86_400_000
_DAY_1 = date(2026, 11, 23)

Json = dict[str, Any]
CAST: dict[str, Json] = {
    "bo": {"name": "周柏", "name_en": "Bo", "roles": ["coordinator"]},
    "cai": {"name": "蔡蔡", "roles": ["caller"], "tracks": ["main"]},
    "dan": {
        "name": "簡丹",
        "name_en": "Dan",
        "title": "舞台工讀生",
        "department": "stage",
        "phone": "0900000001",
    },
    "eve": {"name": "伊芙", "department": "light"},
    "fay": {"name": "費伊", "roles": ["vendor"]},
    "gus": {"name": "葛斯", "roles": ["client"]},
}


class Browser(TestClient):
    """One browser: keeps its cookies, names its origin, and does not follow redirects by itself."""

    def __init__(self, stage: "Stage", **headers: str) -> None:
        known = {"origin": stage.services.origin, "user-agent": "Mozilla/5.0 (iPhone) Version/17 Safari/605"}
        super().__init__(
            stage.app, base_url=stage.services.origin, headers=known | headers, follow_redirects=False
        )

    def websocket_connect(self, url: str, *args: Any, **more: Any) -> WebSocketTestSession:  # noqa: ANN401 - as there
        """At the browser's own address, so that its cookies go along."""
        return super().websocket_connect(str(self.base_url.copy_with(scheme="ws").join(url)), *args, **more)

    def op(self, op: str, args: Json, **more: object) -> Json:
        """Send one op as a page does; its result."""
        body = {"ops": [{"id": new_id(), "op": op, "args": args} | more]}
        answer = self.post("/e/fair/ops?view=people", json=body)
        assert answer.status_code == 200, answer.text
        result: Json = answer.json()["results"][0]
        return result


class Stage:
    """The program and its cast. `clock` stands still until a test moves it; with `real` time goes by."""

    def __init__(self, database_url: str, folder: Path, *, real: bool = False, **settings: str) -> None:
        known: Json = {"public_url": ORIGIN, "data_dir": folder, "database_url": database_url}
        self.clock = FixedClock(NOW)
        self.app = create_app(Settings(**known | settings), Clock() if real else self.clock)
        self.services: Services = self.app.state.services

    def now(self) -> int:
        return self.services.clock.now()

    def close(self) -> None:
        self.services.writers.close()
        self.services.db.close()

    def browser(self, member: str = "", event: str = "fair", **headers: str) -> Browser:
        """A browser; with a member, one in which they are signed in."""
        browser = Browser(self, **headers)
        if member:
            self.sign_in(browser, event_id=event, member_id=member)
        return browser

    def sign_in(self, browser: Browser, **who: str) -> None:
        with self.services.db.write() as session:
            secret = open_session(session, self.now(), "Safari iPhone", **who)
        # As the server would set it, so that what it gives later takes the place of this one.
        origin = self.services.origin
        browser.cookies.set(cookie_name(origin), secret, domain=urlsplit(origin).hostname or "")

    def token(self, member: str, event: str = "fair") -> dict[str, str]:
        """The header of a machine that acts as a member."""
        found = issue_token(self.services, event, member)
        assert found
        return {"authorization": f"Bearer {found}"}

    def link(self, member: str, *, days: float = 14, event: str = "fair") -> str:
        """The secret of a new personal link."""
        secret, now = new_secret(), self.now()
        with self.services.db.write() as session:
            session.add(
                JoinLink(
                    secret_hash=digest(secret),
                    event_id=event,
                    member_id=member,
                    created_at=now,
                    expires_at=now + round(days * DAY_MS),
                )
            )
        return secret

    def do(self, member: str, op: str, event: str = "fair", **args: object) -> Json:
        """Carry out an op as a member, without the web."""
        return self._submit(member, event, [(op, args)])[0]

    @property
    def head(self) -> int:
        """The seq of the fair's last change."""
        return self.services.feed.head("fair")

    def must(self, member: str, op: str, event: str = "fair", **args: object) -> Json:
        return self.must_all(member, [(op, args)], event)[0]

    def must_all(self, member: str, ops: list[tuple[str, Json]], event: str = "fair") -> list[Json]:
        """Carry out ops in one commit; none may be refused."""
        results = self._submit(member, event, ops)
        assert {result["status"] for result in results} == {"applied"}, results
        return results

    def _submit(self, member: str, event: str, ops: list[tuple[str, Json]]) -> list[Json]:
        raw = [{"id": new_id(), "op": op, "args": args} for op, args in ops]
        prepared = [op for each in raw if isinstance(op := prepare(self.services.ops, each), Prepared)]
        assert len(prepared) == len(raw), raw
        submission = Submission(event, member, prepared, self.now())
        return self.services.writers.submit(submission).result(10)

    def populate(self) -> "Stage":
        self.found("fair", "amy", "音樂市集")
        self.found("other", "zoe", "別的活動")
        named = [
            ("department.put", {"id": "stage", "name": "舞台組"}),
            ("department.put", {"id": "light", "name": "燈光組"}),
        ]
        named += [("track.put", {"id": "main", "name": "主舞台"})]
        self.must_all("amy", [*named, *(("member.add", {"id": one} | CAST[one]) for one in CAST)])
        return self

    def found(self, key: str, owner: str, name: str) -> None:
        """An organisation, its owner with an account, and their event of two days."""
        now = self.now()
        with self.services.db.write() as session:
            organisation = found_organisation(session, f"{name}公司", now)
            email = f"{owner}@example.com"
            account = open_account(session, organisation, email, PASSWORD, now, name=owner, locale="zh-TW")
            session.flush()
            event = Event(
                id=key,
                organisation_id=organisation,
                name=name,
                venue="河濱公園",
                days=days_from(_DAY_1, 2),
                epoch=new_id(),
                created_at=now,
            )
            founder = Founder(account.id, organisation, owner, "zh-TW")
            found_event(session, event, founder, owner, now)


def with_cast(databases: Databases, *, real: bool = False) -> str:
    """A database in which the cast is already."""
    return databases.filled(f"cast, {real=}", partial(_populate, real=real))


def _populate(database_url: str, *, real: bool) -> None:
    # No file of the cast lies anywhere.
    with opened(database_url, Path("unused"), real=real) as stage:
        stage.populate()


@pytest.fixture
def cast_url(databases: Databases) -> Iterator[str]:
    """As `database_url`, with the cast in it, at `NOW`."""
    url = with_cast(databases)
    yield url
    databases.forget(url)


@pytest.fixture
def current_cast_url(databases: Databases) -> Iterator[str]:
    """The same for a program on the real clock."""
    url = with_cast(databases, real=True)
    yield url
    databases.forget(url)


@contextmanager
def opened(database_url: str, folder: Path, *, real: bool = False, **settings: str) -> Iterator[Stage]:
    stage = Stage(database_url, folder, real=real, **settings)
    try:
        yield stage
    finally:
        stage.close()
