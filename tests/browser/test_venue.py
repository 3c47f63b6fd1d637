"""A venue's server in a browser that came to trust it, as a phone does, and what the same browser goes on refusing."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright, expect

from server.venue.authority import _issue, _load
from tests.browser.stable import Stable
from tests.support.browser import Devices, accessibility_problems, chromium_path, flags, shoot
from tests.venue.stage import NAME, Venue, served

EVENT = "riverside2027"
ELSEWHERE = "bank.example"
FLAGS = (
    # The network's names, which here are all this machine.
    *flags(*(f"MAP {name} 127.0.0.1" for name in (NAME, ELSEWHERE))),
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)

pytestmark = pytest.mark.usefixtures("browser")


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory, stable: Stable) -> Iterator[Venue]:
    running = Venue(stable, tmp_path_factory.mktemp("venue"), "demo", "--at", "14:36")
    yield running
    running.child.stop()


@contextmanager
def phone(playwright: Playwright, home: Path, authority: Path | None = None) -> Iterator[BrowserContext]:
    """A browser with certificates of its own, and with one more authority if it came to trust one."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    _certutil("-N", "-d", f"sql:{database}", "--empty-password")
    if authority:
        _certutil("-A", "-d", f"sql:{database}", "-t", "C,,", "-n", "venue", "-i", str(authority))
    device = {k: v for k, v in playwright.devices["Pixel 7"].items() if k != "default_browser_type"}
    context = playwright.chromium.launch_persistent_context(
        home / "profile",
        executable_path=chromium_path(),
        args=list(FLAGS),
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        locale="zh-TW",
        **device,
    )
    yield context
    context.close()


def _certutil(*arguments: str) -> None:
    tool = shutil.which("certutil")
    assert tool, "no certutil found; `make test` installs it, or says how"
    subprocess.run([tool, *arguments], check=True, capture_output=True, timeout=30)


def watched(context: BrowserContext, problems: list[str]) -> Page:
    page = context.pages[0]
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    return page


def test_a_phone_that_trusts_the_venue_joins_and_has_all_that_only_https_gives(
    playwright: Playwright, tmp_path: Path, venue: Venue
) -> None:
    link = venue.child.output.split("/join#")[4].split()[0]
    problems = list[str]()
    with phone(playwright, tmp_path, venue.authority) as context:
        page = watched(context, problems)
        page.goto(f"{venue.url}/join#{link}")
        page.locator("[data-act=join]").click()
        expect(page).to_have_url(f"{venue.url}/e/{EVENT}", timeout=30_000)
        expect(page.locator("[data-out=link]").first).to_have_attribute("data-is", "on", timeout=30_000)
        assert page.evaluate("() => isSecureContext")
        assert page.evaluate(CAMERA) == ["video"]
        assert page.evaluate(WORKER) == f"{venue.url}/"
        [cookie] = [found for found in context.cookies() if found["name"] == "__Host-fieldcue"]
        assert (cookie["secure"], cookie["httpOnly"]) == (True, True)
        shoot(page, "venue-phone")
    assert problems == []


CAMERA = """() => navigator.mediaDevices.getUserMedia({ video: true })
  .then((stream) => stream.getTracks().map((track) => (track.stop(), track.kind)))"""
WORKER = "() => navigator.serviceWorker.ready.then(({ scope }) => scope)"


def test_a_phone_that_does_not_trust_it_yet_sees_a_warning_there_and_the_steps_here(
    playwright: Playwright, tmp_path: Path, venue: Venue
) -> None:
    with phone(playwright, tmp_path) as context:
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            context.pages[0].goto(venue.url)
        # Where the warning stands, its own page may come only now, and in between whatever is opened next.
        page = context.new_page()
        page.goto(venue.trust_url)
        expect(page.get_by_role("heading", level=1)).to_have_text("只要一次，讓這支手機信任現場的伺服器")
        expect(page.locator("[data-out=fingerprint]")).to_contain_text(venue.fingerprint)
        with page.expect_download() as download:
            page.get_by_role("link", name="下載憑證").click()
        assert download.value.suggested_filename == "fieldcue-ca.crt"
        assert context.cookies() == []


def test_the_trust_page_is_read_by_everybody(devices: Devices, venue: Venue) -> None:
    page = devices.phone(f"http://127.0.0.1:{venue.trust_port}")
    page.goto("/")
    assert accessibility_problems(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    shoot(page, "venue-trust", full=True)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Once, so that this phone trusts the server here"
    )
    assert accessibility_problems(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    shoot(page, "venue-trust-en", full=True)


@pytest.mark.parametrize("host", [NAME, ELSEWHERE])
def test_a_stolen_key_of_the_venue_opens_no_other_place(
    playwright: Playwright, tmp_path: Path, venue: Venue, host: str
) -> None:
    """Whoever has the key can be this host, and nobody else."""
    folder = tmp_path / "stolen"
    shutil.copytree(venue.authority.parent, folder)
    root = _load(folder, "ca")
    assert root is not None
    _issue(folder, root, [host], datetime.now(UTC))
    with served(folder) as port, phone(playwright, tmp_path / "home", venue.authority) as context:
        page = context.pages[0]
        if host == NAME:
            page.goto(f"https://{host}:{port}/")
            expect(page.locator("body")).to_have_text("anybody")
        else:
            with pytest.raises(Error, match="ERR_CERT_INVALID"):
                page.goto(f"https://{host}:{port}/")
