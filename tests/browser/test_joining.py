"""Getting in, in a real browser: from an empty server to a crew member's phone, and out again."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, Request, Route, expect

from server.core.auth import cookie_name
from tests.people.stage import opened
from tests.support.browser import Devices, accessibility_problems, shoot
from tests.support.server import Server

PASSWORD = "three plain words"
LINE = "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Chrome/129 Mobile Safari/537.36 Line/14.17.0/IAB"
INSTAGRAM = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 340.0"
# What Chromium logs of answers that say no on purpose: a link that is used up, a page that is not theirs.
SAID_NO = r"status of (404|410|422|403)"


class House:
    """A server with the cast of an event; Bo is signed in at the desk, and a link for Dan is waiting."""

    def __init__(self, server: Server, devices: Devices, link: str, cookie: str) -> None:
        self.server, self.devices = server, devices
        self.link = f"{server.url}/join#{link}"
        self.desk = devices.desktop(server.url)
        name = cookie_name(server.url)
        self.desk.context.add_cookies([{"name": name, "value": cookie, "url": server.url}])

    def joined(self, link: str = "") -> Page:
        """Dan's phone."""
        phone = self.devices.phone(self.server.url)
        phone.goto(link or self.link)
        phone.locator("[data-act=join]").click()
        expect(phone).to_have_url(f"{self.server.url}/e/fair")
        return phone


@pytest.fixture
def house(run_server: Callable[..., Server], devices: Devices, sqlite_url: str, tmp_path: Path) -> House:
    devices.tolerate(SAID_NO)
    with opened(sqlite_url, tmp_path, real=True) as stage:
        stage.populate()
        stage.must("bo", "member.edit", id="bo", set={"tracks": ["main"]})
        link = stage.link("dan")
        cookie = next(iter(stage.browser("bo").cookies.values()))
    return House(run_server(sqlite_url), devices, link, cookie)


def test_a_tap_that_comes_before_the_scripts_is_not_lost(house: House) -> None:
    waiting: list[Route] = []
    house.desk.route("**/person.js", lambda route: waiting.append(route))  # noqa: PLW0108 - a builtin can't be wrapped
    house.desk.goto("/e/fair/people/dan", wait_until="commit")
    house.desk.locator("[data-link=make]").click()
    expect(house.desk.locator("[data-out=qr] svg")).to_have_count(0)
    waiting[0].continue_()
    expect(house.desk.locator("[data-out=qr] svg")).to_be_visible()


def test_from_an_empty_server_to_a_crew_phone(
    run_server: Callable[..., Server], devices: Devices, tmp_path: Path
) -> None:
    server = run_server()
    desk = devices.desktop(server.url)
    _set_up(desk)
    _make_event(desk)
    _add(desk, "簡丹", "舞台工讀生")
    link = _link(desk, "簡丹")
    assert re.fullmatch(rf"{server.url}/join#[\w-]{{32}}", link)
    assert _scanned(desk, tmp_path) == link
    shoot(desk, "person-desk-day")

    phone = devices.phone(server.url)
    phone.goto(link)
    expect(phone.locator(".join-name")).to_have_text("簡丹")
    assert phone.url == f"{server.url}/join"
    phone.locator("[data-act=join]").click()
    expect(phone).to_have_url(f"{server.url}/e/fair")
    expect(phone.locator(".top-event")).to_contain_text("河岸聲浪")
    expect(phone.locator("[data-install-hint]")).to_be_visible()

    _open(desk, "簡丹")
    expect(desk.locator("[id^=browser-]")).to_contain_text("Android")
    assert link not in desk.content()


def test_a_used_link_tells_the_next_phone_what_to_do_and_leads_the_first_back_in(house: House) -> None:
    dan, link = house.joined(), house.link
    stranger = house.devices.phone(house.server.url, "iPhone 15")
    stranger.goto(link)
    expect(stranger.locator(".join-who:visible")).to_contain_text("場控")
    expect(stranger.locator("[data-act=join]")).to_have_count(0)
    assert link.partition("#")[2] not in stranger.url
    shoot(stranger, "join-used")
    dan.goto("about:blank")
    dan.goto(link)
    expect(dan).to_have_url(f"{house.server.url}/e/fair")


def test_rights_are_said_in_plain_words_and_kept(house: House) -> None:
    desk = house.desk
    _open(desk, "簡丹")
    says = desk.locator("[data-out=rights] li:visible")
    expect(says).to_have_text(["看流程、看有哪些人", "回報就緒、完成、需要協助"])
    expect(desk.locator("[data-out=tracks]")).to_be_hidden()
    desk.locator("[data-many=roles] [value=caller]").click()
    expect(says).to_have_count(3)
    desk.locator("[data-many=tracks] [value=main]").click()
    desk.locator("[name=phone]").fill("不是電話")
    desk.locator("#member-form button[type=submit]").click()
    expect(desk.locator("[name=phone]")).to_have_attribute("aria-invalid", "true")
    desk.locator("[name=phone]").fill("0900 000 009")
    desk.locator("#member-form button[type=submit]").click()
    expect(desk.locator("[data-out=saved]")).to_be_visible()
    desk.reload()
    expect(desk.locator("[data-many=tracks] [value=main]")).to_have_attribute("aria-pressed", "true")
    expect(desk.locator("[name=phone]")).to_have_value("0900 000 009")
    assert accessibility_problems(desk) == []


def _set_up(desk: Page) -> None:
    desk.goto("/")
    expect(desk).to_have_url(re.compile("/setup$"))
    for name, value in {"organisation": "聲浪活動", "name": "林以晴", "email": "amy@example.com"}.items():
        desk.locator(f"[name={name}]").fill(value)
    desk.locator("[name=password]").fill(PASSWORD)
    desk.locator("main button[type=submit]").click()
    expect(desk.locator("h1")).to_have_text("第一個活動")


def _make_event(desk: Page) -> None:
    for name, value in {
        "name": "河岸聲浪",
        "name_en": "Riverside",
        "venue": "河濱公園",
        "key": "fair",
    }.items():
        desk.locator(f"[name={name}]").fill(value)
    desk.locator("main details button[type=submit]").click()
    expect(desk).to_have_url(re.compile("/e/fair/grid$"))


def _add(desk: Page, name: str, title: str) -> None:
    desk.goto("/e/fair/people")
    desk.locator(".people-add summary").click()
    desk.locator("#f-name").fill(name)
    desk.locator("#f-title").fill(title)
    desk.locator("#member-add button[type=submit]").click()
    expect(desk.locator(".member", has_text=name)).to_be_visible()


def _open(desk: Page, name: str) -> None:
    desk.goto("/e/fair/people")
    desk.locator(".member a", has_text=name).click()
    expect(desk.locator("h1", has_text=name)).to_be_visible()


def _link(desk: Page, name: str) -> str:
    """A new personal link, as the page shows it."""
    _open(desk, name)
    desk.locator("[data-link=make]").click()
    expect(desk.locator("[data-out=qr] svg")).to_be_visible()
    return desk.locator("[data-out=link-text]").inner_text()


def _hold(page: Page, selector: str) -> None:
    page.locator(selector).hover()
    page.mouse.down()
    page.wait_for_timeout(1000)  # the ring is full after 0.8 s
    page.mouse.up()


def _scanned(page: Page, folder: Path) -> str:
    """What an independent reader sees in the code on the screen."""
    picture = folder / "qr.png"
    page.locator(".qr").screenshot(path=picture)
    return str(zxingcpp.read_barcodes(Image.open(picture))[0].text)


def test_a_phone_sees_no_other_event_and_is_signed_out_until_a_new_link_brings_its_owner_back(
    house: House,
) -> None:
    house.devices.tolerate("status of 401|WebSocket")
    dan = house.joined()
    dan.goto("/e/other")
    expect(dan.locator("main")).to_contain_text("不在這個活動")
    assert "別的活動" not in dan.content()
    shoot(dan, "foreign-event")
    dan.goto("/e/fair")
    expect(dan.locator("[data-out=link][data-is=on]").first).to_be_visible()
    _open(house.desk, "簡丹")
    expect(house.desk.locator("[id^=browser-]")).to_have_count(1)
    house.desk.locator("[data-end]:not([data-hold])").click()
    expect(house.desk.locator("[id^=browser-]")).to_have_count(0)
    expect(dan).to_have_url(re.compile("/sign-in"))
    # As with a phone that is lost: all of them, by holding.
    lost = house.joined(_link(house.desk, "簡丹"))
    _open(house.desk, "簡丹")
    _hold(house.desk, "[data-end][data-hold]")
    expect(house.desk.locator("[id^=browser-]")).to_have_count(0)
    expect(lost).to_have_url(re.compile("/sign-in"))
    dan = house.joined(_link(house.desk, "簡丹"))
    is_removed_within_a_second(house, dan)


def is_removed_within_a_second(house: House, dan: Page) -> None:
    """Who is taken out of the event sees nothing more of it."""
    expect(dan.locator("[data-out=link][data-is=on]").first).to_be_visible()
    _open(house.desk, "簡丹")
    _hold(house.desk, "[data-remove]")
    expect(house.desk).to_have_url(re.compile("/people$"))
    removed = time.monotonic()
    expect(dan.locator(".top-event", has_text="河岸聲浪")).to_have_count(0, timeout=3000)
    assert time.monotonic() - removed < 1.5  # a second, and what Playwright takes to look
    expect(dan).to_have_url(re.compile("/sign-in"))
    expect(house.desk.locator(".member", has_text="簡丹")).to_have_count(0)


def test_it_is_not_me_and_nothing_happens_and_the_card_changes_its_language(house: House) -> None:
    phone = house.devices.phone(house.server.url)
    phone.goto("/join")
    expect(phone.locator("[data-panel=no-link]")).to_be_visible()
    phone.goto("about:blank")
    phone.goto(house.link)
    phone.locator("[data-act=not-me]").click()
    expect(phone.locator("[data-panel=not-me]")).to_be_visible()
    phone.locator("[data-act=back]").click()
    expect(phone.locator(".join-name")).to_be_visible()
    phone.locator("[data-act=language]").click()
    expect(phone.locator(".join-q")).to_have_text("Is this you?")
    expect(phone.locator(".join-name")).to_have_text("Dan")
    assert "#" not in phone.url
    shoot(phone, "join-phone-english")
    phone.locator("[data-act=join]").click()
    expect(phone).to_have_url(f"{house.server.url}/e/fair")
    expect(phone.locator("html")).to_have_attribute("lang", "en")


def test_without_signal_nothing_is_used_up_and_when_the_answer_is_lost_the_same_phone_gets_in(
    house: House,
) -> None:
    house.devices.tolerate("ERR_INTERNET_DISCONNECTED|ERR_FAILED")
    phone = house.devices.phone(house.server.url)
    phone.goto(house.link)
    expect(phone.locator(".join-name")).to_be_visible()
    phone.context.set_offline(True)
    phone.locator("[data-act=join]").click()
    expect(phone.locator("[data-panel=offline]")).to_be_visible()
    phone.locator("[data-act=again]").click()
    expect(phone.locator("[data-panel=offline]")).to_be_visible()
    phone.context.set_offline(False)

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort("failed")

    phone.route("**/join", swallow, times=1)
    phone.locator("[data-act=again]").click()
    expect(phone.locator("[data-act=again]")).to_be_enabled()
    expect(phone.locator("[data-panel=offline]")).to_be_visible()
    phone.context.clear_cookies()  # what came with the lost answer never arrived
    asked = spent_by(phone)
    phone.locator("[data-act=again]").dblclick()
    expect(phone).to_have_url(f"{house.server.url}/e/fair")
    assert len(asked) == 1


def spent_by(phone: Page) -> list[str]:
    """Each request by which a phone spends its link from now on."""
    asked = list[str]()

    def keep(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/join"):
            asked.append(request.url)

    phone.on("request", keep)
    return asked


def test_inside_another_app_the_browser_comes_first_and_the_link_stays_good(house: House) -> None:
    for agent, panel in ((LINE, "line"), (INSTAGRAM, "in-app")):
        leads_out_first(house, agent, panel)
    house.joined()


def leads_out_first(house: House, agent: str, panel: str) -> None:
    """What somebody sees who opens the link inside another app."""
    link = house.link
    app = house.devices.phone(house.server.url, user_agent=agent)
    asked: list[str] = []
    app.on("request", lambda request: asked.append(request.url) if "/join" in request.url else None)
    app.goto(link)
    expect(app.locator(f"[data-panel={panel}]")).to_be_visible()
    assert app.url == link  # so that "open in browser" takes it along
    assert not [url for url in asked if url.endswith("/join/look")]
    assert accessibility_problems(app) == []
    shoot(app, f"join-{panel}")
    if panel == "line":
        way_out = app.locator("[data-act=leave-line]").get_attribute("href")
        assert way_out == f"/join?openExternalBrowser=1#{link.partition('#')[2]}"
        phone = house.devices.phone(house.server.url)
        phone.goto(f"{house.server.url}{way_out}")
        expect(phone.locator(".join-name")).to_have_text("簡丹")
