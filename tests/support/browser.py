"""A real Chromium: its flags, the devices of a crew, and what must not appear in its console."""

import os
import re
import shutil
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Playwright, WebError, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

# A busy machine is no fault of the page's; what must be quick says so itself.
expect.set_options(timeout=15_000)

SHOTS = Path(__file__).parents[2] / "shots"

# The first two draw the address bar's suggestions in pages of their own, anew for each window; the third keeps a
# process ready for whatever is opened next. Without them a phone takes 1.0 s of work to open a page, and not 1.65.
# Of two such switches the last counts, so this one repeats what matters here of Playwright's.
_WITHOUT = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    "AimEnabled",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)


def flags(*names: str) -> tuple[str, ...]:
    """What Chromium is started with; `names` are rules for hosts that it finds beside the loopback addresses."""
    rules = (*names, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1", "EXCLUDE localhost")
    return (
        # Only our own pages are opened, and as root there is no sandbox.
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--disable-features={','.join(_WITHOUT)}",
        # Without it the browser looks names up on the network.
        f"--host-resolver-rules={', '.join(rules)}",
    )


FLAGS = flags()

# What the console says where the server doesn't answer, or the line is cut in the middle of a file.
NO_SERVER = (
    r"ERR_(?!BLOCKED)[A-Z_]+|WebSocket connection|Failed to load resource|503|when fetching the script"
)

# By which a page knows an answer as the server's own; what a route answers without it is a proxy's.
OURS = {"Fieldcue-Build": "any"}

DESKTOP = {"viewport": {"width": 1440, "height": 900}}


def chromium_path(*preferred: str) -> str:
    """The Chromium of this machine, or the one that FIELDCUE_CHROMIUM names."""
    known = (*preferred, "chromium", "chromium-browser", "google-chrome")
    names = (os.environ.get("FIELDCUE_CHROMIUM"), *known)
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    assert found, "no Chromium found; `make test` installs it, or says how"
    return found


def shell_path() -> str:
    """Chromium's shell without windows, where there is one: the same engine, a sixth less work for a test.

    It can't install an app and has no Background Sync, see `full_devices`.
    """
    return chromium_path("chromium-headless-shell")


class Devices:
    """Opens pages as phones and desktops of different people, each with cookies and storage of its own.

    At the end of the test an uncaught error, a console error or a violated Content-Security-Policy on any of
    them fails it, unless `tolerate` named it (what a page logs while offline, for example).
    """

    def __init__(self, playwright: Playwright, new_context: CreateContextCallback) -> None:
        self.playwright = playwright
        self.new_context = new_context
        self.problems: list[str] = []
        self.tolerated: list[str] = []

    def phone(self, base_url: str | None = None, device: str = "Pixel 7", **context: Any) -> Page:  # noqa: ANN401
        """A page on a phone that Playwright knows: "Pixel 7", "iPhone 15" …; `context` as in `new_context`."""
        known = {k: v for k, v in self.playwright.devices[device].items() if k != "default_browser_type"}
        return self._open(base_url, known | context)

    def desktop(self, base_url: str | None = None, **context: Any) -> Page:  # noqa: ANN401 - as above
        """A page on a coordinator's laptop, 1440 × 900."""
        return self._open(base_url, DESKTOP | context)

    def tolerate(self, pattern: str) -> None:
        """Let problems pass that this regular expression finds."""
        self.tolerated.append(pattern)

    def left(self) -> list[str]:
        """The problems that nobody expected."""
        return [text for text in self.problems if not any(re.search(one, text) for one in self.tolerated)]

    def _open(self, base_url: str | None, context: dict[str, Any]) -> Page:
        opened = self.new_context(**{"base_url": base_url, **context})
        self._watch(opened)
        return opened.new_page()

    def _watch(self, context: BrowserContext) -> None:
        def said(message: ConsoleMessage) -> None:
            if message.type == "error":
                self.problems.append(f"{message.location.get('url', '')}: {message.text}")

        def failed(error: WebError) -> None:
            self.problems.append(f"uncaught: {error.error.stack or error.error}")

        context.on("console", said)
        context.on("weberror", failed)


def shoot(page: Page, name: str, *, full: bool = False) -> Path:
    """Save a picture as shots/<name>.png, a folder that git ignores; `full` takes the whole page.

    Only where somebody wants to look, who sets SHOTS=1: a picture takes a third of a second.
    """
    path = SHOTS / f"{name}.png"
    if os.environ.get("SHOTS"):
        page.screenshot(path=path, full_page=full, animations="disabled")
    return path


def accessibility_problems(page: Page) -> list[str]:
    """What axe-core finds, one line for each element: rule, element, advice. Works under our policy."""
    return [
        f"{rule['id']}: {node['html'][:120]} · {rule['help']}"
        for rule in violations(page)
        for node in rule["nodes"]
    ]


def violations(page: Page, within: str = "html", **options: object) -> list[dict[str, Any]]:
    """The rules that axe-core finds broken, with their elements; `options` as `axe.run` takes them."""
    # Half a megabyte of script, which a page needs once; and of what is in order nobody reads.
    if page.evaluate("() => typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(
        "([within, options]) => axe.run(within, options).then(({ violations }) => violations)",
        [within, {"resultTypes": ["violations"], **options}],
    )
    return found
