"""The equipment of the story: 林以晴's run sheet as she got it, and what people do on their screens with it."""

import re
from datetime import datetime, time
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from playwright.sync_api import Page, expect

PASSWORD = "three plain words"
EVENT, OTHER = "fest", "wedding"
MAIN, RIVER = "主舞台", "河岸舞台"
Json = dict[str, Any]

# A sheet of an event years ago, that somebody copied and never gave new dates.
_DAY = datetime(2016, 10, 8)  # noqa: DTZ001 - a cell has no zone
_HEAD = (
    ("河岸聲浪 細流表",),
    ("使用說明：各組長於前一日核對，異動以場控公告為準。",),
    ("※ 請提前 10 分鐘到集合點。",),
    ("日期", "流程", "時間", None, "長度", "地點", "內容", "技術", None, "負責人", "備註"),
    (None, None, "開始", "結束", None, None, None, "燈光", "音響", None, None),
)
_ROWS = (
    ("開場", (13, 30), (13, 40), "10'", MAIN, "司儀開場", "面光", "手麥 1、2", "許庭瑋", "看提詞"),
    (None, (13, 40), (13, 55), "15'", MAIN, "長官致詞", None, "講台麥", "許庭瑋", None),
    ("上半場", (14, 0), (14, 40), "40'", MAIN, "演出 1：山嵐列車", "樂團", "樂團", "簡睿恩", None),
    (None, (14, 40), None, None, MAIN, "換場", "工作光", None, "簡睿恩", "搬鼓組"),
    (None, (15, 0), (15, 40), "40'", MAIN, "演出 2：晚自習樂團", "樂團", "樂團", "許庭瑋", None),
    ("河岸時段", (14, 10), (14, 30), "20'", RIVER, "街頭藝人 阿森", None, "喇叭", "Emma Clarke", None),
    (None, (14, 30), (15, 0), "30'", RIVER, "街頭藝人 小滿", None, None, "Emma Clarke", None),
)
_MERGED = ("A1:K1", "A2:K2", "C4:D4", "H4:I4", "B6:B7", "B8:B10", "B11:B12")
TITLES = tuple(str(row[5]) for row in _ROWS)


def run_sheet() -> bytes:
    """Instructions above two header rows, merged parents, dates of 2016, one length missing, two places."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "細流"
    for head in _HEAD:
        sheet.append(list(head))
    for segment, start, end, *rest in _ROWS:
        sheet.append([_DAY, segment, _time(start), _time(end), *rest])
    for merged in (*_MERGED, *(f"{column}4:{column}5" for column in "ABEFGJK")):
        sheet.merge_cells(merged)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _time(moment: Any) -> time | None:  # noqa: ANN401 - (hour, minute), or none
    return time(*moment) if moment else None


# --- at the desk


def set_up(desk: Page) -> None:
    """The first visit to an empty server."""
    desk.goto("/")
    expect(desk).to_have_url(re.compile("/setup$"))
    fill(desk, organisation="聲浪活動", name="林以晴", email="lin@example.com", password=PASSWORD)
    desk.locator("main button[type=submit]").click()
    expect(desk.locator("h1")).to_have_text("第一個活動")


def make_event(desk: Page, key: str, name: str, name_en: str) -> None:
    desk.goto("/")
    expect(desk.locator("main form")).to_have_count(1)
    if not desk.locator("[name=key]").is_visible():
        desk.locator("main summary").click()
    fill(desk, name=name, name_en=name_en, venue="河濱公園", key=key)
    desk.locator("main form button[type=submit]").click()
    expect(desk).to_have_url(re.compile(f"/e/{key}/grid$"))


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"main [name={name}]").fill(value)


def add_person(desk: Page, event: str, name: str) -> None:
    desk.goto(f"/e/{event}/people")
    if not desk.locator("#f-name").is_visible():
        desk.locator(".people-add summary").click()
    desk.locator("#f-name").fill(name)
    desk.locator("#member-add button[type=submit]").click()
    expect(desk.locator(".member", has_text=name)).to_be_visible()


def open_person(desk: Page, event: str, name: str) -> None:
    desk.goto(f"/e/{event}/people")
    desk.locator(".member a", has_text=name).click()
    expect(desk.locator("h1", has_text=name)).to_be_visible()


def let_call(desk: Page, *tracks: str) -> None:
    """On a person's page: make them a caller of these tracks."""
    desk.locator('[data-many=roles] > [value="caller"]').click()
    for track in tracks:
        desk.locator("[data-many=tracks] > button", has_text=track).click()
    desk.locator("#member-form button[type=submit]").click()
    expect(desk.locator("[data-out=saved]")).to_be_visible()


def link_of(desk: Page) -> str:
    """On a person's page: make a link; the page shows it and its QR."""
    desk.locator("[data-link=make]").click()
    expect(desk.locator("[data-out=qr] svg")).to_be_visible()
    return desk.locator("[data-out=link-text]").inner_text()


# --- on the phones


def join(phone: Page, link: str, event: str = EVENT) -> None:
    phone.goto(link)
    phone.locator("[data-act=join]").tap()
    phone.wait_for_url(f"**/e/{event}")
    wait_until_connected(phone)


def wait_until_connected(page: Page, seconds: float = 10) -> None:
    expect(page.locator("[data-out=link]").first).to_have_attribute("data-is", "on", timeout=seconds * 1000)


def screen(phone: Page, name: str) -> None:
    phone.locator(f".tab[data-screen={name}]").tap()
    expect(phone.locator("body")).to_have_attribute("data-screen", name)


def row(page: Page, title: str) -> Any:  # noqa: ANN401 - a Locator
    """The row of the sheet, or of the table, that is called so."""
    return page.locator('[data-list="cue"] > .cue', has=page.locator(".cue-title, .title", has_text=title))


def go(phone: Page, title: str) -> int:
    """Press GO, which must offer this; the phone's time of the tap in epoch milliseconds."""
    expect(phone.locator("[data-out=go-what]")).to_contain_text(title)
    phone.wait_for_function("() => !document.querySelector('.dock [data-call=go]').disabled")
    phone.evaluate(
        """() => addEventListener("click", () => { window.tapped = Date.now(); }, { once: true, capture: true })"""
    )
    phone.locator(".dock [data-call=go]").tap()
    return int(phone.evaluate("() => window.tapped"))


class Watch:
    """Looks, in each of these pages, for the moment at which an element fits a selector."""

    def __init__(self, pages: list[Page], selector: str) -> None:
        self.pages = pages
        for page in pages:
            page.evaluate(_WATCH, selector)

    def seen(self) -> list[int]:
        """When each saw it, in epoch milliseconds; waits for at most 10 s."""
        for page in self.pages:
            page.wait_for_function("() => window.seenAt", timeout=10_000)
        return [int(page.evaluate("() => window.seenAt")) for page in self.pages]


_WATCH = """(selector) => {
    window.seenAt = 0;
    const look = () => {
        if (window.seenAt || !document.querySelector(selector)) return;
        window.seenAt = Date.now();
        watcher.disconnect();
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    look();
}"""
