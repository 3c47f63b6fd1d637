"""Stories of those who look at the show on their phones: crew and a client."""

import re

from playwright.sync_api import expect

from tests.browser.show import EVENT, Show, seen
from tests.support.browser import Devices


def test_a_phone_with_a_wrong_clock_counts_as_the_others(show: Show, devices: Devices) -> None:
    right, wrong = show.phone(devices, "c13"), devices.phone(show.url)
    wrong.add_init_script("{ const real = Date.now; Date.now = () => real() + 400_000; }")
    show.sign_in(wrong, "c14")
    show.open(wrong, "now")
    read = "() => document.querySelector('[data-slot=now] [data-out=left]').textContent"
    pairs = []
    for _ in range(5):
        pairs.append((right.evaluate(read), wrong.evaluate(read)))
        # Else all of them may be read around the same full second.
        right.wait_for_timeout(230)
    assert any(one == other for one, other in pairs), pairs


def test_the_sheet_opens_at_what_runs(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c13", "sheet")
    crew.wait_for_timeout(300)
    box = crew.locator("#cue-d1-21").bounding_box()
    assert box
    assert 50 <= box["y"] <= 250


def test_a_row_opens_with_who_to_call_and_the_notes_of_my_department_only(
    show: Show, devices: Devices
) -> None:
    show.ops("c02", ("note.put", {"cue": "d1-23", "department": "stage", "text": "左側台留通道"}))
    show.ops("c02", ("note.put", {"cue": "d1-23", "department": "tech", "text": "技術組的事"}))
    crew = show.phone(devices, "c10", "sheet")
    # A list that nothing stands in is read and styled for nothing, hundreds of times.
    assert crew.locator(".cue > [data-list]:empty").count() == 0
    crew.locator("#cue-d1-23").tap()
    detail = crew.locator("#detail")
    expect(detail).to_contain_text("左側台留通道")
    expect(detail).not_to_contain_text("技術組的事")
    expect(detail.locator("a[href='tel:0000-000-006']")).to_be_visible()
    detail.get_by_role("button", name="關閉").tap()
    expect(detail).to_be_hidden()


def test_a_client_sees_the_sheet_without_numbers_and_buttons(show: Show, devices: Devices) -> None:
    client = show.phone(devices, "cl01")
    assert client.locator("[data-list=contact] > *").count() == 0
    assert client.locator(".note").count() == 0
    client.locator("[data-slot=now]").tap()
    expect(client.locator("#detail")).to_be_visible()
    assert client.locator("#detail [data-op], #detail [data-edit-act], #detail a").count() == 0


def test_a_page_that_opens_where_nobody_looks_is_whole_when_somebody_does(
    show: Show, devices: Devices
) -> None:
    crew = devices.phone(show.url)
    crew.add_init_script("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    show.sign_in(crew, "c10")
    crew.goto(f"/e/{EVENT}")
    crew.wait_for_function("() => document.querySelector('[data-out=link][data-is=on]')")
    expect(crew.locator("[data-slot=now] > .cue-left time")).to_have_text(re.compile(r"\d+:\d\d"))
    crew.evaluate("() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }")
    expect(crew.locator("[data-slot=turn]")).to_be_visible()


def test_a_glance_says_what_runs_and_whose_turn_it_is_and_mine_has_my_rows_in_order(
    show: Show, devices: Devices
) -> None:
    crew = show.phone(devices, "c10")
    now = crew.locator("[data-slot=now]")
    expect(now.locator(".cue-title")).to_have_text("演出 1山嵐列車")
    expect(now.locator(".cue-left")).to_have_text(re.compile(r"還有\s*06:\d\d"), use_inner_text=True)
    expect(now.locator(".cue-end")).to_contain_text("預計結束 14:43 14:40")
    expect(crew.locator("[data-slot=next]")).to_contain_text("換場 2 與司儀串場")
    expect(crew.locator("[data-slot=turn]")).to_contain_text("剩 5 分提示")
    expect(crew.locator(".strip [data-out=offset]")).to_have_text("+3:20")
    crew.locator(".tab[data-screen=mine]").tap()
    expect(crew.locator(".sign")).to_contain_text("簡睿恩")
    expect(crew.locator("[data-out=my-facts]")).to_contain_text("許庭瑋")
    expect(crew.locator("[data-out=my-facts] a")).to_have_attribute("href", "tel:0000-000-006")
    rows = seen(crew, "people")
    assert rows
    assert all("c10" in people.split() for people in rows)


def test_filters_leave_what_one_looks_for_and_all_tracks_stand_in_the_order_of_time(
    show: Show, devices: Devices
) -> None:
    crew = show.phone(devices, "c10", "sheet")
    whole = seen(crew, "id")
    crew.get_by_role("button", name="我的", exact=True).tap()
    mine = seen(crew, "id")
    assert "d1-21-c5" in mine
    assert "d1-21" in mine
    assert "d1-21-c3" not in mine
    crew.get_by_role("button", name="我的", exact=True).tap()
    assert seen(crew, "id") == whole
    crew.locator("select[name=department]").select_option("hosp")
    assert "d1-29" in seen(crew, "id")
    assert "d1-25" not in seen(crew, "id")
    crew.locator("select[name=department]").select_option("")
    crew.locator("select[name=track]").select_option("")
    starts = crew.evaluate("""() => [...document.querySelectorAll(".cue:not([data-kind=cue])")]
        .filter((row) => row.checkVisibility())
        .map((row) => row.querySelector(".cue-proj").textContent || row.querySelector(".cue-plan").textContent)
        .filter(Boolean)""")
    assert len(starts) > 20
    assert starts == sorted(starts)
    assert crew.locator("#cue-d1-24 .cue-where").is_visible()
    crew.locator("select[name=department]").select_option("safety")
    crew.locator("select[name=track]").select_option("power")
    crew.locator("select[name=department]").select_option("hosp")
    expect(crew.locator("#empty")).to_contain_text("換一天、換軌或換部門看看")
