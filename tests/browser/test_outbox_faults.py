"""Faults that an outbox meets: refusals in the middle of a queue, other tabs, odd clocks, a full phone."""

import json

from playwright.sync_api import Route, expect

from tests.browser.show import EVENT, Show
from tests.browser.test_offline import NO_SERVER, installed, signal_is_back, until
from tests.browser.test_outbox import COUNT_OPS, LIVE, ROW, UNSENT, nothing_waits, phone_behind, send
from tests.support.browser import Devices
from tests.support.proxy import Proxy


# Of the same segment as ROW.
NEAR = "d1-26"


def test_the_page_without_signal_lists_pages_and_nothing_without_a_name(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    planner = devices.desktop(show.url)
    show.sign_in(planner, "c02")
    show.open(planner, "now")
    installed(planner)
    for _ in range(2):  # the second time by the worker
        planner.goto(f"/e/{EVENT}/grid")
        installed(planner)
    until(planner, IN_PAGES, wanted=True)
    show.stop()
    planner.goto("/e/another")
    lines = planner.locator("[data-out=kept] li")
    expect(lines).to_have_count(2)
    assert {line.get_attribute("href") for line in lines.locator("a").all()} == {
        f"/e/{EVENT}",
        f"/e/{EVENT}/grid",
    }


def test_what_was_queued_behind_a_refused_op_waits_for_its_person(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    """One op a request, so that the server, which stores no receipt of what is invalid, can't know."""
    show, proxy = show_behind
    editor = phone_behind(show, proxy, devices, "c02", "sheet")
    show.cue(ROW)
    proxy.cut(refuse=True)
    send(editor, "cue.edit", {"id": ROW, "set": {"duration_s": -5}}, "長度 -5")
    send(editor, "cue.move", {"id": NEAR, "after": ROW}, "搬到它後面")
    send(editor, "cue.edit", {"id": NEAR, "set": {"note": "搬過之後"}}, "搬過之後")
    send(editor, "cue.edit", {"id": LIVE, "set": {"note": "和它們無關"}}, "和它們無關")
    until(editor, COUNT_OPS, 4)
    editor.route("**/ops?*", one_at_a_time)
    proxy.heal()
    signal_is_back(editor)
    lines = editor.locator("#toasts .op[data-state=refused]")
    expect(lines).to_have_count(3, timeout=40_000)
    expect(editor.locator(UNSENT).first).to_have_text("3")
    assert show.cue(LIVE)["note"] == "和它們無關"
    assert show.cue(NEAR)["note"] != "搬過之後"
    expect(lines.nth(2)).to_contain_text("搬過之後")
    expect(lines.nth(2)).to_contain_text("沒被接受")
    lines.nth(2).get_by_role("button", name="重送").tap()
    expect(lines).to_have_count(2)
    until(editor, COUNT_OPS, 2)
    assert show.cue(NEAR)["note"] == "搬過之後"


def one_at_a_time(route: Route) -> None:
    """As where a request is too large for somebody on the way: the page halves it, down to a single op."""
    if len(json.loads(route.request.post_data or "")["ops"]) > 1:
        route.fulfill(status=413)
    else:
        route.continue_()


def test_a_call_that_another_tab_has_sent_stays_called_until_its_row_comes(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    caller = show.phone(devices, "c02", "call")
    installed(caller)
    other = caller.context.new_page()
    show.open(other, "now")
    # The caller's own line stays dead: neither its requests nor its socket come through.
    caller.route("**/ops?*", lambda route: route.abort())
    caller.route_web_socket("**/live?*", lambda line: line.close())
    show.stop()
    send(caller, "cue.go", {"id": ROW, "current": LIVE})
    expect(caller.locator(f"#cue-{ROW}")).to_have_attribute("data-state", "live")
    show.restart()
    signal_is_back(other)
    nothing_waits(caller)
    assert show.cue(ROW)["state"] == "live"
    caller.wait_for_timeout(300)
    for row, state in ((ROW, "live"), (LIVE, "done")):
        expect(caller.locator(f"#cue-{row}")).to_have_attribute("data-state", state)
    caller.unroute_all()
    caller.reload()
    expect(caller.locator(f"#cue-{ROW}")).to_have_attribute("data-state", "live")


# Whether the table's colours lie beside the pages.
IN_PAGES = """async () => {
  const requests = await (await caches.open("pages")).keys();
  return requests.some(({ url }) => url.endsWith("/colours.css"));
}"""
