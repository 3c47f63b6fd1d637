"""What a story asks of a browser, whichever engine is in it."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")
PHONE = 412, 915


class Engine(ABC):
    """One browser with one page of a phone's size; what it keeps is gone when it ends."""

    @abstractmethod
    def open(self, url: str) -> None: ...

    @abstractmethod
    def reload(self) -> None: ...

    @abstractmethod
    def resize(self, width: int, height: int) -> None: ...

    @abstractmethod
    def add_cookies(self, cookies: Mapping[str, str]) -> None:
        """For the host whose page is open."""

    @abstractmethod
    def click(self, selector: str) -> None:
        """The first element of a CSS selector that can be seen, as soon as there is one."""

    @abstractmethod
    def press(self, *keys: str) -> None:
        """Keys by their names, or the letters of a text."""

    @abstractmethod
    def ask(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page answers
        """What an expression of the page gives, which may be a promise."""

    @abstractmethod
    def run(self, script: str) -> None:
        """Statements, in the page."""

    @abstractmethod
    def close(self) -> None: ...

    def text(self, selector: str) -> str:
        """What an element says, seen or not; "" if there is none."""
        return str(self.ask(f"document.querySelector({json.dumps(selector)})?.textContent ?? ''")).strip()

    def says(self) -> str:
        """What can be read on the page."""
        return str(self.ask("document.body.innerText"))

    def seen(self, selector: str) -> str:
        """What can be read in the first element that can be seen, as soon as there is one."""
        wanted = (
            f"[...document.querySelectorAll({json.dumps(selector)})].find((one) => one.checkVisibility())"
        )
        return str(self.until(lambda: self.ask(f"{wanted}?.innerText")))

    def until(self, look: Callable[[], T], wanted: object = None, seconds: float = 40) -> T:
        """Wait until it gives what is wanted, or anything true where nothing is named."""
        deadline = time.monotonic() + seconds
        while not ((found := look()) if wanted is None else (found := look()) == wanted):
            if time.monotonic() > deadline:
                raise AssertionError(f"{found!r}, not {wanted!r}, while the page says:\n{self.says()}")
            time.sleep(0.1)
        return found
