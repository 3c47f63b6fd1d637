"""A client of the feed that keeps the rules of the wire, for comparing what it holds with a fresh state."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from server.core.feed import Chain, chains
from server.core.frames import Reset
from server.core.models import Event
from tests.support.show import Show

Key = tuple[str, str]
_ROWS = re.compile(r"(?=<(?:li|tr|del) )")
_ID = re.compile(r'<(?:li|tr) [^>]*?id="([a-z]+)-([^"]+)"')
_VERSION = re.compile(r' data-v="\d+"')
_FACES = {"contact", "me"}
_GONE = re.compile(r"<del data-kind=(\S+) data-id=(\S+) data-v=\d+></del>")


@dataclass
class Follower:
    """One member's two chains, as JSON items or as HTML rows."""

    show: Show
    member: str
    form: str = "json"
    view: str = ""
    held: dict[Key, Any] = field(default_factory=dict)
    heard: list[Key] = field(default_factory=list)
    resets: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chains = chains(self.show.viewer(self.member), self.view, self.form)
        self.cursors = dict.fromkeys(self.chains, 0)

    def catch_up(self, *, live: bool = False) -> None:
        """Read both chains from their cursors to the head."""
        for chain in self.chains:
            reading = self.show.services.feed.read(self.show.event, [(chain, self.cursors[chain])], live=live)
            answer = reading.answers.get((chain, self.cursors[chain]), [])
            if isinstance(answer, Reset):
                self.resets.append(answer.reason)
                continue
            for frame in answer:
                self.apply(chain, json.loads(frame.payload))
            self.cursors[chain] = reading.head

    def apply(self, chain: Chain, message: dict[str, Any]) -> None:
        """Take a frame in: `base ≤ cursor < seq`, or it is a fault."""
        assert message["chain"] == chain.name
        assert message["base"] <= self.cursors[chain] < message["seq"]
        self.cursors[chain] = message["seq"]
        if self.form == "json":
            self._take_items(message["items"])
        else:
            self._take_rows(message["html"])

    def fresh(self) -> dict[Key, Any]:
        """What somebody who comes now is shown."""
        services = self.show.services
        viewer = self.show.viewer(self.member)
        with services.db.read() as session:
            event = session.get_one(Event, self.show.event)
            if self.form == "json":
                bodies = {
                    kind: services.feed.bodies(session, event, viewer, kind) for kind in services.feed.kinds
                }
                return {
                    (kind, body["id"]): _told(kind, body) for kind, found in bodies.items() for body in found
                }
            rows = [
                row
                for chain in self.chains
                for kind in services.feed.kinds
                for row in services.feed.rows(session, event, chain, kind)
            ]
        return {_key(row): _unversioned(row) for row in rows if row}

    def _take_items(self, items: list[dict[str, Any]]) -> None:
        for item in items:
            key = item["kind"], item["id"]
            self.heard.append(key)
            if item.get("gone"):
                self.held.pop(key, None)
            else:
                self.held[key] = _told(
                    item["kind"], {"id": item["id"], "version": item["version"], **item["body"]}
                )

    def _take_rows(self, html: str) -> None:
        for row in filter(None, _ROWS.split(html)):
            if gone := _GONE.fullmatch(row):
                self.heard.append((gone[1], gone[2]))
                self.held.pop((gone[1], gone[2]), None)
            else:
                self.heard.append(_key(row))
                self.held[_key(row)] = _unversioned(row)


def _told(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """A body; without its version where that is its member's, which goes on by itself."""
    return {name: value for name, value in body.items() if name != "version" or kind not in _FACES}


def _unversioned(row: str) -> str:
    return _VERSION.sub("", row) if _key(row)[0] in _FACES else row


def _key(row: str) -> Key:
    found = _ID.match(row)
    assert found, row
    return found[1], found[2]
