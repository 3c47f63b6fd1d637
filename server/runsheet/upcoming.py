"""What is called next on a track: the twin of static/js/target.js, so that a desk calls what the caller sees."""

from collections.abc import Sequence

from server.runsheet.timing_types import Board, Row

WAITING = frozenset({"planned", "warm", "standby"})


def upcoming(rows: Sequence[Row], board: Board, track: str) -> list[str]:
    """Ids in the order in which they are to be called; `rows` in tree order.

    The cues of the item that runs, the cues before the item that follows, that item, and the cues in it. A cue on a
    spoken line stands where the sheet has it.
    """
    standing = board.tracks.get(track)
    if standing is None:
        return []
    inside = _inside(rows, standing.next)
    before = [row.id for row in inside if row.offset < 0 and row.start_mode == "offset"]
    after = [row.id for row in inside if row.id not in before]
    running = [row.id for row in _inside(rows, standing.current)]
    item = [standing.next] if standing.next else []
    return _in_time([*running, *before, *item, *after], board)


def _inside(rows: Sequence[Row], item: str | None) -> list[Row]:
    return [row for row in rows if item and row.kind == "cue" and row.parent == item and row.state in WAITING]


def _in_time(ids: list[str], board: Board) -> list[str]:
    last, timed = float("-inf"), []
    for row_id in ids:
        start = board.times[row_id].projected_start
        last = last if start is None else start
        timed.append((last, row_id))
    return [row_id for _, row_id in sorted(timed, key=lambda one: one[0])]
