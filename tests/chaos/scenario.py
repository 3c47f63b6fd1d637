"""What happens in a run: who does what and when, and what goes wrong meanwhile. All of it follows from the seed."""

import random
from dataclasses import dataclass, field

SECONDS = 1.5
# Nothing goes wrong before.
FIRST = 0.3
ACTS = 24
LINES = 3
ROWS = ("row-0", "row-1", "row-2", "row-3")

# Who takes part, by the kind of things they do. `DIRECT` have no line that could fail between them and the server, so
# that what they get too late is the server's doing.
EDITORS = ("k0", "k1", "k2", "k3")
CREW = ("mei", "jun")
MARKING = (*CREW, "tong")
CLIENTS = (*EDITORS, *MARKING, "qin")
DIRECT = CREW

_LINE_FAULTS = ("cut", "refuse", "hang", "mute", "deafen", "delay", "snap")
_SERVER_FAULTS = {
    "sqlite": ("kill", "kill", "freeze", "full", "restore"),
    "postgresql": ("kill", "kill", "freeze", "drop", "crash", "restore"),
}
_RIGHTS = ("move mei", "demote k3", "remove jun", "sign_out jun")
_EDITORS_DO = {
    "edit": 10, "nudge": 5, "add": 3, "remove": 3, "restore": 2, "cell": 2, "column": 2, "comment": 2, "refused": 3,
    "note": 2,
}  # fmt: skip
_MARKERS_DO = {"ready": 5, "unmark": 3, "comment": 2, "note": 2}


@dataclass(frozen=True, order=True)
class Fault:
    """Something that goes wrong `at` a moment, on the line or server of this number, for some seconds."""

    at: float
    kind: str
    on: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Act:
    """One thing that a client does; `number` chooses of what there is then."""

    at: float
    kind: str
    number: int


@dataclass(frozen=True)
class Plan:
    """A whole run, in the order in which it happens. Times in seconds from its start."""

    seed: int
    backend: str
    faults: list[Fault]
    acts: dict[str, list[Act]]
    offline: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    clock_ms: dict[str, int] = field(default_factory=dict)


def plan(seed: int, backend: str) -> Plan:
    """The run of a seed on one kind of database."""
    chance = random.Random(f"{seed} {backend}")  # noqa: S311 - a plan, no secret
    doing = dict.fromkeys(EDITORS, _EDITORS_DO) | dict.fromkeys(MARKING, _MARKERS_DO)
    return Plan(
        seed,
        backend,
        sorted(_faults(chance, backend)),
        {name: _acts(chance, kinds) for name, kinds in doing.items()},
        {name: [_spell(chance)] for name in chance.sample((*EDITORS, "tong", "qin"), 3)},
        {name: chance.choice((0, 0, -7_200_000, 3_600_000, 90_000)) for name in CLIENTS},
    )


def _faults(chance: random.Random, backend: str) -> list[Fault]:
    lines = [
        Fault(_moment(chance), chance.choice(_LINE_FAULTS), chance.randrange(LINES), chance.uniform(0.1, 0.7))
        for _ in range(chance.randint(2, 5))
    ]
    kinds = chance.sample(_SERVER_FAULTS[backend], chance.randint(1, 2))
    servers = [Fault(_moment(chance), kind, chance.randrange(2), chance.uniform(0.05, 0.4)) for kind in kinds]
    # The backup comes before any restore, and early enough that something is lost with what came after it.
    backup = [Fault(chance.uniform(0.1, FIRST), "backup")] if "restore" in kinds else []
    rights = [Fault(_moment(chance), kind) for kind in chance.sample(_RIGHTS, chance.randint(1, 2))]
    return [*lines, *servers, *backup, *rights]


def _moment(chance: random.Random) -> float:
    return chance.uniform(FIRST, SECONDS)


def _spell(chance: random.Random) -> tuple[float, float]:
    begun = chance.uniform(0, SECONDS / 2)
    return begun, begun + chance.uniform(0.2, 0.8)


def _acts(chance: random.Random, kinds: dict[str, int]) -> list[Act]:
    chosen = chance.choices(list(kinds), list(kinds.values()), k=ACTS)
    times = sorted(chance.uniform(0, SECONDS) for _ in chosen)
    return [Act(at, kind, chance.randrange(1_000_000)) for at, kind in zip(times, chosen, strict=True)]
