"""What a process says of itself: to whom, and that it is what has happened."""

import asyncio
import re
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from server.core import metrics
from server.core.metrics import FANOUT, OPS
from tests.browser.stable import Ready
from tests.support.served import Served

TOKEN = "of-the-hosts"
ASKED = {
    "none": {},
    "wrong": {"Authorization": "Bearer of-a-guest"},
    "right": {"Authorization": f"Bearer {TOKEN}"},
}


def asked(server: Ready, who: str) -> tuple[int, str]:
    request = urllib.request.Request(f"{server.url}/metrics", headers=ASKED[who])  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def test_only_who_has_the_token_reads_them_and_without_one_there_are_none(
    run_forked: Callable[..., Ready],
) -> None:
    server, other = run_forked(metrics_token=TOKEN), run_forked()
    assert [asked(server, who)[0] for who in ASKED] == [404, 404, 200]
    assert [asked(other, who)[0] for who in ASKED] == [404, 404, 404]
    text = asked(server, "right")[1]
    named = set(re.findall(r"^# HELP (\w+?)(?:_total)? ", text, re.MULTILINE))
    ours = {each._name for each in vars(metrics).values() if hasattr(each, "_name")}  # noqa: SLF001 - its only name
    assert ours <= named
    assert "process_resident_memory_bytes" in named


async def test_ops_and_frames_are_counted_when_they_have_happened(served: Served) -> None:
    def seen() -> list[float]:
        counters = (OPS.labels("applied"), OPS.labels("rejected"), metrics.FRAMES)
        return [counter._value.get() for counter in counters] + [FANOUT._sum.get()]  # noqa: SLF001 - as above

    served.show.add("a")
    async with served.live("rui") as socket:
        await socket.next("hello")
        await asyncio.sleep(0.2)  # a writer counts an op just after it has answered it
        before = seen()
        served.show.do("rui", "cue.edit", id="a", set={"title": "新"})
        with pytest.raises(AssertionError):
            served.show.do("rui", "cue.edit", id="gone", set={"title": "新"})
        await socket.next("frame")
        await asyncio.sleep(0.2)
        applied, rejected, frames, spent = (now - then for now, then in zip(seen(), before, strict=True))
    assert (applied, rejected, frames) == (1, 1, 1)
    assert 0 < spent < 5
