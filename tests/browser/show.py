"""The demo's show at 14:36:40 of its first day, served by a process of its own, and the phones of its cast."""

import json
import shutil
import time
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as LateError
from sqlalchemy import update
from sqlmodel import col

from server.core.auth import Identity, cookie_name, open_session
from server.core.clock import Clock
from server.core.db import Database
from server.core.ids import new_id
from server.core.models import BrowserSession, Change
from server.core.process import ask_running
from server.demo.seed import prepare_demo
from server.settings import Settings
from tests.browser.stable import Ready, Stable
from tests.support.browser import Devices

EVENT = "riverside2027"
AT = "14:36:40"
# ms in which a change is seen elsewhere, also on a busy machine: long before anything would be asked for again.
SOON = 5_000
Json = dict[str, Any]


def seed(folder: Path) -> Path:
    """The demo as it stands at AT, to be copied for each test; it takes some seconds."""
    prepare_demo(Settings(data_dir=folder), at=AT)
    return folder / "demo"


class Show(Ready):
    """A copy of the seeded demo, being served. The clock stands at AT when it starts."""

    command = ("demo", "--at", AT)

    def __init__(self, stable: Stable, folder: Path, seeded: Path, **settings: str) -> None:
        self.data = folder / "data" / "demo"
        shutil.copytree(seeded, self.data)
        self.tokens: dict[str, object] = {}
        self._set_clock()
        super().__init__(stable, folder, f"sqlite:///{self.data / 'fieldcue.db'}", **settings)

    def phone(self, devices: Devices, member: str, screen: str = "now", **context: Any) -> Page:  # noqa: ANN401
        """A member's phone on one of its screens, when it is connected and shows times."""
        page = devices.phone(self.origin, **context)
        self.sign_in(page, member)
        self.open(page, screen)
        return page

    def clocked(self, devices: Devices, member: str, screen: str = "now") -> Page:
        """As `phone`, with a clock that the test can set forward."""
        page = devices.phone(self.origin)
        page.clock.install()
        self.sign_in(page, member)
        self.open(page, screen)
        return page

    def open(self, page: Page, screen: str) -> None:
        """Open a screen anew, and wait until it is connected and knows whose it is."""
        page.goto(f"/e/{EVENT}#{screen}")
        try:
            page.wait_for_function("() => document.querySelector('[data-list=me] > li')")
            page.wait_for_function("() => document.querySelector('[data-out=link][data-is=on]')")
        except LateError as late:
            late.add_note(f"{page.url} says: {page.evaluate('() => document.body.innerText')[:400]}")
            raise

    def sign_in(self, page: Page, member: str) -> None:
        """Give a browser a member's session, and tell its scripts whose it is, as every door does."""
        page.context.add_cookies(
            [{"name": name, "value": value, "url": self.url} for name, value in self.cookies(member).items()]
        )

    def cookies(self, member: str) -> dict[str, str]:
        """What a browser holds of a new session of this member's."""
        database = Database(f"sqlite:///{self.data / 'fieldcue.db'}")
        with database.write() as session:
            secret = open_session(session, Clock().now(), "test", event_id=EVENT, member_id=member)
        database.close()
        name, whose = cookie_name(self.origin), Identity("", None, EVENT, member, "zh-TW").who
        return {name: secret, f"{name}-who": whose}

    def sign_everybody_out(self) -> None:
        """As when sessions are taken back on the server, or have grown too old."""
        database = Database(f"sqlite:///{self.data / 'fieldcue.db'}")
        with database.write() as session:
            session.exec(update(BrowserSession).values(revoked_at=Clock().now()))
        database.close()

    @property
    def origin(self) -> str:
        """Where its people think it is: behind a proxy that is not its own address."""
        return self.settings["FIELDCUE_PUBLIC_URL"]

    def age(self, days: int) -> None:
        """Make all that has happened so many days older."""
        database = Database(f"sqlite:///{self.data / 'fieldcue.db'}")
        with database.write() as session:
            session.exec(update(Change).values(received=col(Change.received) - days * 86_400_000))
        database.close()

    def ops(self, member: str, *ops: tuple[str, Json]) -> list[Json]:
        """Send ops as a member's machine does; their results."""
        batch = [{"id": new_id(), "op": name, "args": args} for name, args in ops]
        answer = self.ask(member, "ops", json.dumps({"ops": batch}).encode())
        results: list[Json] = answer["results"]
        return results

    def cue(self, cue_id: str) -> Json:
        """A row as machines see it."""
        state = self.ask("c02", "state?kinds=cue")
        return next(cue for cue in state["entities"]["cue"] if cue["id"] == cue_id)

    def ask(self, member: str, path: str, body: bytes | None = None) -> Json:
        if member not in self.tokens:
            self.tokens[member] = ask_running(self.data, "token", {"event": EVENT, "member": member})
        headers = {"Authorization": f"Bearer {self.tokens[member]}", "Content-Type": "application/json"}
        url = f"{self.url}/api/events/{EVENT}/{path}"
        request = urllib.request.Request(url, body, headers)  # noqa: S310 - our own loopback address
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            found: Json = json.load(answer)
            return found

    def _set_clock(self) -> None:
        """However long ago it was seeded, the show starts at AT."""
        file = self.data / "demo.json"
        kept = json.loads(file.read_text())
        start = datetime.fromisoformat(f"{kept['plan']['day']}T{AT}").replace(tzinfo=ZoneInfo("Asia/Taipei"))
        kept["offset_ms"] = round(start.timestamp() * 1000) - Clock().now()
        file.write_text(json.dumps(kept))


def within_a_second(*turns: tuple[Callable[[], object], Callable[[], object]]) -> None:
    """What one does another sees, and of several turns one within a second: the others may meet a busy machine."""
    took = []
    for act, see in turns:
        act()
        began = time.monotonic()
        see()
        took.append(time.monotonic() - began)
        if took[-1] < 1:
            return
    raise AssertionError(f"seconds: {took}")


def seconds_without_a_line(page: Page) -> None:
    """A page that can't reach its server tries for some seconds before it says so: let them go by, on its own clock."""
    link = page.locator("[data-out=link]").first
    expect(link).to_have_attribute("data-is", "wait")
    page.clock.fast_forward(4000)
    expect(link).to_have_attribute("data-is", "off")


def edit(page: Page, cue_id: str) -> None:
    """Open a row's form on the phone."""
    page.locator(f"#cue-{cue_id}").tap()
    page.get_by_role("button", name="編輯").tap()


def seen(page: Page, fact: str) -> list[str]:
    """A fact (data-*) of each row that can be seen, from top to bottom."""
    rows: list[str] = page.evaluate(
        """(fact) => [...document.querySelectorAll(".cue")]
            .filter((row) => row.checkVisibility())
            .map((row) => row.dataset[fact])""",
        fact,
    )
    return rows
