"""Markup in every field that takes a text is text wherever it is shown: pages, rows, prints, files, previews."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from server.app import VIEWS
from server.core.feed import chains
from server.core.models import Event
from server.people.queries import find_viewer
from tests.people.stage import Browser, Stage, opened, with_cast
from tests.runsheet.imports.files import csv_bytes
from tests.security import fairground
from tests.support.databases import SqliteDatabases
from tests.support.importing import Importer
from tests.support.show import Show

# Closes either kind of quotation mark at once, since some fields take twelve characters; then all else that could.
EVIL = """'"><b tw></script></title><b tw onclick=tw()>{{7*7}}"""
START = EVIL[:9]
LOOKERS = ("amy", "cai", "dan", "gus", "hal")


class Reading(HTMLParser):
    """What a page holds: how often the text is text, and whatever of it is more than that."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown = 0
        self.alive: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            said = value or ""
            self.shown += START in said
            leads = name in {"href", "src", "action", "formaction"} and START in said
            if (
                name == "tw"
                or name.startswith("on")
                or leads
                or re.match(r"\s*javascript:", said, re.IGNORECASE)
            ):
                self.alive.append(f"<{tag} {name}={said[:60]}>")

    def handle_data(self, data: str) -> None:
        self.shown += START in data


@pytest.fixture(scope="module")
def stage(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    url = with_cast(sqlite_databases)
    with opened(url, tmp_path_factory.mktemp("markup")) as filled:
        filled.must("dan", "member.locale", locale="en")
        fairground.fill(filled, EVIL)
        yield filled
    sqlite_databases.forget(url)


def looked_at(stage: Stage, who: str) -> Iterator[tuple[str, Any]]:
    """(address, answer) of every page that somebody can read."""
    browser: Browser = stage.browser(who)
    for path in fairground.addresses("fair", *fairground.IDS, "overview", "detail", "cues", "people"):
        answer = browser.get(path)
        if answer.status_code == 200:
            yield path, answer


def rows(stage: Stage, who: str, view: str) -> str:
    """What sockets bring of a view, on both chains."""
    services = stage.services
    with services.db.read() as session:
        viewer, event = find_viewer(session, "fair", who), session.get_one(Event, "fair")
        assert viewer
        parts = [
            row
            for chain in chains(viewer, view)
            for kind in services.feed.kinds
            for row in services.feed.rows(session, event, chain, kind)
        ]
    return "".join(map(str, parts))


def test_every_op_that_takes_a_text_is_tried() -> None:
    tried = {name for _, name, _ in fairground.MADE}
    assert fairground.ops_with_texts() - tried == fairground.ELSEWHERE


def test_it_is_kept_as_it_was_written(stage: Stage) -> None:
    """Nothing is stripped of it: else a page that forgot to escape would go unnoticed here."""
    kept = {
        name
        for name, rows in fairground.rows_of(stage, "fair").items()
        if START in "".join(rows).replace("\\'", "'")
    }
    assert kept >= {"cue", "member", "cue_note", "variant", "track", "place", "attachment"}


@pytest.mark.parametrize("who", LOOKERS)
def test_it_is_text_on_every_page(stage: Stage, who: str) -> None:
    read = dict(looked_at(stage, who))
    html = {path: Reading(a.text) for path, a in read.items() if "text/html" in a.headers["content-type"]}
    assert {path: page.alive for path, page in html.items() if page.alive} == {}
    assert sum(page.shown for page in html.values()) > (100 if who == "amy" else 20)
    others = {a.headers["content-type"].partition(";")[0] for a in read.values()} - {"text/html"}
    assert others <= {
        *("application/manifest+json", "application/json", "text/css", "text/calendar", "text/csv"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    assert all(a.headers["x-content-type-options"] == "nosniff" for a in read.values())


@pytest.mark.parametrize("view", VIEWS)
def test_it_is_text_in_every_row_that_a_socket_brings(stage: Stage, view: str) -> None:
    for who in LOOKERS:
        page = Reading(rows(stage, who, view))
        assert page.alive == []
        assert page.shown or view not in {"", "grid", "people"} or who not in {"amy", "cai", "dan"}


def test_it_is_text_for_guests_and_in_what_they_are_told_went_wrong(stage: Stage) -> None:
    guest = stage.browser()
    sheet = Reading(guest.post("/guest/sheet", data={"secret": fairground.GUEST}).text)
    assert (sheet.alive, sheet.shown > 5) == ([], True)
    secret = stage.link("dan")
    card = Reading(guest.post("/join/look", data={"secret": secret}).text)
    assert (card.alive, card.shown > 0) == ([], True)
    for path in ("/sign-in", "/code"):
        refused = guest.post(
            path, data={"email": EVIL, "password": EVIL, "code": EVIL, "to": EVIL, "attempt": EVIL}
        )
        assert (Reading(refused.text).alive, refused.status_code >= 400) == ([], True)
    for path in (
        f"/sign-in?to={EVIL}",
        f"/join?lang={EVIL}",
        f"/{EVIL}",
        f"/e/{EVIL}/grid",
        f"/guest?lang={EVIL}",
    ):
        assert Reading(guest.get(path).text).alive == []


def test_it_is_text_in_the_forms_that_make_events_and_accounts(stage: Stage) -> None:
    amy = stage.browser()
    amy.post("/sign-in", data={"email": "amy@example.com", "password": "three plain words"})
    bad = dict.fromkeys(("name", "name_en", "key", "venue", "first", "days"), EVIL)
    asked = {
        "/": bad,
        "/e/fair/repeat": bad,
        "/me/password": {"password": EVIL, "new": "x"},
        "/me/account": bad,
    }
    for path, form in asked.items():
        answer = amy.post(path, data=form)
        assert answer.status_code < 500, path
        assert Reading(answer.text).alive == [], path


@pytest.mark.parametrize("form", ["header", "cells"])
def test_it_is_text_in_what_an_import_shows_and_makes(sqlite_show: Show, form: str) -> None:
    importer = Importer(sqlite_show)
    head = ("時間", "流程", "地點", EVIL if form == "header" else "備註")
    upload = importer.send(
        csv_bytes([head, ("14:00-14:10", EVIL, EVIL, EVIL), ("14:10", EVIL, "", EVIL)]), f"{START}.csv"
    )
    shown = Reading(importer.look(upload, first_day="2027-04-10"))
    assert (shown.alive, shown.shown > 2) == ([], True)
    importer.apply(upload, first_day="2027-04-10")
    assert EVIL in importer.titles()
    again = Reading(importer.browser.get(f"/e/{importer.event}/import").text)
    assert again.alive == []
