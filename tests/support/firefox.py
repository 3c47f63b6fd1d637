"""A real Firefox, without a window. It speaks WebDriver BiDi itself, so no driver stands between."""

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import connect

from tests.support.child import Child, plain_environment
from tests.support.engine import PHONE, Engine

Json = dict[str, Any]
# Nothing but this machine can be reached: to whatever else it asks for leads a proxy that is not there.
_NOWHERE = "127.0.0.1", 9
_SETTINGS: dict[str, object] = {
    "network.proxy.type": 1,
    "network.proxy.socks": _NOWHERE[0],
    "network.proxy.socks_port": _NOWHERE[1],
    "network.proxy.socks5_remote_dns": True,
    "network.proxy.no_proxies_on": "127.0.0.1, localhost",
    "network.proxy.allow_hijacking_localhost": False,
    "intl.accept_languages": "zh-TW",
}
_LISTENS = "WebDriver BiDi listening on "
# As BiDi names keys that are no text (WebDriver 2, "keyboard actions").
_KEYS = {
    "Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Home": "\ue011", "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015", "F2": "\ue032",
}  # fmt: skip


class Firefox(Engine):
    def __init__(self, folder: Path) -> None:
        profile = folder / "profile"
        profile.mkdir()
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _SETTINGS.items())
        (profile / "user.js").write_text("\n".join(lines))
        command = (
            _program(),
            "--headless",
            "--no-remote",
            "--profile",
            profile,
            "--remote-debugging-port",
            "0",
        )
        environment = plain_environment(HOME=str(folder), MOZ_CRASHREPORTER_DISABLE="1")
        child = Child(command, folder / "firefox.log", environment)
        self.parts = ExitStack()
        self.parts.callback(child.stop)
        child.wait_until(lambda: _LISTENS in child.output, seconds=60)
        address = child.output.partition(_LISTENS)[2].split()[0]
        told = connect(f"{address}/session", max_size=None, compression=None, proxy=None)
        self.socket = self.parts.enter_context(told)
        self.numbers = count(1)
        self.send("session.new", capabilities={})
        self.context = self.send("browsingContext.getTree")["contexts"][0]["context"]
        self.url = ""
        self.resize(*PHONE)

    def open(self, url: str) -> None:
        self.url = url
        self.send("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def reload(self) -> None:
        self.send("browsingContext.reload", context=self.context, wait="complete")

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height}
        self.send("browsingContext.setViewport", context=self.context, viewport=size)

    def add_cookies(self, cookies: Mapping[str, str]) -> None:
        for name, value in cookies.items():
            told = {"name": name, "value": {"type": "string", "value": value}, "sameSite": "lax"}
            self.send("storage.setCookie", cookie=told | {"domain": urlsplit(self.url).hostname, "path": "/"})

    def click(self, selector: str) -> None:
        point = self.until(lambda: self.ask(_MIDDLE % json.dumps(selector)))
        move = {"type": "pointerMove", "x": round(point["x"]), "y": round(point["y"])}
        presses = [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")]
        self._act({"type": "pointer", "id": "hand", "actions": [move, *presses]})

    def press(self, *keys: str) -> None:
        values = [value for key in keys for value in _KEYS.get(key, key)]
        strokes = [{"type": kind, "value": value} for value in values for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keyboard", "actions": strokes})

    def ask(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page answers
        script = f"(async () => JSON.stringify([(await ({expression})) ?? null]))()"
        told = {"expression": script, "target": {"context": self.context}, "awaitPromise": True}
        answer = self.send("script.evaluate", **told)
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])[0]

    def run(self, script: str) -> None:
        self.ask(f"(() => {{ {script} }})()")

    def send(self, method: str, **params: object) -> Json:
        """One command; its result. What the browser tells by itself in between is nobody's."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self.socket.recv(timeout=60))).get("id") != number:
            pass
        assert answer["type"] == "success", f"{method}: {answer.get('message')}"
        result: Json = answer["result"]
        return result

    def close(self) -> None:
        self.parts.close()

    def _act(self, source: Json) -> None:
        self.send("input.performActions", context=self.context, actions=[source])


_MIDDLE = """(() => {
    const found = [...document.querySelectorAll(%s)].find((one) => one.checkVisibility());
    found?.scrollIntoView({ block: "center", behavior: "instant" });
    const { left, top, width, height } = found?.getBoundingClientRect() ?? {};
    return found && { x: left + width / 2, y: top + height / 2 };
})()"""


def _program() -> str:
    """The Firefox of this machine, or the one that FIELDCUE_FIREFOX names."""
    names = (os.environ.get("FIELDCUE_FIREFOX"), "firefox-esr", "firefox")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    assert found, "no Firefox found; `make test` installs it, or says how"
    return found
