"""Items packed into frames: JSON text of at most so many bytes each, encoded once for all who get it."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from server.core import strict_json
from server.core.frames import Frame

# Of one entity: the seq of its change, and its HTML text or its JSON item.
Item = tuple[int, str | dict[str, Any]]
# What stands around the items of a frame takes less.
_AROUND = 128


class _Chain(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def format(self) -> str: ...


def pack(chain: _Chain, since: int, head: int, items: Sequence[Item], most: int) -> list[Frame]:
    """Frames of at most `most` bytes, or of one item; the last one reaches the head. None for no items."""
    parts = list(_parts([(seq, _encoded(item)) for seq, item in items], most - _AROUND))
    ends = [part[-1][0] for part in parts[:-1]] + [head]
    bases = [since, *ends]
    return [_frame(chain, bases[place], ends[place], part) for place, part in enumerate(parts)]


def _encoded(item: str | dict[str, Any]) -> bytes:
    data = strict_json.dumps(item)
    return data[1:-1] if isinstance(item, str) else data


def _parts(items: list[tuple[int, bytes]], most: int) -> Iterator[list[tuple[int, bytes]]]:
    part: list[tuple[int, bytes]] = []
    size = 0
    for item in items:
        if part and size + len(item[1]) > most:
            yield part
            part, size = [], 0
        part.append(item)
        size += len(item[1]) + 1
    if part:
        yield part


def _frame(chain: _Chain, base: int, seq: int, part: list[tuple[int, bytes]]) -> Frame:
    head = strict_json.dumps({"type": "frame", "chain": chain.name, "base": base, "seq": seq})[:-1]
    data = [encoded for _, encoded in part]
    content = (
        b',"items":[%b]}' % b",".join(data) if chain.format == "json" else b',"html":"%b"}' % b"".join(data)
    )
    return Frame(base, seq, head + content)
