"""The server is killed in the middle of a load: nothing acknowledged is lost, nothing resent is done twice."""

import asyncio
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from server.core.clock import Clock
from tests.support.databases import Databases
from tests.support.server import Server
from tests.support.show import Json, opened

CLIENTS = 6
ROUNDS = 60
FOUND_OUT_WHEN_ASKED = {
    *("planned_start", "planned_end", "projected_start", "projected_end"),
    *("offset", "current", "next", "baseline"),
}


class Sender(threading.Thread):
    """A phone that sends its batches one after the other, each until it is answered."""

    def __init__(self, server: Server, event: str, name: str, token: str) -> None:
        super().__init__(daemon=True)
        self.server, self.event, self.member, self.token = server, event, name, token
        self.answered: dict[str, Json] = {}
        self.resent = 0
        self.stop = False

    def run(self) -> None:
        for number in range(ROUNDS):
            self._send(self.batch(number))

    def batch(self, number: int) -> list[Json]:
        """One second more for the live item, and a title that only this phone sets."""
        title = {"id": self.member, "set": {"title": f"{self.member} {number}"}}
        return [
            {"id": f"{self.member}-{number}-nudge", "op": "cue.nudge", "args": {"id": "live", "seconds": 1}},
            {"id": f"{self.member}-{number}-edit", "op": "cue.edit", "args": title},
            {"id": f"{self.member}-{number}-mark", "op": "cue.ready", "args": {"id": self.member}},
        ]

    def _send(self, ops: list[Json]) -> None:
        waiting = {op["id"]: op for op in ops}
        while waiting and not self.stop:
            try:
                results = self._post(list(waiting.values()))
            except (OSError, http.client.HTTPException):
                self.resent += 1
                time.sleep(0.05)
                continue
            for result in results:
                if result["status"] != "retry":
                    self.answered[result["id"]] = result
                    del waiting[result["id"]]

    def _post(self, ops: list[Json]) -> list[Json]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            connection.request("POST", f"/api/events/{self.event}/ops", json.dumps({"ops": ops}), headers)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, body
            results: list[Json] = json.loads(body)["results"]
            return results
        finally:
            connection.close()


class Watcher(threading.Thread):
    """A phone that follows the sheet, comes back with its cursors, and keeps the rules of the wire."""

    def __init__(self, server: Server, event: str, token: str) -> None:
        super().__init__(daemon=True)
        self.server, self.event, self.token = server, event, token
        self.cursors = {"lens": 0, "own": 0}
        self.held: dict[tuple[str, str], Json] = {}
        self.faults: list[Json] = []
        self.connected = 0
        self.stop = False

    def run(self) -> None:
        while not self.stop:
            with suppress(OSError, WebSocketException, TimeoutError):
                asyncio.run(self._follow())

    async def _follow(self) -> None:
        query = f"format=json&since={self.cursors['lens']}&own={self.cursors['own']}"
        url = f"ws://127.0.0.1:{self.server.port}/api/events/{self.event}/live?{query}"
        async with connect(url, additional_headers={"Authorization": f"Bearer {self.token}"}) as socket:
            self.connected += 1
            while not self.stop:
                async with asyncio.timeout(1):
                    self._take(json.loads(await socket.recv()))

    def _take(self, message: Json) -> None:
        if message["type"] == "heartbeat":
            self.cursors |= {chain: max(seq, self.cursors[chain]) for chain, seq in message["seq"].items()}
        elif message["type"] == "frame":
            cursor = self.cursors[message["chain"]]
            if not message["base"] <= cursor < message["seq"]:
                self.faults.append(message)
            self.cursors[message["chain"]] = message["seq"]
            for item in message["items"]:
                self._hold(item)
        elif message["type"] == "reset":
            self.faults.append(message)

    def _hold(self, item: Json) -> None:
        key = item["kind"], item["id"]
        self.held.pop(key, None)
        if not item.get("gone"):
            self.held[key] = item["body"]


def get(server: Server, event: str, token: str, path: str) -> Any:  # noqa: ANN401 - the answer's JSON
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        headers = {"Authorization": f"Bearer {token}"}
        connection.request("GET", f"/api/events/{event}/{path}", headers=headers)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def prepared(url: str) -> tuple[str, dict[str, str]]:
    """An event with a live item, and callers with a row each; their tokens."""
    names = [f"k{number}" for number in range(CLIENTS)]
    with opened(url, Clock()) as house:
        show = house.show()
        show.add("live", duration_s=600)
        for name in names:
            show.do("hui", "member.add", id=name, name=name, roles=["coordinator", "caller"], tracks=["main"])
            show.add(name)
        show.do("wei", "cue.go", id="live", current=None)
        return show.event, {name: show.token(name) for name in [*names, "mei"]}


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("backend", "kills"), [("sqlite", 5), ("postgresql", 2)], indirect=["backend"])
def test_a_server_that_is_killed_loses_nothing_and_does_nothing_twice(
    databases: Databases, run_forked: Callable[..., Server], kills: int
) -> None:
    url = databases.migrated()
    event, tokens = prepared(url)
    server = run_forked(database_url=url)
    senders = [Sender(server, event, name, tokens[name]) for name in sorted(tokens) if name != "mei"]
    watcher = Watcher(server, event, tokens["mei"])
    for thread in (*senders, watcher):
        thread.start()
    for _ in range(kills):
        time.sleep(random.uniform(0.2, 1.0))  # noqa: S311 - any moment
        server.kill()
        server.restart()
    for sender in senders:
        sender.join(200)
        assert not sender.is_alive()
    check(server, event, tokens["mei"], senders)
    check_watcher(server, event, tokens["mei"], watcher)
    server.stop()
    databases.forget(url)


def check(server: Server, event: str, token: str, senders: list[Sender]) -> None:
    """Every op was acknowledged, stands in the log once, and had its effect once."""
    answered = {op: result for sender in senders for op, result in sender.answered.items()}
    assert len(answered) == CLIENTS * ROUNDS * 3
    assert {result["status"] for result in answered.values()} <= {"applied", "duplicate"}
    assert {result.get("first", "applied") for result in answered.values()} == {"applied"}
    log = whole_log(server, event, token)
    assert [change["seq"] for change in log] == list(range(1, len(log) + 1))
    made = Counter(change["op_id"] for change in log if change["op_id"] in answered)
    assert set(made.values()) == {1}
    assert made.keys() == answered.keys()
    at = {change["op_id"]: change["seq"] for change in log}
    assert all(result["seq"] == at[op] for op, result in answered.items())
    cues = {cue["id"]: cue for cue in get(server, event, token, "state?kinds=cue")["entities"]["cue"]}
    assert cues["live"]["added_s"] == CLIENTS * ROUNDS
    assert all(cues[sender.member]["title"] == f"{sender.member} {ROUNDS - 1}" for sender in senders)


def whole_log(server: Server, event: str, token: str) -> list[Json]:
    """The log as a member reads it; what is not for them, other people's own rows, leaves a gap, filled here."""
    log: list[Json] = []
    last, head = 0, 1
    while last < head:
        page = get(server, event, token, f"changes?since={last}")
        log += page["changes"]
        last, head = page["last"], page["head"]
    seen = {change["seq"] for change in log}
    hidden = [{"seq": seq, "op_id": ""} for seq in range(1, head + 1) if seq not in seen]
    assert len(hidden) < 2 * (CLIENTS + 12)
    return sorted([*log, *hidden], key=lambda change: int(change["seq"]))


def check_watcher(server: Server, event: str, token: str, watcher: Watcher) -> None:
    """Who followed holds what a fresh one is shown."""
    state = get(server, event, token, "state")
    deadline = time.monotonic() + 30
    while watcher.cursors["lens"] < state["head"] and time.monotonic() < deadline:
        time.sleep(0.05)
    watcher.stop = True
    watcher.join(10)
    assert watcher.faults == []
    assert watcher.connected > 1
    fresh = {
        (kind, entity["id"]): {name: value for name, value in entity.items() if name not in {"id", "version"}}
        for kind, entities in state["entities"].items()
        for entity in entities
    }
    assert _stored(watcher.held) == _stored(fresh)


def _stored(held: dict[tuple[str, str], Json]) -> dict[tuple[str, str], Json]:
    """Entities without what `state` works out as of now."""
    return {
        key: {name: value for name, value in body.items() if name not in FOUND_OUT_WHEN_ASKED}
        for key, body in held.items()
    }
