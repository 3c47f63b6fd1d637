"""Every place that a browser can be led to, from the program's own routes: a new page is visited without being told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from server.app import PAGES
from server.core.ids import digest, new_secret
from tests.browser.show import EVENT, Show
from tests.support.browser import Devices

# Addresses whose answer is no document of its own: files, fragments of a page, and ways to another one.
NO_DOCUMENTS = {
    "/manifest.webmanifest",
    "/start",
    "/me/codes/{code}",
    "/me/copy",
    "/e/{event}/people/{member}/copy",
    "/e/{event}/people-inside",
    "/e/{event}/colours.css",
    "/e/{event}/trash",
    "/e/{event}/export/calendar.ics",
    "/e/{event}/export/{form}",
}
# What stands in an address for a name in braces; of a form, each.
FILLS = {"{event}": (EVENT,), "{member}": ("c10",), "{form}": ("cues", "detail", "people?who=c10")}
# What a page is asked for beside its address.
ASKED = {"/e/{event}/guests/preview": "?link=g"}
# Where a program that has an organisation leads elsewhere, and where a file has to come first.
ELSEWHERE = {"/setup", "/e/{event}/import/{upload}"}
COORDINATOR, SCREEN = "c02", "screen-main"
PHONE = f"/e/{EVENT}"


@dataclass(frozen=True)
class Place:
    """`member` is whose browser goes there, None: nobody's who is signed in."""

    address: str
    member: str | None = COORDINATOR

    def __str__(self) -> str:
        """Without the secret that a link may have."""
        path, mark, _ = self.address.partition("#")
        return path + mark


def tour(
    show: Show, devices: Devices, locale: str, leads: Callable[[Place], bool] = bool
) -> Iterator[tuple[str, Page]]:
    """Each page, and each screen of the phone's one document, in one browser for each who goes there.

    `leads` says whether it leads to a place at all.
    """
    everything(show, locale)
    opened: dict[str | None, Page] = {}
    for place in filter(leads, places(show, locale)):
        if place.member not in opened:
            opened[place.member] = devices.desktop(show.origin)
            if place.member:
                show.sign_in(opened[place.member], place.member)
        page = opened[place.member]
        status = arrive(page, place.address)
        assert status == (404 if place.address == "/e/none" else 200), (place, status)
        if place.address == PHONE:
            yield from phone(page)
        else:
            yield str(place), page


def phone(page: Page) -> Iterator[tuple[str, Page]]:
    page.set_viewport_size({"width": 412, "height": 823})
    for screen in screens(page):
        page.locator(f".tab[data-screen={screen}]").click()
        yield f"#{screen}", page
    page.set_viewport_size({"width": 1440, "height": 900})


def places(show: Show, locale: str) -> list[Place]:
    """All that a coordinator sees who calls and hosts, too, and what is for guests, monitors and those who come."""
    seen = {"/guest": guest_link(show, locale), "/join": _personal_link(show)}
    show.ops(
        COORDINATOR,
        ("screen.open", {"id": SCREEN, "track": "main", "hash": digest(new_secret()), "locale": locale}),
    )
    found = []
    for route in _documents():
        member = COORDINATOR if route.needs else None
        asked = route.path + ASKED.get(route.path, "")
        found += [Place(address, SCREEN if route.needs == "watch" else member) for address in _filled(asked)]
        if route.path in seen:
            found.append(Place(f"{route.path}#{seen[route.path]}", None))
    return [*found, Place("/offline", None), Place("/e/none")]


def _documents() -> Iterator[Any]:
    for route in PAGES:
        if "GET" in (route.methods or ()) and route.path not in NO_DOCUMENTS | ELSEWHERE:
            yield route


def _filled(path: str) -> list[str]:
    """The addresses of a route. A name in braces that nothing is known for stays, and its page is not found."""
    filled = [path]
    for name, values in FILLS.items():
        filled = [each.replace(name, value) for each in filled for value in values]
    return list(dict.fromkeys(filled))


def guest_link(show: Show, locale: str) -> str:
    secret = new_secret()
    asked = {"id": "g", "name": "客戶王小姐", "hash": digest(secret), "level": "fine", "locale": locale}
    [opened] = show.ops(COORDINATOR, ("guest.open", asked))
    assert opened["status"] == "applied", opened
    return secret


def _personal_link(show: Show) -> str:
    """A crew's, as the demo has printed it."""
    lines = show.output.splitlines()
    return next(line.split("/join#")[1] for line in lines if "工讀生" in line and "/join#" in line)


def everything(show: Show, locale: str) -> None:
    """Let the coordinator call every track and host, in a language; a version is out, and an edit waits.

    Only segments stay that run, and what follows on the main stage: each row costs an audit its time.
    """
    rows = show.ask(COORDINATOR, "state?kinds=cue")["entities"]["cue"]
    others = [row["id"] for row in rows if row["kind"] == "segment" and row["id"] != "d1-main-s3"]
    removed = show.ops(COORDINATOR, *(("cue.remove", {"id": row}) for row in others))
    assert {each["status"] for each in removed} == {"applied", "rejected"}  # a segment that runs stays
    roles = ["coordinator", "caller", "host"]
    set_ = {"roles": roles, "tracks": ["*"], "locale": locale}
    show.ops("c01", ("member.edit", {"id": COORDINATOR, "set": set_}))
    show.ops("c01", ("sheet.publish", {}), ("cue.edit", {"id": "d1-25", "set": {"duration_s": 1800}}))


def arrive(page: Page, address: str) -> int:
    """Go there, and wait until what it shows is there; the answer's status."""
    page.goto("about:blank")
    answer = page.goto(address)
    assert answer
    page.wait_for_function(_THERE)
    return answer.status


# A page of scripts says when its times are there; of a link, when its card or its sheet has come.
_THERE = """() => {
    const { classList, dataset } = document.body;
    const isLink = classList.contains("guest-page") || classList.contains("join-page");
    if (isLink) return !document.querySelector("[data-panel=wait]:not([hidden])");
    const waits = document.querySelector("script[defer][src*=joined]");
    return document.readyState === "complete" && (!waits || dataset.ready === "");
}"""


def screens(page: Page) -> list[str]:
    """Of a phone's document, those that its tabs lead to."""
    found: list[str] = page.locator(".tab").evaluate_all("(all) => all.map(({ dataset }) => dataset.screen)")
    return found
