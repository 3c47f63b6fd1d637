"""How long a page's main thread is held: every task that ends while one looks, from the browser's own trace.

A task's time is its thread's: what a slower phone takes is in it, what others take of this machine is not.
"""

from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Page

CATEGORIES = ["disabled-by-default-devtools.timeline"]
MAIN = "CrRendererMain"


class Tasks:
    """Use as a block; `longest` is then the longest task in ms that any page of this browser had."""

    def __init__(self, page: Page) -> None:
        self.page, self.events, self.is_over = page, list[dict[str, Any]](), False
        browser = page.context.browser
        assert browser
        self.session = browser.new_browser_cdp_session()
        self.session.on("Tracing.dataCollected", lambda told: self.events.extend(told["value"]))
        self.session.on("Tracing.tracingComplete", self._end)

    def __enter__(self) -> Self:
        config = {"includedCategories": CATEGORIES, "excludedCategories": ["*"]}
        self.session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.session.send("Tracing.end")
        for _turn in range(200):
            if self.is_over:
                break
            self.page.wait_for_timeout(50)
        self.session.detach()
        assert kind or self.is_over, "the trace did not end"

    @property
    def longest(self) -> float:
        threads = {
            (each["pid"], each["tid"])
            for each in self.events
            if each["name"] == "thread_name" and each["args"]["name"] == MAIN
        }
        tasks: list[float] = [
            each.get("tdur", 0) / 1000
            for each in self.events
            if each["name"] == "RunTask" and (each["pid"], each["tid"]) in threads
        ]
        assert tasks, "nothing was traced"
        return max(tasks)

    def _end(self, _: object) -> None:
        self.is_over = True
