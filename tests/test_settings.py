"""Settings: the address is written as browsers write it."""

import pytest

from server.core.auth import cookie_name
from server.settings import Settings


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("https://cue.example", "https://cue.example"),
        ("https://cue.example:443", "https://cue.example"),
        ("HTTPS://Cue.Example/", "https://cue.example"),
        ("https://cue.example:8443/anywhere?x=1", "https://cue.example:8443"),
        ("http://192.168.1.20:80/", "http://192.168.1.20"),
        ("https://user:secret@cue.example", "https://cue.example"),
        ("https://[2001:DB8::1]:443/", "https://[2001:db8::1]"),
        ("https://場控.example", "https://xn--rls69x.example"),
    ],
)
def test_the_origin_is_written_as_browsers_write_it(public_url: str, origin: str) -> None:
    assert Settings(public_url=public_url).origin == origin


@pytest.mark.parametrize(
    ("host", "port", "origin"),
    [
        ("127.0.0.1", 8000, "http://127.0.0.1:8000"),
        ("0.0.0.0", 8000, "http://127.0.0.1:8000"),  # noqa: S104 - that is what is tested
        ("::", 8001, "http://127.0.0.1:8001"),
        ("::1", 8000, "http://[::1]:8000"),
        ("LocalHost", 80, "http://localhost"),
    ],
)
def test_without_a_public_address_it_is_the_one_we_listen_at(host: str, port: int, origin: str) -> None:
    assert Settings(public_url="", host=host, port=port).origin == origin


def test_two_servers_on_one_machine_have_cookies_of_their_own() -> None:
    names = [cookie_name(f"http://127.0.0.1{port}") for port in ("", ":8000", ":8001")]
    assert len(set(names)) == 3
    assert cookie_name("https://cue.example:8443") == "__Host-fieldcue"
