"""What a client holds of an event, and the rules by which frames may change it."""

from dataclasses import dataclass, field

from tests.support.show import Json

Key = tuple[str, str]
_RIGHTS = ("roles", "department", "tracks")


@dataclass
class Replica:
    """Rows and cursors, as a client of the contract for machines keeps them. `faults` are broken rules of the wire."""

    epoch: str = ""
    cursors: dict[str, int] = field(default_factory=lambda: {"lens": 0, "own": 0})
    held: dict[Key, Json] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    resets: list[str] = field(default_factory=list)
    # What the next message has to be, since what was said before asks for it.
    awaited: str = ""

    def wipe(self) -> None:
        """Begin anew; which log it was is forgotten too."""
        self.epoch, self.held, self.cursors = "", {}, {"lens": 0, "own": 0}

    def take(self, message: Json) -> bool:
        """Take a message in; false if the client has to begin anew."""
        kind, awaited, self.awaited = message["type"], self.awaited, ""
        if awaited and (kind, message.get("reason")) != ("reset", awaited):
            self.faults.append(f"was not told to begin anew ({awaited}), but got {message}")
        if kind == "hello":
            self._greet(message)
        elif kind == "heartbeat":
            for chain, seq in message["seq"].items():
                self.cursors[chain] = max(seq, self.cursors[chain])
        elif kind == "frame":
            return self._apply(message)
        elif kind == "reset":
            self.resets.append(message["reason"])
            return False
        return True

    def _greet(self, hello: Json) -> None:
        if self.epoch and self.epoch != hello["epoch"]:
            self.awaited = "epoch"
        elif max(self.cursors.values()) > hello["head"]:
            self.faults.append(f"holds {self.cursors} of a log whose head is {hello['head']}")
        self.epoch = self.epoch or hello["epoch"]

    def _apply(self, frame: Json) -> bool:
        chain, base, seq = frame["chain"], frame["base"], frame["seq"]
        if not base <= self.cursors[chain] < seq:
            self.faults.append(f"a frame of {chain} ({base}, {seq}] at {self.cursors[chain]}")
        self.cursors[chain] = seq
        known = [self._hold(item, seq) for item in frame["items"]]
        return all(known)

    def _hold(self, item: Json, last: int) -> bool:
        """Put a row in its place; false if it says that our own rights are others now."""
        key = item["kind"], item["id"]
        before = self.held.pop(key, None)
        if item["seq"] > last or (before and item["seq"] < before["version"] and key[0] not in FACES):
            self.faults.append(f"{key} as of {item['seq']} in a frame to {last}, after {before}")
        if item.get("gone"):
            return True
        self.held[key] = {"version": item["version"], **item["body"]}
        if key[0] != "me" or not before:
            return True
        return all(item["body"][name] == before[name] for name in _RIGHTS)


# A member and the faces of them share one version: it goes on when any of the three is told of.
FACES = frozenset({"member", "contact", "me"})
FOUND_OUT_WHEN_ASKED = frozenset(
    {
        *("planned_start", "planned_end", "projected_start", "projected_end"),
        *("offset", "current", "next", "baseline"),
    }
)


def stored(held: dict[Key, Json]) -> dict[Key, Json]:
    """Rows without what `state` works out as of now, and without the versions of faces."""
    return {
        (kind, key): {
            name: value
            for name, value in body.items()
            if name not in FOUND_OUT_WHEN_ASKED and not (name == "version" and kind in FACES)
        }
        for (kind, key), body in held.items()
    }


def of_state(state: Json) -> dict[Key, Json]:
    """The rows of an answer of `state`, as a replica holds them."""
    return {
        (kind, entity["id"]): {name: value for name, value in entity.items() if name != "id"}
        for kind, entities in state["entities"].items()
        for entity in entities
    }
