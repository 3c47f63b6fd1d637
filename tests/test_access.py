"""The access matrix: every op and every page × every role × somebody of another event × nobody.

It is read from the registries, so what is added is covered without being told; what is public has to be named.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from server.app import OPS, PAGES, VIEWS
from server.core.access import PERMISSIONS, ROLES, Permission
from server.core.context import forbidden
from server.core.i18n import translate
from server.core.ids import digest, new_id, new_secret
from server.core.ops import Op, Prepared, prepare
from server.people.queries import account_by_email
from tests.people.stage import Browser, Json, Stage, opened
from tests.support.databases import Databases
from tests.support.examples import example

V, M, X, C, R, L, E, S, P, W, D = (
    Permission.VIEW,
    Permission.MARK,
    Permission.EXPORT,
    Permission.CALL_SHOW,
    Permission.REMIND,
    Permission.EDIT_CELLS,
    Permission.EDIT_SHEET,
    Permission.CONFIGURE,
    Permission.MANAGE_PEOPLE,
    Permission.WATCH,
    Permission.CALL_BY_DESK,
)
# Who may what, written down a second time: giving a role more is a decision, never a slip.
POLICY = {
    "owner": {V, M, X, R, L, E, S, P},
    "coordinator": {V, M, X, R, L, E, S, P},
    "caller": {V, M, X, C, R},
    "lead": {V, M, X, L},
    "crew": {V, M, X},
    "host": {V, M, X},
    "gate": {V, M, X},
    "medic": {V, M, X},
    "safeguarding": {V, M, X},
    "vendor": {V, M},
    "client": {V},
    "sponsor": {V},
    "screen": {W},
    "desk": {D},
}
PEOPLE = [role for role in ROLES if V in POLICY[role]]
PUBLIC = {
    "/setup",
    "/sign-in",
    "/join",
    "/join/look",
    "/code",
    "/timer",
    "/guest",
    "/guest/sheet",
    "/manifest.webmanifest",
}
DESK_API = {"/api/desk/status", "/api/desk/{verb}"}
# Not pages: guarded by `signed_in`, or without anything of an event in them.
MACHINES = {
    "/e/{event}/ops",
    "/e/{event}/uploads/{blob}",
    "/e/{event}/blobs/{blob}",
    "/e/{event}/blobs/{blob}/thumb",
    "/api/events/{event}/ops",
    "/api/events/{event}/state",
    "/api/events/{event}/changes",
    "/api/events/{event}/live",
    *DESK_API,
}
OPEN = {
    "/ical/{secret}.ics",
    "/api/openapi.json",
    "/static/{build}/{name:path}",
    "/sw.js",
    "/healthz",
    "/readyz",
    "/metrics",  # with a token of its own
}

IN_EVENT: list[Any] = [route for route in PAGES if "{event}" in route.path]
ELSEWHERE: list[Any] = [route for route in PAGES if "{event}" not in route.path and route.path not in PUBLIC]


@pytest.fixture
def stage(databases: Databases, tmp_path: Path) -> Iterator[Stage]:
    """The cast, and in the fair one member of each role whose id is that role."""
    url = databases.filled("cast of all roles", _add_roles)
    with opened(url, tmp_path) as stage:
        yield stage
    databases.forget(url)


def _add_roles(url: str) -> None:
    with opened(url, Path("unused")) as stage:
        roles = [("member.add", {"id": role, "name": role, "roles": [role]}) for role in ROLES]
        stage.populate().must_all("amy", roles)


def _name(route: Any) -> str:  # noqa: ANN401 - a Route
    return f"{'/'.join(sorted(route.methods - {'HEAD'}))} {route.path}"


def _address(route: Any) -> str:  # noqa: ANN401 - a Route
    """A route's path in the fair, with ids that nothing has."""
    return re.sub(r"{.*?}", "none", route.path.replace("{event}", "fair"))


def _ask(browser: Any, route: Any) -> int:  # noqa: ANN401 - a Browser and a Route
    method = "POST" if "POST" in route.methods else "GET"
    status: int = browser.request(method, _address(route)).status_code
    return status


# --- the registries say everything


@pytest.mark.parametrize("op", OPS.ops.values(), ids=lambda op: op.name)
def test_every_op_names_a_permission(op: Op) -> None:
    assert isinstance(op.may, Permission)


@pytest.mark.parametrize("route", PAGES, ids=_name)
def test_every_page_names_a_permission_or_is_public(route: Any) -> None:  # noqa: ANN401 - a Route
    assert route.needs is None or isinstance(route.needs, Permission)
    assert (route.needs is None) == (route.path in PUBLIC)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_every_route_is_a_page_or_a_machines(stage: Stage) -> None:
    undeclared = {route.path for route in stage.app.routes if not hasattr(route, "needs")}  # type: ignore[attr-defined]
    assert undeclared == MACHINES | OPEN


def test_the_roles_have_the_rights_that_were_decided() -> None:
    assert {role: set(held) for role, held in PERMISSIONS.items()} == POLICY


# --- ops


@pytest.mark.parametrize("op", OPS.ops.values(), ids=lambda op: op.name)
def test_an_example_can_be_made_for_every_op(op: Op) -> None:
    assert isinstance(prepare(OPS, example(op)), Prepared)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_carries_out_its_ops_and_no_others(stage: Stage, role: str) -> None:
    ops = [example(op) for op in OPS.ops.values() if op.name != "member.locale"]
    results = _post(stage, ops, stage.token(role))
    refused = {op["op"] for op, result in zip(ops, results, strict=True) if _is_forbidden(result)}
    assert refused == {op["op"] for op in ops if OPS.ops[op["op"]].may not in POLICY[role]}


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_chooses_its_own_language(stage: Stage, role: str) -> None:
    assert _post(stage, [example(OPS.ops["member.locale"])], stage.token(role))[0]["status"] == "applied"


@pytest.mark.parametrize("path", ["/api/events/fair/ops", "/e/fair/ops"])
def test_who_belongs_to_another_event_sends_no_op(stage: Stage, path: str) -> None:
    before = stage.head
    ops = {"ops": [example(op) for op in OPS.ops.values()]}
    assert stage.browser().post(path, json=ops, headers=stage.token("zoe", "other")).status_code == 404
    assert stage.browser("zoe", "other").post(path, json=ops).status_code == 404
    assert stage.browser().post(path, json=ops).status_code == 401
    assert stage.head == before


def test_in_ones_own_event_the_ids_of_another_are_unknown(stage: Stage) -> None:
    """Zoe owns her event; what she names of the fair is not there."""
    before = stage.head
    named = [stage.do("zoe", "member.edit", "other", id="dan", set={"name": "x"}),
             stage.do("zoe", "member.link", "other", id="dan", hash="0" * 64),
             stage.do("zoe", "member.remove", "other", id="dan"),
             stage.do("zoe", "member.add", "other", id="hal", name="x", department="stage"),
             stage.do("zoe", "cue.add", "other", id="c9", title="x", track="main")]  # fmt: skip
    assert {result["error"]["code"] for result in named} == {"not_found"}
    assert stage.head == before


# --- pages


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_no_others(stage: Stage, role: str) -> None:
    statuses = {_name(route): _ask(stage.browser(role), route) for route in IN_EVENT}
    refused = {name for name, status in statuses.items() if status == 403}
    assert refused == {_name(route) for route in IN_EVENT if route.needs not in POLICY[role]}
    assert {name for name, status in statuses.items() if status in {303, 401} or status >= 500} == set()


def test_a_page_of_an_event_is_not_there_for_others(stage: Stage) -> None:
    for browser in (stage.browser("zoe", "other"), _with_account(stage, "zoe")):
        statuses = {_name(route): _ask(browser, route) for route in IN_EVENT}
        assert {name for name, status in statuses.items() if status != 404} == set()


@pytest.mark.parametrize("cookie", [None, "", "made-up"])
def test_a_page_wants_somebody_signed_in(stage: Stage, cookie: str | None) -> None:
    browser = stage.browser()
    if cookie is not None:
        browser.cookies.set("fieldcue-loopback-8000", cookie)
    asked = {_name(route): _ask(browser, route) for route in (*IN_EVENT, *ELSEWHERE)}
    wanted = {_name(route): 401 if "POST" in route.methods else 303 for route in (*IN_EVENT, *ELSEWHERE)}
    assert asked == wanted


def test_a_page_outside_events_knows_only_who_asks(stage: Stage) -> None:
    for route in ELSEWHERE:
        for browser in (stage.browser("dan"), _with_account(stage, "zoe")):
            assert _ask(browser, route) not in {401, 500}, _name(route)


def test_what_machines_ask_is_for_members(stage: Stage) -> None:
    routes = [route for route in stage.app.routes if getattr(route, "methods", None)]
    machines = [route for route in routes if route.path in MACHINES - DESK_API]  # type: ignore[attr-defined]
    zoe = stage.token("zoe", "other")
    answers = {
        _name(route): (
            _ask_with(stage, route, {}),
            _ask_with(stage, route, zoe),
            _ask_with(stage, route, {}, stage.browser("zoe", "other")),
        )
        for route in machines
    }
    assert len(answers) == len(MACHINES - DESK_API) - 1  # and the socket
    assert {name: told for name, told in answers.items() if told != (401, 404, 404)} == {}
    for path in ("/api/events/fair/state", "/api/events/fair/changes"):
        assert stage.browser("sponsor").get(path).status_code == 200


@pytest.mark.parametrize(("who", "code"), [("zoe", 4404), ("", 4401)])
def test_the_socket_is_for_members(stage: Stage, who: str, code: int) -> None:
    browser = stage.browser(who, "other")
    with pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)) as refused:
        browser.websocket_connect("/api/events/fair/live").__enter__()
    assert getattr(refused.value, "code", code) == code


def test_a_view_needs_what_its_page_needs() -> None:
    pages = {route.path: route.needs for route in IN_EVENT if "GET" in route.methods}
    assert {view: pages["/".join(filter(None, ("/e/{event}", view)))] for view in VIEWS} == VIEWS


@pytest.mark.parametrize("role", PEOPLE)
def test_no_socket_and_no_op_brings_rows_of_a_page_that_is_closed_to_a_role(stage: Stage, role: str) -> None:
    browser, locale = stage.browser(role), example(OPS.ops["member.locale"])
    for view in (view for view, needed in VIEWS.items() if needed not in POLICY[role]):
        with pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)) as refused:
            browser.websocket_connect(f"/api/events/fair/live?view={view}&since=0").__enter__()
        assert getattr(refused.value, "code", 4404) == 4404
        said = browser.post(f"/e/fair/ops?view={view}", json={"ops": [locale | {"id": new_id()}]}).json()
        assert (said["results"][0]["status"], said["html"]) == ("applied", "")


def test_a_foreign_event_says_that_it_is_not_ours_and_no_more(stage: Stage) -> None:
    stage.must("zoe", "member.locale", event="other", locale="en")
    zoe = stage.browser("zoe", "other")
    foreign, missing = zoe.get("/e/fair"), zoe.get("/e/nothing")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.text == missing.text
    assert "You are not in this event" in foreign.text
    assert "音樂市集" not in foreign.text


# --- a desk's token, which calls one track


def test_a_desks_token_opens_nothing_but_its_own_api(stage: Stage) -> None:
    secret = new_secret()
    stage.must("amy", "track.put", id="main", name="主舞台")
    stage.must("amy", "desk.open", id="deck", track="main", name="Stream Deck", hash=digest(secret))
    headers, before = {"authorization": f"Bearer {secret}"}, stage.head
    routes = [route for route in stage.app.routes if getattr(route, "methods", None)]
    closed = [route for route in routes if route.path not in PUBLIC | OPEN | DESK_API]  # type: ignore[attr-defined]
    answers = {_name(route): _ask_with(stage, route, headers) for route in closed}
    assert {name: status for name, status in answers.items() if status != 401} == {}
    with pytest.raises((WebSocketDisconnect, WebSocketDenialResponse)):
        stage.browser().websocket_connect("/api/events/fair/live", headers=headers).__enter__()
    ops = {"ops": [example(op) for op in OPS.ops.values()]}
    assert stage.browser().post("/api/events/fair/ops", json=ops, headers=headers).status_code == 401
    assert stage.browser().get("/api/desk/status", headers=headers).status_code == 200
    assert stage.head == before


def test_no_op_that_a_client_can_name_is_a_desks(stage: Stage) -> None:
    assert [op.name for op in OPS.ops.values() if op.may is Permission.CALL_BY_DESK] == []


def _ask_with(stage: Stage, route: Any, headers: dict[str, str], browser: Browser | None = None) -> int:  # noqa: ANN401 - a Route
    method = min(route.methods - {"HEAD"})
    status: int = (browser or stage.browser()).request(method, _address(route), headers=headers).status_code
    return status


# --- how it is asked


def _post(stage: Stage, ops: list[Json], headers: dict[str, str]) -> list[Json]:
    answer = stage.browser(**{"accept-language": "en"}).post(
        "/api/events/fair/ops", json={"ops": ops}, headers=headers
    )
    results: list[Json] = answer.json()["results"]
    return results


def _is_forbidden(result: Json) -> bool:
    """Whether the permission was missing; what an action itself refuses has words of its own, a step names its row."""
    words = translate("en", str(forbidden().error["text"]))
    error = result.get("error", {})
    return (error.get("code"), error.get("message"), "row" in error) == ("forbidden", words, False)


def _with_account(stage: Stage, owner: str) -> Any:  # noqa: ANN401 - a Browser
    """A browser in which an owner is signed in by e-mail."""
    with stage.services.db.read() as session:
        account = account_by_email(session, f"{owner}@example.com")
    assert account
    browser = stage.browser()
    stage.sign_in(browser, account_id=account.id)
    return browser
