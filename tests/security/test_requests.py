"""Addresses and hosts as no browser makes them: a real server answers with its own pages alone, in its own name."""

import http.client
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from server.core.auth import cookie_name
from tests.browser.stable import Ready, Stable
from tests.people.stage import PASSWORD, with_cast
from tests.security.fairground import addresses
from tests.support.databases import SqliteDatabases

EVIL = "evil.example"
# Where a path may be followed by more, or by anything.
BASES = ("", "/static/{build}", "/e/fair/blobs", "/e/fair/export", "/e/fair/people", "/ical", "/internal")
UP = (
    *("/..", "/%2e%2e", "/.%2e", "/..%2f", "/%2e%2e%2f", "/..%5c", "/..\\", "/..;", "/....//", "/%252e%252e"),
    *("/%c0%ae%c0%ae", "/%e0%80%ae%e0%80%ae", "//", "/%00", "/%u002e%u002e", "/.", "\\\\"),
)
# What would come of a file beyond: of ours, of the system's, and of the database.
BEYOND = re.compile(rb"def create_app|root:x:0|SQLite format 3|\[project\]|PRIVATE KEY")


# What a proxy might say, if the server believed everybody that they are one.
FORWARDED = {
    **dict.fromkeys(("X-Forwarded-Host", "X-Forwarded-Server", "X-Original-Host", "X-Host"), EVIL),
    **dict.fromkeys(("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"), f"//{EVIL}"),
    "X-Forwarded-Proto": "https",
    "Forwarded": f"host={EVIL};proto=https",
}


@dataclass
class Answer:
    status: int
    headers: str
    body: bytes

    @property
    def location(self) -> str:
        found = re.search(r"^location: (.*?)\r?$", self.headers, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""


class Crafty:
    """Amy's browser, as it would be if she wrote its requests by hand."""

    def __init__(self, server: Ready) -> None:
        self.server = server
        self.line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        self.cookie = ""
        answer = self.ask("/sign-in", form={"email": "amy@example.com", "password": PASSWORD})
        name = cookie_name(server.url)
        self.cookie = re.findall(f"{name}=[^;]+", answer.headers)[0]
        self.build = re.findall(r"fieldcue-build: (\w+)", answer.headers)[0]

    def ask(
        self,
        target: str,
        *hosts: str,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Without `hosts`, at the server's own."""
        body = urlencode(form or {}).encode()
        self.line.putrequest("GET" if form is None else "POST", target, skip_host=True)
        for host in hosts or (self.server.url.removeprefix("http://"),):
            self.line.putheader("Host", host)
        known = {"Cookie": self.cookie, "Origin": self.server.url, "Content-Length": str(len(body))}
        known |= {"Content-Type": "application/x-www-form-urlencoded"}
        for name, value in (known | dict(headers or {})).items():
            self.line.putheader(name, value)
        self.line.endheaders(body)
        answer = self.line.getresponse()
        return Answer(answer.status, str(answer.headers), answer.read())

    def send(self, request: bytes) -> bytes:
        """All that is answered to these bytes."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as line:
            line.sendall(request.replace(b"COOKIE", self.cookie.encode()))
            return b"".join(iter(lambda: line.recv(65_536), b""))


@pytest.fixture(scope="module")
def amy(
    stable: Stable, sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crafty]:
    server = Ready(stable, tmp_path_factory.mktemp("crafty"), with_cast(sqlite_databases, real=True))
    crafty = Crafty(server)
    yield crafty
    crafty.line.close()
    stable.leave(server)


@pytest.mark.parametrize("base", BASES, ids=lambda base: base or "/")
def test_no_path_leads_beyond_what_is_served(amy: Crafty, base: str) -> None:
    for up in UP:
        for many, file in (
            (1, "server/app.py"),
            (2, "pyproject.toml"),
            (12, "etc/passwd"),
            (1, "sw/worker.js"),
        ):
            path = f"{base.format(build=amy.build)}{up * many}/{file}"
            answer = amy.ask(path)
            assert answer.status in {400, 404}, path
            assert answer.location == "", path
            assert not BEYOND.search(answer.body), path
    assert amy.ask("/e/fair/people").status == 200  # she is in


@pytest.mark.parametrize(
    "target",
    [b"//evil.example/", b"///evil.example", b"/\\evil.example", b"/%2f%2fevil.example/", b"/e/fair/", b"/sign-in/",
     b"/e/fair/;/evil.example", b"/e/%2e%2e/sign-in/", b"http://evil.example/sign-in/", b"http://evil.example/e/fair/",
     b"http://x@evil.example/e/fair/people/", b"/api/events/fair/state/", b"/e/none//evil.example", b"*", b"evil",
     b"https://evil.example", b"/\xc0\xae\xc0\xae/", b"/sign-in?\xff",
     b"/e/fair/people%0d%0aLocation:%20//evil.example"],
)  # fmt: skip
@pytest.mark.parametrize("cookie", [b"", b"Cookie: COOKIE\r\n"], ids=["nobody", "Amy"])
def test_no_address_leads_away(amy: Crafty, target: bytes, cookie: bytes) -> None:
    """Only to a path of ours, which is for nobody to read as a host."""
    said = amy.send(
        b"GET " + target + b" HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n" + cookie + b"\r\n"
    )
    status, headers = int(said[9:12]), said.partition(b"\r\n\r\n")[0].lower()
    assert status in {303, 400, 403, 404}
    assert all(re.match(rb"/(?![/\\])", to) for to in re.findall(rb"location: (.*)", headers))


@pytest.mark.parametrize(
    "host",
    [EVIL, f"127.0.0.1@{EVIL}", f"127.0.0.1:{EVIL}", f"{EVIL}:80", f"{EVIL}/127.0.0.1", f"127.0.0.1.{EVIL}",
     f"[{EVIL}]", EVIL * 300, f"{EVIL}#", ""],
)  # fmt: skip
def test_no_answer_takes_a_name_from_a_host_that_is_not_ours(amy: Crafty, host: str) -> None:
    every = (
        addresses("fair", "dan", "overview", "cues") if host == EVIL else ("/", "/e/fair", "/sign-in?to=/me")
    )
    for path in [*every, "/api/openapi.json", "/e/none/x/"]:
        answer = amy.ask(path, host, headers=FORWARDED)
        assert EVIL not in answer.headers, path
        assert EVIL.encode() not in answer.body, path


@pytest.mark.parametrize(
    "ours", ["http://evil.example", "{url}.evil.example", "{url}@evil.example", "{url}0", "//"]
)
def test_no_code_is_drawn_of_an_address_that_is_not_ours(amy: Crafty, ours: str) -> None:
    url = amy.server.url
    for text, status in ((f"{url}/join#x", 200), (f"{ours.format(url=url)}/join#x", 400)):
        assert amy.ask("/e/fair/qr", EVIL, form={"text": text}).status == status


@pytest.mark.parametrize("hosts", [("127.0.0.1", EVIL), (EVIL, "127.0.0.1"), ("127.0.0.1", "127.0.0.1")])
def test_a_request_with_two_hosts_is_refused(amy: Crafty, hosts: tuple[str, ...]) -> None:
    heads = "".join(f"Host: {host}\r\n" for host in hosts)
    said = amy.send(f"GET /sign-in HTTP/1.1\r\n{heads}Connection: close\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 400")


def test_without_a_host_only_what_is_older_than_hosts_is_answered(amy: Crafty) -> None:
    """RFC 9112, 3.2."""
    assert amy.send(b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert b" 200 " in amy.send(b"GET /healthz HTTP/1.0\r\n\r\n")[:20]


def test_the_worker_of_the_phones_is_the_one_script_that_reaches_all_of_them(amy: Crafty) -> None:
    assert amy.ask("/sw.js").status == 200
    for path in ("/sw.js", f"/static/{amy.build}/js/drain.js", f"/static/{amy.build}/joined/phone.js"):
        answer = amy.ask(path)
        assert (answer.status, "service-worker-allowed" in answer.headers.lower()) == (200, False)
    for path in (
        "/SW.js",
        "/sw.js/",
        "//sw.js",
        "/e/fair/sw.js",
        "/e/fair/../../sw.js",
        f"/static/{amy.build}/sw.js",
    ):
        assert amy.ask(path).status == 404, path


def test_nobody_has_more_tries_by_saying_that_they_come_from_elsewhere(amy: Crafty) -> None:
    form = {"email": "zoe@example.com", "password": "x" * 10}
    elsewhere = [{"X-Forwarded-For": f"203.0.113.{n}", "X-Real-IP": f"203.0.113.{n}"} for n in range(9)]
    tries = [amy.ask("/sign-in", form=form, headers=each).status for each in elsewhere]
    assert tries == [422] * 8 + [429]
