"""Stories of single cells at the desk: what can't be read, what is refused, names, pastes, input methods."""

import json

import pytest
from playwright.sync_api import Route, expect

from tests.browser.desk import ACT_2, ACT_3, CHANGEOVER_3, COORDINATOR, OWNER, Desk
from tests.browser.show import EVENT, Show, edit
from tests.support.browser import NO_SERVER, OURS, Devices
from tests.support.proxy import Proxy

SECOND = 1000


@pytest.fixture
def zhou(show: Show, devices: Devices) -> Desk:
    return Desk.of(show, devices)


def test_an_edit_that_the_server_refuses_keeps_its_text_and_the_reason(zhou: Desk, show: Show) -> None:
    def refuse(route: Route) -> None:
        [op] = json.loads(route.request.post_data or "")["ops"]
        error = {"code": "invalid", "message": "請檢查：名稱。"}
        results = [{"id": op["id"], "status": "rejected", "error": error}]
        route.fulfill(json={"results": results, "head": 1, "html": ""}, headers=OURS)

    zhou.page.route("**/ops?view=grid*", refuse)
    zhou.fill(ACT_2, "title", "不行的名稱")
    cell = zhou.cell(ACT_2, "title")
    expect(cell).to_have_attribute("data-draft", "不行的名稱")
    expect(cell).to_have_attribute("title", "請檢查：名稱。")
    zhou.page.unroute("**/ops?view=grid*")
    zhou.stand(ACT_2, "title").press("F2", "Escape")
    expect(cell).to_have_text("晚自習樂團")
    expect(cell).not_to_have_attribute("data-draft", "不行的名稱")
    assert show.cue(ACT_2)["title"] == "晚自習樂團"


def test_edits_made_without_a_line_wait_in_their_cells(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    zhou = Desk.of(show, devices)
    proxy.cut(refuse=True)
    zhou.fill(ACT_2, "title", "離線改的").fill(ACT_2, "note", "也是離線改的")
    cell = zhou.cell(ACT_2, "title")
    expect(cell).to_have_attribute("data-pending", "")
    expect(zhou.page.locator('[data-out="saved-line"]')).to_contain_text("2", timeout=10 * SECOND)
    proxy.heal()
    zhou.page.evaluate("() => dispatchEvent(new Event('online'))")  # else it may wait for half a minute
    expect(cell).not_to_have_attribute("data-pending", "", timeout=40 * SECOND)
    zhou.settled().open()
    expect(cell).to_have_text("離線改的")
    expect(zhou.cell(ACT_2, "note")).to_have_text("也是離線改的")


def test_the_first_key_of_an_input_method_begins_the_text(zhou: Desk, show: Show) -> None:
    """注音 and 拼音 compose in the field that has the focus, so it must have had it before the first key."""
    zhou.stand(ACT_2, "title")
    keys = zhou.page.context.new_cdp_session(zhou.page)
    for so_far in ("ㄏ", "ㄏㄨ", "ㄏㄨㄢˋ"):
        keys.send(
            "Input.imeSetComposition",
            {"text": so_far, "selectionStart": len(so_far), "selectionEnd": len(so_far)},
        )
    show.ops(
        OWNER,
        ("cue.edit", {"id": ACT_2, "set": {"note": "同時有人改了備註"}}),
        ("cue.move", {"id": ACT_2, "after": ACT_3}),
    )
    expect(zhou.cell(ACT_2, "note")).to_have_text("同時有人改了備註")
    expect(zhou.editor).to_have_value("ㄏㄨㄢˋ")
    keys.send("Input.insertText", {"text": "換場"})
    expect(zhou.editor).to_have_value("換場")
    zhou.press("Enter")
    expect(zhou.cell(ACT_2, "title")).to_have_text("換場")


def test_a_plain_text_is_edited_in_a_column_of_its_own_and_stands_on_the_phone(
    zhou: Desk, show: Show, devices: Devices
) -> None:
    zhou.page.get_by_role("button", name="欄位").click()
    zhou.page.get_by_role("button", name="全部欄位").click()
    zhou.press("Escape").stand(ACT_2, "reading").press("ArrowRight").type("側台紅門旁").press("Enter")
    phone = show.phone(devices, COORDINATOR, "sheet")
    expect(phone.locator(f"#cue-{ACT_2} [data-fact=meeting] > dd")).to_have_text("側台紅門旁")
    edit(phone, ACT_2)
    expect(phone.locator("#f-meeting")).to_have_value("側台紅門旁")


def test_frames_take_nothing_from_under_ones_hands(zhou: Desk, show: Show) -> None:
    """Text, caret, the cell and the scroll stay, whatever happens to the row and around it."""
    zhou.stand(ACT_2, "columns.video").press("F2").type("，加 VJ").press("ArrowLeft", "ArrowLeft")
    before = zhou.editor.bounding_box()
    add = {"kind": "item", "track": "main", "parent": "d1-main-s3"}
    told = show.ops(
        OWNER,
        *(("cue.add", {"id": f"new{n}", "title": f"插進來 {n}", "after": "d1-20", **add}) for n in range(3)),
        ("cue.edit", {"id": ACT_2, "set": {"title": "改了名字", "columns": {"video": {"zh-TW": "別人的"}}}}),
    )
    assert {one["status"] for one in told} == {"applied"}, told
    expect(zhou.row("new2")).to_be_attached()
    expect(zhou.cell(ACT_2, "title")).to_have_text("改了名字")
    expect(zhou.editor).to_be_focused()
    expect(zhou.editor).to_have_value("現場畫面，加 VJ")
    assert zhou.editor.evaluate("area => area.value.length - area.selectionStart") == 2
    after = zhou.editor.bounding_box()
    cell = zhou.cell(ACT_2, "columns.video").bounding_box()
    assert before is not None
    assert after is not None
    assert cell is not None
    assert abs(after["y"] - before["y"]) <= 1
    assert abs(after["y"] - cell["y"]) <= 1
    zhou.press("Enter")
    expect(zhou.clash).to_contain_text("別人的")


def test_an_english_coordinator_leaves_the_chinese_alone(show: Show, devices: Devices) -> None:
    show.ops("c02", ("member.locale", {"locale": "en"}))
    zhou = Desk.of(show, devices)
    expect(zhou.cell(ACT_2, "columns.video")).to_have_text("Live picture")
    zhou.fill(ACT_2, "columns.video", "Live picture and VJ").fill(
        ACT_2, "note", "Band brings its own drums"
    ).settled()
    cue = show.cue(ACT_2)
    assert cue["columns"]["video"] == {"zh-TW": "現場畫面", "en": "Live picture and VJ"}
    zhou.fill(ACT_2, "title", "Night School").settled()
    cue = show.cue(ACT_2)
    assert (cue["title"], cue["title_en"]) == ("晚自習樂團", "Night School")
    expect(zhou.page.locator(f"a[href='/e/{EVENT}/people']")).to_have_text("People")


def test_what_cant_be_read_says_how_to_write_it_and_is_not_lost_by_going_elsewhere(
    zhou: Desk, show: Show
) -> None:
    zhou.fill(ACT_2, "start", "下午茶")
    expect(zhou.page.locator("#cell-why")).to_contain_text("13:30")
    expect(zhou.editor).to_have_value("下午茶")
    expect(zhou.editor).to_have_attribute("aria-invalid", "true")
    zhou.press("Escape")
    expect(zhou.cell(ACT_2, "start")).to_have_text("15:00")
    assert show.cue(ACT_2)["start_mode"] == "linked"
    zhou.stand(ACT_2, "duration_s").type("很久")
    zhou.stand(ACT_3, "title")
    cell = zhou.cell(ACT_2, "duration_s")
    expect(cell).to_have_attribute("data-draft", "很久")
    expect(cell).to_have_attribute("aria-invalid", "true")
    expect(zhou.page.locator('[data-out="saved-line"]')).to_contain_text("1 格沒有存進去")
    zhou.stand(ACT_2, "duration_s").press("Enter")
    expect(zhou.editor).to_have_value("很久")
    zhou.press("Control+a").type("50").press("Enter")
    expect(cell).to_have_text("50′")
    expect(cell).not_to_have_attribute("aria-invalid", "true")


def test_a_place_that_is_missing_is_made_from_its_cell_and_names_are_offered(zhou: Desk, show: Show) -> None:
    zhou.page.get_by_role("button", name="欄位").click()
    zhou.page.get_by_label("地點").check()
    zhou.press("Escape")
    zhou.fill(ACT_2, "place", "河岸")
    expect(zhou.cell(ACT_2, "place")).to_have_text("河岸小舞台")
    zhou.stand(ACT_2, "place").type("左側化妝間").press("ArrowDown", "Enter")
    expect(zhou.cell(ACT_2, "place")).to_have_text("左側化妝間")
    place = show.cue(ACT_2)["place"]
    zhou.fill(ACT_3, "place", "左側化妝間")
    expect(zhou.cell(ACT_3, "place")).to_have_text("左側化妝間")
    assert show.cue(ACT_3)["place"] == place
    zhou.stand(ACT_2, "people").type("周")
    offers = zhou.page.locator("#offers > [role=option]")
    expect(offers).to_have_text(["周柏睿"])
    zhou.press("Enter")
    expect(zhou.cell(ACT_2, "people")).to_have_text("周柏睿")
    zhou.stand(ACT_2, "people").press("F2").type("、林以").press("Tab")
    expect(zhou.cell(ACT_2, "people")).to_have_text("周柏睿、林以晴")
    assert show.cue(ACT_2)["people"] == ["c02", "c01"]
    zhou.fill(ACT_2, "people", "查無此人")
    expect(zhou.page.locator("#cell-why")).to_contain_text("查無此人")
    expect(zhou.editor).to_be_focused()


def test_a_note_may_have_several_lines_and_a_paste_into_a_text_takes_one_cell(zhou: Desk, show: Show) -> None:
    zhou.stand(ACT_3, "note").type("第一行").press("Alt+Enter").type("第二行").press("Enter").settled()
    assert show.cue(ACT_3)["note"] == "第一行\n第二行"
    zhou.stand(ACT_2, "title").press("F2").paste("一\t二").press("Enter")
    zhou.hears("只貼了第一格")
    expect(zhou.cell(ACT_2, "title")).to_have_text("晚自習樂團一")
    zhou.settled().stand(ACT_2, "note").paste('"第一行\n第二行"\r\n').settled()
    assert show.cue(ACT_2)["note"] == "第一行\n第二行"
    assert show.cue(CHANGEOVER_3)["note"] == ""
