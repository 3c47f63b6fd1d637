"""Items are cut into frames that fit, follow on each other, and lose nothing."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.packing import Item, pack

sizes = st.lists(st.tuples(st.integers(1, 50), st.text(max_size=300)), max_size=40)


@dataclass(frozen=True)
class Stream:
    format: str
    name: str = "lens"


@given(sizes, st.sampled_from(["html", "json"]), st.integers(300, 4000))
def test_frames_follow_on_each_other_and_hold_every_item_once(
    steps: list[tuple[int, str]], form: str, most: int
) -> None:
    items: list[Item] = []
    seq = 5
    for step, text in steps:
        seq += step
        items.append((seq, text if form == "html" else {"id": text}))
    head = seq + 3
    frames = pack(Stream(form), 5, head, items, most)
    assert bool(frames) == bool(items)
    messages = [json.loads(frame.payload) for frame in frames]
    assert [message["base"] for message in messages] == [5, *(message["seq"] for message in messages)][
        : len(frames)
    ]
    assert not frames or messages[-1]["seq"] == head
    assert [(frame.base, frame.seq) for frame in frames] == [(m["base"], m["seq"]) for m in messages]
    if form == "html":
        assert "".join(message["html"] for message in messages) == "".join(str(item) for _, item in items)
    else:
        assert [item for message in messages for item in message["items"]] == [item for _, item in items]
        assert all(
            len(frame.payload) <= most or len(json.loads(frame.payload)["items"]) == 1 for frame in frames
        )


@pytest.mark.parametrize("form", ["html", "json"])
def test_one_item_that_is_too_large_goes_alone(form: str) -> None:
    large = "長" * 30_000
    items: list[Item] = [(n, large if form == "html" else {"id": large}) for n in (1, 2, 3)]
    frames = pack(Stream(form), 0, 3, items, 64 * 1024)
    assert [(frame.base, frame.seq) for frame in frames] == [(0, 1), (1, 2), (2, 3)]


def test_text_is_escaped_for_json_and_its_markup_stays() -> None:
    [frame] = pack(Stream("html"), 0, 1, [(1, '<li id="a">\\ "x"\n</li>')], 1000)
    assert json.loads(frame.payload)["html"] == '<li id="a">\\ "x"\n</li>'
