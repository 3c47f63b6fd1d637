"""The shell: what a phone keeps so that pages open without signal, and the service worker that keeps it."""

import json
import re
from collections.abc import Iterable
from functools import cached_property
from http import HTTPStatus

import brotli
from starlette.requests import Request
from starlette.responses import Response

from server.core.i18n import LOCALES
from server.core.joining import imported
from server.core.packed import packed_answer
from server.core.services import Services
from server.core.static import QUALITY, ROOT, StaticFiles

WORKER = ROOT / "sw" / "worker.js"
# What opens without signal: the phone's page with all that it loads later, and the page that says that there is none.
MODULES = ("joined/phone.js", "js/offline.js")
LATER = "js/later.js"
# Those of a kept page, joined/phone.css, the worker makes of the two that a first page has loaded.
SHEETS = ("joined/base.css", "joined/rest.css", "css/people.css", "css/call.css", "css/silent.css")
SCRIPTS = ("joined/first.js", "joined/look.js")
ICONS = ("icons/icon.svg", "icons/icon-192.png")
# What a first page or the worker has loaded by then comes from the browser's own cache. All the rest comes in one
# answer: on a bad line each round takes its time, and most of these files weigh less than the heads around them.
LOADED = {
    "joined/first.js",
    "joined/phone.js",
    "joined/base.css",
    "joined/rest.css",
    "js/idb.js",
    "js/shelf.js",
}
_NAMED = re.compile(r'"\./([\w/]+\.js)"')


def modules(static: StaticFiles, entry: str) -> list[str]:
    """An ES module and all that it imports, by their names under `static`, the entry first."""
    found = {entry: None}
    queue = [entry]
    while queue:
        name = queue.pop()
        for path in imported(static.text(name), name):
            if path not in found:
                found[path] = None
                queue.append(path)
    return [entry, *sorted(set(found) - {entry})]


def later(static: StaticFiles) -> list[str]:
    """The modules that a phone loads once its page stands, as its joined file finds them: all that `later.js` names."""
    text = static.text(LATER)
    named = [f"js/{name}" for name in _NAMED.findall(text)]
    return [name.replace("js/", "joined/", 1) for name in _once(named) if name not in imported(text, LATER)]


class Shell:
    """What the service worker keeps of one build; `gathered` is the name under `static` of what holds most of it."""

    gathered = "joined/shell.json"

    def __init__(self, static: StaticFiles) -> None:
        self._static = static
        self._worker = WORKER.read_text(encoding="utf-8")
        entries = (*MODULES, *later(static))
        names = _once([*SCRIPTS, *(name for entry in entries for name in modules(static, entry)), *SHEETS])
        self._alone = [*(name for name in names if name in LOADED), *ICONS]
        static.gather(self.gathered, [name for name in names if name not in LOADED])

    def files(self) -> list[str]:
        """Addresses of what is fetched one by one: what is loaded by then, signs, and pages with heads of their own."""
        static = (f"/static/{self._static.build}/{name}" for name in self._alone)
        return [*static, *(f"/offline?lang={locale}" for locale in LOCALES)]

    def worker(self) -> str:
        """The service worker's script: another one for each build, so that browsers see that there is a new one."""
        text = self._worker
        values = {
            "__BUILD__": self._static.build,
            "__GATHERED__": self.gathered,
            '"__SHELL__"': json.dumps(self.files()),
        }
        for name, value in values.items():
            text = text.replace(name, value)
        return text

    @cached_property
    def packed(self) -> bytes:
        """The worker's script, compressed: every phone asks for it when it comes, and after each deploy."""
        packed: bytes = brotli.compress(self.worker().encode(), quality=QUALITY)
        return packed


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


async def get_worker(request: Request) -> Response:
    """`GET /sw.js`: at the root, so that it may keep pages of the whole program."""
    services: Services = request.app.state.services
    headers = {"Cache-Control": "no-cache", "ETag": f'W/"{services.build}"', "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return packed_answer(request, services.shell.packed, "text/javascript", headers)
