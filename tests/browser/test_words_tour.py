"""A tour of the screens: no word of the other language's interface stands on any of them.

What people have typed may be of any language: the words of the demo's own texts count as known.
"""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.show import EVENT, Show
from tests.support.browser import Devices

# In Chinese: names, and what people on site call things, in Latin letters.
LATIN = set(
    re.findall(
        r"\S+",
        """GO cue CUE Cue CH VCR QR OK PDF Excel OpenDocument CSV JSON Ontime iCalendar OPass frab pretalx ODS API HTTP
        Companion Stream Deck Fieldcue English Ctrl Enter Shift Alt Esc Home End Tab Delete Google Apple Outlook
        Webhook webhook LINE Wi Fi iPhone Android URL https App MB UTF POST api desk go
        Authorization Bearer         xlsx ods csv ics xml json""",
    )
)
# In English: the other language's own name, and how a call sign or a name may be written.
CHINESE = {"中文"}
PHONE = ("now", "sheet", "mine", "call", "more", "host")
DESK = (
    "grid",
    "import",
    "export",
    "versions",
    "people",
    "repeat",
    "connections",
    "guests",
    "print/overview",
    "print/people",
)
# Every text that can be seen, and what is read aloud or shown in its stead.
TEXTS = """() => {
  const said = ["aria-label", "placeholder", "title", "alt"];
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.nodeType === 3 ? node.parentElement : node;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest("script, style, template, noscript, kbd")) continue;
    if (node.nodeType === 3) found.push(node.textContent);
    else for (const name of said) found.push(node.getAttribute(name) ?? "");
  }
  return found.join("\\n");
}"""


def typed(show: Show) -> str:
    """All that people have typed into the event."""
    state = show.ask("c02", "state")
    return str(state) + str(show.ask("c37", "state"))


def latin(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", text))


def chinese(text: str) -> set[str]:
    return set(re.findall(r"[\u3400-\u9fff]+", text))


def tour(page: Page, show: Show) -> dict[str, str]:
    """What stands on each screen, of the phone and of the desk."""
    seen = {}
    for screen in PHONE:
        show.open(page, screen)
        page.wait_for_timeout(300)
        seen[screen] = page.evaluate(TEXTS)
    page.set_viewport_size({"width": 1440, "height": 900})
    for path in (*(f"/e/{EVENT}/{name}" for name in DESK), "/me"):
        page.goto(path)
        page.wait_for_load_state()
        page.wait_for_timeout(300)
        seen[path] = page.evaluate(TEXTS)
    page.goto(f"/e/{EVENT}/grid")
    page.wait_for_function("() => document.body.dataset.ready === ''")
    for button in ("[data-publish]", "[data-plans]", "[data-side]"):
        page.locator(button).click()
        page.wait_for_timeout(300)
        seen[button] = page.evaluate(TEXTS)
    return seen


@pytest.mark.parametrize("locale", ["zh-TW", "en"])
def test_no_screen_shows_a_word_of_the_other_language(show: Show, devices: Devices, locale: str) -> None:
    roles = ["coordinator", "caller", "host"]
    show.ops(
        "c01", ("member.edit", {"id": "c02", "set": {"roles": roles, "tracks": ["*"], "locale": locale}})
    )
    show.ops("c01", ("sheet.publish", {}), ("cue.edit", {"id": "d1-25", "set": {"duration_s": 1800}}))
    known = typed(show)
    page = devices.phone(show.origin)
    show.sign_in(page, "c02")
    strange: dict[str, set[str]] = {}
    for screen, text in tour(page, show).items():
        if locale == "zh-TW":
            strange[screen] = latin(text) - latin(known) - LATIN
        else:
            strange[screen] = {each for each in chinese(text) if each not in known} - CHINESE
    assert {screen: words for screen, words in strange.items() if words} == {}
