"""Stories of bringing a run sheet in: from the file to the table, and out again."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from server.runsheet.imports import Limits
from tests.browser.desk import COORDINATOR, Desk
from tests.browser.show import EVENT, Show
from tests.runsheet.imports.files import conference, csv_bytes, cue_sheet, detailed_sheet
from tests.support.browser import Devices, accessibility_problems, shoot

SECOND = 1000
WAIT = 20 * SECOND
# Held buttons fill their ring in 0.8 s.
HELD_MS = 1000

PAD = "## 下午\n13:30-13:35 開場  負責：阿明\n  - 燈光全暗\n13:35 長官致詞 5'\n接續 抽獎\n"


class Counter:
    """周柏睿 with the page of the import open."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self) -> "Counter":
        self.page.goto(f"/e/{EVENT}/import")
        expect(self.page.locator("[data-out=link]").first).to_have_attribute("data-is", "on", timeout=WAIT)
        return self

    def choose(self, content: bytes, name: str = "細流.xlsx") -> "Counter":
        """Choose a file; its preview opens by itself."""
        self.send(content, name)
        self.page.wait_for_url(f"**/e/{EVENT}/import/*", timeout=WAIT)
        return self

    def send(self, content: bytes, name: str = "細流.xlsx") -> None:
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        self.page.locator("#import-file").set_input_files(file)  # type: ignore[arg-type]  # a payload

    def change(self, act: Callable[[], object]) -> None:
        """Change the form, and wait for the preview that it makes."""
        with self.page.expect_response(re.compile(r"/import/[\w-]+$")):
            act()
        expect(self.page.locator("#import-preview")).not_to_have_attribute("aria-busy", "true")

    def bring_in(self) -> str:
        """Press the one button; the id of the import when it is done."""
        self.page.locator(".import-dock button").click()
        done = self.page.locator(".job[data-job='import.apply'][data-state=done]")
        expect(done).to_be_visible(timeout=WAIT)
        return str(done.get_attribute("data-id"))

    def take_out(self) -> None:
        button = self.page.locator(".job [data-undo]")
        button.hover()
        self.page.mouse.down()
        self.page.wait_for_timeout(HELD_MS)
        self.page.mouse.up()
        expect(self.page.locator(".job[data-undone]")).to_be_visible(timeout=WAIT)


@pytest.fixture
def zhou(show: Show, devices: Devices) -> Counter:
    page = devices.desktop(show.url)
    show.sign_in(page, COORDINATOR)
    return Counter(page).open()


def test_a_detailed_sheet_comes_in_and_two_rows_are_mended(zhou: Counter, show: Show) -> None:
    zhou.choose(detailed_sheet())
    page = zhou.page
    expect(page.locator("[data-code=duration_guessed]")).to_contain_text("沒寫長度")
    expect(page.locator(".import-rows tbody tr")).to_have_count(9)
    expect(page.locator(".import-dock button")).to_have_text("匯入 9 列")
    assert accessibility_problems(page) == []
    shoot(page, "import-preview")
    job = zhou.bring_in()
    shoot(page, "import-done")
    page.locator(".job [data-wide]").click()
    desk = Desk(page).open(f"/e/{EVENT}/grid#{show.cue(f'{job}-1')['day']}")
    expect(desk.cell(f"{job}-1", "title")).to_have_text("司儀開場")
    desk.fill(f"{job}-1", "title", "司儀開場與安全宣導").fill(f"{job}-2", "duration_s", "10").settled()
    assert show.cue(f"{job}-1")["title"] == "司儀開場與安全宣導"
    assert (show.cue(f"{job}-2")["duration_s"], show.cue(f"{job}-2")["flagged"]) == (600, [])


def test_a_cue_sheet_fills_the_columns_and_every_phone_has_it(
    zhou: Counter, show: Show, devices: Devices
) -> None:
    crew = show.phone(devices, "c10", "sheet")
    zhou.choose(cue_sheet(), "cue 表.xlsx")
    assert zhou.page.locator("#column-6").evaluate("pick => pick.selectedOptions[0].text") == "燈光"
    zhou.change(lambda: zhou.page.locator("#import-first_day").select_option(index=1))
    job = zhou.bring_in()
    assert show.cue(f"{job}-0")["columns"]["light"] == {"zh-TW": "全暗"}
    expect(crew.locator(f"[id='cue-{job}-3']")).to_have_count(1, timeout=3 * SECOND)


def test_a_sheet_of_2016_moves_to_the_day_one_chooses(zhou: Counter, show: Show) -> None:
    zhou.choose(conference(), "2016.xlsx")
    expect(zhou.page.locator("[data-code=date_shifted]")).to_contain_text("2016年10月27日")
    day = str(zhou.page.locator("#import-first_day option").nth(2).get_attribute("value"))
    zhou.change(lambda: zhou.page.locator("#import-first_day").select_option(day))
    job = zhou.bring_in()
    assert {show.cue(f"{job}-{n}")["day"] for n in range(5)} == {day}


def test_a_column_is_something_else_and_the_keyboard_stays_where_it_was(zhou: Counter) -> None:
    page = zhou.page
    zhou.choose(
        csv_bytes([("時間", "流程", "走位表"), ("13:00", "開場", "左側台"), ("13:30", "演出", "右側台")]),
        "表.csv",
    )
    page.locator("#column-3").focus()
    zhou.change(lambda: page.locator("#column-3").select_option("place"))
    expect(page.locator("#column-3")).to_be_focused()
    expect(page.locator(".import-rows")).to_contain_text("左側台")
    expect(page.locator(".import-sum [data-new]")).to_contain_text("新地點")
    zhou.change(lambda: page.locator("#column-3").select_option("title"))
    expect(page.locator("#column-2")).to_have_value("ignore")
    page.locator("#import-track").fill("夜間舞台")
    zhou.change(lambda: page.keyboard.press("Enter"))
    expect(page.locator(".job[data-job='import.apply']")).to_have_count(0)
    expect(page.locator(".import-rows")).to_contain_text("夜間舞台")


def test_an_import_is_taken_out_again_by_holding(zhou: Counter, show: Show) -> None:
    zhou.choose(detailed_sheet())
    before = zhou.page.url
    zhou.bring_in()
    expect(zhou.page.locator(".import-done")).to_be_visible(timeout=WAIT)
    zhou.open().take_out()
    expect(zhou.page.locator(".job")).to_contain_text("已整批收回 9 列")
    zhou.page.goto(before)
    expect(zhou.page.locator(".import-dock button")).to_be_enabled()


def test_what_is_called_stays_and_the_page_says_why(zhou: Counter, show: Show) -> None:
    zhou.choose(detailed_sheet())
    job = zhou.bring_in()
    [called] = show.ops("c06", ("cue.go", {"id": f"{job}-1", "current": "d1-21"}))
    assert called["status"] == "applied", called
    button = zhou.page.locator(".job [data-undo]")
    button.hover()
    zhou.page.mouse.down()
    zhou.page.wait_for_timeout(HELD_MS)
    zhou.page.mouse.up()
    expect(zhou.page.locator(".job .err")).to_contain_text("已經喊過")


def test_a_refused_file_says_what_to_do(zhou: Counter) -> None:
    page = zhou.page
    zhou.send(b"%PDF-1.7 no run sheet", "流程.pdf")
    expect(page.locator(".job[data-state=failed]")).to_contain_text("這是 PDF", timeout=WAIT)
    zhou.send(bytes(Limits().file_bytes + 1), "大.xlsx")
    expect(page.locator("[data-out=trouble]")).to_contain_text("檔案超過 10 MB")
    assert accessibility_problems(page) == []
    zhou.choose(detailed_sheet())
    zhou.open()
    expect(page.locator(".job")).to_have_count(1)
    expect(page.locator(".job")).to_contain_text("讀好了，還沒匯入")


def test_a_file_may_be_dropped_anywhere(zhou: Counter) -> None:
    page = zhou.page
    content = csv_bytes([("時間", "流程"), ("13:00", "開場")]).decode()
    page.evaluate(
        """text => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([text], "表.csv"));
          for (const name of ["dragover", "drop"]) {
            document.body.dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true }));
          }
        }""",
        content,
    )
    page.wait_for_url(f"**/e/{EVENT}/import/*", timeout=WAIT)
    expect(page.locator("h1", has_text="表.csv")).to_be_visible()


def test_on_a_phone_columns_are_lines_and_nothing_scrolls_sideways(show: Show, devices: Devices) -> None:
    page = devices.phone(show.url, color_scheme="dark")
    show.sign_in(page, COORDINATOR)
    phone = Counter(page).open()
    assert accessibility_problems(page) == []
    phone.choose(detailed_sheet())
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    first, second = (page.locator(f"th[data-column='{n}']").bounding_box() for n in (1, 2))
    assert first
    assert second
    assert second["y"] > first["y"] + first["height"] - 2
    assert accessibility_problems(page) == []
    shoot(page, "import-phone", full=True)
    phone.bring_in()
    expect(page.locator(".job [data-narrow]")).to_be_visible()


def test_text_from_a_pad_comes_in_on_a_phone(show: Show, devices: Devices) -> None:
    page = devices.phone(show.url)
    show.sign_in(page, COORDINATOR)
    phone = Counter(page).open()
    button = page.locator("#import-paste button")
    expect(button).to_be_disabled()
    page.locator("#f-paste").fill(PAD)
    shoot(page, "import-paste", full=True)
    button.click()
    page.wait_for_url(f"**/e/{EVENT}/import/*", timeout=WAIT)
    expect(page.locator(".import-title h1")).to_have_text("貼上的文字.txt")
    expect(page.locator(".import-rows tbody tr")).to_have_count(4)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert accessibility_problems(page) == []
    job = phone.bring_in()
    assert [show.cue(f"{job}-{n}")["title"] for n in range(4)] == ["下午", "開場", "長官致詞", "抽獎"]


def test_crew_find_nothing_here(show: Show, devices: Devices) -> None:
    devices.tolerate("status of 403")
    page = devices.phone(show.url)
    show.sign_in(page, "c10")
    answer = page.goto(f"/e/{EVENT}/import")
    assert answer
    assert answer.status == 403
    expect(page.locator("#import-file")).to_have_count(0)
