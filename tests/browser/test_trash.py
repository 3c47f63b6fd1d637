"""The trash at the desk and on an editor's phone: what was removed comes back by one tap."""

from playwright.sync_api import expect

from tests.browser.desk import ACT_2, ACT_3, COORDINATOR, DUSK, Desk
from tests.browser.show import Show
from tests.support.browser import NO_SERVER, Devices, shoot


def test_rows_that_were_removed_are_found_beside_the_table_and_come_back(
    show: Show, devices: Devices
) -> None:
    zhou = Desk.of(show, devices)
    panel = zhou.page.locator("#trash")
    expect(zhou.page.locator("#side")).to_be_hidden()
    for opened in ("留言", "雨備方案", "垃圾桶"):
        zhou.page.get_by_role("button", name=opened).click()
    expect(panel).to_contain_text("垃圾桶是空的")
    # Each beside the table and none below it; of the two wide ones the one that was opened last.
    expect(zhou.page.locator("#plans")).to_be_hidden()
    tops = zhou.page.locator(".desk-main > :is(.grid-wrap, #side, #trash)").evaluate_all(
        "all => all.map(part => part.getBoundingClientRect().top)"
    )
    assert len(tops) == 3
    assert len(set(tops)) == 1
    zhou.stand(ACT_3, "title").press("F6", "F6")
    expect(panel.get_by_role("searchbox")).to_be_focused()
    show.ops("c01", ("cue.remove", {"id": ACT_2}), ("cue.remove", {"id": DUSK}))
    lines = panel.locator("[data-removed]")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("連同底下")
    expect(lines.last).to_contain_text("晚自習樂團")
    expect(lines.last).to_contain_text("林以晴")
    shoot(zhou.page, "trash-desk")
    panel.get_by_role("searchbox").fill("自習")
    expect(lines).to_have_count(1)
    lines.get_by_role("button", name="還原").click()
    expect(zhou.row(ACT_2)).to_be_visible()
    expect(panel).to_contain_text("沒有符合的列")
    zhou.hears("已還原：晚自習樂團")
    zhou.page.keyboard.press("Control+z")
    expect(lines).to_have_count(1)


def test_an_editor_brings_a_row_back_on_the_phone(show: Show, devices: Devices) -> None:
    show.ops(COORDINATOR, ("member.locale", {"locale": "en"}))
    show.ops("c01", ("cue.remove", {"id": ACT_3}))
    devices.tolerate(NO_SERVER)
    page = show.phone(devices, COORDINATOR, "more")
    trash = page.get_by_role("button", name="Trash")
    trash.tap()
    line = page.locator(f'#trash [data-removed="{ACT_3}"]')
    expect(line).to_be_visible()
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    trash.tap()
    expect(page.locator("#trash")).to_contain_text("when there is signal")
    page.context.set_offline(False)
    expect(line).to_be_visible()
    shoot(page, "trash-phone-en")
    page.context.set_offline(True)
    line.get_by_role("button", name="Restore").tap()
    expect(line.get_by_role("button", name="Restore")).to_be_disabled()
    page.context.set_offline(False)
    expect(page.locator("#trash")).to_contain_text("Nothing was removed")
    assert show.cue(ACT_3)["id"] == ACT_3


def test_a_tap_while_the_table_waits_for_what_is_kept_of_it_is_done_once_it_listens(
    show: Show, devices: Devices
) -> None:
    page = devices.desktop(show.url)
    show.sign_in(page, COORDINATOR)
    tap = "document.querySelector('button[data-trash]').click()"
    page.add_init_script(f"addEventListener('DOMContentLoaded', () => {tap}, true)")
    page.goto("/e/riverside2027/grid")
    expect(page.locator("#trash")).to_be_visible()
