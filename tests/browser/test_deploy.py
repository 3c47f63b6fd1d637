"""A newer version in the middle of a show: nobody's page changes under their hands, and nothing on its way is lost."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.show import Show, edit
from tests.browser.stable import Stable
from tests.browser.test_offline import installed, signal_is_back, until
from tests.support.browser import NO_SERVER, Devices
from tests.support.server import ROOT

WAITS = "() => navigator.serviceWorker.getRegistration().then((it) => Boolean(it.waiting))"
PARTS = ("server", "static", "templates", "sw")


@pytest.fixture(scope="session")
def newer(stable: Stable, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stable]:
    """Servers of a checkout of the next version: another word in a page, another rule in a stylesheet."""
    folder = tmp_path_factory.mktemp("newer")
    root = folder / "checkout"
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part)
    sheet = root / "static" / "css" / "phone.css"
    sheet.write_text(sheet.read_text() + "\n.next-version { display: block; }\n")
    page = root / "templates" / "runsheet" / "_phone_top.html"
    page.write_text(page.read_text().replace("<header ", '<header data-version="next" ', 1))
    waiting = Stable(folder, root)
    yield waiting
    # Who forked a server tells how it ended.
    stable.see_off()
    waiting.close()


def deploy(show: Show, newer: Stable) -> None:
    """End the running version, and start another one on the same data and port."""
    show.stop()
    show.child = newer.start(show.command, show.folder / "newer.log", show.settings)
    show.child.wait_until(show._is_healthy, seconds=40)  # noqa: SLF001 - it is the same server, of another version


def offered(page: Page, show: Show, newer: Stable) -> Locator:
    """Deploy it, and wait until the page says that there is a newer version."""
    deploy(show, newer)
    signal_is_back(page)
    offer = page.locator(".toast[data-lasting]")
    expect(offer).to_be_visible(timeout=40_000)
    return offer


def is_next(page: Page) -> bool:
    return page.locator("header[data-version=next]").count() == 1


def hide(page: Page) -> None:
    """As when its person puts the phone away."""
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )


def test_a_newer_version_is_offered_and_taken_when_its_person_agrees(
    show: Show, devices: Devices, newer: Stable
) -> None:
    devices.tolerate(NO_SERVER + "|404")
    crew = show.phone(devices, "c10", "sheet")
    installed(crew)
    old = crew.evaluate("() => document.body.dataset.build")
    offer = offered(crew, show, newer)
    expect(offer).to_contain_text("新版")
    assert not is_next(crew)
    until(crew, WAITS, wanted=True)
    offer.get_by_role("button").tap()
    expect(crew.locator("header[data-version=next]")).to_have_count(1, timeout=40_000)
    until(
        crew, "(() => caches.keys().then((all) => all.filter((name) => name.startsWith('shell-')).length))", 1
    )
    show.stop()
    crew.reload()
    expect(crew.locator("header[data-version=next]")).to_have_count(1)
    assert crew.evaluate("() => document.body.dataset.build") != old


def test_no_version_is_changed_under_a_callers_hands(show: Show, devices: Devices, newer: Stable) -> None:
    devices.tolerate(NO_SERVER + "|404")
    caller = show.phone(devices, "c02", "call")
    installed(caller)
    offer = offered(caller, show, newer)
    hide(caller)
    caller.wait_for_timeout(1000)
    assert not is_next(caller)
    offer.get_by_role("button").tap()
    caller.wait_for_timeout(1000)
    assert not is_next(caller)


def test_a_form_and_what_waits_hold_a_newer_version_back(show: Show, devices: Devices, newer: Stable) -> None:
    devices.tolerate(NO_SERVER + "|404")
    editor = show.phone(devices, "c02", "sheet")
    installed(editor)
    edit(editor, "d1-25")
    editor.locator("#f-note").fill("寫到一半")
    deploy(show, newer)
    signal_is_back(editor)
    expect(editor.locator("[data-out=link]").first).to_have_attribute("data-is", "on", timeout=40_000)
    expect(editor.locator(".toast[data-lasting]")).to_have_count(1, timeout=40_000)
    hide(editor)
    editor.wait_for_timeout(1000)
    assert editor.locator("#f-note").input_value() == "寫到一半"
    editor.get_by_role("button", name="存", exact=True).tap()
    expect(editor.locator("#edit")).to_be_hidden()
    assert show.cue("d1-25")["note"] == "寫到一半"
    hide(editor)
    expect(editor.locator("header[data-version=next]")).to_have_count(1, timeout=40_000)


def test_what_was_queued_by_the_old_version_the_new_one_takes(
    show: Show, devices: Devices, newer: Stable
) -> None:
    devices.tolerate(NO_SERVER + "|404")
    crew = show.phone(devices, "c10")
    installed(crew)
    show.stop()
    crew.locator("[data-slot=turn]").get_by_role("button", name="就緒").tap()
    expect(crew.locator("[data-out=unsent]").first).to_have_text("1")
    deploy(show, newer)
    signal_is_back(crew)
    expect(crew.locator("[data-out=unsent]").first).to_be_hidden(timeout=40_000)
    marks = show.ask("c02", "state?kinds=mark")["entities"]["mark"]
    assert [mark["kind"] for mark in marks if mark["member"] == "c10"] == ["ready"]


def test_a_newer_page_is_not_kept_before_its_shell_is(show: Show, devices: Devices, newer: Stable) -> None:
    devices.tolerate(NO_SERVER + "|404|sw.js")
    crew = show.phone(devices, "c10")
    installed(crew)
    crew.evaluate("() => { ServiceWorkerRegistration.prototype.update = () => Promise.resolve(); }")
    crew.evaluate("""async () => {
        globalThis.refetch = joined.$js_refetch;
    }""")
    offered(crew, show, newer)
    crew.evaluate("() => refetch.renewKept()")
    show.stop()
    crew.reload()
    expect(crew.locator("[data-slot=now] .cue-title")).to_be_visible()
    assert not is_next(crew)


def test_a_version_that_was_taken_without_a_line_is_there_when_the_line_is_back(
    show: Show, devices: Devices, newer: Stable
) -> None:
    devices.tolerate(NO_SERVER + "|404")
    crew = show.phone(devices, "c10", "sheet")
    installed(crew)
    offer = offered(crew, show, newer)
    until(crew, WAITS, wanted=True)
    show.stop()
    # In the pocket the newer worker takes over, and finds no line for the page that goes with it.
    with crew.expect_navigation():
        hide(crew)
    expect(crew.locator("#cue-d1-25")).to_be_visible()
    assert not is_next(crew)
    deploy(show, newer)
    signal_is_back(crew)
    expect(offer).to_be_visible(timeout=40_000)
    offer.get_by_role("button").tap()
    expect(crew.locator("header[data-version=next]")).to_have_count(1, timeout=40_000)


def test_what_is_begun_while_a_version_is_fetched_holds_it_back(
    show: Show, devices: Devices, newer: Stable
) -> None:
    devices.tolerate(NO_SERVER + "|404")
    editor = show.phone(devices, "c02", "sheet")
    installed(editor)
    # Its worker is there only when something has been begun.
    editor.evaluate("""() => {
      const update = ServiceWorkerRegistration.prototype.update;
      const gate = new Promise((done) => (globalThis.open = done));
      ServiceWorkerRegistration.prototype.update = async function () { await gate; return update.call(this); };
    }""")
    offer = offered(editor, show, newer)
    offer.get_by_role("button").tap()
    expect(offer).to_contain_text("正在換成新版")
    edit(editor, "d1-25")
    editor.locator("#f-note").fill("寫到一半")
    editor.evaluate("() => open()")
    until(editor, WAITS, wanted=True)
    editor.wait_for_timeout(1500)
    assert editor.locator("#f-note").input_value() == "寫到一半"
    assert not is_next(editor)
