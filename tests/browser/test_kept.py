"""What a phone keeps of an event, for whom, and when it lets go of it."""

import json
import re
import time
from typing import Any

from playwright.sync_api import Page, expect

from server.core.auth import cookie_name
from server.core.db import Database
from tests.browser.show import EVENT, Show
from tests.browser.test_offline import installed, signal_is_back, until
from tests.support.browser import NO_SERVER, Devices
from tests.support.proxy import Proxy

ROW = "d1-23"
# Everything in the tail and its heads, and the addresses of the kept pages.
KEPT = """async () => {
  const database = await new Promise((done) => {
    const request = indexedDB.open("fieldcue");
    request.onsuccess = () => done(request.result);
  });
  const all = (name) => new Promise((done) => {
    const request = database.transaction(name).objectStore(name).getAll();
    request.onsuccess = () => done(request.result);
  });
  const [tail, heads] = [await all("tail"), await all("heads")];
  database.close();
  const pages = (await caches.keys()).includes("pages") ? await (await caches.open("pages")).keys() : [];
  return { tail, heads, pages: pages.map(({ url }) => new URL(url).pathname) };
}"""


def kept(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(KEPT)
    return found


def facts(page: Page) -> dict[str, str]:
    """Every row by its id, as its version and its text."""
    found: dict[str, str] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("[data-list] > [data-v]")]
            .filter((row) => !row.id.startsWith("me-"))
            .map((row) => [row.id, `${row.dataset.v} ${row.querySelector(".cue-title, b")?.textContent ?? ""}`]))"""
    )
    return found


def edit_note(show: Show, note: str) -> None:
    show.ops("c02", ("cue.edit", {"id": ROW, "set": {"note": note}}))


def test_a_kept_page_and_its_tail_are_what_a_fresh_phone_gets(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10", "sheet")
    installed(crew)
    edit_note(show, "改一次")
    edit_note(show, "改兩次")
    show.ops(
        "c02",
        ("cue.add", {"id": "encore", "title": "安可", "track": "main"}),
        ("cue.remove", {"id": "d1-24"}),
    )
    show.ops("c12", ("cue.ready", {"id": "d1-21-c6"}))
    expect(crew.locator("#cue-encore")).to_have_count(1)
    expect(crew.locator("#mark-d1-21-c6\\:c12")).to_have_count(1)
    fresh = show.phone(devices, "c10", "sheet")
    wanted = facts(fresh)
    show.stop()
    crew.reload()
    expect(crew.locator(f"#cue-{ROW} .cue-note")).to_have_text("改兩次")
    assert facts(crew) == wanted


def test_a_woken_phone_fetches_no_document_but_the_changes(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10", "sheet")
    installed(crew)
    edit_note(show, "睡前")
    expect(crew.locator(f"#cue-{ROW} .cue-note")).to_have_text("睡前")
    crew.goto("about:blank")
    edit_note(show, "醒來")
    fetched: list[str] = []
    crew.context.on("request", lambda request: fetched.append(request.url))
    crew.goto(f"/e/{EVENT}#sheet")
    expect(crew.locator(f"#cue-{ROW} .cue-note")).to_have_text("醒來")
    expect(crew.locator("[data-out=link]").first).to_contain_text("已連線")
    crew.wait_for_timeout(1500)
    by_worker = [url for url in fetched if url.endswith(EVENT)]
    assert len(by_worker) <= 1, by_worker  # the navigation itself, which the worker answers


def test_a_new_epoch_wipes_what_was_kept_and_sends_what_waits(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    installed(crew)
    edit_note(show, "之前")
    expect(crew.locator(f"#cue-{ROW} .cue-note")).to_have_text("之前")
    show.stop()
    crew.locator("[data-slot=turn]").get_by_role("button", name="就緒").tap()
    begin_anew(show)
    show.restart()
    signal_is_back(crew)
    expect(crew.locator("[data-out=unsent]").first).to_be_hidden(timeout=40_000)
    expect(crew.locator("body")).to_have_attribute("data-epoch", "anew")
    until(
        crew,
        f"() => ({KEPT})().then(({{ heads }}) => heads.some(({{ page }}) => page.includes(' anew ')))",
        wanted=True,
    )
    crew.reload()
    expect(crew.locator("[data-slot=turn] [data-op='cue.ready']")).to_have_attribute("aria-pressed", "true")


def begin_anew(show: Show) -> None:
    """As after a restore: the log has another epoch."""
    database = Database(f"sqlite:///{show.data / 'fieldcue.db'}")
    with database.write() as session:
        session.connection().exec_driver_sql("UPDATE event SET epoch = 'anew'")
    database.close()


def test_rights_that_changed_while_the_phone_was_away_wipe_it_first(
    show_behind: tuple[Show, Proxy], devices: Devices
) -> None:
    show, proxy = show_behind
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10", "sheet")
    installed(crew)
    assert crew.locator("[data-list=contact] > li").count() > 0
    show.cue(ROW)  # so that the coordinator has a token: it is given by the address that is cut now
    proxy.cut(refuse=True)
    crew.goto("about:blank")
    show.ops("c02", ("member.edit", {"id": "c10", "set": {"roles": ["client"]}}))
    proxy.heal()
    crew.goto(f"/e/{EVENT}#sheet")
    expect(crew.locator("[data-list=contact] > li")).to_have_count(0)
    expect(crew.locator("[data-out=link]").first).to_contain_text("已連線")
    assert not [row for row in kept(crew)["tail"] if "contact" in row["id"]]


def test_the_next_person_on_this_phone_sees_nothing_of_the_one_before(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    phone = show.phone(devices, "c01", "sheet")
    installed(phone)
    show.ops("c02", ("cue.edit", {"id": ROW, "set": {"note": "只有團隊知道"}}))
    expect(phone.locator(f"#cue-{ROW} .cue-note")).to_have_text("只有團隊知道")
    phone.goto("/me")
    phone.get_by_role("button", name=re.compile("登出")).last.click()
    expect(phone).to_have_url(re.compile("/sign-in"))
    assert kept(phone) == {"tail": [], "heads": [], "pages": []}
    assert "只有團隊知道" not in phone.content()
    show.stop()
    phone.goto(f"/e/{EVENT}")
    expect(phone.locator("body")).to_contain_text("沒有訊號")
    expect(phone.locator("[data-out=kept]")).to_be_hidden()


def test_a_page_that_was_kept_for_another_is_never_painted(show: Show, devices: Devices) -> None:
    """As when somebody was signed in where no worker saw it."""
    phone = show.phone(devices, "c01", "sheet")
    installed(phone)
    phone.goto("/me")
    show.sign_in(phone, "c14")
    # Long enough for the page that is taken away to ask the server for what isn't its person's any more.
    phone.add_init_script(
        """{
          const drop = caches.delete.bind(caches);
          caches.delete = (name) => new Promise((done) => setTimeout(done, 1500)).then(() => drop(name));
        }"""
    )
    phone.goto(f"/e/{EVENT}#more")
    phone.wait_for_function("() => document.querySelector('[data-list=me] > li')?.dataset.id === 'c14'")
    assert phone.locator("#edit-form").count() == 0


def test_storage_is_asked_to_last(show: Show, devices: Devices) -> None:
    phone = devices.phone(show.url)
    phone.add_init_script(
        "navigator.storage.persist = () => { window.asked = true; return Promise.resolve(true); }"
    )
    show.sign_in(phone, "c10")
    show.open(phone, "now")
    phone.wait_for_function("() => window.asked === true")


def days_left(phone: Page, name: str) -> float:
    """Until a cookie ends."""
    [ends] = [cookie["expires"] for cookie in phone.context.cookies() if cookie["name"] == name]
    return (ends - time.time()) / 86_400


def test_a_phone_that_opens_only_what_it_keeps_stays_signed_in(show: Show, devices: Devices) -> None:
    crew, session = devices.phone(show.url), cookie_name(show.origin)
    crew.clock.install()
    show.sign_in(crew, "c10")
    show.open(crew, "now")
    installed(crew)
    names = (session, f"{session}-who")
    held = [cookie for cookie in crew.context.cookies() if cookie["name"] in names]
    crew.context.add_cookies([{**cookie, "expires": time.time() + 86_400} for cookie in held])  # type: ignore[typeddict-item]  # what it gives it takes
    crew.context.clear_cookies(name=f"{session}-day")
    crew.reload()
    expect(crew.locator("[data-out=link]").first).to_have_attribute("data-is", "on")
    crew.clock.fast_forward(3000)
    deadline = time.monotonic() + 15
    while min(days_left(crew, name) for name in names) < 59 and time.monotonic() < deadline:
        crew.wait_for_timeout(200)
    assert [round(days_left(crew, name)) for name in names] == [60, 60]


def test_what_waits_goes_out_with_no_page_open(show: Show, full_devices: Devices) -> None:
    """By Background Sync, where the browser has it."""
    full_devices.tolerate(NO_SERVER)
    phone = show.phone(full_devices, "c10")
    installed(phone)
    phone.reload()
    phone.wait_for_function("() => navigator.serviceWorker.controller")
    expect(phone.locator("[data-out=link]").first).to_contain_text("已連線")
    phone.context.set_offline(True)
    phone.route("**/ops?*", lambda route: route.abort())
    phone.locator("[data-slot=turn]").get_by_role("button", name="就緒").tap()
    until(
        phone,
        "() => navigator.serviceWorker.ready.then((it) => it.sync.getTags()).then((tags) => tags.join())",
        "outbox",
    )
    context = phone.context
    phone.close()
    context.set_offline(False)
    for _ in range(100):
        marks = show.ask("c02", "state?kinds=mark")["entities"]["mark"]
        if [mark["kind"] for mark in marks if mark["member"] == "c10"] == ["ready"]:
            return
        context.pages or context.new_page()
        context.pages[0].wait_for_timeout(200)
    raise AssertionError(json.dumps(marks))


def test_an_edit_that_waited_while_the_log_began_anew_asks_before_it_writes_over(
    show: Show, devices: Devices
) -> None:
    devices.tolerate(NO_SERVER + "|409")
    editor = show.phone(devices, "c02", "sheet")
    installed(editor)
    edit_note(show, "備份前")
    expect(editor.locator(f"#cue-{ROW} .cue-note")).to_have_text("備份前")
    show.stop()
    editor.evaluate(
        """async (id) => {
          const { $js_op: { send } } = joined;
          const base = Number(document.getElementById(`cue-${id}`).dataset.v) + 1000;
          send("cue.edit", { id, set: { note: "手機上的" } }, { base, title: "改備註" });
        }""",
        ROW,
    )
    expect(editor.locator("[data-out=unsent]").first).to_have_text("1")
    begin_anew(show)
    show.restart()
    signal_is_back(editor)
    alarm = editor.locator("#toasts .op[data-state=refused]")
    expect(alarm).to_contain_text("備份前", timeout=40_000)
    assert show.cue(ROW)["note"] == "備份前"
    alarm.get_by_role("button", name="用我的").tap()
    expect(editor.locator("[data-out=unsent]").first).to_be_hidden()
    assert show.cue(ROW)["note"] == "手機上的"


def test_a_page_that_cannot_be_kept_never_opens_itself_again_and_again(show: Show, devices: Devices) -> None:
    crew = show.phone(devices, "c10")
    installed(crew)
    crew.goto("about:blank")
    show.ops("c02", ("member.edit", {"id": "c12", "set": {"name": "改了名"}}))
    crew.add_init_script(
        """Cache.prototype.put = () => Promise.reject(new DOMException("full", "QuotaExceededError"));"""
    )
    opened: list[str] = []
    crew.on("domcontentloaded", lambda page: opened.append(page.url))
    crew.goto(f"/e/{EVENT}#now")
    expect(crew.locator(".toast[data-lasting]")).to_be_visible()
    crew.wait_for_timeout(3000)
    assert len(opened) == 1


def test_adding_a_browser_takes_nothing_off_this_one(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10")
    installed(crew)
    crew.reload()
    crew.wait_for_function("() => navigator.serviceWorker.controller")
    crew.goto("/me")
    crew.get_by_role("button", name="加另一個瀏覽器").click()
    crew.wait_for_url(re.compile("/me/codes"))
    show.stop()
    crew.goto("/start")
    expect(crew.locator("[data-slot=now] .cue-title")).to_be_visible()


def test_a_page_that_comes_late_does_not_take_the_place_of_a_newer_one(show: Show, devices: Devices) -> None:
    devices.tolerate(NO_SERVER)
    crew = show.phone(devices, "c10", "sheet")
    installed(crew)
    crew.evaluate("""async () => {
      globalThis.refetch = joined.$js_refetch;
      const real = globalThis.fetch;
      globalThis.asked = new Promise((done) => (globalThis.tell = done));
      globalThis.gate = new Promise((done) => (globalThis.open = done));
      let isFirst = true;
      globalThis.fetch = async (...all) => {
        const answer = await real(...all);
        if (!isFirst || all[0] !== location.pathname) return answer;
        isFirst = false;
        tell();
        await gate;
        return answer;
      };
      globalThis.late = refetch.renewKept();
      await asked;
    }""")
    edit_note(show, "這是最新的")
    note = crew.locator(f"#cue-{ROW} .cue-note")
    expect(note).to_have_text("這是最新的")
    crew.evaluate("() => refetch.renewKept().then(() => true)")
    crew.evaluate("() => { open(); return late.then(() => true); }")
    show.stop()
    crew.goto("about:blank")
    crew.goto(f"/e/{EVENT}#sheet")
    expect(note).to_have_text("這是最新的")
