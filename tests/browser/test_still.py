"""Nothing moves under the eyes of whoever reads: what a frame says of a row lies over it and takes no room."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.desk import ACT_2, COORDINATOR, OWNER, Desk
from tests.browser.show import EVENT, SOON, Show, edit
from tests.browser.test_call_fits import begin_elsewhere
from tests.support.browser import Devices

CALLER = "c06"
NOW = "d1-21"
NEXT = "d1-23"  # 換場 2 與司儀串場
# For each place one may look from: a title as long as the one before.
TITLES = {"overview": "換場 2 與司儀暖場", "detail": "換場 2 與司儀接場", "sheet": "換場 2 與司儀墊場"}

# Where each row is that can be seen, and how tall.
_PLACES = """() => Object.fromEntries([...document.querySelectorAll("[data-list=cue] > .cue")]
    .filter((row) => row.checkVisibility())
    .map((row) => [row.id, row.getBoundingClientRect()])
    .map(([id, { top, left, width, height }]) => [id, [top, left, width, height]]))"""
# What the browser itself calls a shift of the layout, where rows are concerned.
_WATCH = """() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const { sources } of list.getEntries()) {
            shifts.push(...sources.map(({ node }) => node?.closest?.(".cue")?.id).filter(Boolean));
        }
    }).observe({ type: "layout-shift" });
}"""


def places(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(_PLACES)
    assert len(found) > 1
    return found


def painted(page: Page) -> None:
    """Wait until what is there has been painted, and so been measured."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def settled(page: Page) -> dict[str, Any]:
    """Where rows are once nothing moves any more; those far away have only a guessed height at first."""
    seen = [places(page)]
    while len(seen) < 4 or any(one != seen[-1] for one in seen[-4:]):
        page.wait_for_timeout(70)
        seen.append(places(page))
    return seen[-1]


def mark(page: Page, row: str, name: str, value: str | None) -> None:
    page.evaluate(
        """([row, name, value]) => {
            const there = document.getElementById(row);
            if (value === null) there.removeAttribute(name);
            else there.setAttribute(name, value);
        }""",
        [f"cue-{row}", name, value],
    )


def test_a_changed_row_moves_no_other_on_the_phone(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    row = crew.locator(f"#cue-{NEXT}")
    crew.evaluate(_WATCH)
    for view, title in TITLES.items():
        crew.locator(f"[data-choose=view] [value={view}]").tap()
        row.scroll_into_view_if_needed()
        before = settled(crew)
        crew.evaluate("() => { shifts.length = 0; }")
        show.ops(COORDINATOR, ("cue.edit", {"id": NEXT, "set": {"title": title}}))
        expect(row.locator(".cue-title")).to_have_text(title, timeout=SOON)
        expect(row).to_have_attribute("data-changed", "")
        painted(crew)
        assert places(crew) == before, view
        for name, value in (("data-peer", "林以晴"), ("data-pending", ""), ("data-refused", "")):
            mark(crew, NEXT, name, value)
            assert places(crew) == before, (view, name)
            mark(crew, NEXT, name, None)
        mark(crew, NEXT, "data-changed", None)
        painted(crew)
        assert places(crew) == before, view
        assert crew.evaluate("() => shifts") == [], view


@pytest.mark.parametrize("view", TITLES)
def test_a_go_moves_no_row_of_the_sheet(show: Show, devices: Devices, view: str) -> None:
    """What ends folds when nobody looks at it; what begins has its countdown where its people stood."""
    crew = show.phone(devices, "c10", "sheet")
    crew.locator(f"[data-choose=view] [value={view}]").tap()
    ended, begun = crew.locator(f"#cue-{NOW}"), crew.locator(f"#cue-{NEXT}")
    begun.scroll_into_view_if_needed()
    before = in_sight(settled(crew))
    show.ops(CALLER, ("cue.go", {"id": NEXT, "current": NOW}))
    expect(begun).to_have_attribute("data-state", "live")
    painted(crew)
    assert {f"cue-{NOW}", f"cue-{NEXT}"} & before.keys()
    assert in_sight(places(crew)) == before
    assert ended.get_attribute("data-folded") is None
    crew.locator(".tab[data-screen=now]").tap()
    crew.locator(".tab[data-screen=sheet]").tap()
    expect(ended).to_have_attribute("data-folded", "")


def in_sight(found: dict[str, Any]) -> dict[str, Any]:
    """Of rows and their places, those that begin on the screen."""
    return {row: place for row, place in found.items() if 0 <= place[0] < 900}


@pytest.mark.parametrize("screen", ["now", "mine"])
def test_a_changed_row_moves_nothing_on_now_and_mine(show: Show, devices: Devices, screen: str) -> None:
    crew = devices.phone(show.url)
    crew.clock.install()
    show.sign_in(crew, "c10")
    show.open(crew, screen)
    before = settled(crew)
    show.ops(COORDINATOR, ("cue.edit", {"id": NEXT, "set": {"title": TITLES["detail"]}}))
    row = crew.locator(f"#cue-{NEXT}")
    expect(row).to_have_attribute("data-changed", "", timeout=SOON)
    painted(crew)
    assert places(crew) == before
    crew.clock.fast_forward(5000)
    expect(row).not_to_have_attribute("data-changed", "", timeout=9_000)
    painted(crew)
    assert places(crew) == before


def test_a_first_visit_to_now_moves_nothing_when_it_learns_whose_turn_it_is(
    show: Show, devices: Devices
) -> None:
    """Where the server leaves it to the scripts, as during a rehearsal: whose phone it is comes by the socket then."""
    begin_elsewhere(show)
    crew = devices.phone(show.url)
    show.sign_in(crew, "c10")
    crew.add_init_script(f"({_WATCH})()")
    held: list[Callable[[], None]] = []
    is_held = True

    def hold(socket: WebSocketRoute) -> None:
        def pass_on(message: str | bytes) -> None:
            if is_held and '"type":"frame"' in str(message):
                held.append(lambda: socket.send(message))
            else:
                socket.send(message)

        socket.connect_to_server().on_message(pass_on)

    crew.route_web_socket(re.compile("/live"), hold)
    crew.goto(f"/e/{EVENT}#now")
    # The demo's clock is another than the phone's, which learns that too.
    expect(crew.locator("[data-slot=now] .cue-left")).to_contain_text(re.compile("0[4-6]:"))
    painted(crew)
    crew.evaluate("() => { shifts.length = 0; }")
    expect(crew.locator("[data-slot=turn]")).to_have_count(0)
    is_held = False
    for send in held:
        send()
    expect(crew.locator("[data-slot=turn]")).to_be_visible()
    expect(crew.locator("[name=lane]")).to_be_visible()
    settled(crew)
    assert crew.evaluate("() => shifts") == []


@pytest.mark.parametrize("screen", ["now", "sheet"])
def test_what_has_changed_for_me_comes_in_the_strips_place(show: Show, devices: Devices, screen: str) -> None:
    crew = show.phone(devices, "c10", screen)
    before = in_sight(settled(crew))
    show.ops(COORDINATOR, ("sheet.publish", {}))
    expect(crew.locator(".told")).to_be_visible(timeout=SOON)
    painted(crew)
    assert in_sight(places(crew)) == before
    band, strip = (crew.locator(part).bounding_box() for part in (".told", ".strip"))
    assert band == strip


def test_who_edits_a_row_is_named_on_it_and_moves_nothing(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10", "sheet")
    row = crew.locator(f"#cue-{NEXT}")
    row.scroll_into_view_if_needed()
    before = settled(crew)
    editor = show.phone(devices, COORDINATOR, "sheet")
    edit(editor, NEXT)
    expect(row).to_have_attribute("data-peer", "周柏睿", timeout=SOON)
    sign = row.evaluate("(row) => getComputedStyle(row, '::after').content")
    assert "周柏睿" in sign
    assert places(crew) == before


def test_falling_behind_moves_no_row_of_the_sheet(show: Show, devices: Devices) -> None:
    """All later rows get another time at once; each has room for it."""
    crew = show.phone(devices, "c10", "sheet")
    for view in TITLES:
        crew.locator(f"[data-choose=view] [value={view}]").tap()
        crew.locator(f"#cue-{ACT_2}").scroll_into_view_if_needed()
        before = settled(crew)
        show.ops("c06", ("cue.nudge", {"id": "d1-21", "seconds": 1800}))
        expect(crew.locator(f"#cue-{ACT_2} .cue-proj")).not_to_be_empty(timeout=SOON)
        painted(crew)
        moved = {row for row, place in places(crew).items() if place != before[row]}
        assert moved == set(), view
        show.ops("c06", ("cue.nudge", {"id": "d1-21", "seconds": -1800}))
        expect(crew.locator(f"#cue-{ACT_2} .cue-proj")).to_be_empty(timeout=SOON)


def test_a_changed_cell_moves_no_row_of_the_table(show: Show, devices: Devices) -> None:
    desk = Desk.of(show, devices)
    desk.row(NEXT).scroll_into_view_if_needed()
    before = settled(desk.page)
    show.ops(OWNER, ("cue.edit", {"id": NEXT, "set": {"title": TITLES["detail"]}}))
    expect(desk.cell(NEXT, "title")).to_have_text(TITLES["detail"], timeout=SOON)
    painted(desk.page)
    assert places(desk.page) == before
    other = Desk.of(show, devices, OWNER)
    other.stand(NEXT, "title").press("F2")
    expect(desk.cell(NEXT, "title")).to_have_attribute("data-peer", "林以晴", timeout=SOON)
    assert places(desk.page) == before
