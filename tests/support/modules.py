"""Our modules in a page of a real Chromium that has nothing else: for those that work without one."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

STATIC = Path(__file__).parents[2] / "static"
ORIGIN = "http://modules.test"

Evaluate = Callable[[str, Any], Any]


@pytest.fixture(scope="module")
def in_browser(browser: Browser) -> Iterator[Evaluate]:
    """Calls a function of a page that can import our modules; its arguments and result travel as JSON."""
    page = browser.new_page()
    page.route(f"{ORIGIN}/**", _serve)
    page.goto(f"{ORIGIN}/")
    yield lambda script, arguments: _call(page, script, arguments)
    page.close()


def _serve(route: Route) -> None:
    path = route.request.url.removeprefix(f"{ORIGIN}/static/")
    if path == route.request.url:
        route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")
    else:
        route.fulfill(path=STATIC / path, content_type="text/javascript")


def _call(page: Page, script: str, arguments: object) -> object:
    answer = page.evaluate(script, json.dumps(arguments))
    return json.loads(answer) if isinstance(answer, str) else answer
