"""Everybody can read and reach everything: whatever the theme, the language, the width, the size of type, the hand."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.places import tour
from tests.browser.show import Show
from tests.support.browser import Devices, accessibility_problems, violations

# 1280 px at 400 % (WCAG 1.4.10) and 1440 at 200 %; and a phone whose person wants type as large as there is.
WIDTHS = ((320, ""), (720, ""), (360, "huge"))


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any], locale: str) -> dict[str, Any]:
    """Who isn't signed in is read to in their browser's language, which no header of ours can say."""
    return browser_context_args | {"locale": locale}


@pytest.mark.parametrize("locale", ["zh-TW", "en"])
def test_every_page_can_be_read_by_everybody(show: Show, devices: Devices, locale: str) -> None:
    """A theme changes colours alone, so what else is looked at need be looked at once."""
    devices.tolerate("status of 404")
    found = {where: problems(page, locale) for where, page in tour(show, devices, locale)}
    assert {where: looked for where, looked in found.items() if looked} == {}


def problems(page: Page, locale: str) -> dict[str, list[str]]:
    looked = {"day": accessibility_problems(page), "cut off": cut_off(page)}
    if locale == "zh-TW":
        looked |= {theme: contrast_problems(page, theme) for theme in ("night", "sun")}
    return {what: found for what, found in looked.items() if found}


def contrast_problems(page: Page, theme: str) -> list[str]:
    """Of elements that are styled alike one stands for all."""
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    page.evaluate(ONE_OF_A_KIND)
    found = violations(page, "[data-looked-at]", runOnly=["color-contrast"])
    page.evaluate("() => { delete document.documentElement.dataset.theme; }")
    return [node["html"][:120] for rule in found for node in rule["nodes"]]


def cut_off(page: Page) -> list[str]:
    """Texts and controls that stand outside the screen of a small phone, a zoomed desktop, a phone with huge type."""
    before, found = page.viewport_size, []
    assert before
    for width, size in WIDTHS:
        page.set_viewport_size({"width": width, "height": 640})
        page.evaluate("(size) => { document.documentElement.dataset.type = size; }", size)
        found += [f"{width} {size}: {text}" for text in page.evaluate(OUTSIDE)]
    page.evaluate("() => { delete document.documentElement.dataset.type; }")
    page.set_viewport_size(before)
    return found


# What scrolls by itself may be wider: a table, a timeline.
OUTSIDE = """() => {
    const wide = document.documentElement.clientWidth;
    const scrolls = (one) => one && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
    const isHidden = (one) => one.closest(".vh, .skip") || !one.checkVisibility({ visibilityProperty: true });
    const hasText = ({ childNodes }) => [...childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const said = [...document.querySelectorAll("body *")].filter((one) =>
        hasText(one) || one.matches("a, button, input, select, textarea"));
    const out = said.filter((one) => {
        const { left, right, width } = one.getBoundingClientRect();
        return width > 1 && (right > wide + 1 || left < -1) && !isHidden(one) && !scrolls(one.parentElement);
    });
    const { scrollWidth } = document.documentElement;
    const page = scrollWidth > wide ? [`the page is ${scrollWidth} wide`] : [];
    return [...page, ...out.map((one) => one.outerHTML.slice(0, 110))];
}"""


ONE_OF_A_KIND = """() => {
    const kinds = new Set();
    const kindOf = (one) =>
        one === document.body ? "" : `${kindOf(one.parentElement)} ${one.localName}.${one.className}`;
    for (const one of document.querySelectorAll("body *")) {
        const { color, backgroundColor } = getComputedStyle(one);
        const kind = `${kindOf(one)} ${one.dataset.state} ${color} ${backgroundColor}`;
        one.toggleAttribute("data-looked-at", one.checkVisibility() && !kinds.has(kind));
        if (one.checkVisibility()) kinds.add(kind);
    }
}"""
