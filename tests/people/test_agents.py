"""What browsers call themselves, as people call them."""

import pytest

from server.core.models import BrowserSession
from server.people.agents import browser_lines, browser_name

SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1"
PIXEL = "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Chrome/129.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (SAFARI, "Safari · iPhone"),
        (PIXEL, "Chrome · Android"),
        (f"{PIXEL} Line/14.17.0/IAB", "LINE · Android"),
        (f"{SAFARI} [FBAN/FBIOS;FBAV/470.0]", "Facebook · iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/129.0 Safari/537.36 Edg/129.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:131.0) Gecko/20100101 Firefox/131.0",
            "Firefox · Mac",
        ),
        ("curl/8.5.0", "curl"),
        ("<b>x</b>", "<b>x<"),
        ("", "?"),
    ],
)
def test_a_browser_is_called(agent: str, name: str) -> None:
    assert browser_name(agent) == name


def test_times_are_those_of_the_event() -> None:
    seen = 1_795_420_800_000  # 2026-11-23T08:00:00Z
    browser = BrowserSession(
        id="one", secret_hash="", agent=SAFARI, created_at=seen - 86_400_000, seen_at=seen
    )
    (line,) = browser_lines([browser], "Asia/Taipei", "zh-TW", "one")
    assert (line["since"], line["seen"], line["here"]) == ("11/22 16:00", "11/23 16:00", True)
    (line,) = browser_lines([browser], "Asia/Taipei", "en")
    assert (line["since"], line["seen"], line["here"]) == ("22 Nov 16:00", "23 Nov 16:00", False)
