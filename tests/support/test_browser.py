import pytest
from playwright.sync_api import Page

from tests.support.browser import Devices, accessibility_problems, shoot


def test_a_phone_is_touched_and_speaks_taiwanese_mandarin(phone: Page) -> None:
    seen = phone.evaluate("() => [navigator.maxTouchPoints > 0, navigator.language, screen.width]")
    assert seen == [True, "zh-TW", 412]


def test_an_iphone_says_that_it_is_one(iphone: Page) -> None:
    assert "iPhone" in iphone.evaluate("() => navigator.userAgent")


def test_a_laptop_shows_more_than_a_phone(desktop: Page) -> None:
    assert desktop.evaluate("() => innerWidth") == 1440


def test_chinese_has_glyphs(phone: Page) -> None:
    phone.set_content("<p id=one>場</p><p id=two>控</p>")
    pictures = {phone.locator(each).screenshot() for each in ("#one", "#two")}
    assert len(pictures) == 2, "both are the box of a missing glyph"


def test_a_picture_is_kept_where_somebody_asks_for_it(phone: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOTS", "1")
    phone.set_content("<h1>流程</h1>")
    assert shoot(phone, "support-example").read_bytes().startswith(b"\x89PNG")


def test_devices_do_not_share_storage(devices: Devices) -> None:
    first, second = devices.phone(), devices.desktop()
    assert first.context != second.context


def test_an_error_on_a_page_is_noticed(devices: Devices) -> None:
    page = devices.phone()
    page.set_content(
        "<script>console.error('said'); setTimeout(() => { throw new Error('thrown') })</script>"
    )
    page.wait_for_timeout(200)
    assert len(devices.left()) == 2
    devices.tolerate("said|thrown")
    assert devices.left() == []


@pytest.mark.parametrize("name", ["a.example", "example.com"])
def test_the_browser_asks_no_name_server(name: str, devices: Devices) -> None:
    devices.tolerate("ERR_NAME_NOT_RESOLVED")
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        devices.desktop().goto(f"http://{name}/")


def test_a_button_without_a_word_is_found_by_axe(desktop: Page) -> None:
    desktop.set_content("<html lang=en><title>x</title><main><h1>GO</h1><button></button></main></html>")
    assert [line.partition(":")[0] for line in accessibility_problems(desktop)] == ["button-name"]
