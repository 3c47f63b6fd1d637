"""What a phone's service worker keeps when it comes: all of its build, from few answers, or nothing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Request, Route, expect

from server.core.i18n import LOCALES
from server.core.security import BUILD
from server.core.shell import Shell
from server.core.static import ALSO_SHOWN, STATIC, StaticFiles
from tests.browser.show import Show, edit
from tests.browser.test_offline import installed
from tests.support.browser import NO_SERVER, Devices
from tests.support.proxy import Proxy

# How a worker ends that is being installed: "activated", or "redundant" if it could not keep its shell.
INSTALL = """async () => {
  const { installing, active } = await navigator.serviceWorker.register("/sw.js", { type: "module", scope: "/" });
  const worker = installing ?? active;
  const ended = () => !worker || ["activated", "redundant"].includes(worker.state);
  while (!ended()) await new Promise((done) => worker.addEventListener("statechange", done, { once: true }));
  return worker?.state ?? "redundant";
}"""
SHELLS = "() => caches.keys().then((all) => all.filter((name) => name.startsWith('shell-')))"
# Type and text of all texts that are kept of /static/, by their names.
KEPT = """async (build) => {
  const shell = await caches.open(`shell-${build}`);
  const told = async (request) => {
    const answer = await shell.match(request, { ignoreVary: true });
    return [request.url.split(`${build}/`)[1], [answer.headers.get("content-type"), await answer.text()]];
  };
  const texts = (await shell.keys()).filter(({ url }) => url.includes(build) && !url.endsWith(".png"));
  return Object.fromEntries(await Promise.all(texts.map(told)));
}"""
Trouble = Callable[[Route, Proxy, dict[str, str]], None]


def foreign(route: Route, _: Proxy, __: dict[str, str]) -> None:
    route.fulfill(json={})


def missing(route: Route, _: Proxy, ours: dict[str, str]) -> None:
    route.fulfill(status=404, json={}, headers=ours)


def half(route: Route, _: Proxy, ours: dict[str, str]) -> None:
    route.fulfill(body='{"joined/told.js": ["text/javascript", ""], ', headers=ours)


def cut(route: Route, proxy: Proxy, _: dict[str, str]) -> None:
    proxy.snap()
    route.continue_()


@pytest.fixture(scope="module")
def static() -> StaticFiles:
    return StaticFiles(STATIC, *ALSO_SHOWN)


@pytest.mark.parametrize("trouble", [foreign, missing, half, cut])
def test_a_shell_of_which_not_all_came_is_not_kept_and_comes_whole_the_next_time(
    trouble: Trouble, show_behind: tuple[Show, Proxy], devices: Devices, static: StaticFiles
) -> None:
    proxy = show_behind[1]
    devices.tolerate(NO_SERVER)
    page = devices.phone(proxy.url)
    page.goto("/offline?lang=en")
    ours = {BUILD: static.build}
    page.context.route(f"**/{Shell.gathered}", lambda route: trouble(route, proxy, ours))
    assert page.evaluate(INSTALL) == "redundant"
    assert page.evaluate(SHELLS) == []
    page.context.unroute_all()
    proxy.heal()
    assert page.evaluate(INSTALL) == "activated"
    assert page.evaluate(SHELLS) == [f"shell-{static.build}"]


def test_a_phone_keeps_each_file_as_it_is_served_and_opens_what_it_has_never_loaded(
    show: Show, devices: Devices, static: StaticFiles
) -> None:
    devices.tolerate(NO_SERVER)
    editor = show.phone(devices, "c02", "sheet")
    installed(editor)
    kept = editor.evaluate(KEPT, static.build)
    assert {"joined/phone.css", "joined/phone.js", "joined/edit.js"} <= kept.keys()
    for name, (media, text) in kept.items():
        answer = editor.request.get(f"/static/{static.build}/{name}")
        assert (answer.headers["content-type"], answer.text()) == (media, text), name
    show.stop()
    editor.reload()
    edit(editor, "d1-25")
    expect(editor.locator("#f-note")).to_be_visible()


def test_what_was_loaded_by_then_is_not_fetched_again_and_the_rest_comes_together(
    show: Show, devices: Devices, static: StaticFiles
) -> None:
    crew = devices.phone(show.url)
    show.sign_in(crew, "c10")
    came: list[Request] = []

    def keep(request: Request) -> None:
        came.append(request)

    crew.context.on("requestfinished", keep)
    show.open(crew, "now")
    installed(crew)
    at = f"{show.url}/static/{static.build}"
    alone = [f"{show.url}/offline?lang={locale}" for locale in LOCALES]
    # What comes out of the browser's own cache has no size. A tab's sign is there where the browser has tabs.
    fetched = {request.url for request in came if request.service_worker and weight(request) > 0}
    assert fetched - {f"{at}/icons/icon.svg"} == {
        f"{at}/{Shell.gathered}",
        f"{at}/icons/icon-192.png",
        *alone,
    }


def weight(request: Request) -> int:
    return request.sizes()["responseBodySize"]
