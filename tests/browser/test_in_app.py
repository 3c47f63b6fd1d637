"""Browsers inside other apps are known by what they call themselves; a phone's own browsers are never taken for one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.support.browser import Devices
from tests.support.server import Server

KIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
IOS = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {KIT}"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
VIEW = (
    f"Mozilla/5.0 (Linux; Android 14; Pixel 7; wv) {BLINK} Version/4.0 Chrome/129.0.0.0 Mobile Safari/537.36"
)
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {BLINK}"
HOME_SCREEN = f"{IOS} Mobile/15E148"

APPS = {
    "line on ios": f"{IOS} Mobile/15E148 Safari Line/14.17.0",
    "line on android": f"{VIEW} Line/14.17.0/IAB",
    "facebook": f"{IOS} Mobile/15E148 [FBAN/FBIOS;FBAV/480.0.0.27.110;FBDV/iPhone15,4]",
    "facebook on android": f"{VIEW} [FB_IAB/FB4A;FBAV/480.0.0.54.88;]",
    "messenger": f"{IOS} Mobile/15E148 [FBAN/MessengerForiOS;FBAV/479.0]",
    "instagram": f"{IOS} Mobile/15E148 Instagram 340.0.3.20.101 (iPhone15,4; iOS 17_5)",
    "threads": f"{IOS} Mobile/15E148 Barcelona 340.0.0.24.109",
    "wechat": f"{IOS} Mobile/15E148 MicroMessenger/8.0.50 Language/zh_TW",
    "x": f"{IOS} Mobile/15E148 Twitter for iPhone/10.52",
    "tiktok": f"{IOS} Mobile/15E148 musical_ly_35.2.0 BytedanceWebview/d8a21c6",
    "kakaotalk": f"{IOS} Mobile/15E148 KAKAOTALK 10.9.5",
    "snapchat": f"{IOS} Mobile/15E148 Snapchat/12.98.0.38 (like Safari/8617)",
    "linkedin": f"{IOS} Mobile/15E148 [LinkedInApp]/9.30.1892",
    "pinterest": f"{IOS} Mobile/15E148 [Pinterest/iOS]",
    "telegram": f"{ANDROID} Chrome/129.0.0.0 Mobile Safari/537.36 Telegram-Android/11.1.3 (Google Pixel 7; Android 14)",
    "google": f"{IOS} GSA/334.0.674067880 Mobile/15E148 Safari/604.1",
    "any other on ios": HOME_SCREEN,
    "any other on android": VIEW,
}
BROWSERS = {
    "safari": f"{IOS} Version/17.5 Mobile/15E148 Safari/604.1",
    "safari on a mac": f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {KIT} Version/17.5 Safari/605.1.15",
    "chrome on ios": f"{IOS} CriOS/129.0.6668.46 Mobile/15E148 Safari/604.1",
    "firefox on ios": f"{IOS} FxiOS/130.0 Mobile/15E148 Safari/605.1.15",
    "chrome": f"{ANDROID} Chrome/129.0.0.0 Mobile Safari/537.36",
    "samsung internet": f"{ANDROID} SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
    "firefox": "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0",
    "edge on a desk": f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {BLINK} Chrome/129.0.0.0 Safari/537.36 Edg/129.0.0.0",
}


@pytest.fixture
def page(run_server: Callable[..., Server], devices: Devices) -> Page:
    devices.tolerate("status of 404")
    page = devices.phone(run_server().url)
    page.goto("/join")
    return page


def test_every_app_is_known_and_every_browser_is_left_alone(page: Page) -> None:
    found = _known(page, APPS | BROWSERS)
    assert found == {name: "line" if name.startswith("line") else "in-app" for name in APPS} | dict.fromkeys(
        BROWSERS, ""
    )


def test_what_stands_on_an_iphones_home_screen_is_no_app_of_others(page: Page) -> None:
    assert _known(page, {"home screen": HOME_SCREEN}, home_screen=True) == {"home screen": ""}


def _known(page: Page, agents: dict[str, str], *, home_screen: bool = False) -> dict[str, str]:
    module = page.locator("script[type=module]").get_attribute("src")
    assert module
    found: dict[str, str] = page.evaluate(
        """async ([module, agents, isOnHomeScreen]) => {
            const { inApp } = await import(module);
            const known = Object.entries(agents).map(([name, agent]) => [name, inApp(agent, isOnHomeScreen)]);
            return Object.fromEntries(known);
        }""",
        [module.replace("join.js", "in-app.js"), agents, home_screen],
    )
    return found
