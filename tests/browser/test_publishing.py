"""Edits are collected at the desk, published, told on phones, answered there, and asked for again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import ACT_2, ACT_3, CHANGEOVER_3, COORDINATOR, Desk
from tests.browser.show import SOON, Show
from tests.support.browser import NO_SERVER, Devices, accessibility_problems, shoot

# 許庭瑋 calls the main stage; 沈柔安 works on it; 呂宗翰 reads English and has nothing to do there.
CALLER, HAND, ENGLISH = "c06", "c10", "c37"


@pytest.fixture
def published(show: Show) -> Show:
    """v1 is out, and everybody has seen it."""
    show.ops(COORDINATOR, ("sheet.publish", {}))
    answer_all(show)
    return show


def answer_all(show: Show, *but: str) -> None:
    """Everybody says 知道了, but these."""
    found = show.ask(COORDINATOR, "state?kinds=notice")["entities"]["notice"]
    for member in sorted({who for notice in found for who in notice["to"]} - set(but)):
        mine = [{"id": each["id"], "seq": each["sent"]} for each in found if member in each["to"]]
        show.ops(member, ("notice.ack", {"notices": mine}))


def asked_of(show: Show, cue: str) -> set[str]:
    """Whom a row's change is for."""
    found = show.ask(COORDINATOR, "state?kinds=notice")["entities"]["notice"]
    return {who for notice in found if notice["cue"] == cue for who in notice["to"]}


def told(phone: Page) -> list[str]:
    """What a phone asks its person to answer, row by row."""
    rows = phone.locator(".told:not([hidden]) .notice-row:not([hidden])").all_inner_texts()
    return [re.sub(r"\s+", " ", row) for row in rows]


def asked(phone: Page) -> None:
    expect(phone.locator(".told")).to_be_visible(timeout=SOON)


def unfold(phone: Page) -> None:
    """Open the band that says how much has changed for its person."""
    asked(phone)
    phone.locator(".told h2 button").tap()


def test_edits_are_collected_published_answered_and_asked_for(published: Show, devices: Devices) -> None:
    desk, hand = Desk.of(published, devices), published.phone(devices, HAND)
    caller = published.phone(devices, CALLER, "call")
    title = hand.locator(f'[id="cue-{ACT_2}"] .cue-title')
    desk.fill(ACT_2, "title", "晚自習樂團（加場）")
    desk.stand(ACT_3, "title").press("Alt+ArrowUp")
    desk.settled()
    published.ops(COORDINATOR, ("cue.edit", {"id": ACT_2, "set": {"people": [CALLER, HAND]}}))
    expect(desk.page.locator("[data-publish]")).to_have_text("發布 2 項變更", timeout=SOON)
    expect(desk.cell(ACT_2, "title")).to_have_attribute("data-waits", "")
    expect(title).not_to_contain_text("加場")

    desk.page.locator("[data-publish]").click()
    panel = desk.page.locator("#publish")
    expect(panel.locator('[data-out="waiting"] > li')).to_have_count(2)
    expect(panel.locator('[data-out="waiting"]')).to_contain_text("晚自習樂團 晚自習樂團（加場）")
    shoot(desk.page, "publishing-desk")
    assert accessibility_problems(desk.page) == []
    panel.locator("[name=note]").fill("加場")
    panel.locator("[name=note]").press("Enter")

    for page in (desk.page, hand, caller):
        expect(page.locator(".top-version")).to_have_text("v2", timeout=SOON)
    expect(title).to_contain_text("加場")
    unfold(hand)
    [line] = told(hand)
    assert line.startswith("125 晚自習樂團（加場） 流程 晚自習樂團 晚自習樂團（加場） 負責人 ")
    shoot(hand, "publishing-told")
    assert accessibility_problems(hand) == []
    asked(caller)
    understood = caller.locator("[data-told-ack]")
    expect(understood).to_be_hidden()  # where what has changed isn't shown, nobody says that they know it
    caller.locator(".told h2 button").tap()
    expect(understood).to_be_visible()
    expect(caller.locator(".notice-row:visible")).to_have_count(1)
    caller.locator('nav a[href="#call"]').click()
    expect(caller.locator('[data-out="seen-late"]')).to_have_text(re.compile(r"\d+ 人還沒看變更"))

    # Forty-odd people are in the event; of those whom it touches three don't look at their phones.
    three = (HAND, *sorted(asked_of(published, ACT_2) - {HAND, CALLER})[:2])
    answer_all(published, *three)
    expect(panel.page.locator('[data-out="seen-list"] > li')).to_have_count(3, timeout=SOON)
    caller.locator(".seen-band").click()
    # To remind all of them nobody scrolls past them.
    late = caller.locator('#seen .btns ~ [data-out="seen-list"] > li')
    expect(late).to_have_count(3)
    expect(late.locator('a[href^="tel:"]').first).to_be_visible()
    shoot(caller, "publishing-seen")
    expect(caller.locator('#seen [data-out="seen-remind"]')).to_have_text("再通知 3 人")
    caller.locator('#seen [data-out="seen-remind"]').click()
    expect(hand.locator('[data-out="told-head"]')).to_contain_text("再次提醒你", timeout=SOON)
    hand.locator("[data-told-ack]").click()
    expect(hand.locator(".told")).to_be_hidden(timeout=SOON)
    expect(late).to_have_count(2, timeout=SOON)
    answer_all(published)
    expect(late).to_have_count(0, timeout=SOON)
    expect(caller.locator('#seen [data-out="seen-none"]')).to_have_text("大家都看過自己的變更了。")


def test_what_was_answered_without_signal_says_so_until_it_is_sent(published: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    hand = published.phone(devices, HAND)
    published.ops(COORDINATOR, ("cue.edit", {"id": ACT_2, "set": {"people": [HAND]}}), ("sheet.publish", {}))
    unfold(hand)
    published.stop()
    hand.locator("[data-told-ack]").click()
    expect(hand.locator('[data-out="told-head"]')).to_have_text("知道了：待送")
    expect(hand.locator("[data-told-ack]")).to_be_hidden()
    published.restart()
    expect(hand.locator(".told")).to_be_hidden(timeout=20_000)
    found = published.ask(COORDINATOR, "state?kinds=notice")["entities"]["notice"]
    assert [HAND in each["acked"] for each in found if each["cue"] == ACT_2] == [True]


def test_an_editors_phone_says_what_waits_discards_it_and_publishes_the_rest(
    published: Show, devices: Devices
) -> None:
    phone = published.phone(devices, COORDINATOR, "more", viewport={"width": 360, "height": 740})
    published.ops(
        COORDINATOR,
        ("cue.edit", {"id": ACT_2, "set": {"title": "加場"}}),
        ("cue.edit", {"id": ACT_3, "set": {"duration_s": 1800}}),
        ("cue.remove", {"id": CHANGEOVER_3}),
        ("cue.add", {"id": "draw", "track": "main", "title": "抽獎", "after": ACT_2, "parent": "d1-main-s3"}),
    )
    way = phone.locator("button[data-publish]")
    expect(way).to_contain_text("未發布 4", timeout=SOON)
    way.click()
    waiting = phone.locator('#publish [data-out="waiting"] > li')
    expect(waiting).to_have_count(4)
    shoot(phone, "publishing-phone")
    assert accessibility_problems(phone) == []
    for title in ("抽獎", "換場 3"):
        waiting.filter(has_text=title).locator("[data-revert]").click()
    waiting.filter(has_text="鐵皮屋合唱").locator("[data-revert]").click()
    expect(waiting).to_have_count(1, timeout=SOON)
    phone.locator("#publish [type=submit]").click()
    expect(phone.locator(".toast")).to_contain_text("v2 已發布", timeout=SOON)
    assert published.cue(ACT_2)["title"] == "加場"
    assert (published.cue(ACT_3)["duration_s"], published.cue(CHANGEOVER_3)["title"]) == (2700, "換場 3")


def test_in_live_mode_an_edit_is_told_at_once_in_both_languages(published: Show, devices: Devices) -> None:
    desk, english = Desk.of(published, devices), published.phone(devices, ENGLISH)
    desk.page.locator("[data-publish]").click()
    desk.page.locator('[data-choose="sheet-live"] > [value="on"]').click()
    expect(desk.page.locator('[data-out="waiting-none"]')).to_contain_text("現場模式", timeout=SOON)
    published.ops(COORDINATOR, ("cue.edit", {"id": ACT_2, "set": {"people": [ENGLISH]}}))
    asked(english)
    expect(english.locator(".top-version")).to_have_text("v1+")
    expect(english.locator('[data-out="told-head"]')).to_have_text("Changes for you: 1")
    shoot(english, "publishing-english")


def test_versions_are_compared_and_a_row_is_put_back(published: Show, devices: Devices) -> None:
    published.ops(
        COORDINATOR,
        ("cue.edit", {"id": ACT_2, "set": {"title": "加場", "start": None, "start_mode": "linked"}}),
        ("cue.remove", {"id": CHANGEOVER_3}),
        ("sheet.publish", {"note": "下午的加場"}),
    )
    desk = devices.desktop(published.origin)
    published.sign_in(desk, COORDINATOR)
    desk.goto("/e/riverside2027/versions?from=1&to=2")
    rows = desk.locator(".versions-rows > li")
    expect(rows).to_have_count(2)
    expect(desk.locator(".versions-all > li").first).to_contain_text("下午的加場")
    shoot(desk, "versions-desk")
    assert accessibility_problems(desk) == []
    rows.filter(has_text="加場").locator("button").click()
    expect(desk.locator(".notice")).to_contain_text("等發布")
    assert published.cue(ACT_2)["draft"]["title"] == "晚自習樂團"
    desk.locator(".notice button").click()
    expect(desk.locator(".versions-rows > li")).to_have_count(0)
    assert "draft" not in published.cue(ACT_2)
    phone = devices.phone(published.origin, viewport={"width": 360, "height": 740}, color_scheme="dark")
    published.sign_in(phone, COORDINATOR)
    phone.goto("/e/riverside2027/versions?from=1&to=2")
    shoot(phone, "versions-phone")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
