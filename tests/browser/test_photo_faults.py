"""Faults on the way of a photo: a tab that dies, a server that can't take one of them, somebody who refuses dumbly."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.show import EVENT, Show
from tests.browser.test_deploy import hide
from tests.browser.test_offline import installed, until
from tests.browser.test_outbox import COUNT_OPS, UNSENT
from tests.browser.test_photos import HELD, ROW, THUMB, attach, attachments, files
from tests.support.browser import NO_SERVER, Devices
from tests.support.sending import photo


@pytest.fixture
def shots(tmp_path: Path) -> list[Path]:
    """Three photos, no two alike."""
    made = []
    for side in (300, 400, 500):
        made.append(tmp_path / f"{side}.jpg")
        made[-1].write_bytes(photo(size=(side, side)))
    return made


def pick_more(page: Page, files: Any) -> None:  # noqa: ANN401 - as Playwright takes them
    page.locator("[data-attach]").set_input_files(files)


def test_a_photo_that_cannot_be_taken_now_holds_up_no_other(
    show: Show, devices: Devices, shots: list[Path]
) -> None:
    devices.tolerate("507")
    coordinator = show.phone(devices, "c02", "sheet")
    first: list[str] = []

    def full_for_the_first(route: Route) -> None:
        address = route.request.url
        first[:] = first or [address]
        if address == first[0]:
            route.fulfill(status=507)
        else:
            route.continue_()

    coordinator.route("**/uploads/*", full_for_the_first)
    attach(coordinator, shots[0])
    until(coordinator, COUNT_OPS, 0)
    pick_more(coordinator, shots[1:])
    expect(files(coordinator).locator(f"img[src*='{EVENT}']")).to_have_count(2, timeout=20_000)
    until(coordinator, HELD, 1)
    coordinator.unroute_all()
    until(coordinator, HELD, 0, seconds=60)
    expect(files(coordinator).locator("img").first).to_have_attribute("src", THUMB)


def test_a_photo_on_its_way_is_counted_among_what_is_not_sent(
    show: Show, devices: Devices, shots: list[Path]
) -> None:
    devices.tolerate(NO_SERVER)
    coordinator = show.phone(devices, "c02", "sheet")
    coordinator.route("**/uploads/*", lambda route: route.abort())
    attach(coordinator, shots[0])
    until(coordinator, COUNT_OPS, 0)
    expect(coordinator.locator(UNSENT).first).to_have_text("1")
    coordinator.unroute_all()
    expect(coordinator.locator(UNSENT).first).to_be_hidden(timeout=40_000)


def test_a_refusal_without_a_word_is_told_and_not_asked_again(
    show: Show, devices: Devices, shots: list[Path]
) -> None:
    """A proxy's limit, which lasts: of other things that a proxy says nobody knows."""
    devices.tolerate("413")
    coordinator = devices.phone(show.url)
    coordinator.clock.install()
    show.sign_in(coordinator, "c02")
    show.open(coordinator, "sheet")
    asked: list[str] = []

    def dumb(route: Route) -> None:
        asked.append(route.request.method)
        route.fulfill(status=413)

    coordinator.route("**/uploads/*", dumb)
    attach(coordinator, shots[0])
    expect(coordinator.locator(f"#cue-{ROW} .file-own b")).to_have_text("未送出", timeout=20_000)
    coordinator.clock.fast_forward(60_000)
    coordinator.wait_for_timeout(500)
    assert asked == ["HEAD"]


@pytest.mark.parametrize("store", ["ops", "blobs"])
def test_a_tab_that_dies_between_a_photo_and_its_op_leaves_neither_without_the_other(
    store: str, show: Show, devices: Devices, shots: list[Path]
) -> None:
    """A database that takes one of the two and not the other is what a tab that was killed in between leaves."""
    devices.tolerate(NO_SERVER)
    coordinator = show.phone(devices, "c02", "sheet")
    installed(coordinator)
    coordinator.route("**/ops?*", lambda route: route.abort())
    coordinator.evaluate(
        """(name) => {
          for (const how of ["add", "put"]) {
            const real = IDBObjectStore.prototype[how];
            IDBObjectStore.prototype[how] = function (value) {
              if (this.name === name) throw new DOMException("full", "QuotaExceededError");
              return real.call(this, value);
            };
          }
        }""",
        store,
    )
    attach(coordinator, shots[0])
    expect(coordinator.locator("[data-out=unkept]")).to_be_visible()
    assert (coordinator.evaluate(HELD), coordinator.evaluate(COUNT_OPS)) == (0, 0)
    # This page has both, and sends both.
    coordinator.unroute_all()
    expect(files(coordinator).locator("img")).to_have_attribute("src", THUMB, timeout=40_000)
    expect(coordinator.locator(UNSENT).first).to_be_hidden()


def test_a_photo_that_was_taken_off_leaves_the_phone(show: Show, devices: Devices, shots: list[Path]) -> None:
    coordinator = show.phone(devices, "c02", "sheet")
    # Its own copy is ready so late that it is still ours when somebody takes it off.
    coordinator.route("**/uploads/*", lambda route: route.abort())
    devices.tolerate(NO_SERVER)
    attach(coordinator, shots[0])
    expect(coordinator.locator(f"#cue-{ROW} .files > .file[data-v]")).to_have_count(1)
    attachment = show.ask("c02", "state?kinds=attachment")["entities"]["attachment"][0]
    coordinator.evaluate(
        """(hash) => new Promise((done) => {
            const opening = indexedDB.open("fieldcue");
            opening.onsuccess = () => {
                const store = opening.result.transaction("blobs", "readwrite").objectStore("blobs");
                store.getAll().onsuccess = ({ target }) => {
                    for (const photo of target.result) store.put({ ...photo, sent: true }).onsuccess = done;
                };
            };
        })""",
        attachment["blob"],
    )
    coordinator.reload()
    expect(files(coordinator)).to_have_count(1)
    coordinator.wait_for_timeout(3000)
    show.ops("c02", ("cue.detach", {"id": attachment["id"]}))
    expect(files(coordinator)).to_have_count(0)
    until(coordinator, HELD, 0)


def test_a_photo_goes_on_with_no_page_open(show: Show, full_devices: Devices, shots: list[Path]) -> None:
    """By Background Sync, where the browser has it: the phone is put into a pocket while the photo waits."""
    full_devices.tolerate(NO_SERVER)
    coordinator = show.phone(full_devices, "c02", "sheet")
    installed(coordinator)
    coordinator.reload()
    coordinator.wait_for_function("() => navigator.serviceWorker.controller")
    coordinator.route("**/uploads/*", lambda route: route.abort())
    attach(coordinator, shots[0])
    expect(coordinator.locator(f"#cue-{ROW} .files > .file[data-v]")).to_have_count(1)
    context = coordinator.context
    context.set_offline(True)
    hide(coordinator)
    until(
        coordinator,
        "() => navigator.serviceWorker.ready.then((it) => it.sync.getTags()).then((tags) => tags.join())",
        "outbox",
    )
    coordinator.close()
    context.set_offline(False)
    other = context.new_page()
    for _ in range(150):
        if [each["state"] for each in attachments(show)] == ["ready"]:
            return
        other.wait_for_timeout(200)
    raise AssertionError(attachments(show))
