"""Everything that opens something, used once on a real server: neither its log nor its folder keeps any of it."""

import http.client
import json
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from server.core.auth import cookie_name
from server.core.ids import digest, new_id, new_secret
from server.core.process import ask_running
from tests.people.stage import PASSWORD, with_cast
from tests.support.databases import SqliteDatabases
from tests.support.server import Server

NEW_PASSWORD = "another three plain words"


@dataclass
class Person:
    """Somebody who speaks HTTP to a server, and remembers its cookies."""

    server: Server
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> tuple[int, str]:
        """Status and text of an answer."""
        sent = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        return self._ask(method, path, urlencode(form) if form is not None else None, sent)

    def op(self, op: str, **args: object) -> None:
        body = json.dumps({"ops": [{"id": new_id(), "op": op, "args": args}]})
        assert '"applied"' in self._ask("POST", "/e/fair/ops", body, {})[1]

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        known = {"Origin": self.server.url, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)) as line:
            line.request(method, path, body, known | headers)
            answer = line.getresponse()
            for given in answer.headers.get_all("set-cookie", []):
                name, _, value = given.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, answer.read().decode()


def use_everything(server: Server) -> dict[str, str]:
    """Each secret there is, by what it is: made, used well, and used where it doesn't belong."""
    amy, dan, desk = Person(server), Person(server), Person(server)
    made = {name: new_secret() for name in ("link", "guest", "desk", "calendar", "attempt")}
    assert amy.ask("POST", "/sign-in", {"email": "amy@example.com", "password": PASSWORD})[0] == 303
    amy.op("member.link", id="dan", hash=digest(made["link"]))
    amy.op("guest.open", id="g", name="client", hash=digest(made["guest"]))
    amy.op("desk.open", id="d", track="main", name="deck", hash=digest(made["desk"]))
    amy.op("calendar.make", id="k", hash=digest(made["calendar"]))
    assert dan.ask("POST", "/join", {"secret": made["link"], "attempt": made["attempt"]})[0] == 200
    assert desk.ask("POST", "/guest/sheet", {"secret": made["guest"]})[0] == 200
    assert desk.ask("GET", f"/ical/{made['calendar']}.ics")[0] == 200
    assert desk.ask("GET", "/api/desk/status", Authorization=f"Bearer {made['desk']}")[0] == 200
    bearer = ask_running(server.folder / "data", "token", {"event": "fair", "member": "bo"})
    assert desk.ask("GET", "/api/events/fair/state", Authorization=f"Bearer {bearer}")[0] == 200
    shown = re.search(r'data-out="code"[^>]*>([^<]+)', amy.ask("POST", "/me/codes", {})[1])
    assert shown
    other = Person(server)
    assert other.ask("POST", "/code", {"code": shown[1]})[0] == 303
    changed = {"password": PASSWORD, "new": NEW_PASSWORD}
    assert amy.ask("POST", "/me/password", changed)[0] == 303
    name = cookie_name(server.url)
    made |= {"bearer": bearer, "code": shown[1], "password": PASSWORD, "new password": NEW_PASSWORD}
    made |= {f"session {n}": each.cookies[name] for n, each in enumerate((amy, dan, other))}
    misplace(desk, made)
    return made


def misplace(anybody: Person, secrets: dict[str, str]) -> None:
    """Put each where errors are made of: paths, questions, forms, heads, and a body that is no JSON."""
    for secret in secrets.values():
        plain = secret.replace(" ", "-")
        for path in (
            f"/join/{plain}",
            f"/e/{plain}",
            f"/static/{plain}/x",
            f"/sign-in?to={plain}",
            f"/ical/{plain}.ics",
        ):
            anybody.ask("GET", path)
        anybody.ask("POST", "/sign-in", {"email": secret, "password": secret})
        anybody.ask("POST", "/api/events/fair/ops", {"x": secret}, Authorization=f"Bearer {secret}")
        anybody.ask("GET", "/me", Cookie=f"{cookie_name(anybody.server.url)}={secret}")
        anybody.ask("POST", "/join", {"secret": secret}, **{"Content-Type": "multipart/form-data"})


def test_no_secret_is_in_the_log_or_the_folder_of_a_server_that_has_seen_them_all(
    run_forked: Callable[..., Server], sqlite_databases: SqliteDatabases
) -> None:
    url = with_cast(sqlite_databases, real=True)
    server = run_forked(url, log_level="DEBUG")
    secrets = use_everything(server)
    assert len(secrets) == 12
    server.stop()
    database = Path(urlsplit(url).path)
    kept = [*database.parent.iterdir(), *(each for each in server.folder.rglob("*") if each.is_file())]
    assert database in kept
    assert digest(secrets["link"]).encode() in database.read_bytes()
    found = [
        (name, path.name)
        for name, secret in secrets.items()
        for path in kept
        if secret.encode() in path.read_bytes()
    ]
    assert found == []
