"""Taking the sheet along: what Chromium makes of the prints, a calendar's link on the phone, a file on the desk."""

import io
import re
import unicodedata
from collections.abc import Iterable

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.show import EVENT, Show
from tests.support.browser import Devices, accessibility_problems, shoot

A4, A5 = (210, 297), (148, 210)


def printed(page: Page, path: str) -> PdfReader:
    page.goto(f"/e/{EVENT}/print/{path}")
    return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))


def sizes(pdf: PdfReader) -> set[tuple[int, int]]:
    """In mm, breadth and height."""
    return {
        (round(page.mediabox.width / 72 * 25.4), round(page.mediabox.height / 72 * 25.4))
        for page in pdf.pages
    }


def texts(pdf: PdfReader) -> list[str]:
    """Without blanks, and in the plainest signs: a font may have one glyph for two that look alike."""
    return [_plain(page.extract_text()) for page in pdf.pages]


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def missing(pages: Iterable[str], *wanted: str) -> list[tuple[int, str]]:
    return [
        (number, each) for number, text in enumerate(pages) for each in wanted if _plain(each) not in text
    ]


def test_the_prints_have_their_sizes_and_say_on_each_page_what_they_are(show: Show, devices: Devices) -> None:
    desk = devices.desktop(show.origin)
    show.sign_in(desk, "c02")
    desk.goto(f"/e/{EVENT}/print/detail")
    assert accessibility_problems(desk) == []
    shoot(desk, "print-detail")

    overview = printed(desk, "overview")
    assert sizes(overview) == {A4}
    assert len(overview.pages) == 3
    assert missing(texts(overview), "河岸聲浪2027", "粗流", "列印時間", "備註", "/3") == []

    detail = texts(pdf := printed(desk, "detail?day=all&track=main"))
    assert sizes(pdf) == {(A4[1], A4[0])}
    assert missing(detail, "細流", "主舞台", "負責人", f"/{len(detail)}") == []
    assert "演出1山嵐列車" in "".join(detail)

    cues = texts(pdf := printed(desk, "cues?track=main"))
    assert sizes(pdf) == {(A5[1], A5[0])}
    assert len(cues) > 2
    assert missing(cues, "cue表", "主舞台", "燈光", "項次") == []
    larger = printed(desk, "cues?track=main&large=1")
    assert len(larger.pages) > len(cues) * 2

    people = texts(pdf := printed(desk, "people?who=c06"))
    assert sizes(pdf) == {A5}
    assert missing(people[:1], "許庭瑋", "頻道", "個人任務單") == []
    everybody = printed(desk, "people?day=all")
    names = desk.locator(".print-person h2").all_inner_texts()
    first = list(map(_plain, names))
    begun = [text for text in texts(everybody) if "個人任務單" in text]
    assert len(begun) == len(first)
    assert [name for name, text in zip(first, begun, strict=True) if name not in text] == []


def test_a_phone_gets_a_link_for_its_calendar_once_and_takes_it_back(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "more")
    crew.get_by_role("link", name="匯出與列印").tap()
    expect(crew.get_by_role("heading", name="匯出與列印")).to_be_visible()
    assert accessibility_problems(crew) == []
    shoot(crew, "export-phone", full=True)
    with crew.expect_download() as waiting:
        crew.get_by_role("link", name="Excel").tap()
    assert waiting.value.suggested_filename.startswith("河岸聲浪 2027")
    crew.get_by_role("button", name="產生連結").tap()
    expect(crew.locator("[data-out=calendar-link]")).to_be_visible()
    link = crew.locator("[data-out=calendar-link]").input_value()
    assert crew.locator("[data-out=calendar-open]").get_attribute("href") == re.sub("^http", "webcal", link)
    calendar = crew.request.get(link)
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert "BEGIN:VEVENT" in calendar.text()
    assert link.rpartition("/")[2].removesuffix(".ics") not in show.output
    crew.reload()
    expect(crew.locator("[data-list=calendar] > li")).to_have_count(1)
    expect(crew.locator("[data-out=calendar-made]")).to_be_hidden()
    crew.get_by_role("button", name="停用").tap()
    expect(crew.locator("[data-list=calendar] > li")).to_have_count(0)
    assert crew.request.get(link).status == 404
    crew.goto(f"/e/{EVENT}/print/overview")
    assert crew.evaluate("document.documentElement.scrollWidth") <= crew.viewport_size["width"]  # type: ignore[index]
    assert accessibility_problems(crew) == []
