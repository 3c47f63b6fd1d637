"""A durable op over HTTP until the last of 5,000 phones has it rendered, and what of it grows with their number.

The op edits the demo's fullest row; every phone is another member's, in three departments. The limit beside it, in the
same rounds, writes 4 KiB, syncs them, and sends as many bytes to as many sockets from a bare asyncio.Protocol.
Frames, bytes, renders and readings of the log are what the program counts itself.
"""

import statistics
import sys
from functools import partial
from itertools import chain, islice

import uvloop

from tests.bench.bench_edit import Edits, durable, paused, prepare
from tests.bench.children import child
from tests.bench.crowd import Crowd
from tests.bench.stage import METRICS, figures, head, many_files, percentile, promise, report, served
from tests.support.server import Server

SIZES = (50, 500, 5000)
ROUNDS, EDITS, WARM = 5, 12, 3
# Of 5,000 to the limit; and how much more a phone may cost among 5,000 than among 500.
RATIO, LINEAR = 1.6, 1.3
HEAD = (
    "phones | last of them, p50 | p95 | fdatasync + bare fan-out, p50 | ratio | the program's fan-out a phone"
    " | bytes a phone | frames a change | rows rendered a change | readings a change"
)


class Cost:
    """What the program counted of some changes."""

    def __init__(self, before: dict[str, float], after: dict[str, float], changes: int, phones: int) -> None:
        def grown(name: str) -> float:
            return after[f"fieldcue_{name}"] - before[f"fieldcue_{name}"]

        self.frames = grown("frames_total") / changes
        self.bytes = grown("frame_bytes_total") / changes / phones
        self.renders = grown("rows_rendered_total") / changes
        self.readings = grown("fanout_seconds_count") / changes
        self.micros = grown("fanout_seconds_sum") / changes / phones * 1e6


async def measure(server: Server, event: str, tokens: dict[str, str], count: int) -> tuple[float, Cost]:
    """One line; the ratio to the limit, and the costs."""
    mine = dict(islice(tokens.items(), count + 1))
    edits = Edits(server.port, event, mine)
    await edits.editor.connect()
    edits.crowd.settle(1)
    ours, theirs, costs = list[list[float]](), list[list[float]](), list[Cost]()
    with child("bare") as limit:
        bare = Crowd(limit.port, [b""] * count)
        for _ in range(ROUNDS):
            before = figures(server)
            ours.append([await paused(edits.one) for _ in range(WARM + EDITS)][WARM:])
            costs.append(Cost(before, figures(server), WARM + EDITS, count))
            size = round(edits.sizes[-1])
            theirs.append(
                [await paused(partial(durable, limit, bare, size)) for _ in range(WARM + EDITS)][WARM:]
            )
        bare.close()
    edits.crowd.close()
    edits.editor.close()
    return line(count, ours, theirs, costs)


def line(
    count: int, ours: list[list[float]], theirs: list[list[float]], costs: list[Cost]
) -> tuple[float, Cost]:
    pairs = zip(ours, theirs, strict=True)
    ratio = statistics.median(statistics.median(one) / statistics.median(other) for one, other in pairs)
    mine, beside = [*chain(*ours)], [*chain(*theirs)]
    p50, p95 = (f"{percentile(mine, part):.1f} ms" for part in (0.5, 0.95))
    # The first round renders what a lens has never shown.
    cost = sorted(costs[1:], key=lambda each: each.micros)[len(costs) // 2]
    report(
        f"{count:,} | {p50} | {p95} | {statistics.median(beside):.1f} ms | {ratio:.2f} × | {cost.micros:.1f} µs"
        f" | {cost.bytes:,.0f} | {cost.frames:,.0f} | {cost.renders:.2f} | {cost.readings:.2f}"
    )
    return ratio, cost


def judge(ratios: list[float], costs: list[Cost]) -> bool:
    what = f"durable op over HTTP → rendered → the last of {SIZES[-1]:,} phones"
    goal = f"≤ {RATIO} × (fdatasync + bare asyncio fan-out)"
    is_good = promise(what, goal, f"{ratios[-1]:.2f} ×", ratios[-1] <= RATIO)
    growth = costs[-1].micros / costs[-2].micros
    is_linear = all(round(cost.frames) == count for cost, count in zip(costs, SIZES, strict=True))
    is_constant = len({(round(cost.renders, 1), round(cost.readings, 1)) for cost in costs}) == 1
    seen = (
        f"a phone {growth:.2f} × of one among {SIZES[-2]}; "
        f"{', '.join(f'{cost.renders:.1f}' for cost in costs)} rows rendered a change"
    )
    what = f"cost as phones grow {SIZES[0]} → {SIZES[-1]:,}"
    goal = f"linear in frames (≤ {LINEAR} × a phone), constant in renders"
    return promise(what, goal, seen, is_linear and is_constant and growth <= LINEAR) and is_good


def main() -> int:
    many_files()
    ratios, costs = list[float](), list[Cost]()
    # Nobody in the crowd ever pings, and heartbeats would be counted.
    settings = {"silence_seconds": "3600", "ping_seconds": "3600", "metrics_token": METRICS}
    head(HEAD)
    with served(partial(prepare, SIZES[-1]), **settings) as (server, event, tokens):
        for count in SIZES:
            ratio, cost = uvloop.run(measure(server, event, tokens, count))
            ratios.append(ratio)
            costs.append(cost)
    return int(not judge(ratios, costs))


if __name__ == "__main__":
    sys.exit(main())
