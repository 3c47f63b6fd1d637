"""When the rows of a sheet of our own are: what stands in their cells of start, end and length, taken together."""

from datetime import date

from server.core.clock import from_iso, operating_day
from server.runsheet.clock_text import DAY, moment
from server.runsheet.imports.book import Cell, text_of
from server.runsheet.imports.clean import one_line
from server.runsheet.imports.days import Calendar
from server.runsheet.imports.drafts import Options, Report
from server.runsheet.imports.own_cells import OwnDraft
from server.runsheet.imports.times import LONGEST_DURATION, When, read_duration, read_when
from server.runsheet.sheet_columns import ENDS, STARTS, key_of

_NONE = Cell("text", "")
_MOST_DAYS = 7


class Clockwork:
    """Sets the times of rows, one after another; a row without a day has the day of the one above."""

    def __init__(self, options: Options, found: Calendar, report: Report) -> None:
        self._options, self._found, self._report = options, found, report
        self._day = options.first_day

    def set(self, draft: OwnDraft) -> None:
        """Day, start, length and end of a row."""
        self._set_day(draft)
        self._set_start(draft)
        self._set_length(draft)
        self._set_end(draft)

    def _set_day(self, draft: OwnDraft) -> None:
        if draft.day in self._found.strays:
            self._report.add("date_out_of_range", draft, value=draft.day.value if draft.day else "")
        self._day = self._found.dates.get(draft.day, self._day) if draft.day else self._day
        draft.on = draft.operating_day = self._day

    def _set_start(self, draft: OwnDraft) -> None:
        cell = draft.times.get("start", _NONE)
        mode, when = key_of(STARTS, text_of(cell)), When()
        start = None if mode else self._exact(cell)
        if not mode and start is None:
            when = self._when(draft, "start")
            start = self._instant(when, draft)
        if start is not None:
            mode, draft.operating_day = "fixed", self._operating_day(start)
        mode = mode or when.mode or ("offset" if when.offset is not None else _usual(draft))
        draft.fields |= {"start_mode": mode, "start": start, "offset_s": when.offset or 0}

    def _set_length(self, draft: OwnDraft) -> None:
        draft.fields["duration_s"] = self._length(draft, "duration") or 0
        draft.fields["min_s"] = self._length(draft, "min")

    def _set_end(self, draft: OwnDraft) -> None:
        fields, cell = draft.fields, draft.times.get("end", _NONE)
        start = fields["start"]
        end = self._exact(cell)
        end = self._instant(self._when(draft, "end"), draft, start) if end is None else end
        mode = key_of(ENDS, text_of(draft.times.get("end_mode", _NONE)))
        fields |= {"end": None, "end_mode": "duration"}
        if end is None or self._is_odd(draft, end, start):
            pass
        elif not mode and start is not None:
            fields["duration_s"] = (end - start) // 1000
        else:
            fields |= {"end": end, "end_mode": mode or "end"}
        if fields["end_mode"] == "duration" and (fields["min_s"] or 0) > fields["duration_s"]:
            self._report.add(
                "duration_out_of_range", draft, draft.columns_of.get("min"), seconds=fields["min_s"]
            )
            fields["min_s"] = None

    def _is_odd(self, draft: OwnDraft, end: int, start: int | None) -> bool:
        """Whether an end can't be: before the start, or more than a week after it."""
        column = draft.columns_of.get("end")
        if start is not None and end < start:
            self._report.add("negative_duration", draft, column, seconds=(end - start) // 1000)
        elif (self._operating_day(end) - draft.operating_day).days > _MOST_DAYS:
            self._report.add("duration_out_of_range", draft, column, seconds=_MOST_DAYS * DAY)
        else:
            return False
        return True

    def _when(self, draft: OwnDraft, name: str) -> When:
        cell = draft.times.get(name, _NONE)
        when = read_when(cell)
        if when is None:
            self._report.add(
                "time_unreadable", draft, draft.columns_of.get(name), value=one_line(text_of(cell))[:60]
            )
        return when or When()

    def _exact(self, cell: Cell) -> int | None:
        """A moment with its offset from UTC, as it stands where a clock would not say which moment is meant."""
        try:
            return from_iso(text_of(cell)) + self._found.shift * DAY * 1000 if cell.kind == "text" else None
        except ValueError:
            return None

    def _instant(self, when: When, draft: OwnDraft, not_before: int | None = None) -> int | None:
        if when.start is None:
            return None
        zone = self._options.zone
        if when.day in self._found.dates:
            return moment(self._found.dates[when.day].isoformat(), when.start, zone, 0)
        day = draft.operating_day.isoformat()
        return moment(day, when.start, zone, self._options.day_change_s, not_before)

    def _operating_day(self, at: int) -> date:
        return operating_day(at, self._options.zone, self._options.day_change_s)

    def _length(self, draft: OwnDraft, name: str) -> int | None:
        cell = draft.times.get(name)
        if cell is None:
            return None
        seconds, column = read_duration(cell, "h:mm"), draft.columns_of.get(name)
        if seconds is None:
            self._report.add("time_unreadable", draft, column, value=one_line(text_of(cell))[:60])
        elif seconds < 0:
            self._report.add("negative_duration", draft, column, seconds=seconds)
        elif seconds > LONGEST_DURATION:
            self._report.add("duration_out_of_range", draft, column, seconds=seconds)
        else:
            return seconds
        return None


def _usual(draft: OwnDraft) -> str:
    """How a row starts of which nobody wrote it."""
    if draft.texts.get("line"):
        return "line"
    return "manual" if draft.kind == "cue" else "linked"
