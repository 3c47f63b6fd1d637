"""What a running process says of itself, as Prometheus reads it: the same figures that docs/benchmarks.md measures.

Counted where it happens, by the objects of this module. Each process answers for itself (`health.py`).
"""

import asyncio

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)

OPS = Counter("fieldcue_ops", "Ops that were answered, by status", ["status"])
ANSWERED = Histogram(
    "fieldcue_answer_seconds", "From ops being handed in to their durable answer", buckets=_SECONDS
)
GROUP = Histogram("fieldcue_group_ops", "Ops committed together", buckets=(1, 2, 5, 10, 20, 50))
COMMIT = Histogram("fieldcue_group_seconds", "From a group's first op to its commit", buckets=_SECONDS)
FANOUT = Histogram(
    "fieldcue_fanout_seconds", "From news of a commit to the last socket's write", buckets=_SECONDS
)
FRAMES = Counter("fieldcue_frames", "Live frames written, one for each socket")
BYTES = Counter("fieldcue_frame_bytes", "Bytes of the live frames")
RENDERS = Counter("fieldcue_rows_rendered", "Rows that were rendered, since no other lens had them yet")
RESETS = Counter("fieldcue_resets", "Sockets told to fetch anew, by reason", ["reason"])
CUT = Counter("fieldcue_sockets_cut", "Sockets closed by the server, by reason", ["reason"])
SOCKETS = Gauge("fieldcue_sockets", "Live sockets")
LAG = Histogram("fieldcue_loop_lag_seconds", "How late the event loop woke from a pause", buckets=_SECONDS)

LOOK_SECONDS = 0.5


async def watch_loop() -> None:
    """Notice how late the loop is, until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOK_SECONDS
        await asyncio.sleep(LOOK_SECONDS)
        LAG.observe(max(0.0, loop.time() - due))
