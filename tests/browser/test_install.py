"""Fieldcue on the home screen: what each browser is told, and that Chrome has nothing against it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from server.core.auth import cookie_name
from tests.browser.show import EVENT, Show
from tests.people.stage import opened
from tests.support.browser import FLAGS, Devices, accessibility_problems, chromium_path, shoot
from tests.support.server import Server

KIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS {{os}} like Mac OS X) {KIT} {{name}} Mobile/15E148"
SAFARI, CHROME, OLD = (
    f"{IPHONE.format(os='17_5', name='Version/17.5')} Safari/604.1",
    f"{IPHONE.format(os='17_5', name='CriOS/129.0.6668.46')} Safari/604.1",
    f"{IPHONE.format(os='16_3', name='CriOS/110.0.5481.114')} Safari/604.1",
)
IPAD = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {KIT} Version/17.5 Safari/605.1.15"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"
THREADS = f"{IPHONE.format(os='17_5', name='')} Barcelona 340.0"
# What Chrome fires, as far as a page can make one: an offer that somebody accepts or declines.
OFFER = """outcome => dispatchEvent(Object.assign(new Event("beforeinstallprompt", {cancelable: true}), {
    prompt: async () => { document.body.dataset.prompted = "yes"; }, userChoice: Promise.resolve({outcome}),
}))"""


def test_chrome_finds_nothing_that_keeps_the_app_from_being_installed(
    playwright: Playwright, show: Show, tmp_path: Path
) -> None:
    """Right only in a context of its own (elsewhere Chrome says that it is incognito)."""
    context = playwright.chromium.launch_persistent_context(
        str(tmp_path / "profile"), executable_path=chromium_path(), args=list(FLAGS)
    )
    page = context.new_page()
    show.sign_in(page, "c10")
    page.goto(f"{show.url}/e/{EVENT}")
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    devtools = context.new_cdp_session(page)
    manifest = devtools.send("Page.getAppManifest")
    found = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    app_id = devtools.send("Page.getAppId")
    context.close()
    assert manifest["url"] == f"{show.url}/manifest.webmanifest?lang=zh-TW"
    assert manifest["errors"] == []
    assert found == []
    assert app_id["appId"] == f"{show.url}/"


def test_each_shortcut_opens_its_screen(show: Show, devices: Devices) -> None:
    page = devices.phone(show.url)
    show.sign_in(page, "c10")
    listed = page.request.get("/manifest.webmanifest?lang=zh-TW").json()["shortcuts"]
    for screen in ("now", "sheet", "mine"):
        (url,) = [one["url"] for one in listed if one["url"].endswith(f"#{screen}")]
        page.goto("about:blank")
        page.goto(url)
        expect(page).to_have_url(f"{show.url}/e/{EVENT}#{screen}")
        expect(page.locator("body")).to_have_attribute("data-screen", screen)
        expect(page.locator(f".tab[data-screen={screen}]")).to_have_attribute("aria-current", "page")


@pytest.fixture
def dan(run_server: Callable[..., Server], devices: Devices, sqlite_url: str, tmp_path: Path) -> Any:  # noqa: ANN401 - a function of a device
    """Opens Dan's page in a browser that calls itself something."""
    with opened(sqlite_url, tmp_path, real=True) as stage:
        stage.populate()
        cookie = next(iter(stage.browser("dan").cookies.values()))
    server = run_server(sqlite_url)

    def open_me(**context: Any) -> Page:  # noqa: ANN401 - as `new_context`
        page = devices.phone(server.url, **context)
        page.context.add_cookies([{"name": cookie_name(server.url), "value": cookie, "url": server.url}])
        page.goto("/me")
        return page

    return open_me


# How a browser calls itself, the way in which it adds us, and a word of what it says.
TOLD = (
    (SAFARI, "ios", "按下方的分享圖示"),
    (CHROME, "ios-other", "按網址列的分享圖示"),
    (OLD, "ios-old", "只有 Safari 能加"),
    (FIREFOX, "menu", "選「安裝」或「加到主畫面」"),
    (THREADS, "in-app", "在別的 App 裡面不能加"),
    (IPAD, "ios", "按下方的分享圖示"),
)


def test_each_browser_is_told_its_own_way(dan: Any) -> None:  # noqa: ANN401 - see above
    for agent, own, says in TOLD:
        page = dan(user_agent=agent)
        part = page.locator("#install")
        expect(part).to_be_visible()
        expect(part.locator("[data-way]:visible", has_text=says).first).to_be_visible()
        shown = part.locator("[data-way]:visible").evaluate_all("all => all.map(one => one.dataset.way)")
        assert all(own in way.split() for way in shown), agent
        assert accessibility_problems(page) == [], agent
        page.context.close()


def test_an_iphone_is_told_honestly_what_it_cant_do_and_gets_its_code(dan: Any) -> None:  # noqa: ANN401 - see above
    page = dan(device="iPhone 15")
    page.get_by_text("iPhone 做不到的事").click()
    expect(page.locator("#install details li")).to_have_count(3)
    shoot(page, "install-iphone", full=True)
    page.get_by_role("button", name="拿代碼").click()
    expect(page.locator("[data-out=code]")).to_be_visible()


def test_chromes_offer_is_kept_for_our_own_button_and_used_once(dan: Any) -> None:  # noqa: ANN401 - see above
    page = dan()
    for outcome in ("accepted", "dismissed"):
        page.reload()
        assert page.evaluate(OFFER, outcome) is False  # so that the browser's own bar stays away
        button = page.get_by_role("button", name="安裝場控")
        expect(button).to_be_visible()
        shoot(page, f"install-android-{outcome}", full=True)
        button.click()
        expect(page.locator("body")).to_have_attribute("data-prompted", "yes")
        expect(button).to_be_hidden()


def test_on_the_home_screen_there_is_nothing_to_install(dan: Any) -> None:  # noqa: ANN401 - see above
    page = dan(device="iPhone 15")
    expect(page.locator("#install")).to_be_visible()
    page.add_init_script("Object.defineProperty(navigator, 'standalone', { value: true })")
    page.reload()
    expect(page.locator("#install")).to_be_hidden()


def test_after_joining_a_small_hint_shows_until_it_is_dismissed(show: Show, devices: Devices) -> None:
    phone = devices.phone(show.url, device="iPhone 15")
    show.sign_in(phone, "c10")
    show.open(phone, "now")
    hint = phone.locator("[data-install-hint]")
    expect(hint).to_be_hidden()
    phone.evaluate("() => localStorage.setItem('fieldcue:install-hint', '1')")
    phone.reload()
    expect(hint).to_be_visible()
    assert accessibility_problems(phone) == []
    shoot(phone, "install-hint")
    expect(hint.get_by_role("link")).to_have_attribute("href", "/me#install")
    hint.get_by_role("button", name="先不要").click()
    expect(hint).to_be_hidden()
    phone.reload()
    expect(phone.locator("body")).to_have_attribute("data-ready", "")
    expect(hint).to_be_hidden()


def test_the_hint_installs_at_once_where_the_browser_lets_us(show: Show, devices: Devices) -> None:
    phone = devices.phone(show.url, color_scheme="dark", extra_http_headers={"accept-language": "en"})
    show.sign_in(phone, "c37")
    show.open(phone, "now")
    phone.evaluate("() => localStorage.setItem('fieldcue:install-hint', '1')")
    phone.evaluate(OFFER, "accepted")
    hint = phone.locator("[data-install-hint]")
    shoot(phone, "install-hint-night-english")
    hint.get_by_role("button", name="Install").click()
    expect(phone.locator("body")).to_have_attribute("data-prompted", "yes")
    expect(hint).to_be_hidden()
    assert phone.evaluate("() => localStorage.getItem('fieldcue:install-hint')") is None
