"""A phone that has the program installed: a browser's profile that outlives it, four times slower than this machine."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.bench.stage import DISK
from tests.browser.show import EVENT, Show, seed
from tests.browser.stable import Stable
from tests.support.browser import FLAGS, chromium_path
from tests.support.proxy import Proxy

SLOW = 4
PATIENCE = 30_000
READING = 6_000
READABLE = "readable at "
WATCH = (Path(__file__).parent / "phone_watch.js").read_text(encoding="utf-8")


class Phone:
    """A Pixel 7 of one member. `open` starts its browser, `close` ends it; what it keeps stays."""

    def __init__(self, playwright: Playwright, folder: Path, show: Show, member: str) -> None:
        self.playwright, self.folder, self.show, self.member = playwright, folder, show, member
        self.cookies: list[Any] = []
        self.context: BrowserContext | None = None

    def open(self, rate: float = SLOW) -> Page:
        """Start the browser, with one empty page as slow as `rate` says."""
        device = {k: v for k, v in self.playwright.devices["Pixel 7"].items() if k != "default_browser_type"}
        self.context = self.playwright.chromium.launch_persistent_context(
            self.folder,
            executable_path=chromium_path(),
            args=list(FLAGS),
            base_url=self.show.origin,
            **device,
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.add_init_script(WATCH)
        self.page = self.context.pages[0]
        if self.cookies:
            self.context.add_cookies(self.cookies)
        else:
            self.show.sign_in(self.page, self.member)
            self.cookies = self.context.cookies()
        self.slow(rate)
        return self.page

    def slow(self, rate: float) -> None:
        """Let the page run `rate` times slower than this machine."""
        assert self.context
        self.context.new_cdp_session(self.page).send("Emulation.setCPUThrottlingRate", {"rate": rate})

    def close(self) -> None:
        assert self.context
        self.context.close()
        self.context = None

    def install(self) -> None:
        """Open the event until page and program are kept on the phone, and leave it open as one does who reads it."""
        page = self.open(1)
        for _ in range(3):
            self.go()
            page.wait_for_function(KEPT)
        page.wait_for_timeout(READING)
        self.close()

    def go(self, screen: str = "now") -> None:
        """Open the event on one of its screens, and wait until it is connected and knows whose it is."""
        self.start()
        self.page.wait_for_function("() => document.querySelector('[data-list=me] > li')")
        self.page.wait_for_function("() => document.querySelector('[data-out=link][data-is=on]')")
        self.page.evaluate("(screen) => { location.hash = screen; }", screen)
        self.page.wait_for_function("(screen) => document.body.dataset.screen === screen", arg=screen)

    def start(self) -> float:
        """Open the event; ms from there until what runs now is on the screen with its countdown."""
        self.page.goto("about:blank")
        # The page says it by itself: whatever asks it meanwhile would run in it, and be measured too.
        with self.page.expect_console_message(lambda told: told.text.startswith(READABLE)) as told:
            self.page.goto(f"/e/{EVENT}#now", wait_until="commit")
        return float(told.value.text.removeprefix(READABLE))

    def read(self, name: str) -> float:
        """A moment that the page noted, ms since it was opened; waits until it has."""
        self.page.wait_for_function("(name) => bench[name] !== undefined", arg=name)
        found: float = self.page.evaluate("(name) => bench[name]", name)
        return found


KEPT = """async () => navigator.serviceWorker.controller
    && await (await caches.open("pages")).match(location.pathname)"""


@contextmanager
def staged() -> Iterator["Stage"]:
    """Everything that is measured on; all of it ends with the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".bench-", dir=DISK)))
        (folder / "stable").mkdir()
        stable = Stable(folder / "stable")
        stack.callback(stable.close)
        yield Stage(stack, folder, stable)


class Stage:
    """Servers of the demo's event, proxies before them, and phones."""

    def __init__(self, stack: ExitStack, folder: Path, stable: Stable) -> None:
        self.stack, self.folder, self.stable = stack, folder, stable
        self.seeded = seed(folder / "seed")
        self.playwright = stack.enter_context(sync_playwright())
        self.phones = 0

    def serve(self, name: str, **settings: str) -> tuple[Show, Proxy]:
        """The demo in the middle of its first day, and the proxy by which phones come."""
        proxy = Proxy(0)
        self.stack.callback(proxy.close)
        (self.folder / name).mkdir()
        show = Show(self.stable, self.folder / name, self.seeded, public_url=proxy.url, **settings)
        self.stack.callback(show.stop)
        proxy.target = show.port
        return show, proxy

    def new_phone(self, show: Show, member: str) -> Phone:
        """A member's phone with nothing on it."""
        self.phones += 1
        return Phone(self.playwright, self.folder / f"phone{self.phones}", show, member)

    @contextmanager
    def phone(self, show: Show, member: str) -> Iterator[Phone]:
        """A member's phone with the program on it, its browser closed."""
        one = self.new_phone(show, member)
        try:
            one.install()
            yield one
        finally:
            if one.context:
                one.close()
