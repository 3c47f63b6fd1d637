"""What is tapped is kept on the phone until the server has it: whatever is cut, killed, closed, full or signed out."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.show import EVENT, SOON, Show, edit, seconds_without_a_line
from tests.browser.test_offline import installed, signal_is_back, until
from tests.support.browser import NO_SERVER, Devices
from tests.support.proxy import Proxy

TURN = "[data-slot=turn]"
UNSENT = "[data-out=unsent]"
# What runs on the main stage; 換場 2, the next item of the main stage, and the one after.
LIVE, ROW, AFTER = "d1-21", "d1-25", "d1-29"
COUNT_OPS = """() => new Promise((done) => {
  const request = indexedDB.open("fieldcue");
  request.onsuccess = () => {
    const all = request.result.transaction("ops").objectStore("ops").getAll();
    all.onsuccess = () => { request.result.close(); done(all.result.length); };
  };
})"""

# As if all that waits had been tapped so many ms earlier; in the store, where the page and its worker look.
AGE = """(ms) => new Promise((done) => {
  const request = indexedDB.open("fieldcue");
  request.onsuccess = () => {
    const work = request.result.transaction("ops", "readwrite");
    const ops = work.objectStore("ops");
    ops.getAll().onsuccess = ({ target }) => {
      for (const entry of target.result) ops.put({ ...entry, tapped: entry.tapped - ms });
      work.oncomplete = () => { request.result.close(); done(target.result.length); };
    };
  };
})"""


def marks_of(show: Show, member: str) -> list[str]:
    found = show.ask("c02", "state?kinds=mark")["entities"]["mark"]
    return [mark["kind"] for mark in found if mark["member"] == member]


def changes_of(show: Show, member: str, op: str) -> int:
    """How often a member's op stands in the log."""
    found, since, head = 0, 0, 1
    while since < head:
        log = show.ask("c02", f"changes?since={since}&limit=1000")
        since, head = log["last"], log["head"]
        found += len([one for one in log["changes"] if (one["actor"], one["kind"]) == (member, op)])
    return found


def phone_behind(show: Show, devices: Devices, member: str, screen: str) -> Page:
    """A member's phone that comes through the proxy, with all that it keeps."""
    devices.tolerate(NO_SERVER)
    page = show.phone(devices, member, screen)
    installed(page)
    return page


def say_ready(crew: Page) -> None:
    crew.locator(TURN).get_by_role("button", name="就緒").tap()


def nothing_waits(page: Page) -> None:
    until(page, COUNT_OPS, 0)
    expect(page.locator(UNSENT).first).to_be_hidden()


def send(page: Page, op: str, args: dict[str, object], title: str = "", base: str | None = None) -> None:
    """Queue an op as the product's own scripts do."""
    page.evaluate(
        """async ([op, args, title, base]) => {
          const { $js_op: { send } } = joined;
          send(op, args, { title, base: base ?? undefined });
        }""",
        [op, args, title, base],
    )


def with_nudges(caller: Page, count: int) -> None:
    """Queue so many ops, as a caller's thumb would in a long while."""
    caller.evaluate(
        """async (count) => {
          const { $js_op: { send } } = joined;
          for (let n = 0; n < count; n += 1) send("cue.nudge", { id: "d1-21", seconds: n % 2 ? -1 : 1 });
        }""",
        count,
    )
    until(caller, COUNT_OPS, count)


@pytest.mark.parametrize("trouble", ["cut", "hang", "mute", "kill"])
def test_an_op_arrives_once_whatever_happens_on_its_way(
    trouble: str, show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    before = changes_of(show, "c10", "cue.ready")
    if trouble == "kill":
        show.kill()
    elif trouble == "cut":
        proxy.cut(refuse=True)
    else:
        getattr(proxy, trouble)()
    say_ready(crew)
    expect(crew.locator(UNSENT).first).to_have_text("1")
    crew.wait_for_timeout(500)
    if trouble == "mute":
        # The server has it, and the phone doesn't know.
        assert changes_of(show, "c10", "cue.ready") == before + 1
    if trouble == "kill":
        show.restart()
    proxy.heal()
    signal_is_back(crew)
    nothing_waits(crew)
    assert changes_of(show, "c10", "cue.ready") == before + 1


def test_a_tap_outlives_the_tab_in_which_it_was_made(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    installed(crew)
    show.stop()
    say_ready(crew)
    until(crew, COUNT_OPS, 1)
    context = crew.context
    crew.close()
    show.restart()
    crew = context.new_page()
    show.open(crew, "now")
    nothing_waits(crew)
    assert "ready" in marks_of(show, "c10")


def test_what_one_tab_queues_the_other_shows_and_only_one_sends(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    first = show.phone(devices, "c10")
    installed(first)
    second = first.context.new_page()
    show.open(second, "now")
    before = changes_of(show, "c10", "cue.ready")
    show.stop()
    say_ready(first)
    expect(second.locator(UNSENT).first).to_have_text("1")
    expect(second.locator(TURN)).to_have_attribute("data-pending", "")
    show.restart()
    for tab in (first, second):
        signal_is_back(tab)
    for tab in (first, second):
        nothing_waits(tab)
    assert changes_of(show, "c10", "cue.ready") == before + 1


def test_an_edit_made_without_signal_asks_whose_value_stays(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    editor = phone_behind(show, devices, "c01", "sheet")
    show.cue(ROW)  # so that there are tokens: they are given by the address that is cut now
    show.ops("c03")
    proxy.cut(refuse=True)
    edit(editor, ROW)
    editor.locator("#f-title").fill("換場：鼓先走")
    editor.get_by_role("button", name="存", exact=True).tap()
    expect(editor.locator(UNSENT).first).to_have_text("1")
    show.ops("c03", ("cue.edit", {"id": ROW, "set": {"title": "換場：燈先暗"}}))
    # Reloaded without a line: what the page of before heard, it alone would raise the alarm for.
    editor.reload()
    proxy.heal()
    signal_is_back(editor)
    alarm = editor.locator("#toasts .op[data-state=refused]")
    expect(alarm).to_contain_text("換場：鼓先走", timeout=40_000)
    expect(alarm).to_contain_text("換場：燈先暗")
    editor.reload()
    editor.goto(f"/e/{EVENT}#more")
    editor.locator("#tray").get_by_role("button", name="用我的").tap()
    nothing_waits(editor)
    assert show.cue(ROW)["title"] == "換場：鼓先走"


def test_what_was_refused_is_still_in_the_tray_tomorrow_until_it_is_decided(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER)
    caller = show.phone(devices, "c02", "call")
    installed(caller)
    show.stop()
    caller.evaluate(
        """async () => {
          const { $js_op: { send } } = joined;
          send("cue.finish", { id: "d1-25" }, { title: "結束 125" });
        }"""
    )
    expect(caller.locator(UNSENT).first).to_have_text("1")
    show.restart()
    signal_is_back(caller)
    expect(caller.locator("#toasts .op[data-state=refused]")).to_be_visible(timeout=40_000)
    caller.goto(f"/e/{EVENT}#more")
    caller.reload()
    line = caller.locator("#tray .op[data-state=refused]")
    expect(line).to_contain_text("結束 125")
    expect(caller.locator(UNSENT).first).to_have_text("1")
    line.get_by_role("button", name="知道了").tap()
    nothing_waits(caller)
    caller.reload()
    expect(caller.locator("#tray")).to_be_hidden()


def test_what_builds_on_a_refused_call_is_refused_with_it(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    caller = show.clocked(devices, "c02", "call")
    show.ops("c06")
    show.cue(ROW)
    proxy.cut(refuse=True)
    seconds_without_a_line(caller)
    caller.evaluate(
        """async () => {
          const { $js_op: { send } } = joined;
          send("cue.go", { id: "d1-25", current: "d1-21" }, { title: "GO 25" });
          send("cue.go", { id: "d1-29", current: "d1-25" }, { title: "GO 29" });
        }"""
    )
    expect(caller.locator(f"#cue-{AFTER}")).to_have_attribute("data-state", "live")
    show.ops("c06", ("cue.finish", {"id": LIVE}))
    proxy.heal()
    signal_is_back(caller)
    expect(caller.locator("#toasts .op-more")).to_have_text("另有 1 筆", timeout=40_000)
    assert show.cue(ROW)["state"] == "planned"
    assert show.cue(AFTER)["state"] == "planned"
    expect(caller.locator(f"#cue-{AFTER}")).to_have_attribute("data-state", "planned")
    expect(caller.locator("#toasts .op").first).to_contain_text("先喊")


def test_a_session_that_ended_with_fifty_ops_sends_them_when_the_same_person_is_back(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER + "|status of 40[13]")
    caller = show.phone(devices, "c02")
    installed(caller)
    before = changes_of(show, "c02", "cue.nudge")
    show.stop()
    with_nudges(caller, 50)
    show.sign_everybody_out()
    show.restart()
    signal_is_back(caller)
    expect(caller).to_have_url(re.compile("/sign-in"), timeout=40_000)
    expect(caller.locator("[data-out=left]")).to_contain_text("50")
    # Somebody else on this phone sees nothing of it, and sends none of it.
    caller.goto("/sign-in")
    show.sign_in(caller, "c10")
    show.open(caller, "now")
    expect(caller.locator(UNSENT).first).to_be_hidden()
    caller.wait_for_timeout(1000)
    assert changes_of(show, "c02", "cue.nudge") == before
    caller.goto("/me")
    show.sign_in(caller, "c02")
    show.open(caller, "now")
    nothing_waits(caller)
    assert changes_of(show, "c02", "cue.nudge") == before + 50


REFUSES = "Object.defineProperty(globalThis, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError'); } })"
FULL = """IDBObjectStore.prototype.add = IDBObjectStore.prototype.put = function () {
  throw new DOMException('full', 'QuotaExceededError');
}"""


@pytest.mark.parametrize("storage", [REFUSES, FULL], ids=["refused", "full"])
def test_a_phone_that_can_keep_nothing_says_so_and_goes_on(
    storage: str, show: Show, devices: Devices
) -> None:
    crew = devices.phone(show.url)
    crew.add_init_script(storage)
    show.sign_in(crew, "c10")
    show.open(crew, "now")
    say_ready(crew)
    expect(crew.locator("[data-out=unkept]")).to_be_visible()
    expect(crew.locator(UNSENT).first).to_be_hidden()
    assert "ready" in marks_of(show, "c10")


def test_signing_out_warns_of_what_is_not_sent_and_leaves_nothing_behind(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, _ = show_behind
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    installed(crew)
    crew.route("**/ops?*", lambda route: route.abort())
    say_ready(crew)
    crew.goto(f"/e/{EVENT}#more")
    hold = crew.get_by_role("button", name="登出")
    hold.dispatch_event("held")
    expect(crew.locator("[data-unsent]")).to_contain_text("1")
    hold.dispatch_event("held")
    expect(crew).to_have_url(re.compile("/sign-in$"))
    assert crew.evaluate(COUNT_OPS) == 0
    assert (
        crew.evaluate("() => caches.open('pages').then((shelf) => shelf.keys()).then((all) => all.length)")
        == 0
    )


def test_without_signal_nobody_is_signed_out_and_nothing_is_lost(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    installed(crew)
    show.stop()
    say_ready(crew)
    until(crew, COUNT_OPS, 1)
    crew.goto(f"/e/{EVENT}#more")
    hold = crew.get_by_role("button", name="登出")
    hold.dispatch_event("held")
    expect(crew.locator("[data-unsent]")).to_be_visible()
    hold.dispatch_event("held")
    expect(crew.locator("[data-no-line]")).to_contain_text("還沒登出")
    show.restart()
    signal_is_back(crew)
    nothing_waits(crew)
    assert "ready" in marks_of(show, "c10")


def test_what_is_not_to_be_sent_any_more_stays_away_in_every_tab(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    first = show.phone(devices, "c02", "call")
    installed(first)
    second = first.context.new_page()
    show.open(second, "now")
    show.stop()
    send(first, "cue.go", {"id": ROW, "current": LIVE})
    expect(first.locator(f"#cue-{ROW}")).to_have_attribute("data-state", "live")
    first.bring_to_front()  # what lies behind is drawn rarely, and a tap waits for that
    first.goto(f"/e/{EVENT}#more")
    first.locator("#tray").get_by_role("button", name="不送了").tap()
    expect(first.locator(f"#cue-{ROW}")).to_have_attribute("data-state", "planned")
    send(second, "cue.nudge", {"id": LIVE, "seconds": 60})
    expect(first.locator(UNSENT).first).to_have_text("1")
    expect(first.locator(f"#cue-{ROW}")).to_have_attribute("data-state", "planned")
    show.restart()
    for tab in (first, second):
        signal_is_back(tab)
        nothing_waits(tab)
    assert show.cue(ROW)["state"] == "planned"


def test_a_phone_without_room_for_an_answer_does_not_ask_for_it_again(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    caller = devices.phone(show.url)
    caller.clock.install()
    show.sign_in(caller, "c02")
    show.open(caller, "now")
    installed(caller)
    asked: list[str] = []
    caller.on("request", lambda request: asked.append(request.url))
    caller.evaluate(
        """() => {
          IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
        }"""
    )
    send(caller, "cue.finish", {"id": ROW}, "結束 125")
    expect(caller.locator("#toasts .op[data-state=refused]")).to_be_visible()
    caller.clock.fast_forward(30_000)
    caller.wait_for_timeout(500)
    assert len([url for url in asked if "/ops" in url]) == 1


def two_edits_refused(show_behind: tuple[Show, Proxy], devices: Devices) -> Locator:
    """Their lines on a coordinator's phone: of a title, made without signal while somebody else changed it too."""
    show, proxy = show_behind
    editor = phone_behind(show, devices, "c02", "sheet")
    show.ops("c01")
    show.cue(ROW)
    base = editor.locator(f"#cue-{ROW}").get_attribute("data-v")
    proxy.cut(refuse=True)
    for title in ("換場：一", "換場：二"):
        send(editor, "cue.edit", {"id": ROW, "set": {"title": title}}, title, base)
    show.ops("c01", ("cue.edit", {"id": ROW, "set": {"title": "燈先暗"}}))
    proxy.heal()
    signal_is_back(editor)
    lines = editor.locator("#toasts .op[data-state=refused]")
    expect(lines).to_have_count(2, timeout=40_000)
    return lines


def test_sending_again_what_built_on_a_conflict_asks_before_it_writes_over(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, _ = show_behind
    lines = two_edits_refused(show_behind, devices)
    lines.nth(1).get_by_role("button", name="重送").tap()
    expect(lines.nth(1)).to_contain_text("燈先暗")
    assert show.cue(ROW)["title"] == "燈先暗"


def test_a_phone_whose_clock_is_months_ahead_sends_all_the_same(show: Show, devices: Devices) -> None:
    crew = devices.phone(show.url)
    crew.add_init_script("{ const real = Date.now; Date.now = () => real() + 60 * 86_400_000; }")
    show.sign_in(crew, "c10")
    show.open(crew, "now")
    say_ready(crew)
    nothing_waits(crew)
    assert "ready" in marks_of(show, "c10")


def test_what_has_waited_forty_days_asks_before_it_goes(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    installed(crew)
    show.stop()
    say_ready(crew)
    until(crew, COUNT_OPS, 1)
    assert crew.evaluate(AGE, 41 * 86_400_000) == 1
    show.restart()
    crew.goto("/healthz")
    crew.goto(f"/e/{EVENT}#more")
    line = crew.locator("#tray .op[data-state=refused]")
    expect(line).to_contain_text("40 天")
    assert "ready" not in marks_of(show, "c10")
    line.get_by_role("button", name="照樣送出").tap()
    nothing_waits(crew)
    assert "ready" in marks_of(show, "c10")


def test_what_is_on_the_wire_cannot_be_held_back(show_behind: tuple[Show, Proxy], devices: Devices) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    proxy.mute()
    say_ready(crew)
    crew.goto(f"/e/{EVENT}#more")
    crew.locator("#tray").get_by_role("button", name="不送了").tap()
    expect(crew.locator(".toast")).to_contain_text("正在送出")
    proxy.heal()
    signal_is_back(crew)
    nothing_waits(crew)
    assert "ready" in marks_of(show, "c10")


# As an earlier page of this person's may have left it: an op that waits, and a photo that the server wouldn't have.
LEAVE_MORE = """(row) => new Promise((done) => {
  const request = indexedDB.open("fieldcue");
  request.onsuccess = () => {
    const work = request.result.transaction(["ops", "blobs"], "readwrite");
    const ops = work.objectStore("ops");
    ops.getAll().onsuccess = ({ target }) => {
      const { who, event, epoch, since, tapped } = target.result[0];
      const op = { id: "left-here", op: "cue.ready", args: { id: row }, at: new Date(since).toISOString() };
      ops.add({ who, event, epoch, op, behind: [], row: `cue-${row}`, title: "就緒", since, tapped, state: "waiting" });
      const file = { blob: new ArrayBuffer(3), media: "image/jpeg", name: "側台.jpg", size: 3, wrong: true };
      work.objectStore("blobs").put({ who, event, hash: "0".repeat(64), at: tapped, ...file });
      work.oncomplete = () => { request.result.close(); done(who); };
    };
  };
})"""
WHOSE = """() => new Promise((done) => {
  const request = indexedDB.open("fieldcue");
  request.onsuccess = () => {
    const work = request.result.transaction(["ops", "blobs"]);
    const whose = [];
    for (const name of ["ops", "blobs"])
      work.objectStore(name).getAll().onsuccess = ({ target }) => whose.push(...target.result.map(({ who }) => who));
    work.oncomplete = () => { request.result.close(); done(whose); };
  };
})"""


def add_account(page: Page) -> None:
    """Sign in by e-mail too, in the browser that joined by link."""
    page.goto("/me")
    form = page.locator("form[action='/me/account']")
    form.locator("[name=email]").fill("lin@example.org")
    form.locator("[name=password]").fill("three plain words")
    form.locator("[type=submit]").tap()
    expect(page.locator("main")).to_contain_text("lin@example.org")


def test_what_was_queued_before_one_had_an_account_is_still_there_and_sent_once(
    show: Show, devices: Devices
) -> None:
    show.ops("c01", ("member.edit", {"id": "c12", "set": {"roles": ["coordinator"]}}))
    phone = show.phone(devices, "c12", "sheet")
    before = changes_of(show, "c12", "cue.ready")
    send(phone, "cue.finish", {"id": "nope"}, title="試一下")
    expect(phone.locator(UNSENT).first).to_have_text("1")
    phone.goto("/me")
    joined = phone.evaluate(LEAVE_MORE, ROW)
    add_account(phone)
    show.open(phone, "more")
    expect(phone.locator("#tray")).to_contain_text("試一下", timeout=SOON)
    expect(phone.locator("#photos")).to_contain_text("側台.jpg", timeout=SOON)
    until(phone, COUNT_OPS, 1)
    assert changes_of(show, "c12", "cue.ready") == before + 1
    whose = phone.evaluate(WHOSE)
    assert len(whose) == 2
    assert joined not in whose
    assert len(set(whose)) == 1
