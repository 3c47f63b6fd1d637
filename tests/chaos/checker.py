"""What must be true of a run, from its histories alone. Each check yields what it found wrong, in words."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from tests.chaos.clients import Client, Heard, Sent
from tests.chaos.nemesis import RIGHTS, Restore, Right
from tests.chaos.replica import Key, Replica, of_state, stored
from tests.chaos.scenario import CREW, DIRECT, EDITORS
from tests.support.show import Json

_CANARY = re.compile(r"\[\[([a-z:]+)\]\]")
# After so long nobody whose right was taken away hears anything, on a server that has not stood still.
_REVOKED_WITHIN = 1.0


@dataclass
class History:
    """All that is known of a run. `log` is what its members together may read of the log, in its order."""

    clients: dict[str, Client]
    fresh: dict[str, Replica]
    states: dict[str, Json]
    log: list[Json]
    rights: list[Right]
    backup: Restore
    restored: bool
    standstills: list[tuple[float, float]]
    lag: float
    again: dict[str, Json] = field(default_factory=dict)

    @property
    def generation(self) -> int:
        return int(self.restored)

    @property
    def sent(self) -> Iterator[Sent]:
        return (sent for client in self.clients.values() for sent in client.sent.values())

    def stands(self, sent: Sent) -> bool:
        """Whether an op was applied, and not lost with what came after the backup."""
        seq = sent.result.get("seq", 0)
        # What changed nothing bears the number of the entry before it, and may have come after the backup all the same.
        is_last = seq == self.backup.head and any(change["op_id"] == sent.op["id"] for change in self.log)
        is_kept = sent.answered == self.generation or seq < self.backup.head or is_last
        return is_kept and first(sent.result) == "applied"

    def audiences(self, member: str, generation: int, seq: int) -> frozenset[str]:
        """What a member may read besides what is for everybody, as of an entry of the log."""
        department, is_team = _DEPARTMENTS.get(member, ""), member not in {"qin", "tong"}
        for right in self.rights:
            is_there = right.generation == generation or right.seq <= self.backup.head
            if right.member != member or right.seq > seq or not is_there:
                continue
            if right.kind in {"remove", "sign_out"}:
                return frozenset()
            change = dict[str, object](RIGHTS[right.kind][1])["set"]
            assert isinstance(change, dict)
            department = change["department"] or ""
            is_team = is_team and "roles" not in change
        return frozenset({"team"} if is_team else ()) | {f"dept:{department}"}

    def unknown(self, member: str, generation: int) -> set[str]:
        """What they may have been let read by an op that a restore took away before it was acknowledged."""
        later = [right for right in self.rights if right.member == member and right.generation > generation]
        return {"dept:sound"} if any(right.kind == "move" for right in later) else set()


_DEPARTMENTS = {"k0": "light", "k1": "sound", "k2": "light", "k3": "sound", "mei": "light", "jun": "sound"}


def first(result: Json) -> str:
    """What an op was answered the first time."""
    return str(result.get("first", result.get("status", "")))


def faults(history: History) -> list[str]:
    """All that is wrong with a run."""
    checks = (
        *(
            _answered,
            _once,
            _without_gaps,
            _clocks,
            _in_order,
            _nothing_overwritten,
            _effects,
            _answered_alike,
        ),
        *(_rules_of_the_wire, _at_rest, _secrets, _revoked),
    )
    return [f"{check.__name__[1:]}: {fault}" for check in checks for fault in check(history)]


def _answered(history: History) -> Iterator[str]:
    """No op vanished: each is applied, refused or visibly parked."""
    for client in history.clients.values():
        for sent in client.sent.values():
            if not sent.result and not client.parked:
                yield f"{sent.op} of {client.name} was never answered, and is not parked"
            elif sent.result and first(sent.result) not in {"applied", "rejected", "conflict"}:
                yield f"{sent.op} was answered {sent.result}"


def _once(history: History) -> Iterator[str]:
    """Every acknowledged op is in the log once, as one piece that ends where its answer says; no refused one is."""
    seqs, entries = defaultdict[str, list[int]](list), defaultdict[str, int](int)
    for change in history.log:
        seqs[change["op_id"]].append(change["seq"])
        entries[change["op_id"]] += change["kind"] in {"cue.nudge", "cue.edit", "cue.add", "comment.add"}
    makers = {change["seq"]: change["op_id"] for change in history.log}
    for sent in history.sent:
        found = seqs[sent.op["id"]]
        if history.stands(sent):
            # What changed nothing, as an edit to what stands there already, leaves no entry.
            if sent.op["op"] in _ALWAYS_CHANGE and (not found or found[-1] != sent.result["seq"]):
                yield f"{sent.op} was acknowledged as {sent.result}, and is in the log at {found}"
            if found and {makers.get(seq, sent.op["id"]) for seq in range(found[0], found[-1])} > {
                sent.op["id"]
            }:
                yield f"{sent.op} is in the log twice, at {found}"
            if sent.op["op"] in _ONE_ENTRY and len(found) > 1 and entries[sent.op["id"]] > 1:
                yield f"{sent.op} was done twice, at {found}"
        elif found and first(sent.result) in {"rejected", "conflict"} and sent.answered == history.generation:
            yield f"{sent.op} was refused ({sent.result}), and is in the log at {found}"


_ONE_ENTRY = {"cue.nudge", "cue.edit", "cue.add", "comment.add"}
_ALWAYS_CHANGE = {"cue.nudge", "cue.add", "comment.add", "cue.remove", "cue.restore"}


def _without_gaps(history: History) -> Iterator[str]:
    """The log has no holes, but for what is read by those alone who are out: that their own rights changed."""
    ours = {sent.op["id"] for sent in history.sent}
    seqs = {change["seq"] for change in history.log}
    begun = min((change["seq"] for change in history.log if change["op_id"] in ours), default=0)
    holes = set(range(begun, max(seqs))) - seqs
    if len(holes) > sum(right.kind in {"remove", "sign_out"} for right in history.rights):
        yield f"nobody can read {sorted(holes)}"


def _clocks(history: History) -> Iterator[str]:
    """No clock of a phone that goes ahead puts a fact into the future."""
    for change in history.log:
        if datetime.fromisoformat(change["at"]) > datetime.fromisoformat(change["received"]):
            yield f"{change} is of a time after it was received"


def _in_order(history: History) -> Iterator[str]:
    """What one client queued stands in the log in that order."""
    for client in history.clients.values():
        last = 0
        for sent in client.sent.values():
            # An answer of before a restore counts by what the log says, and that is the same one.
            if history.stands(sent) and (sent.op["op"] in _ALWAYS_CHANGE):
                if sent.result["seq"] <= last:
                    yield f"{sent.op} is in the log at {sent.result['seq']}, after {last}"
                last = sent.result["seq"]


def _nothing_overwritten(history: History) -> Iterator[str]:
    """No edit went over somebody else's newer one of the same field that its maker had not seen.

    What stood before one's own last edit of the field was that one's to heed: it may have been made without a version.
    """
    named = [change for change in history.log if "title" in change["detail"].get("set", ())]
    makers = {
        sent.op["id"]: name for name, client in history.clients.items() for sent in client.sent.values()
    }
    for sent in history.sent:
        base, row, seq = sent.op.get("base_version"), sent.op["args"].get("id"), sent.result.get("seq", 0)
        is_title = "title" in sent.op["args"].get("set", ())
        if base is None or not is_title or not history.stands(sent) or sent.generation != history.generation:
            continue
        before = [change for change in named if change["entity"] == row and base < change["seq"] < seq]
        if before and before[-1]["actor"] != makers[sent.op["id"]]:
            yield f"{sent.op}, at {seq}, went over {before[-1]}"


def _effects(history: History) -> Iterator[str]:
    """The rows are what the log makes of them."""
    rows = of_state(history.states["k0"])
    nudges = sum(change["kind"] == "cue.nudge" for change in history.log)
    if rows["cue", "live"]["added_s"] != nudges:
        yield f"the live item got {rows['cue', 'live']['added_s']} s by {nudges} nudges"
    titles: dict[str, str] = {}
    for change in history.log:
        if title := change["detail"].get("set", {}).get("title"):
            titles[change["entity"]] = title
    for row, title in titles.items():
        if ("cue", row) in rows and rows["cue", row]["title"] != title:
            yield f"{row} is called {rows['cue', row]['title']}, and was last named {title}"


def _answered_alike(history: History) -> Iterator[str]:
    """Who asks once more is told the first answer."""
    by_id = {sent.op["id"]: sent for sent in history.sent}
    for op_id, result in history.again.items():
        told = by_id[op_id].result
        if history.stands(by_id[op_id]) and (first(result), result.get("seq")) != ("applied", told["seq"]):
            yield f"{op_id} was answered {told}, and asked again {result}"


def _rules_of_the_wire(history: History) -> Iterator[str]:
    """No frame came on a wrong base, and a new log was told of before anything of it."""
    for name, client in history.clients.items():
        yield from (f"{name}: {fault}" for fault in client.replica.faults)
        if history.restored and not client.parked and client.replica.epoch != history.backup.epoch:
            yield f"{name} was never told of the restore"


def _at_rest(history: History) -> Iterator[str]:
    """Every client holds what a fresh one does, and what the server's state says."""
    for name, fresh in history.fresh.items():
        shown = stored(of_state(history.states[name]))
        for who, replica in ((name, history.clients[name].replica), (f"a fresh {name}", fresh)):
            if difference := _difference(stored(replica.held), shown):
                yield f"{who} at {replica.cursors} differs: {difference}"


def _difference(held: dict[Key, Json], shown: dict[Key, Json]) -> str:
    return "; ".join(
        f"{key} holds {held.get(key)}, is {shown.get(key)}"
        for key in sorted(held.keys() | shown.keys())
        if held.get(key) != shown.get(key)
    )


def _secrets(history: History) -> Iterator[str]:
    """Nobody got a text that is not for them, by the rights of when it was read."""
    for name, client in history.clients.items():
        for heard in client.heard:
            if found := set(_CANARY.findall(heard.text)):
                generation = int(heard.epoch == history.backup.epoch)
                seq = max(json.loads(heard.text).get("seq", 0), heard.head)
                if found - history.audiences(name, generation, seq) - history.unknown(name, generation):
                    yield f"{name} may not read {found}: {heard.text}"
    for name, state in history.states.items():
        found = set(_CANARY.findall(json.dumps(state)))
        if found - history.audiences(name, history.generation, state["head"]):
            yield f"{name} may not read {found} in the state"


def _revoked(history: History) -> Iterator[str]:
    """Whose rights were changed hears, over a socket of before, nothing of after, and nothing at all after a second."""
    for right in history.rights:
        client = history.clients[right.member]
        for heard in client.heard:
            is_of_before = (heard.epoch == history.backup.epoch) == bool(
                right.generation
            ) and heard.head < right.seq
            if is_of_before and _is_after(history, right, heard):
                yield f"{client.name} heard after {right}: +{heard.at - right.at:.2f} s {heard.text}"


def _is_after(history: History, right: Right, heard: Heard) -> bool:
    told = json.loads(heard.text)
    if told["type"] == "frame" and told["seq"] >= right.seq:
        return True
    if right.member not in DIRECT:
        return False
    stood = sum(end - begun for begun, end in history.standstills if end > right.at and begun < heard.at)
    return heard.at - right.at > _REVOKED_WITHIN + stood + 3 * history.lag


assert {*EDITORS, *CREW} == {*_DEPARTMENTS}
