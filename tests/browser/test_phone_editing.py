"""A coordinator edits the sheet on the phone."""

from playwright.sync_api import Page, expect

from tests.browser.show import SOON, Show, edit
from tests.support.browser import Devices


def save(page: Page) -> None:
    page.get_by_role("button", name="存", exact=True).tap()


def test_an_edit_from_the_phone_is_on_the_other_phones_and_can_be_undone(
    show: Show, devices: Devices
) -> None:
    crew, coordinator = show.phone(devices, "c13", "sheet"), show.phone(devices, "c02", "sheet")
    edit(coordinator, "d1-25")
    coordinator.get_by_label("開始", exact=True).fill("15:10")
    coordinator.get_by_label("長度", exact=True).fill("35")
    save(coordinator)
    expect(coordinator.locator("#edit")).to_be_hidden()
    expect(crew.locator("#cue-d1-25 .cue-proj")).to_have_text("15:10", timeout=SOON)
    expect(crew.locator("#cue-d1-25 .cue-dur")).to_have_text("35′")
    assert coordinator.locator("#cue-d1-25").get_attribute("data-changed") is None, "my own change is no news"
    coordinator.locator(".toast").get_by_role("button", name="復原").tap()
    expect(crew.locator("#cue-d1-25 .cue-proj")).to_be_empty(timeout=SOON)


def test_whose_own_name_is_corrected_goes_on_typing(show: Show, devices: Devices) -> None:
    coordinator = show.phone(devices, "c02", "sheet")
    edit(coordinator, "d1-25")
    coordinator.locator("#f-note").fill("寫到一半")
    coordinator.evaluate("() => (globalThis.isSame = true)")
    show.ops("c01", ("member.edit", {"id": "c02", "set": {"name": "林導"}}))
    expect(coordinator.locator("[data-list=me] > li")).to_have_text("林導", timeout=SOON)
    assert coordinator.evaluate("() => globalThis.isSame === true")
    assert coordinator.locator("#edit").evaluate("(dialog) => dialog.open")
    expect(coordinator.locator("#f-note")).to_have_value("寫到一半")


def test_a_row_is_added_after_another_and_taken_out_again(show: Show, devices: Devices) -> None:
    coordinator = show.phone(devices, "c02", "sheet")
    coordinator.locator("#cue-d1-25").tap()
    coordinator.get_by_role("button", name="下面加一列").tap()
    coordinator.get_by_label("名稱").fill("加碼口播")
    coordinator.get_by_label("長度", exact=True).fill("1:30")
    save(coordinator)
    added = coordinator.locator("#cue-d1-25 + .cue")
    expect(added).to_contain_text("加碼口播")
    expect(added.locator(".cue-dur")).to_have_text("1′30″")
    added.tap()
    coordinator.get_by_role("button", name="移除").tap()
    expect(coordinator.locator(".cue", has_text="加碼口播")).to_have_count(0)
    coordinator.locator(".toast").get_by_role("button", name="復原").tap()
    expect(coordinator.locator("#cue-d1-25 + .cue")).to_contain_text("加碼口播")


def fill_host_in_english(page: Page, text: str) -> None:
    page.locator("#cue-d1-23").tap()
    page.get_by_role("button", name="Edit", exact=True).tap()
    for closed in page.locator("#edit details:not([open]) > summary").all():
        closed.tap()
    page.locator("[name=columns-host]").fill(text)
    page.locator("#edit [type=submit]").tap()
    expect(page.locator("#edit")).to_be_hidden()


def test_an_edit_in_english_leaves_the_chinese_alone(show: Show, devices: Devices) -> None:
    show.ops("c02", ("member.edit", {"id": "c02", "set": {"locale": "en"}}))
    said = show.cue("d1-23")["columns"]["host"]["zh-TW"]
    coordinator = show.phone(devices, "c02", "sheet")
    fill_host_in_english(coordinator, "Band spot")
    assert show.cue("d1-23")["columns"]["host"] == {"zh-TW": said, "en": "Band spot"}
    fill_host_in_english(coordinator, "")
    assert show.cue("d1-23")["columns"]["host"] == {"zh-TW": said}, "only the English is gone"


def test_two_edits_of_one_field_ask_whose_stays_and_of_different_fields_both_stay(
    show: Show, devices: Devices
) -> None:
    coordinator = show.phone(devices, "c02", "sheet")
    for keep, mine, theirs in (("用我的", "我的名字", "他的名字"), ("用他的", "我的藝名", "他的藝名")):
        stays = mine if keep == "用我的" else theirs
        edit(coordinator, "d1-25")
        coordinator.get_by_label("名稱").fill(mine)
        show.ops("c01", ("cue.edit", {"id": "d1-25", "set": {"title": theirs}}))
        expect(coordinator.locator("#cue-d1-25 .cue-title")).to_contain_text(theirs, timeout=SOON)
        save(coordinator)
        clash = coordinator.locator("#edit .clash")
        expect(clash).to_contain_text(theirs)
        clash.get_by_role("button", name=keep).tap()
        expect(coordinator.locator("#edit")).to_be_hidden()
        expect(coordinator.locator("#cue-d1-25 .cue-title")).to_contain_text(stays)
        assert show.cue("d1-25")["title"] == stays
    edit(coordinator, "d1-25")
    coordinator.get_by_label("名稱").fill("晚自習樂團 加演")
    show.ops("c01", ("cue.edit", {"id": "d1-25", "set": {"note": "多一支麥"}}))
    save(coordinator)
    expect(coordinator.locator("#edit")).to_be_hidden()
    assert (show.cue("d1-25")["title"], show.cue("d1-25")["note"]) == ("晚自習樂團 加演", "多一支麥")
    edit(coordinator, "d1-25")
    coordinator.get_by_label("長度", exact=True).fill("很久")
    save(coordinator)
    expect(coordinator.locator("#f-duration-err")).to_contain_text("看不懂")
    assert show.cue("d1-25")["duration_s"] == 2400
