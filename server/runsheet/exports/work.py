"""Making a file of a sheet, near or aside by how much there is in it."""

from collections.abc import Callable
from typing import Any

from server.core.aside import Say, aside
from server.runsheet.exports.cells import Sheet
from server.runsheet.exports.csv_text import write_csv
from server.runsheet.exports.ontime import write_ontime
from server.runsheet.exports.xlsx import write_xlsx

NEAR_ROWS = 60
"""So many take some 30 ms in the thread that asks; a process aside takes 300 to begin."""
WRITERS: dict[str, Callable[[Sheet], bytes]] = {"xlsx": write_xlsx, "csv": write_csv, "ontime": write_ontime}


def write(form: str, sheet: Sheet) -> bytes:
    """The file in a form of `WRITERS`; blocks. AsideError if that fails."""
    if len(sheet["rows"]) <= NEAR_ROWS:
        return WRITERS[form](sheet)
    said: list[Any] = []
    aside(work, said.append, form, sheet)
    content: bytes = said[0]
    return content


def work(say: Say, form: str, sheet: Sheet) -> None:
    """Aside: says the file."""
    say(WRITERS[form](sheet))
