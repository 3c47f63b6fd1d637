"""Making a file of a sheet, near or aside by how much there is in it."""

from collections.abc import Callable
from itertools import chain
from typing import Any

from server.core.aside import Say, aside
from server.runsheet.exports.cells import Sheet
from server.runsheet.exports.csv_text import write_csv
from server.runsheet.exports.ontime import write_ontime
from server.runsheet.exports.rows import Taken, worked_out
from server.runsheet.exports.xlsx import write_xlsx

NEAR_ROWS = 60
"""So many take some 30 ms in the thread that asks; a process aside takes 300 to begin."""
_CHUNK = 250
"""Rows that are packed in one go, for which all other threads wait."""
WRITERS: dict[str, Callable[[Sheet], bytes]] = {"xlsx": write_xlsx, "csv": write_csv, "ontime": write_ontime}


def write(form: str, taken: Taken) -> bytes:
    """The file in a form of `WRITERS`; blocks. AsideError if that fails."""
    rows = taken["rows"]
    if len(rows) <= NEAR_ROWS:
        return WRITERS[form](worked_out(taken))
    said: list[Any] = []
    chunks = (rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
    aside(work, said.append, form, taken | {"rows": []}, *chunks)
    content: bytes = said[0]
    return content


def work(say: Say, form: str, taken: Taken, *chunks: list[Any]) -> None:
    """Aside: says the file."""
    say(WRITERS[form](worked_out(taken | {"rows": chain(*chunks)})))
