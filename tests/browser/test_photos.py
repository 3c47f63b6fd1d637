"""Photos on rows, from phone to phone: through a bad line, a reload, and a server that dies on the way."""

import re
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.desk import CHANGEOVER_3, Desk
from tests.browser.show import EVENT, Show
from tests.browser.test_offline import installed, signal_is_back
from tests.support.browser import NO_SERVER, Devices, accessibility_problems
from tests.support.proxy import Proxy
from tests.support.sending import photo

ROW = "d1-25"
THUMB = re.compile(r"/blobs/[0-9a-f]{64}/thumb$")
# Some of it has arrived.
STARTED = "() => Number(document.querySelector('.file-own b')?.textContent.match(/\\d+/)?.[0]) > 0"
# How many photos the phone still holds.
HELD = """() => new Promise((done) => {
    const opening = indexedDB.open("fieldcue");
    opening.onsuccess = () => {
        const counting = opening.result.transaction("blobs").objectStore("blobs").count();
        counting.onsuccess = () => done(counting.result);
    };
})"""


@pytest.fixture(scope="session")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a camera made of a stage: large, held upright, and knows where it was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "the maker of this camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (25.0, 2.0, 0.0)})
    file = tmp_path_factory.mktemp("camera") / "側台.jpg"
    file.write_bytes(photo(size=(3200, 2400), exif=exif, quality=92))
    return file


@pytest.fixture(scope="session")
def little(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture that costs neither phone nor server much."""
    file = tmp_path_factory.mktemp("camera") / "側台.jpg"
    file.write_bytes(photo(size=(640, 480)))
    return file


def attach(page: Page, file: Path | dict[str, Any]) -> None:
    """Open the row and pick a file for it."""
    page.set_default_timeout(8000)
    page.locator(f"#cue-{ROW}").tap()
    with page.expect_file_chooser() as chosen:
        page.locator("[data-attach-pick]").tap()
    chosen.value.set_files(file)  # type: ignore[arg-type]  # one of the kinds that it takes


def files(page: Page) -> Locator:
    return page.locator(f"#cue-{ROW} .files > .file")


def attachments(show: Show, member: str = "c02") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = show.ask(member, "state?kinds=attachment")["entities"]["attachment"]
    return found


def is_shown(image: Locator) -> None:
    image.scroll_into_view_if_needed()
    expect(image).to_be_visible()
    image.evaluate("async (image) => { await image.decode(); }")


def test_a_photo_goes_from_one_phone_to_another(show: Show, devices: Devices, shot: Path) -> None:
    coordinator, crew = show.phone(devices, "c02", "sheet"), show.phone(devices, "c10", "sheet")
    attach(coordinator, shot)
    expect(files(crew)).to_have_count(1)
    expect(files(crew).locator("img")).to_have_attribute("src", THUMB, timeout=30_000)
    crew.locator(f"#cue-{ROW}").tap()
    is_shown(crew.locator("#detail .file img"))
    expect(crew.locator("#detail [data-attach-pick]")).to_have_count(0)
    assert accessibility_problems(crew) == accessibility_problems(coordinator) == []
    expect(files(coordinator).locator("img")).to_have_count(1)
    expect(files(coordinator).locator("img")).to_have_attribute("src", THUMB)
    [there] = attachments(show)
    assert (there["state"], there["width"], there["height"], there["name"]) == (
        "ready",
        1536,
        2048,
        "側台.jpg",
    )
    kept = coordinator.request.get(f"/e/{EVENT}/blobs/{there['blob']}").body()
    assert Image.open(BytesIO(kept)).size == (1536, 2048)
    assert b"the maker of this camera" not in kept
    assert coordinator.evaluate(HELD) == 0


def test_without_signal_it_is_taken_and_shown_from_the_phone(
    show: Show, devices: Devices, little: Path
) -> None:
    devices.tolerate(NO_SERVER)
    coordinator = show.phone(devices, "c02", "sheet")
    installed(coordinator)
    show.stop()
    coordinator.reload()
    attach(coordinator, little)
    is_shown(
        coordinator.locator(f"#cue-{ROW} .files img[src^='blob:']")
        .or_(coordinator.locator("#detail .file img[src^='blob:']"))
        .first
    )
    coordinator.goto(f"/e/{EVENT}#more")
    expect(coordinator.locator("#photos .op")).to_contain_text("側台.jpg")
    show.restart()
    signal_is_back(coordinator)
    expect(coordinator.locator("#photos")).to_be_hidden(timeout=60_000)
    assert [each["state"] for each in attachments(show)] in (["ready"], ["awaited"])


def test_an_upload_goes_on_after_a_cut_a_dead_server_and_a_reload(
    show_behind: tuple[Show, Proxy], devices: Devices, shot: Path
) -> None:
    """The line dies in the middle, the server falls, the tab is closed: what has arrived stays."""
    devices.tolerate(NO_SERVER)
    show, proxy = show_behind
    coordinator = show.phone(devices, "c02", "sheet")
    proxy.delay(0.3)
    attach(coordinator, shot)
    coordinator.wait_for_function(STARTED, timeout=60_000)
    proxy.cut(refuse=True)
    show.kill()
    show.restart()
    proxy.heal()
    went_on: list[int] = []
    coordinator.on("request", lambda request: went_on.append(_offset(request)))
    coordinator.reload()
    expect(files(coordinator).locator("img")).to_have_attribute("src", THUMB, timeout=60_000)
    offsets = [offset for offset in went_on if offset >= 0]
    assert 0 < min(offsets) < max(offsets)
    assert len(offsets) == len(set(offsets)), "nothing was sent twice"
    assert [each["state"] for each in attachments(show)] == ["ready"]


def _offset(request: Request) -> int:
    return int(request.headers.get("upload-offset", -1))


def test_who_signs_out_is_told_of_photos_that_are_not_sent(
    show_behind: tuple[Show, Proxy], devices: Devices, shot: Path
) -> None:
    """The op has gone out, the photo is on its way: signing out would lose it."""
    devices.tolerate(NO_SERVER)
    show, proxy = show_behind
    coordinator = show.phone(devices, "c02", "sheet")
    proxy.delay(0.3)
    attach(coordinator, shot)
    coordinator.wait_for_function(STARTED, timeout=60_000)
    coordinator.evaluate("() => { document.querySelector('#detail').close(); location.hash = '#more'; }")
    expect(coordinator.locator("#photos .op")).to_contain_text("KB")
    coordinator.evaluate("() => document.querySelector('form[action=\"/sign-out\"]').requestSubmit()")
    expect(coordinator.locator("[data-unsent]")).to_contain_text("1")
    proxy.heal()
    expect(coordinator.locator("#photos")).to_be_hidden(timeout=60_000)


# Pasting and dropping as a browser tells of it; the real ones need the system's clipboard and mouse.
GIVE = """({ how, at, data }) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const given = new DataTransfer();
    given.items.add(new File([bytes], "stage.jpg", { type: "image/jpeg" }));
    const about = { bubbles: true, cancelable: true };
    const event = how === "paste"
        ? new ClipboardEvent("paste", { ...about, clipboardData: given })
        : new DragEvent("drop", { ...about, dataTransfer: given });
    document.querySelector(at).dispatchEvent(event);
}"""


def _in_base64(file: Path) -> str:
    return b64encode(file.read_bytes()).decode()


def pick_another(page: Page, file: dict[str, Any]) -> None:
    """For the row that is open."""
    page.locator("[data-attach]").set_input_files(file)  # type: ignore[arg-type]  # as above


def test_a_file_that_is_refused_says_why_and_a_paper_comes_down_as_a_file(
    show: Show, devices: Devices
) -> None:
    coordinator, crew = show.phone(devices, "c02", "sheet"), show.phone(devices, "c10", "sheet")
    attach(coordinator, {"name": "game.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"})
    expect(coordinator.locator("#toasts .toast")).to_contain_text("game.exe 不能傳")
    coordinator.locator("[data-attach]").set_input_files(
        {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"}
    )
    expect(coordinator.locator("#toasts .toast")).to_contain_text("這支手機打不開 x.jpg")
    assert attachments(show) == []
    pick_another(
        coordinator, {"name": "流程.pdf", "mimeType": "application/pdf", "buffer": b"no paper at all"}
    )
    expect(files(crew)).to_contain_text("沒收：檔案內容和檔名說的不一樣", timeout=30_000)
    expect(coordinator.locator("#detail .file")).to_contain_text("沒收")
    expect(coordinator.locator("#detail .file").get_by_role("button", name="重送")).to_be_visible()
    coordinator.locator("#detail .file").get_by_role("button", name="移除").tap()
    expect(files(crew)).to_have_count(0)
    paper = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + b"x" * 400_000 + b"\ntrailer<<>>\n%%EOF\n"
    pick_another(coordinator, {"name": "技術規格.pdf", "mimeType": "application/pdf", "buffer": paper})
    expect(files(crew).locator("a")).to_have_text("技術規格.pdf", timeout=30_000)
    crew.locator(f"#cue-{ROW}").tap()
    with crew.expect_download() as came:
        crew.locator("#detail .file a").tap()
    assert came.value.suggested_filename == "技術規格.pdf"
    assert Path(came.value.path()).read_bytes() == paper


def test_a_picture_is_pasted_into_a_cell_of_the_table(show: Show, devices: Devices, shot: Path) -> None:
    desk, crew = Desk.of(show, devices), show.phone(devices, "c10", "sheet")
    column = desk.page.locator("thead [data-key^='columns.']").first.get_attribute("data-key") or ""
    desk.cell(ROW, column).click()
    desk.page.evaluate(GIVE, {"how": "paste", "at": ".grid [aria-selected=true]", "data": _in_base64(shot)})
    expect(desk.cell(ROW, column)).to_have_attribute("data-photos", "1", timeout=10_000)
    expect(desk.page.locator("[data-out=saved-line]")).to_contain_text("已存", timeout=10_000)
    expect(files(crew).locator("img")).to_have_attribute("src", THUMB, timeout=30_000)
    assert [f"columns.{each['column']}" for each in attachments(show)] == [column]
    desk.page.wait_for_function(
        "(at) => getComputedStyle(document.querySelector(at), '::before').backgroundImage.includes('/thumb')",
        arg=f'#cue-{ROW} [data-field="{column}"]',
    )


def test_a_picture_is_dropped_on_a_row_of_the_table(show: Show, devices: Devices, shot: Path) -> None:
    desk = Desk.of(show, devices)
    at = f'#cue-{ROW} [data-field="note"]'
    desk.page.evaluate(GIVE, {"how": "drop", "at": at, "data": _in_base64(shot)})
    expect(desk.row(ROW).locator(".file img")).to_have_attribute("src", THUMB, timeout=30_000)
    assert [each["column"] for each in attachments(show)] == [None]
    # The server has this photo by now: its own picture follows on the phone's at once.
    desk.page.evaluate(GIVE, {"how": "drop", "at": at.replace(ROW, CHANGEOVER_3), "data": _in_base64(shot)})
    expect(desk.row(CHANGEOVER_3).locator(".file img")).to_have_attribute("src", THUMB, timeout=30_000)
    for _ in range(2):
        desk.cell(ROW, "note").click()
        desk.page.keyboard.press("Control+z")
    expect(desk.page.locator(".grid .file")).to_have_count(0)
