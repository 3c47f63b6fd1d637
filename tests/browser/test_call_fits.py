"""The caller's screen where room is short: a small phone, one that is turned, a desk at 200 %; in English."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.show import Show
from tests.support.browser import Devices, shoot

# Pixel 7 and a laptop of 1440 × 900 at 200 %, a small phone, usual ones, one that is turned.
SCREENS = {
    "zoomed": (206, 420),
    "desk": (720, 450),
    "small": (360, 640),
    "tall": (390, 844),
    "wide": (412, 839),
    "turned": (640, 360),
}
# Of the bar's and the dock's parts that can be seen: which lie over another, or have more in them than is shown.
_CROWDED = """() => {
    const parts = ".top-day, .top-rehearsal, .top-pick select, .top-clock, .link, .dock .btn";
    const seen = [...document.querySelectorAll(parts)]
        .map((part) => [part, part.getBoundingClientRect()])
        .filter(([part, box]) => part.checkVisibility() && box.width > 2);
    const meet = (one, other, from, to) => one[from] < other[to] - 1 && other[from] < one[to] - 1;
    const over = ([, one], [, other]) => meet(one, other, "left", "right") && meet(one, other, "top", "bottom");
    const cut = ([part]) => part.matches(".btn") && part.scrollWidth > part.clientWidth + 1;
    const name = ([part]) => part.innerText || part.className;
    return seen.flatMap((part, at) => [
        ...seen.slice(at + 1).filter((other) => over(part, other)).map((other) => `${name(part)} / ${name(other)}`),
        ...(cut(part) ? [`cut: ${name(part)}`] : []),
    ]);
}"""


def room(caller: Page, name: str) -> list[str]:
    width, height = SCREENS[name]
    caller.set_viewport_size({"width": width, "height": height})
    caller.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    shoot(caller, f"call-fits-{name}")
    crowded: list[str] = caller.evaluate(_CROWDED)
    return crowded


def begin_elsewhere(show: Show) -> None:
    """Rehearse the river stage while the main stage has its show."""
    cues: list[dict[str, Any]] = show.ask("c02", "state?kinds=cue")["entities"]["cue"]
    first = next(
        cue for cue in cues if (cue["track"], cue["kind"], cue["state"]) == ("river", "item", "planned")
    )
    args = {"id": "dry", "track": "river", "day": first["day"], "cue": first["id"]}
    [result] = show.ops("c02", ("rehearsal.begin", args))
    assert result["status"] == "applied", result


def test_a_caller_reads_track_clock_and_what_go_calls_on_any_screen_and_of_no_rehearsal_elsewhere(
    show: Show, devices: Devices
) -> None:
    show.ops("c02", ("member.locale", {"locale": "en"}))
    begin_elsewhere(show)
    caller = show.phone(devices, "c02", "call")
    track, rehearsal = caller.locator("[name=lane]"), caller.locator("[data-out=rehearsal]")
    track.select_option("river")
    expect(rehearsal).to_contain_text("River stage · D1: not the show")
    assert room(caller, "small") == []
    box = track.bounding_box()
    assert box
    assert box["width"] > 120, "Main stage and Market both begin with Ma"
    track.select_option("main")
    expect(rehearsal).to_be_hidden()
    for name in SCREENS:
        assert room(caller, name) == [], name
        expect(caller.locator("[data-out=go-what]")).to_be_visible()
    caller.evaluate("() => { location.hash = 'now'; }")
    expect(caller.locator("body")).to_have_attribute("data-screen", "now")
    for link in ("on", "off"):
        caller.evaluate("(is) => { document.querySelector('[data-out=link]').dataset.is = is; }", link)
        for name in ("zoomed", "small", "tall", "wide"):
            assert room(caller, name) == [], (link, name)


def test_a_track_with_a_long_name_leaves_the_clock_in_sight_also_while_ops_wait(
    show: Show, devices: Devices
) -> None:
    show.ops("c02", ("member.edit", {"id": "c06", "set": {"locale": "en"}}))
    show.ops("c02", ("track.put", {"id": "main", "name": "主舞台", "name_en": "Main stage at the bridge"}))
    caller = show.phone(devices, "c06", "call")
    caller.evaluate("""() => {
        document.querySelector("[data-out=link]").dataset.is = "wait";
        document.querySelector("[data-out=unsent]").hidden = false;
    }""")
    assert room(caller, "small") == []
    assert room(caller, "zoomed") == []
