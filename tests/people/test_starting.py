"""The app on a home screen: its manifest, its icons, and where it opens."""

import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from server.core.page import TEMPLATES
from server.core.static import STATIC
from server.people.starting import COLOUR
from tests.people.stage import PASSWORD, Browser, Stage

# What is tested here does not depend on the database.
SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
AMY = {"email": "amy@example.com", "password": PASSWORD}
TOKENS = (STATIC / "css" / "tokens.css").read_text()


@SQLITE
@pytest.mark.parametrize(
    ("lang", "name", "screens"),
    [("zh-TW", "場控", ["現在", "流程", "我的"]), ("en", "Fieldcue", ["Now", "Sheet", "Mine"])],
)
def test_the_manifest_speaks_the_language_of_its_page(
    stage: Stage, lang: str, name: str, screens: list[str]
) -> None:
    page = stage.browser(**{"accept-language": lang}).get("/sign-in").text
    linked = re.search(r'<link rel="manifest" href="([^"]+)"', page)
    assert linked
    found = _manifest(stage.browser(), linked[1])
    assert (found["name"], found["short_name"], found["lang"], found["dir"]) == (name, name, lang, "ltr")
    assert [shortcut["name"] for shortcut in found["shortcuts"]] == screens


@SQLITE
def test_the_same_app_opens_at_the_same_place_in_every_language(stage: Stage) -> None:
    for lang in ("zh-TW", "en", "fr"):
        found = _manifest(stage.browser(), f"/manifest.webmanifest?lang={lang}")
        same = {key: found[key] for key in ("id", "start_url", "scope", "display")}
        assert same == {"id": "/", "start_url": "/start", "scope": "/", "display": "standalone"}
        assert [one["url"] for one in found["shortcuts"]] == ["/start#now", "/start#sheet", "/start#mine"]


@SQLITE
def test_icons_are_as_large_as_they_say_and_there_is_one_of_each_that_is_needed(stage: Stage) -> None:
    browser, needed = stage.browser(), set()
    for icon in _manifest(browser)["icons"]:
        file = browser.get(icon["src"])
        assert file.headers["content-type"] == icon["type"] == "image/png"
        with Image.open(BytesIO(file.content)) as picture:
            assert "{}x{}".format(*picture.size) == icon["sizes"]
        needed.add((icon["sizes"], icon["purpose"]))
    assert needed == {(f"{side}x{side}", use) for side in (192, 512) for use in ("any", "maskable")}


def test_what_matters_of_a_maskable_icon_is_in_its_middle() -> None:
    """Within a circle of 40 % of the side (W3C Web Application Manifest, “maskable”)."""
    for side in (192, 512):
        with Image.open(STATIC / f"icons/icon-maskable-{side}.png") as picture:
            drawn = picture.convert("RGB")
        ground, radius = drawn.getpixel((0, 0)), 0.4 * side
        outside = {
            drawn.getpixel((x, y))
            for x in range(side)
            for y in range(side)
            if (x - side / 2) ** 2 + (y - side / 2) ** 2 > radius**2
        }
        assert outside == {ground}


@SQLITE
def test_its_colours_are_those_of_the_bar(stage: Stage) -> None:
    found = _manifest(stage.browser())
    assert found["theme_color"] == found["background_color"] == COLOUR == _bar("day")
    themes = re.findall(
        r'name="theme-color" content="(#\w+)" media="\(prefers-color-scheme: (\w+)\)"',
        (TEMPLATES / "base.html").read_text(),
    )
    assert themes == [(_bar("day"), "light"), (_bar("night"), "dark")]


@SQLITE
def test_dan_who_came_by_link_starts_in_his_event(stage: Stage) -> None:
    assert _start(stage.browser("dan")) == "/e/fair"


@SQLITE
def test_a_stranger_signs_in_first_and_starts_then(stage: Stage) -> None:
    assert _start(stage.browser()) == "/sign-in?to=/start"


@SQLITE
def test_amy_starts_in_her_only_event_or_in_the_one_that_is_today_or_chooses(stage: Stage) -> None:
    amy = stage.browser()
    amy.post("/sign-in", data=AMY)
    assert _start(amy) == "/e/fair"
    _found(amy, "later", "2026-12-24")
    assert _start(amy) == "/e/fair"
    stage.clock.advance(31 * 86_400)
    assert _start(amy) == "/e/later"
    stage.clock.advance(7 * 86_400)
    assert _start(amy) == "/"
    stage.clock.advance(-38 * 86_400)
    _found(amy, "same", "2026-11-23")
    assert _start(amy) == "/"


def _found(amy: Browser, key: str, first: str) -> None:
    answer = amy.post("/", data={"name": key, "key": key, "first": first, "days": "1"})
    assert answer.headers["location"] == f"/e/{key}/grid"


def _start(browser: Browser) -> str:
    return browser.get("/start").headers["location"]


def _manifest(browser: Browser, path: str = "/manifest.webmanifest?lang=zh-TW") -> Any:  # noqa: ANN401 - JSON
    answer = browser.get(path)
    assert answer.headers["content-type"] == "application/manifest+json"
    return answer.json()


def _bar(theme: str) -> str:
    """The colour of `--bar` in a theme."""
    block = TOKENS.partition(f'[data-theme="{theme}"]')[2]
    name = re.search(r"--bar: var\((--[\w-]+)\)", block)
    assert name
    colour = re.search(rf"{name[1]}: (#\w+)", TOKENS)
    assert colour
    return colour[1]
