"""A comment on a row reaches its people, at the desk and on the phone, and calls for nobody else."""

from playwright.sync_api import APIResponse, Route, expect

from tests.browser.desk import ACT_3, CHANGEOVER_3, Desk
from tests.browser.show import Show
from tests.support.browser import Devices, shoot

# 許庭瑋 is responsible for the act; 田子晴 of the front of house has nothing to do with it.
CALLER, STRANGER = "c06", "c18"


def test_a_comment_from_the_desk_is_counted_on_the_row_and_marks_it_for_its_people_alone(
    show: Show, devices: Devices
) -> None:
    hers, other = (show.phone(devices, who, "sheet") for who in (CALLER, STRANGER))
    for page in (hers, other):
        page.wait_for_function(
            "() => Object.keys(localStorage).some(key => key.startsWith('fieldcue:comments:'))"
        )
    for name, text in (("z", "先說的"), ("a", "後說的")):
        show.ops(STRANGER, ("comment.add", {"id": name, "cue": CHANGEOVER_3, "text": text}))
    zhou = Desk.of(show, devices)
    zhou.stand(CHANGEOVER_3, "title")
    zhou.page.get_by_role("button", name="留言").click()
    side = zhou.page.locator('[data-out="comments-part"]')
    expect(side.locator("li p > b")).to_have_text(["先說的", "後說的"])
    zhou.stand(ACT_3, "title")
    answers: list[tuple[Route, APIResponse]] = []
    zhou.page.route("**/ops?*", lambda route: answers.append((route, route.fetch())))
    side.get_by_role("textbox").fill("麥架多一支")
    side.get_by_role("textbox").press("Enter")
    expect(side.locator("li")).to_contain_text("麥架多一支")
    expect(side.locator("li small")).to_have_text("周柏睿")
    expect(zhou.page.locator("[data-out=saved-line]")).to_contain_text("存檔中")
    for route, answer in answers:
        route.fulfill(response=answer)
    zhou.page.unroute_all()
    expect(zhou.page.locator("[data-out=saved-line]")).not_to_contain_text("存檔中")
    # Whoever is at a button stays there when something else changes.
    side.get_by_role("button", name="收回").focus()
    show.ops("c01", ("cue.edit", {"id": CHANGEOVER_3, "set": {"note": "地毯"}}))
    expect(zhou.cell(CHANGEOVER_3, "note")).to_contain_text("地毯")
    expect(side.get_by_role("button", name="收回")).to_be_focused()
    expect(zhou.row(ACT_3).locator(".talk")).to_have_text("1")
    shoot(zhou.page, "comments-desk")
    rows = [page.locator(f"#cue-{ACT_3}") for page in (hers, other)]
    for row in rows:
        expect(row.locator(".talk")).to_have_text("1")
    expect(rows[0]).to_have_attribute("data-changed", "")
    expect(rows[1]).not_to_have_attribute("data-changed", "")
    rows[0].tap()
    detail = hers.locator("#detail")
    expect(detail.locator(".comments")).to_contain_text("周柏睿")
    detail.get_by_role("textbox", name="留言").fill("收到")
    detail.get_by_role("button", name="送出").tap()
    expect(detail.locator(".comments > li")).to_have_count(2)
    shoot(hers, "comments-phone")
    expect(side.locator("li").last).to_contain_text("收到")
    # Who has spoken there hears the answer, whoever the row's people are.
    expect(zhou.row(ACT_3)).to_have_attribute("data-changed", "")
    side.get_by_role("button", name="收回").last.press("Enter")
    expect(side.locator("li")).to_have_count(1)
    expect(side.get_by_role("textbox")).to_be_focused()
