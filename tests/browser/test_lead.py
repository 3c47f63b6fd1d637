"""A department's lead at the desk and on the phone: their columns and their note, and nothing else."""

from playwright.sync_api import expect

from tests.browser.desk import ACT_2, Desk
from tests.browser.show import Show, edit
from tests.support.browser import NO_SERVER, Devices, shoot

# 楊凱文 leads the technicians: light, sound and video are theirs, props are the stage's.
LEAD, LIGHT, PROPS = "c12", "columns.light", "columns.props"


def test_a_lead_fills_their_columns_in_the_table_and_the_rest_only_shows(
    show: Show, devices: Devices
) -> None:
    yang, before = Desk.of(show, devices, LEAD), show.cue(ACT_2)
    yang.stand(ACT_2, "people").paste("丁語柔\t全亮\t合唱").hears("只能看，沒有改：負責人")
    yang.settled()
    assert show.cue(ACT_2)["columns"]["sound"] == {"zh-TW": "合唱"}
    yang.press("Control+z").settled()
    yang.fill(ACT_2, LIGHT, "全亮").settled()
    assert show.cue(ACT_2)["columns"]["light"] == {"zh-TW": "全亮"}
    yang.stand(ACT_2, "title").type("改名")
    yang.press("x")
    yang.hears("只能看")
    expect(yang.cell(ACT_2, "title")).to_have_attribute("aria-readonly", "true")
    expect(yang.editor).to_have_attribute("readonly", "")
    yang.press("Control+Enter", "Control+Backspace", "Alt+ArrowDown", "Alt+h", "Shift+F10")
    yang.cell(ACT_2, "title").click(button="right")
    shoot(yang.page, "lead-desk")
    for absent in ("匯入", "加一列", "雨備", "這一列", "復原移除"):
        expect(yang.page.get_by_role("button", name=absent)).to_have_count(0)
    yang.stand(ACT_2, LIGHT).press("Control+z")
    yang.settled()
    expect(yang.cell(ACT_2, LIGHT)).not_to_have_text("全亮")
    kept, now = ("title", "columns", "hard", "start_mode"), show.cue(ACT_2)
    assert {name: now[name] for name in kept} == {name: before[name] for name in kept}
    yang.page.close()
    show.ops(LEAD, ("member.locale", {"locale": "en"}))
    yang = Desk.of(show, devices, LEAD).stand(ACT_2, "title").press("Enter")
    yang.hears("you fill your department's columns")
    shoot(yang.page, "lead-desk-en")


def test_a_lead_fills_their_columns_and_their_note_on_the_phone(show: Show, devices: Devices) -> None:
    page = show.phone(devices, LEAD, "sheet")
    edit(page, ACT_2)
    form = page.locator("#edit-form")
    expect(form.get_by_label("名稱")).to_have_count(0)
    expect(form.get_by_label("道具")).to_have_count(0)
    note = form.get_by_label("本組內部備註")
    expect(note).to_be_editable()
    form.get_by_label("燈光").fill("全暗")
    note.fill("備用燈在 B2")
    shoot(page, "lead-phone")
    page.get_by_role("button", name="存", exact=True).tap()
    row = page.locator(f"#cue-{ACT_2}")
    expect(row.locator(".note")).to_contain_text("備用燈在 B2")
    expect(row.locator('[data-col="light"]')).to_contain_text("全暗")
    assert show.cue(ACT_2)["columns"]["light"] == {"zh-TW": "全暗"}
    edit(page, ACT_2)
    expect(note).to_have_value("備用燈在 B2")
    # Without signal the form shows what waits, and what is refused then says what it was.
    devices.tolerate(NO_SERVER)
    page.context.set_offline(True)
    note.fill("備用燈在 B3")
    page.get_by_role("button", name="存", exact=True).tap()
    edit(page, ACT_2)
    expect(note).to_have_value("備用燈在 B3")
    page.get_by_role("button", name="關閉").locator("visible=true").tap()
    show.ops("c13", ("note.put", {"cue": ACT_2, "department": "tech", "text": "備用燈借走了"}))
    page.context.set_offline(False)
    expect(page.locator("#toasts .op[data-state=refused]")).to_contain_text("備用燈在 B3")
