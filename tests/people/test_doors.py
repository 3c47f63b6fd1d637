"""Where sessions may be kept: over https and on the loopback, and nowhere else; and whose requests are heard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from starlette.websockets import WebSocketDisconnect

from server.core.models import BrowserSession
from server.people.models import JoinLink
from tests.people.stage import PASSWORD, Browser, Stage, opened

# What is tested here does not depend on the database.
pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

AMY = {"email": "amy@example.com", "password": PASSWORD}
LAN = "http://192.168.1.20:8000"


@pytest.fixture
def venue(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    """Served to the venue's network by plain http."""
    with opened(cast_url, tmp_path, public_url=LAN) as stage:
        yield stage


@pytest.fixture
def safe(cast_url: str, tmp_path: Path) -> Iterator[Stage]:
    """Served by https."""
    with opened(cast_url, tmp_path, public_url="https://cue.example") as stage:
        yield stage


def test_on_the_loopback_the_cookie_is_plain_and_for_scripts_invisible(stage: Stage) -> None:
    cookie = stage.browser().post("/sign-in", data=AMY).headers.get_list("set-cookie")[0]
    assert cookie.startswith("fieldcue-loopback-8000=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=5184000"} == set(cookie.split("; ")[1:])


def test_on_https_the_cookie_is_bound_to_the_host(safe: Stage) -> None:
    cookie = safe.browser().post("/sign-in", data=AMY).headers.get_list("set-cookie")[0]
    assert cookie.startswith("__Host-fieldcue=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=5184000", "Secure"} == set(cookie.split("; ")[1:])


def test_on_https_the_loopback_cookie_counts_for_nothing(safe: Stage) -> None:
    amy = safe.browser()
    amy.post("/sign-in", data=AMY)
    secret = amy.cookies["__Host-fieldcue"]
    thief = safe.browser()
    thief.cookies.set("fieldcue-loopback-8000", secret)
    assert thief.get("/").status_code == 303


def test_on_https_signing_out_takes_the_cookie_away(safe: Stage) -> None:
    amy = safe.browser()
    amy.post("/sign-in", data=AMY)
    taken = amy.post("/sign-out").headers.get_list("set-cookie")
    assert all("Secure" in cookie for cookie in taken)
    assert set(amy.cookies) == {"__Host-fieldcue-past"}
    assert amy.get("/").status_code == 303


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/setup"),
        ("GET", "/sign-in"),
        ("GET", "/join"),
        ("POST", "/setup"),
        ("POST", "/sign-in"),
        ("POST", "/join"),
        ("POST", "/join/look"),
    ],
)
def test_on_other_http_every_way_in_explains_and_lets_nobody_in(venue: Stage, method: str, path: str) -> None:
    secret = venue.link("dan")
    browser = venue.browser(**{"accept-language": "en"})
    answer = browser.request(method, path, data=AMY | {"secret": secret} if method == "POST" else None)
    assert answer.status_code == 403
    assert "This address begins with http." in answer.text
    assert LAN in answer.text
    assert "set-cookie" not in answer.headers
    with venue.services.db.read() as session:
        assert session.exec(select(JoinLink.spent_at)).one() is None
        assert session.exec(select(BrowserSession)).all() == []


def test_on_other_http_even_a_good_cookie_does_not_count(venue: Stage) -> None:
    browser = venue.browser("bo")
    assert browser.get("/e/fair/people").headers["location"].startswith("/sign-in")
    assert browser.get("/api/events/fair/state").status_code == 401


def test_a_server_that_listens_everywhere_lets_only_this_machine_in(cast_url: str, tmp_path: Path) -> None:
    with opened(cast_url, tmp_path, public_url="", host="0.0.0.0") as stage:  # noqa: S104 - nothing is bound
        amy = stage.browser()
        assert amy.post("/sign-in", data=AMY).headers["location"] == "/"
        lan = stage.browser(**{"accept-language": "en", "host": "192.168.1.20:8000"})
        assert "This address begins with http." in lan.get("/sign-in").text


def test_on_other_http_machines_go_on_with_their_tokens(venue: Stage) -> None:
    assert venue.browser().get("/api/events/fair/state", headers=venue.token("bo")).status_code == 200


def test_localhost_leads_to_the_one_loopback_name_that_is_ours(stage: Stage) -> None:
    answer = stage.browser().get("/sign-in?to=/me", headers={"host": "localhost:8000"})
    assert answer.status_code == 307
    assert answer.headers["location"] == "http://127.0.0.1:8000/sign-in?to=/me"


def test_a_foreign_name_for_our_loopback_gets_the_explanation(stage: Stage) -> None:
    rebound = stage.browser(**{"accept-language": "en", "host": "evil.example"})
    assert "This address begins with http." in rebound.get("/sign-in").text


FOREIGN = [
    *("http://evil.example", "https://127.0.0.1:8000", "http://127.0.0.1:9", "null", ""),
    *(
        "http://127.0.0.1:8000.evil.example",
        "http://127.0.0.1.evil.example:8000",
        "http://evil-127.0.0.1:8000",
    ),
    *("http://127.0.0.1:80000", "http://127.0.0.1", "HTTP://127.0.0.1:8000", "http://127.0.0.1:8000/"),
    *("http://127.0.0.1:8000@evil.example", "http://127.0.0.1:8000 http://evil.example", "127.0.0.1:8000"),
    *("http://localhost:8000", "file://"),
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_write_with_a_cookie_must_come_from_our_own_page(stage: Stage, origin: str) -> None:
    bo = stage.browser("bo", origin=origin)
    for path in ("/sign-out", "/me/locale", "/e/fair/ops", "/api/events/fair/ops", "/e/fair/qr"):
        assert bo.post(path).status_code == 403
    assert stage.browser("bo").get("/e/fair/people").status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        *("http://cue.example", "https://cue.example.evil.example", "https://evil-cue.example"),
        *(
            "https://a.cue.example",
            "https://cue.example:444",
            "https://cue.example.",
            "HTTPS://CUE.EXAMPLE",
            "null",
        ),
    ],
)
def test_on_https_no_other_scheme_name_or_port_is_ours(safe: Stage, origin: str) -> None:
    amy = safe.browser()
    amy.post("/sign-in", data=AMY)
    assert amy.post("/e/fair/ops", json={"ops": []}, headers={"origin": origin}).status_code == 403
    assert amy.post("/e/fair/ops", json={"ops": []}).status_code == 200


def test_a_write_with_a_cookie_must_name_its_origin(stage: Stage) -> None:
    bo = stage.browser("bo")
    del bo.headers["origin"]
    assert bo.post("/me/locale", data={"locale": "en"}).status_code == 403


def test_a_foreign_page_signs_nobody_in(stage: Stage) -> None:
    """Else somebody would work on as another person without noticing."""
    victim = stage.browser(origin="http://evil.example")
    assert victim.post("/sign-in", data=AMY).status_code == 403
    assert victim.post("/join", data={"secret": stage.link("dan")}).status_code == 403
    assert not victim.cookies


def test_a_machine_needs_no_origin_and_its_cookie_does_not_count(stage: Stage) -> None:
    machine = stage.browser("bo", origin="http://anywhere.example")
    eve = stage.token("eve")
    state = machine.get("/api/events/fair/state?kinds=me", headers=eve).json()
    assert [me["id"] for me in state["entities"]["me"]] == ["eve"]
    body = {"ops": [{"id": "op-1", "op": "member.remove", "args": {"id": "dan"}}]}
    result = machine.post("/api/events/fair/ops", json=body, headers=eve).json()["results"][0]
    assert result["error"]["code"] == "forbidden"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic OnBhc3M=", "Basic Og=="])
def test_no_authorization_header_opens_the_way_for_a_cookie(stage: Stage, header: str) -> None:
    """Such a request needs no origin, so the cookie beside it must not count."""
    bo = stage.browser("bo", origin="http://evil.example", authorization=header)
    assert bo.post("/e/fair/ops", json={"ops": []}).status_code == 401


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_socket_with_a_cookie_must_come_from_our_own_page(stage: Stage, origin: str) -> None:
    bo = stage.browser("bo", origin=origin)
    with pytest.raises(WebSocketDisconnect) as refused, bo.websocket_connect("/api/events/fair/live"):
        pass
    assert refused.value.code == 1008


def test_every_page_says_what_it_may_load_and_to_whom_it_refers(stage: Stage) -> None:
    browser: Browser = stage.browser()
    for path in ("/sign-in", "/join", "/nothing", "/healthz"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/code", "/sign-in"])
def test_a_way_in_is_read_in_the_language_that_was_chosen_on_it_also_when_it_refuses(
    stage: Stage, path: str
) -> None:
    browser = stage.browser(**{"accept-language": "zh-TW"})
    first = browser.get(f"{path}?to=/me")
    assert f'href="{path}?lang=en&amp;to=/me"' in first.text
    assert 'lang="en"' in browser.get(f"{path}?lang=en&to=/me").text.partition("<head>")[0]
    refused = browser.post(
        path, data={"lang": "en", "to": "/me", "code": "AAAA-1111"} | AMY | {"password": "no"}
    )
    assert 'lang="en"' in refused.text.partition("<head>")[0]
    assert "There is no such code." in refused.text or "E-mail or password is wrong." in refused.text
    assert f'href="{path}?lang=zh-TW&amp;to=/me"' in refused.text
