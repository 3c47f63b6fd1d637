"""Faults that an outbox meets: refusals in the middle of a queue, other tabs, odd clocks, a full phone."""

import json
import time
from datetime import datetime

from playwright.sync_api import Request, Route, expect

from tests.browser.show import EVENT, Show, seconds_without_a_line
from tests.browser.stable import Stable
from tests.browser.test_deploy import deploy, is_next, newer
from tests.browser.test_offline import installed, signal_is_back, until
from tests.browser.test_outbox import (
    COUNT_OPS,
    LIVE,
    ROW,
    UNSENT,
    nothing_waits,
    phone_behind,
    say_ready,
    send,
    two_edits_refused,
)
from tests.support.browser import NO_SERVER, OURS, Devices
from tests.support.proxy import Proxy

__all__ = ["newer"]
LINK = "[data-out=link]"
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
    editor = phone_behind(show, devices, "c02", "sheet")
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


def test_what_the_server_has_done_is_not_held_back(show_behind: tuple[Show, Proxy], devices: Devices) -> None:
    """In one request: the move builds on two edits, of which the server knows the later one, and that is applied."""
    show, proxy = show_behind
    editor = phone_behind(show, devices, "c02", "sheet")
    before = show.cue(NEAR)["order"]
    proxy.cut(refuse=True)
    send(editor, "cue.edit", {"id": LIVE, "set": {"duration_s": -5}}, "長度 -5")
    send(editor, "cue.edit", {"id": NEAR, "set": {"note": "搬之前"}}, "搬之前")
    send(editor, "cue.move", {"id": NEAR, "after": LIVE}, "搬到它後面")
    until(editor, COUNT_OPS, 3)
    # Neither the page nor its worker is still about to send only some of them.
    until(editor, NOBODY_SENDS, wanted=True)
    proxy.heal()
    signal_is_back(editor)
    until(editor, COUNT_OPS, 1)
    expect(editor.locator("#toasts .op[data-state=refused]")).to_have_count(1)
    expect(editor.locator("#toasts .op[data-state=refused]")).to_contain_text("長度 -5")
    assert show.cue(NEAR)["note"] == "搬之前"
    assert show.cue(NEAR)["order"] != before


NOBODY_SENDS = """async () => {
  const { held } = await navigator.locks.query();
  return !held.some(({ name }) => name.startsWith("fieldcue-outbox:"));
}"""


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


def test_a_phone_is_back_soon_after_the_signal_though_nothing_tells_it(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    crew = devices.phone(proxy.url)
    crew.add_init_script("Math.random = () => 0.95")
    crew.clock.install()
    show.sign_in(crew, "c10")
    show.open(crew, "now")
    proxy.cut(refuse=True)
    # As after minutes without signal: by itself the socket would be tried again in half a minute.
    for _ in range(8):
        crew.wait_for_timeout(300)
        signal_is_back(crew)
    seconds_without_a_line(crew)
    with crew.expect_event("requestfailed", lambda request: request.url.endswith("/healthz")):
        crew.clock.fast_forward(4000)
    proxy.heal()
    crew.clock.fast_forward(3000)
    expect(crew.locator(LINK).first).to_have_attribute("data-is", "on", timeout=5000)


def test_a_phone_that_nobody_looks_at_asks_for_no_signal(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = devices.phone(show.url)
    crew.clock.install()
    show.sign_in(crew, "c10")
    show.open(crew, "now")
    asked: list[str] = []
    crew.on("request", lambda request: asked.append(request.url))
    crew.evaluate("() => { Object.defineProperty(document, 'hidden', { value: true }); }")
    show.kill()
    seconds_without_a_line(crew)
    crew.clock.fast_forward(5000)
    crew.wait_for_timeout(500)
    assert [address for address in asked if address.endswith("/healthz")] == []


def test_what_cannot_be_wiped_is_not_painted_when_its_person_is_out(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER + "|status of 40[134]")
    crew = show.phone(devices, "c10")
    installed(crew)
    crew.add_init_script(
        """{
          const painted = () => { if (document.querySelector(".cue")?.checkVisibility()) sessionStorage.painted = 1; };
          if (sessionStorage.out) requestAnimationFrame(function look() { painted(); requestAnimationFrame(look); });
        }"""
    )
    # A browser that never comes to an end with it.
    crew.add_init_script("caches.delete = () => new Promise(() => {})")
    crew.reload()
    crew.evaluate("() => { caches.delete = () => new Promise(() => {}); sessionStorage.out = 1; }")
    show.sign_everybody_out()
    show.stop()
    show.restart()
    signal_is_back(crew)
    crew.wait_for_url(lambda address: "/e/" not in address, timeout=20_000)
    assert crew.evaluate("() => sessionStorage.painted ?? ''") == ""


def test_the_worker_corrects_what_an_unsure_clock_said(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    caller = show.phone(devices, "c02", "call")
    installed(caller)
    show.stop()
    # Since the last visit somebody has put the phone's clock back by two minutes.
    slow = "{ const real = Date.now; Date.now = () => real() - 120_000; }"
    caller.add_init_script(slow)
    caller.reload()
    send(caller, "cue.go", {"id": ROW, "current": LIVE})
    until(caller, COUNT_OPS, 1)
    worker = caller.context.service_workers[0]
    caller.close()
    show.restart()
    worker.evaluate(f"() => {slow}")
    worker.evaluate("() => { dispatchEvent(new SyncEvent('sync', { tag: 'outbox' })); }")
    deadline = time.monotonic() + 20
    while show.cue(ROW)["state"] != "live":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    [run] = show.cue(ROW)["runs"]
    begun = datetime.fromisoformat(run["start"])
    now = datetime.fromisoformat(show.ask("c02", "state?kinds=cue")["now"])
    assert (now - begun).total_seconds() < 60


def test_what_could_not_be_kept_keeps_its_place_in_the_queue(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    editor = show.phone(devices, "c02", "sheet")
    installed(editor)
    sent: list[str] = []
    editor.on("request", lambda request: sent.extend(notes_of(request)))
    show.stop()
    for note in ("一", "二", "三"):
        editor.evaluate(FULL if note == "二" else ROOM)
        send(editor, "cue.edit", {"id": ROW, "set": {"note": note}})
        editor.wait_for_timeout(300)
    show.restart()
    sent.clear()
    signal_is_back(editor)
    nothing_waits(editor)
    assert sent[:3] == ["一", "二", "三"]
    assert show.cue(ROW)["note"] == "三"


# Whether this phone has room for one more op.
FULL = """() => {
  globalThis.realAdd ??= IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError"); };
}"""
ROOM = "() => { if (globalThis.realAdd) IDBObjectStore.prototype.add = globalThis.realAdd; }"


def notes_of(request: Request) -> list[str]:
    """The notes of the edits in a request."""
    if "/ops?" not in request.url:
        return []
    return [op["args"]["set"]["note"] for op in json.loads(request.post_data or "")["ops"]]


def test_a_storage_that_was_slow_at_the_start_hides_no_refusal(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    caller = show.phone(devices, "c02")
    installed(caller)
    show.stop()
    send(caller, "cue.finish", {"id": ROW}, "結束 125")
    until(caller, COUNT_OPS, 1)
    caller.add_init_script(
        """{
          const open = indexedDB.open.bind(indexedDB);
          IDBFactory.prototype.open = (...told) => {
            if (performance.now() >= 4000) return open(...told);
            document.documentElement.dataset.asked = "";
            return new EventTarget();
          };
        }"""
    )
    show.restart()
    caller.clock.install()
    caller.reload()
    expect(caller.locator("html")).to_have_attribute("data-asked", "")
    caller.clock.fast_forward(4500)
    signal_is_back(caller)
    expect(caller.locator("#toasts .op[data-state=refused]")).to_contain_text("結束 125")


def test_what_was_built_on_an_edit_goes_with_it_when_mine_stays(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, _ = show_behind
    lines = two_edits_refused(show_behind, devices)
    expect(lines.nth(1).locator(".op-why")).to_contain_text("換場：一")
    lines.nth(0).get_by_role("button", name="用我的").tap()
    nothing_waits(lines.page)
    assert show.cue(ROW)["title"] == "換場：二"


def test_a_call_that_nobody_has_judged_keeps_its_time_when_it_is_sent_again(
    show: Show, devices: Devices
) -> None:
    devices.tolerate("403")
    caller = show.phone(devices, "c02", "call")
    said: list[str] = []
    caller.on("request", lambda request: said.extend(times_of(request)))
    # A server that takes itself to be at another address.
    caller.route("**/ops?*", lambda route: route.fulfill(status=403, headers=OURS))
    send(caller, "cue.go", {"id": ROW, "current": LIVE})
    line = caller.locator("#toasts .op[data-state=refused]")
    expect(line).to_be_visible()
    caller.unroute_all()
    caller.wait_for_timeout(300)
    line.get_by_role("button", name="重送").tap()
    nothing_waits(caller)
    assert show.cue(ROW)["state"] == "live"
    first, second = said
    assert first == second


def times_of(request: Request) -> list[str]:
    """When the ops of a request were said."""
    return [op["at"] for op in json.loads(request.post_data or "")["ops"]] if "/ops?" in request.url else []


def test_the_page_without_signal_waits_for_a_server_that_can_give_the_page(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER + "|404")
    crew = show.phone(devices, "c10")
    installed(crew)
    show.stop()
    crew.clock.install()
    crew.goto("/e/another")
    crew.route("**/e/another", lambda route: route.fulfill(status=503))
    show.restart()
    with crew.expect_response("**/e/another") as asked:
        crew.clock.fast_forward(5000)
    assert asked.value.status == 503
    crew.wait_for_timeout(500)
    expect(crew.locator("[data-out=kept]")).to_have_count(1)
    crew.unroute_all()
    crew.clock.fast_forward(5000)
    expect(crew.locator("[data-out=kept]")).to_have_count(0, timeout=15_000)


def test_another_tab_in_the_middle_of_a_call_holds_a_newer_version_back(
    show: Show, devices: Devices, newer: Stable
) -> None:
    devices.tolerate(NO_SERVER + "|404")
    caller = show.phone(devices, "c02", "call")
    installed(caller)
    reader = caller.context.new_page()
    show.open(reader, "sheet")
    deploy(show, newer)
    signal_is_back(reader)
    offer = reader.locator(".toast[data-lasting]")
    expect(offer).to_contain_text("新版", timeout=40_000)
    until(
        reader,
        "() => navigator.serviceWorker.getRegistration().then((it) => Boolean(it.waiting))",
        wanted=True,
    )
    offer.get_by_role("button").tap()
    expect(offer).to_contain_text("先")
    reader.wait_for_timeout(1000)
    assert not is_next(reader)
    caller.evaluate("() => { location.hash = '#sheet'; }")
    offer.get_by_role("button").tap()
    expect(reader.locator("header[data-version=next]")).to_have_count(1, timeout=40_000)


# Whether the table's colours lie beside the pages.
IN_PAGES = """async () => {
  const requests = await (await caches.open("pages")).keys();
  return requests.some(({ url }) => url.endsWith("/colours.css"));
}"""


def test_what_the_storage_refused_for_a_moment_is_kept_a_moment_later(show: Show, devices: Devices) -> None:
    """As of a browser that slept and has closed its database, or was full until something was let go."""
    crew = phone_behind(show, devices, "c10", "now")
    show.stop()
    crew.evaluate("""() => {
      const real = IDBDatabase.prototype.transaction;
      globalThis.isFull = true;
      IDBDatabase.prototype.transaction = function (names, mode, ...more) {
        const isOps = mode === "readwrite" && [names].flat().includes("ops");
        if (isFull && isOps) throw new DOMException("full", "InvalidStateError");
        return real.call(this, names, mode, ...more);
      };
    }""")
    say_ready(crew)
    band = crew.locator("[data-out=unkept]")
    expect(band).to_be_visible()
    assert crew.evaluate(COUNT_OPS) == 0
    crew.evaluate("() => { isFull = false; }")
    signal_is_back(crew)
    until(crew, COUNT_OPS, 1)
    expect(band).to_be_hidden()
    crew.reload()
    expect(crew.locator(UNSENT).first).to_have_text("1")


def test_a_database_that_was_closed_without_a_word_is_opened_anew(show: Show, devices: Devices) -> None:
    crew = phone_behind(show, devices, "c10", "now")
    show.stop()
    crew.evaluate("""() => {
      const real = IDBDatabase.prototype.transaction;
      const closed = new Set();
      IDBDatabase.prototype.transaction = function (...all) {
        if (!closed.size) closed.add(this);
        if (closed.has(this)) throw new DOMException("closing", "InvalidStateError");
        return real.apply(this, all);
      };
    }""")
    say_ready(crew)
    until(crew, COUNT_OPS, 1)
    expect(crew.locator("[data-out=unkept]")).to_be_hidden()
