"""A real WebKit, the engine of every browser on an iPhone: WebKitGTK by its own driver, on a screen nobody sees."""

import os
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.support.child import Child, plain_environment
from tests.support.engine import PHONE, Engine

_MINI_BROWSERS = ("/usr/lib/*/webkit2gtk-4.1/MiniBrowser", "/usr/libexec/webkit2gtk-4.1/MiniBrowser")
_KEYS = {
    "ArrowDown": Keys.ARROW_DOWN,
    "Enter": Keys.ENTER,
    "Escape": Keys.ESCAPE,
    "F2": Keys.F2,
    "Home": Keys.HOME,
    "Tab": Keys.TAB,
}
_NEEDED = "no {} found; `make test` installs it, or says how"


class WebKit(Engine):
    """`driver` is Selenium's."""

    def __init__(self, folder: Path) -> None:
        self.screen = _Screen(folder)
        # Its sessions are ephemeral, but caches and settings of a desktop would go to the home directory.
        home = {f"XDG_{name}_HOME": str(folder) for name in ("CACHE", "CONFIG", "DATA")}
        quiet = {"GIO_USE_PROXY_RESOLVER": "dummy", "NO_AT_BRIDGE": "1", "GSETTINGS_BACKEND": "memory"}
        env = plain_environment(DISPLAY=self.screen.name, **home, **quiet)
        options = Options()
        options.binary_location = _mini_browser()
        options.add_argument("--automation")
        try:
            with warnings.catch_warnings(category=DeprecationWarning, action="ignore"):
                # Its driver for WebKitGTK makes its connection in a way that Selenium itself calls old.
                service = Service(_program("WebKitWebDriver"), env=env)
                self.driver: WebDriver = webdriver.WebKitGTK(options, service)
        except BaseException:
            self.screen.close()
            raise
        self.driver.set_page_load_timeout(30)
        self.driver.set_script_timeout(20)
        self.resize(*PHONE)

    def open(self, url: str) -> None:
        self.driver.get(url)

    def reload(self) -> None:
        self.driver.refresh()

    def resize(self, width: int, height: int) -> None:
        self.driver.set_window_rect(0, 0, width, height)

    def add_cookies(self, cookies: Mapping[str, str]) -> None:
        for name, value in cookies.items():
            self.driver.add_cookie({"name": name, "value": value})

    def click(self, selector: str) -> None:
        wanted = "return [...document.querySelectorAll(arguments[0])].find((one) => one.checkVisibility())"
        found: WebElement = self.until(lambda: self.driver.execute_script(wanted, selector))
        # What sticks to the window's edges would cover it, and its driver then clicks nothing.
        self.driver.execute_script("arguments[0].scrollIntoView({ block: 'center' })", found)
        ActionChains(self.driver).move_to_element(found).click().perform()

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*(_KEYS.get(key, key) for key in keys)).perform()

    def run(self, script: str) -> None:
        self.driver.execute_script(script)

    def ask(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page answers
        script = f"""const done = arguments[0];
            (async () => ({expression}))().then((found) => done([found]), (error) => done(String(error)))"""
        answer = self.driver.execute_async_script(script)
        assert isinstance(answer, list), answer
        return answer[0]

    def close(self) -> None:
        try:
            self.driver.quit()
        finally:
            self.screen.close()


class _Screen:
    """A display in memory. `name` is what programs know it by, ":7"."""

    def __init__(self, folder: Path) -> None:
        told = folder / "display"
        # It picks a number that is free, and writes it to this descriptor when it is ready (Xserver(1)).
        command = 'exec "$0" -displayfd 3 -screen 0 1600x1024x24 -nolisten tcp 3>"$1"'
        self.child = Child(
            ("sh", "-c", command, _program("Xvfb"), told), folder / "xvfb.log", plain_environment()
        )
        self.child.wait_until(lambda: told.exists() and told.read_text().endswith("\n"), seconds=20)
        self.name = f":{told.read_text().strip()}"

    def close(self) -> None:
        self.child.stop()


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, _NEEDED.format(name)
    return found


def _mini_browser() -> str:
    """WebKitGTK's own browser, or the one that FIELDCUE_WEBKIT names."""
    found = [
        os.environ.get("FIELDCUE_WEBKIT"),
        *(str(path) for one in _MINI_BROWSERS for path in Path("/").glob(one[1:])),
    ]
    browser = next(filter(None, found), None)
    assert browser, _NEEDED.format("WebKitGTK")
    return browser
