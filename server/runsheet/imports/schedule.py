"""When the rows of a sheet are: dates, clocks past midnight, ends, and durations that nobody wrote down."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from statistics import median_low

from server.runsheet.clock_text import DAY
from server.runsheet.imports.days import Calendar, Day, calendar, read_day
from server.runsheet.imports.drafts import Draft, Options, Report
from server.runsheet.imports.times import LONGEST_DURATION

_NOON = DAY // 2
_SMALL_HOURS = 4 * 3600
_LONGEST_NIGHT = 14 * 3600
"""An end before its start lies past midnight, if the row then lasts no longer than this; else it is a slip."""
_MINUTE = 60
_MOST_STAGES = 8


def schedule(drafts: Sequence[Draft], options: Options, day_hint: str, report: Report) -> Calendar:
    """Set date, start, duration and operating day of every draft."""
    found = _dates(drafts, options, day_hint, report)
    night = _Night(options, report)
    for draft in drafts:
        night.place(draft)
        _end(draft, found, report)
    for draft in drafts:
        draft.operating_day = _operating_day(draft, options.day_change_s)
    _follow_days(drafts)
    return found


def _dates(drafts: Sequence[Draft], options: Options, day_hint: str, report: Report) -> Calendar:
    hint = read_day(day_hint) if day_hint else None
    days = [hint, *(day for draft in drafts for day in (draft.day, draft.when.day, draft.end.day))]
    found = calendar(days, options.first_day, shift=options.shift)
    current = found.dates.get(hint, options.first_day) if hint else options.first_day
    for draft in drafts:
        own = draft.when.day or draft.day
        if own in found.strays:
            report.add("date_out_of_range", draft, value=own.value if own else "")
        current = found.dates.get(own, current) if own else current
        draft.on = current
    _date_segments(drafts)
    tell_shift(found, options, report)
    return found


def _date_segments(drafts: Sequence[Draft]) -> None:
    """A segment without a day of its own begins on the day of its first row."""
    for draft in reversed(drafts):
        parent = draft.parent
        if parent and parent.day is None and parent.when.day is None:
            parent.on = draft.on


def tell_shift(found: Calendar, options: Options, report: Report) -> None:
    """Say by how much all days moved, or that they lie elsewhere than the event's."""
    if found.first is None:
        return
    days = (options.first_day - found.first).days
    if found.shift:
        report.add(
            "date_shifted",
            None,
            first=found.first.isoformat(),
            to=options.first_day.isoformat(),
            days=found.shift,
        )
    elif days and not options.shift:
        report.add(
            "date_not_of_event",
            None,
            first=found.first.isoformat(),
            to=options.first_day.isoformat(),
            days=days,
        )


class _Night:
    """Knows what came before on the same date, so that 00:30 after 23:00 is the same night and not its morning."""

    def __init__(self, options: Options, report: Report) -> None:
        self._change = options.day_change_s
        self._report = report
        self._last: dict[tuple[date, str], int] = {}

    def place(self, draft: Draft) -> None:
        clock = draft.when.start
        if clock is None:
            return
        lane = draft.texts.get("track") or draft.texts.get("place") or ""
        if clock < self._change and self._is_late(draft.on, lane, clock):
            clock += DAY
            self._report.add("past_midnight", draft)
        draft.start = clock
        if draft.kind != "segment":
            self._last[draft.on, lane] = self._last[draft.on, ""] = clock

    def _is_late(self, day: date, lane: str, clock: int) -> bool:
        """Among rows of one place the evening decides; the first row of a place only in the small hours."""
        own = self._last.get((day, lane))
        if own is not None:
            return own >= _NOON
        return clock < _SMALL_HOURS and self._last.get((day, ""), 0) >= _NOON


def _end(draft: Draft, found: Calendar, report: Report) -> None:
    """Bring end and duration together. The end of a range in the start's cell counts where there is no other."""
    end = draft.end.start if draft.end.start is not None else draft.when.end
    if end is None or draft.start is None:
        draft.finish = end
        return
    seconds = _length(draft.start, end, _days_between(draft, found))
    if seconds < 0:
        report.add("negative_duration", draft, seconds=seconds)
    elif seconds > LONGEST_DURATION:
        report.add("duration_out_of_range", draft, seconds=seconds)
    else:
        if draft.duration is not None and abs(draft.duration - seconds) > _MINUTE:
            report.add("duration_differs", draft, written=draft.duration, seconds=seconds)
        draft.duration = seconds
        draft.finish = draft.start + seconds


def _length(start: int, end: int, days: int) -> int:
    """Seconds from start to end; past midnight if that makes a night and not nearly a whole day."""
    seconds = end + days * DAY - start
    is_next_morning = seconds < 0 and not days and seconds + DAY <= _LONGEST_NIGHT
    return seconds + DAY if is_next_morning else seconds


def _days_between(draft: Draft, found: Calendar) -> int:
    """An end with a date of its own may lie days later."""
    day: Day | None = draft.end.day
    return (found.dates[day] - draft.on).days if day in found.dates else 0


def _operating_day(draft: Draft, change: int) -> date:
    return draft.on if draft.start is None else draft.on + timedelta(days=(draft.start - change) // DAY)


def _follow_days(drafts: Sequence[Draft]) -> None:
    """A row without a start has the operating day of the row that it follows on its date."""
    last: dict[date, date] = {}
    for draft in drafts:
        if draft.start is None and draft.kind != "segment":
            draft.operating_day = last.get(draft.on, draft.on)
        elif draft.kind != "segment":
            last[draft.on] = draft.operating_day
    for draft in reversed(drafts):
        if draft.parent and draft.parent.start is None:
            draft.parent.operating_day = draft.operating_day
        if draft.kind == "cue" and draft.parent and draft.start is None:
            draft.operating_day = draft.parent.operating_day


# Tracks


def set_tracks(drafts: Sequence[Draft], options: Options, report: Report) -> None:
    """The track of each row by name; empty where the sheet says none."""
    by_place = options.tracks == "places" or (options.tracks == "auto" and _is_parallel(drafts))
    for draft in drafts:
        place = draft.texts.get("place", "") if by_place else ""
        draft.track = draft.texts.get("track") or place or (draft.parent.track if draft.parent else "")
    for draft in reversed(drafts):
        if draft.parent and not draft.parent.track:
            draft.parent.track = draft.track
    for draft in drafts:
        if draft.kind == "cue" and draft.parent:
            draft.track = draft.parent.track
    if by_place and options.tracks == "auto":
        report.add("tracks_from_places", None, count=len({draft.track for draft in drafts}))


def _is_parallel(drafts: Sequence[Draft]) -> bool:
    """Whether rows of different places begin together again and again, as on a sheet of several stages."""
    placed = [
        draft for draft in drafts if draft.is_leaf and draft.start is not None and draft.texts.get("place")
    ]
    places = {draft.texts["place"] for draft in placed}
    if any(draft.texts.get("track") for draft in drafts) or not 1 < len(places) <= _MOST_STAGES:
        return False
    together: dict[tuple[date, int | None], set[str]] = defaultdict(set)
    for draft in placed:
        together[draft.on, draft.start].add(draft.texts["place"])
    return sum(len(found) > 1 for found in together.values()) * 10 >= len(together)


# Durations and overlaps, track by track and day by day


class _Block:
    """A row with a start, and the rows that follow it without one."""

    def __init__(self, start: int, first: Draft) -> None:
        self.start = start
        self.rows = [first]

    @property
    def end(self) -> int:
        return self.start + sum(draft.duration or 0 for draft in self.rows)


def fill_durations(drafts: Sequence[Draft], report: Report) -> None:
    """A missing duration runs to the next start of its track; then say where rows overlap."""
    lanes = _lanes(drafts)
    for blocks in lanes:
        starts = sorted({block.start for block in blocks})
        for block in blocks:
            after = bisect_right(starts, block.start)
            _fill(block, starts[after] if after < len(starts) else None, report)
    known = [draft.duration for draft in drafts if draft.is_leaf and draft.duration]
    for blocks in lanes:
        _fill_last(blocks, known, report)
        _overlaps(blocks, report)
    for draft in drafts:
        draft.duration = draft.duration or 0


def _lanes(drafts: Iterable[Draft]) -> list[list[_Block]]:
    """The rows of each track and operating day that take up time, in blocks by start."""
    lanes: dict[tuple[str, date], list[_Block]] = defaultdict(list)
    for draft in drafts:
        blocks = lanes[draft.track, draft.operating_day]
        if not draft.is_leaf or draft.skip:
            continue
        if draft.start is not None:
            blocks.append(_Block(since(draft.start or 0, draft), draft))
        elif blocks and draft.mode == "linked":
            blocks[-1].rows.append(draft)
    return [sorted(blocks, key=lambda block: block.start) for blocks in lanes.values()]


def since(clock: int, draft: Draft) -> int:
    """Seconds since midnight of the draft's operating day; it begins at the day change, so 24:30 stays 24:30."""
    return clock + (draft.on - draft.operating_day).days * DAY


def _fill(block: _Block, following: int | None, report: Report) -> None:
    """Share what is left until the next start among the rows without a duration."""
    _keep_ends(block)
    missing = [draft for draft in block.rows if draft.duration is None]
    if not missing or following is None:
        return
    share = max(0, following - block.end) // len(missing)
    share -= share % _MINUTE if share >= _MINUTE else 0
    for draft in missing:
        draft.duration = share
        report.add("duration_guessed", draft, seconds=share, basis="next_start")


def _keep_ends(block: _Block) -> None:
    """A row that says only when it ends lasts from the end of the row before it."""
    end: int | None = block.start
    for draft in block.rows:
        if draft.duration is None and draft.finish is not None and end is not None:
            draft.duration = max(0, since(draft.finish, draft) - end)
        end = None if end is None or draft.duration is None else end + draft.duration


def _fill_last(blocks: Sequence[_Block], others: Sequence[int], report: Report) -> None:
    """After the last start nothing tells how long a row is: take what is usual on this track, or in this file."""
    known = [draft.duration for block in blocks for draft in block.rows if draft.duration] or others
    usual = median_low(known) if known else 0
    for block in blocks:
        for draft in block.rows:
            if draft.duration is None:
                draft.duration = usual
                report.add("duration_guessed", draft, seconds=usual, basis="median" if usual else "unknown")


def _overlaps(blocks: Sequence[_Block], report: Report) -> None:
    last: _Block | None = None
    for block in blocks:
        if last and block.start < last.end:
            report.add(
                "overlap",
                block.rows[0],
                other=last.rows[-1].row,
                seconds=min(last.end, block.end) - block.start,
            )
        last = block if last is None or block.end > last.end else last
