"""A server of one's own on a venue's network, as phones and the terminal find it."""

import asyncio
import http.client
import json
import plistlib
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image
from websockets.asyncio.client import connect

from server.core.process import ask_running
from server.keeping.look_around import of_settings
from server.settings import Settings
from server.venue.authority import Hosts, certify
from server.venue.terminal import code, codes
from tests.browser.stable import Stable
from tests.support.child import Child, free_port, plain_environment
from tests.support.server import ROOT
from tests.venue.stage import NAME, Venue, served

EVENT = "riverside2027"


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory, stable: Stable) -> Iterator[Venue]:
    """The demo, served at a venue."""
    running = Venue(stable, tmp_path_factory.mktemp("venue"), "demo")
    yield running
    running.child.stop()


def fetch(venue: Venue, path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    """One request to the page of plain http, over loopback."""
    connection = http.client.HTTPConnection("127.0.0.1", venue.trust_port, timeout=20)
    connection.request(
        "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_people_are_let_in_by_https_only_with_cookies_of_this_host(venue: Venue) -> None:
    link = venue.child.output.split("/join#")[1].split()[0]
    connection = http.client.HTTPSConnection("127.0.0.1", venue.port, timeout=20, context=venue.trusting())
    headers = {"Origin": venue.url, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/join", f"secret={link}", headers)
    answer = connection.getresponse()
    assert json.loads(answer.read()) == {"to": f"/e/{EVENT}"}
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie
    # A browser that once heard of it would ask this page by https too, where nobody answers.
    assert answer.headers["strict-transport-security"] is None
    connection.close()


def test_the_trust_page_speaks_the_readers_language(venue: Venue) -> None:
    for headers, title in (
        (dict[str, str](), "信任這台伺服器"),
        ({"accept_language": "en-GB"}, "Trust this server"),
    ):
        answer, body = fetch(venue, "/", **headers)
        assert (answer.status, f"<title>{title}" in body.decode()) == (200, True)
        assert venue.fingerprint in body.decode()
        assert f'href="{venue.url}/"' in body.decode()
    assert "Trust this server" in fetch(venue, "/?lang=en")[1].decode()
    assert "信任這台伺服器" in fetch(venue, "/?lang=zh-TW", accept_language="en")[1].decode()


def test_the_authority_comes_as_each_kind_of_phone_takes_it(venue: Venue) -> None:
    known = x509.load_pem_x509_certificate(venue.authority.read_bytes())
    answer, body = fetch(venue, "/fieldcue-ca.crt")
    assert (answer.headers["content-type"], body) == (
        "application/x-x509-ca-cert",
        known.public_bytes(Encoding.DER),
    )
    assert fetch(venue, "/fieldcue-ca.pem")[1] == venue.authority.read_bytes()
    answer, body = fetch(venue, "/fieldcue-ca.mobileconfig")
    assert answer.headers["content-type"] == "application/x-apple-aspen-config"
    profile = plistlib.loads(body)
    [payload] = profile["PayloadContent"]
    assert (payload["PayloadType"], payload["PayloadContent"]) == (
        "com.apple.security.root",
        known.public_bytes(Encoding.DER),
    )
    assert profile["PayloadType"] == "Configuration"


@pytest.mark.parametrize(
    "path", ["/sign-in", "/join", f"/e/{EVENT}", "/api/openapi.json", "/healthz", "/sw.js"]
)
def test_over_plain_http_there_is_the_trust_page_and_nothing_else(venue: Venue, path: str) -> None:
    answer, body = fetch(venue, path)
    assert (answer.status, answer.headers["location"], body) == (303, "/", b"")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/fieldcue-ca.pem", "/static/x/css/base.css"])
def test_no_cookie_is_ever_set_over_plain_http(venue: Venue, path: str) -> None:
    answer, _ = fetch(venue, path, cookie="fieldcue=abc")
    assert answer.headers["set-cookie"] is None
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["/../ca.key", "/ca.key", "/tls/ca.key", "/static/x/../../data/tls/ca.key"])
def test_no_key_is_served(venue: Venue, path: str) -> None:
    answer, body = fetch(venue, path)
    assert answer.status in {303, 404}
    assert b"PRIVATE" not in body


def test_nothing_can_be_written_over_plain_http(venue: Venue) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", venue.trust_port, timeout=20)
    connection.request("POST", "/join", b"secret=x", {"Content-Type": "application/x-www-form-urlencoded"})
    assert connection.getresponse().status == 405
    connection.close()


def test_over_plain_http_there_is_no_socket_either(venue: Venue) -> None:
    asked = {
        "upgrade": "websocket",
        "sec_websocket_version": "13",
        "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer, _ = fetch(venue, "/", connection="Upgrade", **asked)
    assert answer.status == 200


async def test_a_socket_follows_over_tls(venue: Venue) -> None:
    token = ask_running(venue.data, "token", {"event": EVENT, "member": "c02"})
    url = f"wss://127.0.0.1:{venue.port}/api/events/{EVENT}/live?format=json"
    headers = {"Authorization": f"Bearer {token}"}
    # Not by a client whose threads read and write at once: now and then OpenSSL then loses what comes.
    trust = venue.trusting()
    async with (
        asyncio.timeout(20),
        connect(url, ssl=trust, additional_headers=headers, compression=None) as live,
    ):
        assert json.loads(await live.recv())["type"] == "hello"
        op = {"id": "o1", "op": "cue.edit", "args": {"id": "d1-25", "set": {"title": "換一團"}}}
        assert (await asyncio.to_thread(_post, venue, token, op))["status"] == "applied"
        while (message := json.loads(await live.recv()))["type"] != "frame":
            pass
        assert message["items"][0]["body"]["title"] == "換一團"


def test_a_restart_keeps_the_authority_that_phones_trust(tmp_path: Path, stable: Stable) -> None:
    venue = Venue(stable, tmp_path)
    before = venue.fingerprint
    assert len(before) == 95
    venue.child.stop()
    venue.start().stop()
    assert venue.fingerprint == before
    assert "每支手機都要再信任一次" not in venue.child.output
    assert "加 HOST=0.0.0.0 再啟動" in venue.child.output
    venue.settings["FIELDCUE_HOST_NAME"] = "tent.local"
    venue.start().stop()
    assert venue.fingerprint != before
    assert "!! 位址變了" in venue.child.output


def test_a_command_and_the_doctor_reach_the_server_by_its_address(tmp_path: Path, stable: Stable) -> None:
    venue = Venue(stable, tmp_path, host_name="127.0.0.1")
    environment = plain_environment(**{**venue.settings, "FIELDCUE_TLS": ""})
    doctor = Child(
        (sys.executable, "-m", "server.cli", "doctor", "--json"), tmp_path / "doctor", environment, cwd=ROOT
    )
    assert doctor.process.wait(30) == 0
    levels = {check["check"]: check["level"] for check in json.loads(doctor.output)["checks"]}
    assert levels["server"] == levels["certificate"] == levels["address"] == "fine"
    assert ask_running(venue.data, "tokens", {"event": "none"}) is not None
    venue.child.stop()


@pytest.mark.parametrize(
    ("host", "days", "level"),
    [
        ("127.0.0.1", 0, "fine"),
        ("127.0.0.1", 24, "look"),
        ("127.0.0.1", 29.5, "bad"),
        ("127.0.0.2", 0, "bad"),
    ],
)
def test_the_doctor_looks_at_the_certificate_that_browsers_are_shown(
    tmp_path: Path, host: str, days: float, level: str
) -> None:
    certify(tmp_path / "tls", Hosts([host]), datetime.now(UTC) - timedelta(days=days))
    with served(tmp_path / "tls") as port:
        settings = Settings(data_dir=tmp_path, public_url=f"https://127.0.0.1:{port}")
        found = {finding.name: finding.level for finding in of_settings(settings)}
    assert found["certificate"] == level


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"HOST_NAME": "場地 一"}, "neither a name nor an address"),
        ({"PUBLIC_URL": "http://192.168.1.20:8000"}, "has to begin with https"),
    ],
)
def test_what_cannot_be_certified_is_refused_before_anything_is_made(
    tmp_path: Path, settings: dict[str, str], said: str
) -> None:
    output = refused(tmp_path, **settings)
    assert said in output
    assert not (tmp_path / "data").exists()


def test_a_port_for_trust_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert "FIELDCUE_TRUST_PORT" in refused(tmp_path, TRUST_PORT=str(listener.getsockname()[1]))


def refused(folder: Path, **settings: str) -> str:
    """What a server that must not start says."""
    given = {"PORT": str(free_port()), "TLS": "1", "DATA_DIR": str(folder / "data")} | settings
    environment = plain_environment(**{f"FIELDCUE_{name}": value for name, value in given.items()})
    child = Child((sys.executable, "-m", "server.cli", "serve"), folder / "log", environment, cwd=ROOT)
    assert child.process.wait(30) == 1
    assert "Traceback" not in child.output
    return child.output


# Codes at the terminal


@pytest.mark.parametrize("text", ["http://192.168.1.20:8001", f"https://{NAME}:8000/join#{'x' * 32}"])
def test_a_code_at_the_terminal_can_be_scanned(text: str) -> None:
    assert _scanned(code(text)) == [text]


def test_codes_stand_side_by_side_as_far_as_there_is_room() -> None:
    made = [
        ("王佳慧 lead", "https://a.example/1"),
        ("b", "https://a.example/2"),
        ("c", "https://a.example/3"),
    ]
    wide, narrow = codes(made, 200), codes(made, 40)
    assert len(narrow.splitlines()) == 3 * len(wide.splitlines())
    ink = "\x1b[38;2;0;0;0m\x1b[48;2;255;255;255m"
    lines = [line.replace(ink, "").replace("\x1b[0m", "") for line in wide.splitlines()]
    assert sorted(_scanned([line for line in lines if set(line) <= set(" ▀▄█")])) == [
        text for _, text in made
    ]
    assert lines[-2].startswith("王佳慧 lead")


def _scanned(lines: list[str]) -> list[str]:
    """What a camera reads of half blocks: what is printed is dark."""
    width = max(map(len, lines))
    image = Image.new("L", (width, 2 * len(lines)), 255)
    for row, line in enumerate(lines):
        for column, sign in enumerate(line):
            for half, dark in enumerate((sign in "▀█", sign in "▄█")):
                image.putpixel((column, 2 * row + half), 0 if dark else 255)
    larger = image.resize((image.width * 6, image.height * 6), Image.Resampling.NEAREST)
    return [found.text for found in zxingcpp.read_barcodes(larger)]


def _post(venue: Venue, token: str, op: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = _ask(venue, f"/api/events/{EVENT}/ops", token, {"ops": [op]})["results"][0]
    return result


def _ask(venue: Venue, path: str, token: str, body: object) -> Any:  # noqa: ANN401 - the answer's JSON
    connection = http.client.HTTPSConnection("127.0.0.1", venue.port, timeout=20, context=venue.trusting())
    connection.request("POST", path, json.dumps(body), {"Authorization": f"Bearer {token}"})
    found = json.loads(connection.getresponse().read())
    connection.close()
    return found
