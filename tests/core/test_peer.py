"""A peer's frames, without any line: whole messages out of whatever pieces, and the end that rules ask for."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from server.core.peer import FRAMES, FRAMES_A_SECOND, LONGEST_MESSAGE, MOST_PARTS, Peer
from tests.support.wire_stage import client_frame

CLOSE_BYTE = 0x88
_MESSAGES = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.binary(max_size=200), max_size=6
)


def frames_of(message: str | bytes, cuts: list[int]) -> bytes:
    """A message as a client sends it, in parts that end where `cuts` say."""
    data = message.encode() if isinstance(message, str) else message
    ends = [*sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    first = Opcode.TEXT if isinstance(message, str) else Opcode.BINARY
    parts = [data[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    return b"".join(
        Frame(Opcode.CONT if at else first, part, fin=at == len(parts) - 1).serialize(mask=True)
        for at, part in enumerate(parts)
    )


@given(_MESSAGES, st.lists(st.integers(0, 200), max_size=3), st.integers(1, 50))
def test_messages_come_out_as_they_went_in_however_they_are_cut(
    said: list[str | bytes], cuts: list[int], size: int
) -> None:
    peer, heard = Peer(), list[str | bytes]()
    data = b"".join(frames_of(one, cuts) for one in said)
    for at in range(0, len(data), size):
        heard += peer.messages(data[at : at + size])
    assert (heard, peer.answers(), peer.end) == (said, b"", None)


def flood(peer: Peer, frame: bytes, seconds: float, a_second: int) -> bool:
    """Whether so many of a frame are too many."""
    for turn in range(int(seconds * a_second)):
        list(peer.messages(frame, turn / a_second))
    return peer.floods


SAYS_NOTHING = {
    "ping": client_frame(0x9, b""),
    "pong": client_frame(0xA, b""),
    "text": client_frame(0x1, b""),
}


@pytest.mark.parametrize("frame", SAYS_NOTHING.values(), ids=SAYS_NOTHING)
def test_who_says_nothing_too_often_floods_however_slowly(frame: bytes) -> None:
    assert not flood(Peer(), frame, 60, FRAMES_A_SECOND)
    assert flood(Peer(), frame, 60, FRAMES_A_SECOND * 2)
    assert flood(Peer(), frame * (FRAMES + 1), 1, 1)


def test_a_message_of_endless_parts_floods_at_its_sixty_fifth_and_is_never_heard() -> None:
    peer, part = Peer(), Frame(Opcode.CONT, b"", fin=False).serialize(mask=True)
    list(peer.messages(Frame(Opcode.TEXT, b"a", fin=False).serialize(mask=True)))
    for second in range(MOST_PARTS - 1):
        assert list(peer.messages(part, second)) == []
        assert not peer.floods
    last = Frame(Opcode.CONT, b"", fin=True).serialize(mask=True)
    assert list(peer.messages(last + client_frame(0x1, b"b"), MOST_PARTS)) == []
    assert peer.floods


def test_of_a_flood_in_one_piece_no_more_is_read_than_shows_it() -> None:
    peer = Peer()
    list(peer.messages(SAYS_NOTHING["ping"] * 40_000))
    assert peer.floods
    assert len(peer.answers()) < 4096


@given(st.binary(max_size=300), st.integers(1, 50))
def test_whatever_comes_ends_in_one_close_frame_at_the_most(data: bytes, size: int) -> None:
    peer, answers = Peer(), b""
    for at in range(0, len(data), size):
        list(peer.messages(data[at : at + size]))
        answers += peer.answers()
    peer.close(1000, "")
    answers += peer.answers()
    assert peer.end
    assert not peer.answers()


def test_what_is_said_with_the_close_is_heard_before_it() -> None:
    peer = Peer()
    data = client_frame(0x1, b"one") + client_frame(0x8, struct.pack("!H", 1000) + b"bye")
    assert list(peer.messages(data)) == ["one"]
    assert peer.answers()[0] == CLOSE_BYTE
    assert (peer.end, peer.is_over) == ((1000, "bye"), True)


def test_after_what_is_no_text_nothing_is_heard_and_the_end_says_why() -> None:
    peer = Peer()
    data = client_frame(0x1, b"one") + client_frame(0x1, b"\xff") + client_frame(0x1, b"two")
    assert list(peer.messages(data)) == ["one"]
    assert peer.answers() == struct.pack("!BBH", CLOSE_BYTE, 2, 1007)
    assert (peer.end, peer.is_over) == ((1007, ""), False)


@pytest.mark.parametrize("over", [0, 1])
def test_a_message_is_as_long_as_may_be_and_no_longer(over: int) -> None:
    peer = Peer()
    data = Frame(Opcode.BINARY, b"x" * (LONGEST_MESSAGE + over)).serialize(mask=True)
    assert len(list(peer.messages(data))) == 1 - over
    assert bool(peer.end and peer.end.code == 1009) == bool(over)
