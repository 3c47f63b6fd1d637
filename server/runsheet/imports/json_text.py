"""Reading .json: projects and programmes of other programs, each told by what is in it."""

import json
from collections.abc import Callable
from typing import Any

from server.runsheet.imports.book import Limits, Workbook, refuse
from server.runsheet.imports.csv_text import decode
from server.runsheet.imports.filling import Table
from server.runsheet.imports.frab import is_frab, read_frab
from server.runsheet.imports.json_values import object_in, objects_in, text_in
from server.runsheet.imports.ontime import is_ontime, read_ontime
from server.runsheet.imports.opass import is_opass, read_opass

_READERS: tuple[tuple[Callable[[Any], bool], Callable[[Any, Limits], Workbook]], ...] = (
    (is_frab, read_frab),
    (is_opass, read_opass),
    (is_ontime, read_ontime),
)


def read_json(raw: bytes, limits: Limits) -> Workbook | None:
    """What is in the file; None if it is no JSON at all, FileRefusedError if it is JSON of something else."""
    text = decode(raw)[0].lstrip("\ufeff \t\r\n")
    try:
        data = json.loads(text)
    except ValueError:
        return None
    except RecursionError:
        refuse("file_broken")
    for is_it, made in _READERS:
        if is_it(data):
            return made(data, limits)
    if rows := _rows(data):
        return _table(rows, limits)
    return refuse("file_not_spreadsheet", format="json")


def _rows(data: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """A list of objects, or an object that holds just one such list, is a table."""
    if rows := objects_in(data):
        return rows
    lists = [found for value in object_in(data).values() if (found := objects_in(value))]
    return lists[0] if len(lists) == 1 else []


def _table(rows: list[dict[str, Any]], limits: Limits) -> Workbook:
    table = Table("JSON", (), limits)
    for row in rows[: limits.rows_read + 1]:
        table.add({name.replace("_", " ")[:100]: text_in(value) for name, value in row.items() if name})
    return Workbook("json", [table.made()])
