"""Stories of those who follow the show on their phones: crew, a coordinator, a client, in both languages."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.show import Show
from tests.support.browser import Devices, accessibility_problems
from tests.support.proxy import Proxy

SECOND = 1000


def test_a_glance_says_what_runs_what_follows_and_whose_turn_it_is(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10")
    now = crew.locator("[data-slot=now]")
    expect(now.locator(".cue-title")).to_have_text("演出 1山嵐列車")
    expect(now.locator(".cue-left")).to_have_text(re.compile(r"還有\s*06:\d\d"), use_inner_text=True)
    expect(now.locator(".cue-end")).to_contain_text("預計結束 14:43 14:40")
    expect(crew.locator("[data-slot=next]")).to_contain_text("換場 2 與司儀串場")
    expect(crew.locator("[data-slot=turn]")).to_contain_text("剩 5 分提示")
    expect(crew.locator(".strip [data-out=offset]")).to_have_text("+3:20")


def test_a_phone_with_a_wrong_clock_counts_as_the_others(show: Show, devices: Devices) -> None:
    right, wrong = show.phone(devices, "c13"), devices.phone(show.url)
    wrong.add_init_script("{ const real = Date.now; Date.now = () => real() + 400_000; }")
    show.sign_in(wrong, "c14")
    show.open(wrong, "now")
    read = "() => document.querySelector('[data-slot=now] [data-out=left]').textContent"
    pairs = [(right.evaluate(read), wrong.evaluate(read)) for _ in range(5)]
    assert any(one == other for one, other in pairs), pairs


def test_a_change_is_on_every_phone_within_a_second_and_marked(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    show.ops("c02", ("cue.edit", {"id": "d1-23", "set": {"note": "鼓組走右側台"}}))
    row = crew.locator("#cue-d1-23")
    expect(row.locator(".cue-note")).to_have_text("鼓組走右側台", timeout=SECOND)
    assert row.get_attribute("data-changed") == ""
    row.scroll_into_view_if_needed()
    expect(row).not_to_have_attribute("data-changed", "", timeout=9000)


def test_a_call_is_no_news(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c13", "sheet")
    show.ops("c06", ("cue.standby", {"id": "d1-23"}))
    expect(crew.locator("#cue-d1-23")).to_have_attribute("data-state", "standby", timeout=SECOND)
    assert crew.locator("[data-changed]").count() == 0


def test_a_change_takes_nothing_from_under_the_finger(show: Show, devices: Devices) -> None:
    """Scroll, focus and what is half typed stay as they are."""
    coordinator = show.phone(devices, "c02", "sheet")
    coordinator.locator("#cue-d1-23").tap()
    coordinator.get_by_role("button", name="編輯").tap()
    title = coordinator.get_by_label("名稱")
    title.fill("換場 2 與司")
    before = coordinator.evaluate("() => [scrollY, document.activeElement.name]")
    show.ops(
        "c06",
        ("cue.nudge", {"id": "d1-21", "seconds": 300}),
        ("cue.standby", {"id": "d1-23"}),
    )
    show.ops("c01", ("cue.edit", {"id": "d1-13", "set": {"note": "早場\n第二行\n第三行"}}))
    expect(coordinator.locator("#cue-d1-23")).to_have_attribute("data-state", "standby", timeout=SECOND)
    assert title.input_value() == "換場 2 與司"
    assert coordinator.evaluate("() => [scrollY, document.activeElement.name]") == before


def test_a_list_does_not_jump_when_rows_above_grow(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    crew.locator("#cue-d1-25").scroll_into_view_if_needed()
    crew.wait_for_timeout(300)
    top = "() => Math.round(document.querySelector('#cue-d1-25').getBoundingClientRect().top)"
    before = crew.evaluate(top)
    show.ops("c02", ("cue.edit", {"id": "d1-13", "set": {"note": "一\n二\n三\n四\n五\n六"}}))
    expect(crew.locator("#cue-d1-13 .cue-note")).to_contain_text("六", timeout=SECOND)
    crew.wait_for_timeout(300)
    assert abs(crew.evaluate(top) - before) <= 2


def test_added_moved_and_removed_rows_stand_where_they_belong(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    order = "() => [...document.querySelectorAll('#cue-d1-main-s3 ~ [data-parent=\"d1-main-s3\"]')].map((row) => row.dataset.id)"
    segment = {"kind": "item", "track": "main", "parent": "d1-main-s3", "title": "加演"}
    show.ops("c02", ("cue.add", {**segment, "id": "extra", "after": "d1-21"}))
    expect(crew.locator("#cue-extra")).to_have_count(1, timeout=SECOND)
    assert crew.evaluate(order)[:4] == ["d1-20", "d1-21", "extra", "d1-23"]
    show.ops("c02", ("cue.move", {"id": "d1-21", "after": "extra"}))
    crew.wait_for_function(
        "() => document.querySelector('#cue-extra').nextElementSibling.id === 'cue-d1-21'", timeout=SECOND
    )
    assert crew.locator("#cue-d1-21 + .cue").get_attribute("data-parent") == "d1-21", "its cues go along"
    show.ops("c02", ("cue.remove", {"id": "extra"}))
    expect(crew.locator("#cue-extra")).to_have_count(0, timeout=SECOND)


# --- signal


def test_without_a_line_the_phone_says_since_when_and_what_waits(show: Show, devices: Devices) -> None:
    devices.tolerate("ERR_CONNECTION|WebSocket connection")
    crew = show.phone(devices, "c10")
    show.kill()
    expect(crew.locator("[data-out=link]")).to_contain_text(re.compile(r"離線自\s*14:\d\d"), timeout=9000)
    crew.get_by_role("button", name="就緒").tap()
    expect(crew.locator("#cue-d1-21-c5")).to_have_attribute("data-pending", "")
    expect(crew.locator("[data-out=unsent]")).to_have_text("1")
    expect(crew.locator("[data-slot=now] .cue-left")).to_contain_text("還有")
    show.restart()
    expect(crew.locator("[data-out=link]")).to_contain_text("已連線", timeout=40_000)
    expect(crew.locator("#mark-d1-21-c5\\:c10")).to_have_count(1, timeout=40_000)
    expect(crew.locator("#cue-d1-21-c5")).not_to_have_attribute("data-pending", "")
    expect(crew.locator("[data-out=unsent]")).to_be_hidden()


def test_a_line_that_is_only_silent_is_noticed_and_mended(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    devices.tolerate("ERR_|WebSocket connection")
    show, proxy = show_behind
    crew = devices.phone(proxy.url)
    show.sign_in(crew, "c10")
    show.open(crew, "sheet")
    show.ops("c02", ("cue.standby", {"id": "d1-23"}))
    proxy.hang()
    crew.evaluate("() => dispatchEvent(new Event('online'))")  # asks for a pong at once
    expect(crew.locator("[data-out=link]")).to_contain_text("離線", timeout=15_000)
    show.ops("c02", ("cue.edit", {"id": "d1-23", "set": {"note": "改了"}}))
    proxy.cut()
    proxy.heal()
    expect(crew.locator("#cue-d1-23 .cue-note")).to_have_text("改了", timeout=40_000)


def test_after_a_reset_tab_and_place_are_kept(show: Show, devices: Devices) -> None:
    crew = devices.phone(show.url)
    sockets: list[Callable[[str], None]] = []

    def relay(socket: object) -> None:
        socket.connect_to_server()  # type: ignore[attr-defined]
        sockets.append(socket.send)  # type: ignore[attr-defined]

    crew.route_web_socket(re.compile("/live"), relay)
    show.sign_in(crew, "c10")
    show.open(crew, "sheet")
    crew.locator("#cue-d1-25").scroll_into_view_if_needed()
    before = crew.evaluate("() => [document.body.dataset.screen, scrollY]")
    crew.evaluate("() => { window.sameDocument = true; document.querySelector('#cue-d1-23').remove(); }")
    with crew.expect_response(re.compile("/e/riverside2027$")):
        sockets[0]('{"type":"reset","reason":"bulk","after_ms":0}')
    expect(crew.locator("#cue-d1-23")).to_have_count(1)
    assert crew.evaluate("() => [document.body.dataset.screen, scrollY, window.sameDocument]") == [*before, True]
    expect(crew.locator("[data-out=link]")).to_contain_text("已連線")
    assert len(sockets) == 2


def test_whoever_is_taken_out_of_the_event_holds_nothing_more(show: Show, devices: Devices) -> None:
    devices.tolerate("404|403|401")
    crew = show.phone(devices, "c10", "sheet")
    show.ops("c02", ("member.remove", {"id": "c10"}))
    expect(crew.locator(".cue")).to_have_count(0, timeout=2 * SECOND)


# --- looking


def test_the_sheet_opens_at_what_runs(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c13", "sheet")
    crew.wait_for_timeout(300)
    box = crew.locator("#cue-d1-21").bounding_box()
    assert box
    assert 50 <= box["y"] <= 250


def test_filters_leave_what_one_looks_for_and_what_it_stands_under(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    shown = "() => [...document.querySelectorAll('.cue')].filter((row) => row.checkVisibility()).map((row) => row.dataset.id)"
    whole = crew.evaluate(shown)
    crew.get_by_role("button", name="我的", exact=True).tap()
    mine = crew.evaluate(shown)
    assert "d1-21-c5" in mine
    assert "d1-21" in mine
    assert "d1-21-c3" not in mine
    crew.get_by_role("button", name="我的", exact=True).tap()
    assert crew.evaluate(shown) == whole
    crew.locator("select[name=department]").select_option("hosp")
    assert "d1-29" in crew.evaluate(shown)
    assert "d1-25" not in crew.evaluate(shown)


def test_all_tracks_together_stand_in_the_order_of_time(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    crew.locator("select[name=track]").select_option("")
    starts = crew.evaluate("""() => [...document.querySelectorAll(".cue:not([data-kind=cue])")]
        .filter((row) => row.checkVisibility())
        .map((row) => row.querySelector(".cue-proj").textContent || row.querySelector(".cue-plan").textContent)
        .filter(Boolean)""")
    assert len(starts) > 20
    assert starts == sorted(starts)
    assert crew.locator("#cue-d1-24 .cue-where").is_visible()


def test_mine_has_my_rows_of_the_day_in_order_and_whom_i_ask(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "mine")
    expect(crew.locator(".sign")).to_contain_text("簡睿恩")
    expect(crew.locator("[data-out=my-facts]")).to_contain_text("許庭瑋")
    expect(crew.locator("[data-out=my-facts] a")).to_have_attribute("href", "tel:0000-000-006")
    rows = crew.evaluate("() => [...document.querySelectorAll('.cue')].filter((row) => row.checkVisibility()).map((row) => row.dataset.people)")
    assert rows
    assert all("c10" in people.split() for people in rows)


def test_a_row_opens_with_who_to_call_and_the_notes_of_my_department_only(show: Show, devices: Devices) -> None:
    show.ops("c02", ("note.put", {"cue": "d1-23", "department": "stage", "text": "左側台留通道"}))
    show.ops("c02", ("note.put", {"cue": "d1-23", "department": "tech", "text": "技術組的事"}))
    crew = show.phone(devices, "c10", "sheet")
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


def test_an_empty_track_says_what_to_do(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    crew.locator("select[name=department]").select_option("safety")
    crew.locator("select[name=track]").select_option("power")
    crew.locator("select[name=department]").select_option("hosp")
    expect(crew.locator("#empty")).to_contain_text("換一天、換軌或換部門看看")


# --- writing


def edit(page: Page, cue_id: str) -> None:
    page.locator(f"#cue-{cue_id}").tap()
    page.get_by_role("button", name="編輯").tap()


def save(page: Page) -> None:
    page.get_by_role("button", name="存", exact=True).tap()


def test_an_edit_from_the_phone_is_on_the_other_phones_and_can_be_undone(show: Show, devices: Devices) -> None:
    crew, coordinator = show.phone(devices, "c13", "sheet"), show.phone(devices, "c02", "sheet")
    edit(coordinator, "d1-25")
    coordinator.get_by_label("開始", exact=True).fill("15:10")
    coordinator.get_by_label("長度", exact=True).fill("35")
    save(coordinator)
    expect(coordinator.locator("#edit")).to_be_hidden()
    expect(crew.locator("#cue-d1-25 .cue-plan")).to_have_text("15:10", timeout=SECOND)
    expect(crew.locator("#cue-d1-25 .cue-dur")).to_have_text("35′")
    assert coordinator.locator("#cue-d1-25").get_attribute("data-changed") is None, "my own change is no news"
    coordinator.locator(".toast").get_by_role("button", name="復原").tap()
    expect(crew.locator("#cue-d1-25 .cue-plan")).to_have_text("15:00", timeout=SECOND)


@pytest.mark.parametrize(("keep", "stays"), [("用我的", "我的名字"), ("用他的", "他的名字")])
def test_two_edits_of_one_field_ask_whose_stays(keep: str, stays: str, show: Show, devices: Devices) -> None:
    coordinator = show.phone(devices, "c02", "sheet")
    edit(coordinator, "d1-25")
    coordinator.get_by_label("名稱").fill("我的名字")
    show.ops("c01", ("cue.edit", {"id": "d1-25", "set": {"title": "他的名字"}}))
    expect(coordinator.locator("#cue-d1-25 .cue-title")).to_contain_text("他的名字", timeout=SECOND)
    save(coordinator)
    clash = coordinator.locator("#edit .clash")
    expect(clash).to_contain_text("他的名字")
    clash.get_by_role("button", name=keep).tap()
    expect(coordinator.locator("#edit")).to_be_hidden()
    expect(coordinator.locator("#cue-d1-25 .cue-title")).to_contain_text(stays)
    assert show.cue("d1-25")["title"] == stays


def test_edits_of_different_fields_both_stay(show: Show, devices: Devices) -> None:
    coordinator = show.phone(devices, "c02", "sheet")
    edit(coordinator, "d1-25")
    coordinator.get_by_label("名稱").fill("晚自習樂團 加演")
    show.ops("c01", ("cue.edit", {"id": "d1-25", "set": {"note": "多一支麥"}}))
    save(coordinator)
    expect(coordinator.locator("#edit")).to_be_hidden()
    assert (show.cue("d1-25")["title"], show.cue("d1-25")["note"]) == ("晚自習樂團 加演", "多一支麥")


def test_what_cannot_be_read_is_said_at_its_field(show: Show, devices: Devices) -> None:
    coordinator = show.phone(devices, "c02", "sheet")
    edit(coordinator, "d1-25")
    coordinator.get_by_label("長度", exact=True).fill("很久")
    save(coordinator)
    expect(coordinator.locator("#f-duration-err")).to_contain_text("看不懂")
    assert show.cue("d1-25")["duration_s"] == 2400


def test_a_row_is_added_after_another_and_taken_out_again(show: Show, devices: Devices) -> None:
    coordinator = show.phone(devices, "c02", "sheet")
    coordinator.locator("#cue-d1-25").tap()
    coordinator.get_by_role("button", name="下面加一列").tap()
    coordinator.get_by_label("名稱").fill("贊助口播")
    coordinator.get_by_label("長度", exact=True).fill("1:30")
    save(coordinator)
    added = coordinator.locator("#cue-d1-25 + .cue")
    expect(added).to_contain_text("贊助口播")
    expect(added.locator(".cue-dur")).to_have_text("1′30″")
    added.tap()
    coordinator.get_by_role("button", name="移除").tap()
    expect(coordinator.locator(".cue", has_text="贊助口播")).to_have_count(0)
    coordinator.locator(".toast").get_by_role("button", name="復原").tap()
    expect(coordinator.locator("#cue-d1-25 + .cue")).to_contain_text("贊助口播")


# --- languages, looks, hands


def test_a_language_is_chosen_on_the_phone(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c37", "more")
    expect(crew.locator(".tab[data-screen=now]")).to_have_text("Now")
    crew.get_by_role("button", name="中文").tap()
    expect(crew.locator(".tab[data-screen=now]")).to_have_text("現在")
    crew.get_by_role("button", name="English").tap()
    expect(crew.locator(".tab[data-screen=now]")).to_have_text("Now")


def test_there_is_no_english_in_the_chinese_view(show: Show, devices: Devices) -> None:
    coordinator = show.phone(devices, "c02")
    allowed = re.compile(r"cue|GO|VCR\d*|QR|Excel|CSV|English|D\d|[A-Z]\b|VJ|Logo|DJ|BGM|s\d\d|LED|AED", re.IGNORECASE)
    for screen in ("now", "call", "mine", "more"):
        coordinator.goto(f"/e/riverside2027#{screen}")
        chrome = coordinator.evaluate(
            "() => [...document.querySelectorAll('header, .tabs, .dock, .strip, .tools, .page, .sign, .facts')].map((part) => part.innerText).join(' ')"
        )
        assert re.findall(r"[A-Za-z]{3,}", allowed.sub("", chrome)) == []


@pytest.mark.parametrize("member", ["c10", "c37"])
@pytest.mark.parametrize("width", [320, 195])
def test_nothing_is_wider_than_a_small_phone(member: str, width: int, show: Show, devices: Devices) -> None:
    """195 px is a phone of 390 at a zoom of 200 %."""
    page = show.phone(devices, member, viewport={"width": width, "height": 640})
    for screen in ("now", "sheet", "mine", "more"):
        page.goto(f"/e/riverside2027#{screen}")
        page.wait_for_timeout(150)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, screen


@pytest.mark.parametrize("theme", ["day", "night", "sun"])
def test_every_screen_can_be_read_by_everybody(theme: str, show: Show, devices: Devices) -> None:
    page = devices.phone(show.url)
    page.add_init_script(f"if (location.protocol === 'http:') localStorage.setItem('fieldcue:theme', '{theme}')")
    show.sign_in(page, "c02")
    for screen in ("now", "sheet", "mine", "call", "more"):
        show.open(page, screen)
        page.reload()
        page.wait_for_function("() => 'ready' in document.body.dataset")
        assert accessibility_problems(page) == [], screen
    page.goto("/e/riverside2027#sheet")
    edit(page, "d1-25")
    assert accessibility_problems(page) == []


def test_every_button_is_large_enough_for_a_glove(show: Show, devices: Devices) -> None:
    coordinator = show.phone(devices, "c02")
    for screen in ("now", "sheet", "mine", "call", "more"):
        coordinator.goto(f"/e/riverside2027#{screen}")
        small = coordinator.evaluate("""() => [...document.querySelectorAll("a, button, select")]
            .filter((each) => each.checkVisibility())
            .map((each) => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
            .filter(([, box]) => box.top > 0 && (box.height < 47.5 || box.width < 47.5))
            .map(([html]) => html)""")
        assert small == [], screen


def test_rows_are_walked_and_opened_by_keyboard(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    crew.locator("[data-list=cue]").focus()
    assert crew.evaluate("() => document.activeElement.id") == "cue-d1-21"
    crew.keyboard.press("ArrowDown")
    crew.keyboard.press("Enter")
    expect(crew.locator("#detail-title")).to_contain_text("121.1")


# --- weight and speed


def test_a_first_visit_is_light(show: Show, devices: Devices) -> None:
    crew = devices.phone(show.url)
    sizes: list[int] = []
    crew.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    show.sign_in(crew, "c10")
    show.open(crew, "now")
    crew.wait_for_timeout(500)
    assert sum(sizes) <= 100_000


def test_every_module_is_named_for_preloading(show: Show, devices: Devices) -> None:
    """A module that is found only inside another costs one more trip over a slow line."""
    root = Path(__file__).parents[2] / "static" / "js"
    needed, waiting = set(), ["phone"]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += re.findall(r'"\./([\w-]+)\.js"', (root / f"{name}.js").read_text())
    crew = show.phone(devices, "c10")
    links = crew.eval_on_selector_all("link[rel=modulepreload]", "(all) => all.map((link) => link.href)")
    assert {link.rsplit("/", 1)[1].removesuffix(".js") for link in links} == needed


def test_five_hundred_rows_leave_a_slow_phone_free(show: Show, devices: Devices) -> None:
    """At a fourth of the speed neither a second's tick nor another's edit holds the page for 50 ms."""
    row = {"kind": "item", "track": "main", "duration_s": 300, "people": ["c10"], "columns": {"light": {"zh-TW": "全亮"}}}
    for tens in range(0, 310, 62):
        show.ops("c02", *(("cue.add", {**row, "id": f"x{n}", "title": f"加演 {n}"}) for n in range(tens, tens + 62)))
    crew = show.phone(devices, "c10", "sheet")
    slow = crew.context.new_cdp_session(crew)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    assert crew.locator("[data-list=cue] > .cue").count() >= 500
    ticks, edits = crew.evaluate("""async () => {
        const base = document.querySelector("script[type=module]").src.replace("phone.js", "");
        const [{ tick }, { apply }] = await Promise.all([import(`${base}clock.js`), import(`${base}rows.js`)]);
        const cost = (work) => { const begin = performance.now(); work(); return performance.now() - begin; };
        const row = (n) => {
            const copy = document.querySelector(`#cue-x${n}`).cloneNode(true);
            copy.dataset.v = String(Number(copy.dataset.v) + 10_000);
            return copy.outerHTML;
        };
        const ticks = Array.from({ length: 8 }, () => cost(() => tick()));
        const edits = Array.from({ length: 8 }, (_, n) => cost(() => apply(row(n))));
        return [ticks, edits];
    }""")
    assert min(ticks) < 50, ticks
    assert min(edits) < 50, edits
